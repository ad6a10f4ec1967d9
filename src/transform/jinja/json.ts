import { typeError, valueError } from "./failures.ts";
import { PyDict } from "./mappings.ts";
import { compare } from "./order.ts";
import { floatRepr, repr, typeName } from "./printing.ts";
import { PySequence, PyList, PyRange } from "./sequences.ts";
import type { Value } from "./values.ts";

export type JsonOptions = {
  readonly sortKeys?: boolean;
  /** Spaces for each level; without it all stands on one line. */
  readonly indent?: number;
};

/** Python's `json.dumps`: blanks behind `,` and `:`, and ASCII alone. */
export function dumpJson(value: Value, options: JsonOptions = {}): string {
  return dump(value, options, "\n");
}

/** Python's `json.loads`: whole numbers become ints, all others floats. @throws TemplateError for what is no JSON */
export function loadJson(text: string): Value {
  try {
    return fromParsed(JSON.parse(text, markNumbers));
  } catch (error) {
    if (error instanceof SyntaxError)
      throw valueError(`${repr(text.slice(0, 40))} is no JSON: ${error.message}`);
    throw error;
  }
}

function dump(value: Value, options: JsonOptions, newline: string): string {
  if (value === null) return "null";
  switch (typeof value) {
    case "string":
      return jsonText(value);
    case "boolean":
    case "bigint":
      return value.toString();
    case "number":
      return jsonFloat(value);
    default:
  }
  const inner = options.indent === undefined ? newline : newline + " ".repeat(options.indent);
  if (value instanceof PyDict) {
    const entries =
      options.sortKeys === true
        ? value.entries().toSorted(([a], [b]) => compare(a, b, "<"))
        : value.entries();
    const members = entries.map(([key, item]) => `${jsonKey(key)}: ${dump(item, options, inner)}`);
    return enclosed("{", members, "}", options, newline, inner);
  }
  if (value instanceof PySequence && !(value instanceof PyRange)) {
    return enclosed(
      "[",
      value.items.map((item) => dump(item, options, inner)),
      "]",
      options,
      newline,
      inner,
    );
  }
  throw typeError(`Object of type ${typeName(value)} is not JSON serializable`);
}

function enclosed(
  start: string,
  parts: readonly string[],
  end: string,
  options: JsonOptions,
  newline: string,
  inner: string,
): string {
  if (parts.length === 0 || options.indent === undefined) return start + parts.join(", ") + end;
  return `${start}${inner}${parts.join(`,${inner}`)}${newline}${end}`;
}

function jsonKey(key: Value): string {
  if (typeof key === "string") return jsonText(key);
  if (key === null || typeof key !== "object") return `"${dump(key, {}, "")}"`;
  throw typeError(`keys must be str, int, float, bool or None, not ${typeName(key)}`);
}

function jsonText(text: string): string {
  return JSON.stringify(text).replaceAll(/[\u007f-\uffff]/g, (one) =>
    one === "\u007f" ? one : `\\u${one.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

function jsonFloat(value: number): string {
  if (Number.isNaN(value)) return "NaN";
  if (!Number.isFinite(value)) return value > 0 ? "Infinity" : "-Infinity";
  return floatRepr(value);
}

/** A number as it is spelled: `1` and `1.0` differ in Python. */
class SpelledNumber {
  readonly spelling: string;

  constructor(spelling: string) {
    this.spelling = spelling;
  }
}

/** Node passes the source of each number to a reviver; TypeScript's types do not know it yet. */
function markNumbers(...[, value, context]: readonly unknown[]): unknown {
  if (typeof value !== "number") return value;
  const source =
    typeof context === "object" && context !== null && "source" in context ? context.source : undefined;
  return new SpelledNumber(typeof source === "string" ? source : String(value));
}

function fromParsed(parsed: unknown): Value {
  if (parsed instanceof SpelledNumber) {
    return /^-?\d+$/.test(parsed.spelling) ? BigInt(parsed.spelling) : Number(parsed.spelling);
  }
  if (typeof parsed === "string" || typeof parsed === "boolean") return parsed;
  if (Array.isArray(parsed)) return new PyList(parsed.map(fromParsed));
  if (typeof parsed !== "object" || parsed === null) return null;
  return new PyDict(Object.entries(parsed).map(([key, value]) => [key, fromParsed(value)] as const));
}
