/**
 * A value as JSON can hold it: bigints as numbers, beyond 2^53 as text; maps as objects, or as lists of
 * `{ "key": ..., "value": ... }` where keys are no plain values or two of them have one text; bytes as base64; times as
 * ISO 8601; NaN and infinities as text, since JSON has no numbers for them; other typed arrays as lists.
 */
export function jsonReady(value: unknown): unknown {
  if (typeof value === "bigint") {
    return value >= BigInt(Number.MIN_SAFE_INTEGER) && value <= BigInt(Number.MAX_SAFE_INTEGER)
      ? Number(value)
      : value.toString();
  }
  if (typeof value === "number") return Number.isFinite(value) ? value : String(value);
  if (value instanceof Date) return value.toISOString().replace(".000Z", "Z");
  if (value instanceof Uint8Array) return Buffer.from(value).toString("base64");
  if (Array.isArray(value)) return value.map(jsonReady);
  if (ArrayBuffer.isView(value)) return listed(value);
  if (value instanceof Map) return mapReady([...value]);
  if (typeof value !== "object" || value === null) return value ?? null;
  const own: unknown = "toJSON" in value && !isOurs(value.toJSON) ? value.toJSON : undefined;
  if (typeof own === "function") return jsonReady(Reflect.apply(own, value, []));
  return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, jsonReady(entry)]));
}

/** Keys are members of an object where each has a text of its own: two structs would both be `[object Object]`. */
function mapReady(entries: readonly (readonly [unknown, unknown])[]): unknown {
  const ready = entries.map(([key, value]) => ({ key: jsonReady(key), value: jsonReady(value) }));
  const texts = new Set(ready.map(({ key }) => String(key)));
  const isPlain = texts.size === ready.length && ready.every(({ key }) => typeof key !== "object");
  return isPlain ? Object.fromEntries(ready.map(({ key, value }) => [String(key), value])) : ready;
}

/**
 * Lets `JSON.stringify` take an object that has bigints or maps inside; the method that does it is hidden.
 *
 * @param own what it is as JSON, where that is not what its members say.
 */
export function withJson<Value extends object>(value: Value, own?: () => unknown): Value {
  const method = own === undefined ? hidden : { ...hidden, value: () => jsonReady(own()) };
  if (!Object.hasOwn(value, "toJSON")) {
    Object.defineProperty(value, "toJSON", method);
    return value;
  }
  // A column has this name: members that are objects then speak for themselves. Bigints cannot, and JSON refuses them.
  const members: readonly unknown[] =
    typeof Reflect.get(value, "toJSON") === "function" ? [] : Object.values(value);
  for (const member of members) if (typeof member === "object" && member !== null) withJson(member);
  return value;
}

function listed(view: ArrayBufferView): unknown[] {
  const length = "length" in view && typeof view.length === "number" ? view.length : 0;
  return Array.from({ length }, (_, index): unknown => jsonReady(Reflect.get(view, index)));
}

function toJson(this: object): unknown {
  return jsonReady(this);
}

function isOurs(method: unknown): boolean {
  return method === toJson;
}

const hidden: PropertyDescriptor = { value: toJson, writable: true, configurable: true, enumerable: false };
