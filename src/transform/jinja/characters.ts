import { typeError } from "./failures.ts";
import { typeName } from "./printing.ts";
import type { Value } from "./values.ts";

// Python counts a text's characters as code points; JavaScript counts an emoji as two.

const surrogate = /[\ud800-\udfff]/;

export function characters(whole: string): readonly string[] {
  return surrogate.test(whole) ? Array.from(whole) : whole.split("");
}

export function textLength(whole: string): number {
  return surrogate.test(whole) ? Array.from(whole).length : whole.length;
}

/** `whole[start:end]`, where both are counted in characters and may be negative. */
export function substring(whole: string, start: number, end?: number): string {
  return surrogate.test(whole) ? Array.from(whole).slice(start, end).join("") : whole.slice(start, end);
}

/** A value as a whole number, for lengths and places. @throws TemplateError for what is no integer */
export function integer(value: Value): number {
  if (typeof value === "bigint" || typeof value === "boolean") return Number(value);
  throw typeError(`'${typeName(value)}' object cannot be interpreted as an integer`);
}

/** As `integer`; a missing one, or None, is the fallback. */
export function integerOr(value: Value | undefined, fallback: number): number {
  return value === undefined || value === null ? fallback : integer(value);
}

/** @throws TemplateError for what is no text */
export function text(value: Value): string {
  if (typeof value === "string") return value;
  throw typeError(`expected str, got ${typeName(value)}`);
}

/** As `text`; a missing one, or None, is undefined. */
export function textOrNone(value: Value | undefined): string | undefined {
  return value === undefined || value === null ? undefined : text(value);
}
