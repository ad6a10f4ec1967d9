/**
 * A value as JSON can hold it: bigints as numbers, beyond 2^53 as text; maps as objects; bytes as base64; times as ISO 8601;
 * NaN and infinities as text, since JSON has no numbers for them.
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
  if (value instanceof Map) {
    return Object.fromEntries(
      [...value].map(([key, entry]: [unknown, unknown]) => [String(jsonReady(key)), jsonReady(entry)]),
    );
  }
  if (typeof value !== "object" || value === null) return value ?? null;
  const own: unknown = "toJSON" in value && !isOurs(value.toJSON) ? value.toJSON : undefined;
  if (typeof own === "function") return jsonReady(Reflect.apply(own, value, []));
  return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, jsonReady(entry)]));
}

/** Lets `JSON.stringify` take an object that has bigints or maps inside; nobody sees the method that does it. */
export function withJson<Value extends object>(value: Value): Value {
  if (!Object.hasOwn(value, "toJSON")) Object.defineProperty(value, "toJSON", hidden);
  return value;
}

function toJson(this: object): unknown {
  return jsonReady(this);
}

function isOurs(method: unknown): boolean {
  return method === toJson;
}

const hidden: PropertyDescriptor = { value: toJson, writable: true, configurable: true, enumerable: false };
