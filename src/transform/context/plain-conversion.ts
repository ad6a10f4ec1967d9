import { typeError } from "../jinja/failures.ts";
import { PyDict, PySet } from "../jinja/mappings.ts";
import { str, typeName } from "../jinja/printing.ts";
import { PyList, PySequence } from "../jinja/sequences.ts";
import { Undefined } from "../jinja/undefined.ts";
import { PyObject, type Value } from "../jinja/values.ts";
import { isPlainList, isPlainMap } from "../project/plain.ts";
import type { Plain, PlainMap } from "../project/plain.ts";

/** A value of a project's files as templates see it: a new list or dict each time, since templates may change it. */
export function toTemplateValue(plain: Plain): Value {
  if (isPlainMap(plain)) return toDict(plain);
  return isPlainList(plain) ? new PyList(plain.map(toTemplateValue)) : plain;
}

export function toDict(map: PlainMap): PyDict {
  return new PyDict(Array.from(map, ([name, member]) => [name, toTemplateValue(member)] as const));
}

/** What a template gave to `config()`, for one: an object stands as the text that it prints. */
export function toPlain(value: Value): Plain {
  if (!(value instanceof PyObject)) return value;
  if (value instanceof Undefined) return null;
  if (value instanceof PySequence) return value.items.map(toPlain);
  if (value instanceof PySet) return value.items().map(toPlain);
  return value instanceof PyDict ? toPlainMap(value) : str(value);
}

export function toPlainMap(dict: PyDict): PlainMap {
  return new Map(
    dict.entries().map(([key, member]) => {
      if (typeof key !== "string") throw typeError(`a name must be a text, not ${typeName(key)}`);
      return [key, toPlain(member)] as const;
    }),
  );
}
