import { decimalShape } from "../protocol/schema.ts";
import type { DataType } from "../protocol/schema.ts";
import { msPerDay } from "../protocol/epoch-days.ts";

/**
 * A value in the order of its column's type: numbers for numeric columns, microseconds since the epoch for
 * timestamps, days for dates, UTF-8 bytes for strings (whose order differs from that of JavaScript's UTF-16).
 */
export type Ordered = number | bigint | Buffer;

/** The text of a literal in a predicate. Its notation says only whether it is a text, a number or a boolean. */
export interface Literal {
  readonly kind: "text" | "number" | "boolean";
  readonly text: string;
}

/**
 * A literal as a value in a column's order. `undefined` when the two cannot be compared safely: pruning then keeps every
 * file, and the engine decides.
 */
export function toOrdered(literal: Literal, type: DataType): Ordered | undefined {
  if (typeof type !== "string") return undefined;
  const decimal = decimalShape(type);
  if (decimal !== undefined) {
    return isCastExactly(literal, decimal.scale) ? toNumber(literal.text) : undefined;
  }
  switch (type) {
    case "string":
      return literal.kind === "text" ? Buffer.from(literal.text, "utf8") : undefined;
    case "long":
    case "integer":
    case "short":
    case "byte":
      return isCastExactly(literal, 0) ? toNumber(literal.text) : undefined;
    case "double":
      return literal.kind === "boolean" ? undefined : toNumber(literal.text);
    case "date":
      return literal.kind === "text" ? toEpochDays(literal.text) : undefined;
    case "timestamp":
      return literal.kind === "text" ? toEpochMicros(literal.text) : undefined;
    case "timestamp_ntz":
      return literal.kind === "text" && !hasZoneOffset(literal.text)
        ? toEpochMicros(literal.text)
        : undefined;
    // A comparison with a 32-bit float first rounds the literal to 32 bits: bounds of the exact value would be wrong.
    case "float":
    case "boolean":
    case "binary":
      return undefined;
    default:
      return undefined;
  }
}

/** Negative, zero or positive, as a comparator returns it. Both values have the order of one column. */
export function compareOrdered(left: Ordered, right: Ordered): number {
  if (Buffer.isBuffer(left) && Buffer.isBuffer(right)) return Buffer.compare(left, right);
  return left < right ? -1 : left > right ? 1 : 0;
}

/** Whether a text ends in an offset from UTC. As a time without a zone, the engine ignores the offset. */
export function hasZoneOffset(text: string): boolean {
  return /:\d{2}(?:\.\d+)?\s*[+-]\d{2}(?::?\d{2})?\s*$/.test(text);
}

/**
 * Whether the engine compares all digits of a literal. It casts a text to the column's type, which may round it; it
 * compares a number as it is.
 */
function isCastExactly(literal: Literal, scale: number): boolean {
  if (literal.kind !== "text") return literal.kind === "number";
  const match = /^\s*[+-]?\d+(?:\.(\d+))?\s*$/.exec(literal.text);
  return match !== null && (match[1] ?? "").length <= scale;
}

function toNumber(text: string): number | undefined {
  if (!/^\s*[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?\s*$/.test(text)) return undefined;
  const value = Number(text);
  return Number.isFinite(value) ? value : undefined;
}

function toEpochDays(text: string): number | undefined {
  const match = /^(\d{4})-(\d{2})-(\d{2})(?:[ T]00:00:00(?:\.0+)?(?:Z|\+00(?::?00)?)?)?$/.exec(text.trim());
  if (match === null) return undefined;
  const ms = epochMs(Number(match[1]), Number(match[2]), Number(match[3]));
  return ms === undefined ? undefined : ms / msPerDay;
}

const instantPattern =
  /^(\d{4})-(\d{2})-(\d{2})(?:[ T](\d{2}):(\d{2})(?::(\d{2})(?:\.(\d{1,9}))?)?\s*(?:(Z|UTC)|([+-])(\d{2})(?::?(\d{2}))?)?)?$/i;

/** Microseconds since the epoch; a time without a zone is UTC. Digits below a microsecond are cut off. */
export function toEpochMicros(text: string): bigint | undefined {
  const match = instantPattern.exec(text.trim());
  if (match === null) return undefined;
  const part = (index: number): number => Number(match[index] ?? 0);
  const day = epochMs(part(1), part(2), part(3));
  if (day === undefined || part(4) > 23 || part(5) > 59 || part(6) > 59) return undefined;
  const ms = day + (part(4) * 3600 + part(5) * 60 + part(6)) * 1000;
  const offsetMinutes = (match[9] === "-" ? -1 : 1) * (part(10) * 60 + part(11));
  const micros = BigInt((match[7] ?? "").slice(0, 6).padEnd(6, "0"));
  return BigInt(ms - offsetMinutes * 60_000) * 1000n + micros;
}

/** Whether a time is written with digits below a microsecond that are not all 0. */
export function isFinerThanMicros(text: string): boolean {
  return /:\d{2}\.\d{6}\d*[1-9]/.test(text);
}

/** Midnight of a day of the calendar; `undefined` for a day that it lacks, such as the 30th of February. */
function epochMs(year: number, month: number, day: number): number | undefined {
  // Date.UTC would read the years 0 to 99 as 1900 to 1999.
  const date = new Date(0);
  const ms = date.setUTCFullYear(year, month - 1, day);
  return date.getUTCMonth() === month - 1 && date.getUTCDate() === day ? ms : undefined;
}
