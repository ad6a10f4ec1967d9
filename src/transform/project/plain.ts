/**
 * What a YAML file or a `config()` call holds: Python's values as TypeScript's. Whole numbers are `bigint` and floats
 * `number`, since their texts differ: `1` and `1.0`. A dictionary is a Map, whose keys keep their order whatever they are.
 */
export type Plain = null | boolean | bigint | number | string | readonly Plain[] | PlainMap;
export interface PlainMap extends ReadonlyMap<string, Plain> {}

export const emptyMap: PlainMap = new Map();

export function isPlainMap(value: Plain | undefined): value is PlainMap {
  return value instanceof Map;
}

export function isPlainList(value: Plain | undefined): value is readonly Plain[] {
  return Array.isArray(value);
}

/** A list as it is; a single value as a list of one; nothing as none. */
export function asList(value: Plain | undefined): readonly Plain[] {
  if (value === undefined || value === null) return [];
  return isPlainList(value) ? value : [value];
}

/** What Python's `if` says of the value. */
export function isTruthy(value: Plain | undefined): boolean {
  if (value === undefined || value === null) return false;
  if (isPlainMap(value)) return value.size > 0;
  if (isPlainList(value)) return value.length > 0;
  return Boolean(value);
}

/** The value as Python's `str()` writes it: in names of tests, for one. */
export function pythonText(value: Plain): string {
  return typeof value === "string" ? value : pythonRepr(value);
}

/** The value as Python's `repr()` writes it. */
export function pythonRepr(value: Plain): string {
  if (value === null) return "None";
  if (typeof value === "boolean") return value ? "True" : "False";
  if (typeof value === "bigint") return value.toString();
  if (typeof value === "number") return floatText(value);
  if (typeof value === "string") return quotedText(value);
  if (isPlainMap(value))
    return `{${[...value].map(([name, member]) => `${quotedText(name)}: ${pythonRepr(member)}`).join(", ")}}`;
  return `[${value.map(pythonRepr).join(", ")}]`;
}

function floatText(value: number): string {
  if (Number.isNaN(value)) return "nan";
  if (!Number.isFinite(value)) return value > 0 ? "inf" : "-inf";
  const size = Math.abs(value);
  if (size !== 0 && (size < 1e-4 || size >= 1e16)) {
    const [digits, exponent = "0"] = value.toExponential().split("e");
    const power = Number(exponent);
    return `${digits}e${power < 0 ? "-" : "+"}${String(Math.abs(power)).padStart(2, "0")}`;
  }
  return Number.isInteger(value) ? `${Object.is(value, -0) ? "-0" : value}.0` : String(value);
}

const escapes: ReadonlyMap<string, string> = new Map([
  ["\\", "\\\\"],
  ["\n", "\\n"],
  ["\r", "\\r"],
  ["\t", "\\t"],
]);

function quotedText(text: string): string {
  const quote = text.includes("'") && !text.includes('"') ? '"' : "'";
  const inside = text.replaceAll(/[\\\n\r\t']/g, (character) =>
    character === "'" ? (quote === "'" ? "\\'" : "'") : (escapes.get(character) ?? character),
  );
  return `${quote}${inside}${quote}`;
}

/** The same as JSON: a whole number beyond what JavaScript holds exactly becomes a float. */
export function plainToJson(value: Plain): unknown {
  if (typeof value === "bigint") return Number(value);
  if (typeof value === "number") return Number.isFinite(value) ? value : null;
  if (isPlainMap(value)) return mapToJson(value);
  return isPlainList(value) ? value.map(plainToJson) : value;
}

function mapToJson(map: PlainMap): object {
  return Object.fromEntries([...map].map(([name, member]) => [name, plainToJson(member)]));
}

/** A value that was read from JSON. */
export function plainFromJson(value: unknown): Plain {
  if (typeof value === "number") return Number.isSafeInteger(value) ? BigInt(value) : value;
  if (typeof value === "string" || typeof value === "boolean" || typeof value === "bigint") return value;
  if (Array.isArray(value)) return value.map(plainFromJson);
  if (typeof value !== "object" || value === null) return null;
  return new Map(Object.entries(value).map(([name, member]) => [name, plainFromJson(member)]));
}
