import { type HashKey, PyObject, type Value } from "./values.ts";

/** `left == right`: 1, 1.0 and True are equal. */
export function equals(left: Value, right: Value): boolean {
  if (left instanceof PyObject) return left.equals(right);
  if (right instanceof PyObject) return right.equals(left);
  if (left === right) return true;
  const [a, b] = [asNumber(left), asNumber(right)];
  return a !== undefined && b !== undefined && compareNumbers(a, b) === 0;
}

/** A bool counts as the int that it is in Python. Undefined for what is no number. */
export function asNumber(value: Value): bigint | number | undefined {
  if (typeof value === "bigint" || typeof value === "number") return value;
  return typeof value === "boolean" ? BigInt(value) : undefined;
}

/** JavaScript compares ints and floats exactly. NaN where either is none. */
export function compareNumbers(left: bigint | number, right: bigint | number): number {
  if (left < right) return -1;
  if (left > right) return 1;
  return Number.isNaN(left) || Number.isNaN(right) ? Number.NaN : 0;
}

/** Equal values have the same key. @throws TemplateError for a mutable object */
export function hashKey(value: Value): HashKey {
  if (value instanceof PyObject) return value.hashKey();
  if (typeof value === "boolean") return BigInt(value);
  if (typeof value === "number") return Number.isInteger(value) ? BigInt(value) : value;
  if (typeof value === "string" && value.startsWith(compositeMark)) return compositeMark + value;
  return value;
}

/** The key of a tuple: equal for the same keys in the same order. No text has such a key. */
export function compositeHashKey(kind: string, keys: readonly HashKey[]): HashKey {
  return `${compositeMark}${kind}(${keys.map(keyText).join(",")})`;
}

const compositeMark = "\u0000";
const identities = new WeakMap<PyObject, number>();
let lastIdentity = 0;

function keyText(key: HashKey): string {
  if (key instanceof PyObject) return `@${identityOf(key)}`;
  return typeof key === "string" ? JSON.stringify(key) : `${typeof key} ${key}`;
}

function identityOf(value: PyObject): number {
  const known = identities.get(value);
  if (known !== undefined) return known;
  lastIdentity += 1;
  identities.set(value, lastIdentity);
  return lastIdentity;
}
