import { characters } from "./characters.ts";
import { typeError, valueError } from "./failures.ts";
import { integer } from "./characters.ts";
import { PyDict, PySet } from "./mappings.ts";
import { boundMethod } from "./methods/method.ts";
import { dictMethods, listMethods, setMethods, tupleMethods } from "./methods/collection-methods.ts";
import { textMethods } from "./methods/text-methods.ts";
import { repr, typeName } from "./printing.ts";
import { PyList, PySequence, PyTuple } from "./sequences.ts";
import { Undefined } from "./undefined.ts";
import { PyObject, type Value } from "./values.ts";

/** `object.name`: an attribute, else the item of that name. Undefined where there is neither. */
export function findAttribute(object: Value, name: string): Value | undefined {
  const own = ownAttribute(object, name);
  return own === undefined ? findOwnItem(object, name) : own;
}

/** `object[key]`: an item, else the attribute of that name. Undefined where there is neither. */
export function findItem(object: Value, key: Value): Value | undefined {
  const own = findOwnItem(object, key);
  return own === undefined && typeof key === "string" ? ownAttribute(object, key) : own;
}

/** What an undefined attribute or item fails with, when it is used. */
export function missingReason(object: Value, key: Value): string {
  const owner = object === null ? "None" : `${typeName(object)} object`;
  return typeof key === "string"
    ? `'${owner}' has no attribute ${repr(key)}`
    : `${owner} has no element ${repr(key)}`;
}

/** `object[start:stop:step]`. @throws TemplateError for what cannot be sliced: unlike an item, that is no undefined value */
export function sliceOf(object: Value, [start, stop, step]: readonly [Value, Value, Value]): Value {
  if (typeof object === "string") return slice(characters(object), start, stop, step).join("");
  if (object instanceof PySequence) return object.like(slice(object.items, start, stop, step));
  if (object instanceof Undefined) return object.item(start);
  throw typeError(`'${typeName(object)}' object is not subscriptable`);
}

/** An attribute alone; those that begin with `_` are private. */
export function ownAttribute(object: Value, name: string): Value | undefined {
  if (typeof object === "string") return boundMethod(textMethods, object, name);
  if (!(object instanceof PyObject)) return undefined;
  if (object instanceof PyList) return boundMethod(listMethods, object, name);
  if (object instanceof PyDict) return boundMethod(dictMethods, object, name);
  if (object instanceof PyTuple) {
    const named = object.attribute(name);
    return named === undefined ? boundMethod(tupleMethods, object, name) : named;
  }
  if (object instanceof PySet) return boundMethod(setMethods, object, name);
  return name.startsWith("_") && !(object instanceof Undefined) ? undefined : object.attribute(name);
}

function findOwnItem(object: Value, key: Value): Value | undefined {
  if (object instanceof PyObject) return object.item(key);
  if (typeof object !== "string" || (typeof key !== "bigint" && typeof key !== "boolean")) return undefined;
  return characters(object).at(Number(key));
}

function slice<Item>(items: readonly Item[], start: Value, stop: Value, step: Value): Item[] {
  const by = step === null ? 1 : bound(step);
  if (by === 0) throw valueError("slice step cannot be zero");
  const { length } = items;
  const clamp = (value: Value, fallback: number) => {
    if (value === null) return fallback;
    const index = bound(value);
    const fromStart = index < 0 ? index + length : index;
    return by > 0 ? Math.max(0, Math.min(fromStart, length)) : Math.max(-1, Math.min(fromStart, length - 1));
  };
  const from = clamp(start, by > 0 ? 0 : length - 1);
  const to = clamp(stop, by > 0 ? length : -1);
  if (by === 1) return items.slice(from, Math.max(from, to));
  const taken: Item[] = [];
  for (let at = from; by > 0 ? at < to : at > to; at += by) {
    const item = items[at];
    if (item !== undefined) taken.push(item);
  }
  return taken;
}

function bound(value: Value): number {
  if (typeof value !== "bigint" && typeof value !== "boolean") {
    throw typeError("slice indices must be integers or None");
  }
  return integer(value);
}
