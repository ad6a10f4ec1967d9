import { PyDict, PySet } from "../jinja/mappings.ts";
import { str } from "../jinja/printing.ts";
import { PyList, PySequence } from "../jinja/sequences.ts";
import { Undefined } from "../jinja/undefined.ts";
import { PyObject } from "../jinja/values.ts";
import type { Value } from "../jinja/values.ts";
import { isPlainList, isPlainMap } from "../project/plain.ts";
import type { Plain } from "../project/plain.ts";

/** A value of a YAML file as templates see it. Each is a copy, since templates can change lists and dictionaries. */
export function valueOf(plain: Plain): Value {
  if (isPlainMap(plain))
    return new PyDict([...plain].map(([name, member]) => [name, valueOf(member)] as const));
  return isPlainList(plain) ? new PyList(plain.map(valueOf)) : plain;
}

/** A template's value as a config or a YAML file holds it. What is neither text, number, list nor dictionary is its text. */
export function plainOf(value: Value): Plain {
  if (!(value instanceof PyObject)) return value;
  if (value instanceof Undefined) return null;
  if (value instanceof PySequence) return value.items.map(plainOf);
  if (value instanceof PySet) return value.items().map(plainOf);
  if (value instanceof PyDict)
    return new Map(
      value.entries().map(([key, member]) => [typeof key === "string" ? key : str(key), plainOf(member)]),
    );
  return value.text();
}
