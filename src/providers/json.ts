import type { DecimalSource } from "../market/decimal.ts";

/** A JSON object whose members are not known yet. */
export type JsonRecord = Readonly<Record<string, unknown>>;

export function isRecord(value: unknown): value is JsonRecord {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/**
 * Parses JSON so that every number can be written back exactly as it was sent. Up to 15 significant digits a
 * float's shortest text is the number itself; longer numbers become the text that was sent.
 *
 * @throws SyntaxError
 */
export function parseExactJson(text: string): unknown {
  return longNumberInJson.test(text) ? JSON.parse(text, keepLongNumber) : JSON.parse(text);
}

/** A JSON number or string; `undefined` for everything else. */
export function decimalOf(value: unknown): DecimalSource | undefined {
  return typeof value === "number" || typeof value === "string" ? value : undefined;
}

/** The text of a JSON number or string; `undefined` for everything else. */
export function textOf(value: unknown): string | undefined {
  if (typeof value === "number") return String(value);
  return typeof value === "string" ? value : undefined;
}

/** Sixteen digits, or fifteen and a point. A shorter number that looks so only takes longer. */
const longNumber = /[\d.]{16}/;
/** The same pattern where a number can begin: this search is five times as fast. */
const longNumberInJson = /(?:^|[:,[])\s*-?[\d.]{16}/;

/** `JSON.parse` passes a third argument, the source text of primitives, which the type library does not know. */
function keepLongNumber(_key: string, value: unknown, ...rest: readonly unknown[]): unknown {
  if (typeof value !== "number") return value;
  const [context] = rest;
  const source = isRecord(context) ? textOf(context["source"]) : undefined;
  return source !== undefined && longNumber.test(source) ? source : value;
}
