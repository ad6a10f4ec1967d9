import { PyDict, PySet } from "./mappings.ts";
import { typeName } from "./printing.ts";
import { PyList, PySequence } from "./sequences.ts";
import { Undefined } from "./undefined.ts";
import { PyObject, type Value } from "./values.ts";
import { typeError } from "./failures.ts";

/** What YAML and JSON are read to. */
export type PlainValue =
  | null
  | undefined
  | boolean
  | number
  | bigint
  | string
  | readonly PlainValue[]
  | { readonly [key: string]: PlainValue };

/** A whole number becomes an int, so that it prints without a point; a missing member becomes None. */
export function toValue(plain: PlainValue): Value {
  if (plain === undefined || plain === null) return null;
  if (typeof plain === "number") return Number.isSafeInteger(plain) ? BigInt(plain) : plain;
  if (typeof plain !== "object") return plain;
  if (isList(plain)) return new PyList(plain.map(toValue));
  return new PyDict(Object.entries(plain).map(([key, value]) => [key, toValue(value)] as const));
}

/** The way back: an int that a double holds exactly becomes a number. @throws TemplateError for functions and objects */
export function toPlain(value: Value): PlainValue {
  if (typeof value === "bigint") return Number.isSafeInteger(Number(value)) ? Number(value) : value;
  if (!(value instanceof PyObject)) return value;
  if (value instanceof Undefined) throw value.failure();
  if (value instanceof PySequence) return value.items.map(toPlain);
  if (value instanceof PySet) return value.items().map(toPlain);
  if (value instanceof PyDict) {
    return Object.fromEntries(value.entries().map(([key, item]) => [keyText(key), toPlain(item)]));
  }
  throw typeError(`a ${typeName(value)} cannot be stored`);
}

function keyText(key: Value): string {
  if (typeof key === "string") return key;
  throw typeError(`a key must be a text to be stored, not ${typeName(key)}`);
}

function isList(plain: object): plain is readonly PlainValue[] {
  return Array.isArray(plain);
}
