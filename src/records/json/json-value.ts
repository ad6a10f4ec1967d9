/** A number as its text, so that none of its digits is lost. */
export class JsonNumber {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

/** Members by name; a name such as `__proto__` is one like any other. */
export type JsonObject = ReadonlyMap<string, JsonValue>;

export type JsonValue = null | boolean | string | JsonNumber | readonly JsonValue[] | JsonObject;

export function isJsonObject(value: JsonValue | undefined): value is JsonObject {
  return value instanceof Map;
}

export function isJsonList(value: JsonValue | undefined): value is readonly JsonValue[] {
  return Array.isArray(value);
}

/** The same value as JSON text without spaces, with the digits of numbers as they came; NaN and Infinity, which JSON lacks, as null. */
export function writeJson(value: JsonValue): string {
  if (value instanceof JsonNumber) return isFinite(value) ? value.text : "null";
  if (isJsonList(value)) return `[${value.map(writeJson).join(",")}]`;
  if (isJsonObject(value))
    return `{${[...value].map(([name, member]) => `${JSON.stringify(name)}:${writeJson(member)}`).join(",")}}`;
  return JSON.stringify(value);
}

function isFinite({ text }: JsonNumber): boolean {
  return !/[a-df-z]/i.test(text);
}
