import { decimalShape } from "../protocol/schema.ts";
import type { DataType } from "../protocol/schema.ts";

/**
 * A value in the order of its column's type: numbers for numeric columns, microseconds since the epoch for
 * timestamps, days for dates, UTF-8 bytes for strings (whose order differs from that of JavaScript's UTF-16).
 */
export type Ordered = number | bigint | Buffer;

/** Text of a literal in a predicate, with the little that its notation says of its type. */
export interface Literal {
  readonly kind: "text" | "number" | "boolean";
  readonly text: string;
}

/**
 * Puts a literal into the order of a column, or `undefined` where the two cannot be compared safely: then nothing is
 * pruned and the engine decides.
 */
export function toOrdered(literal: Literal, type: DataType): Ordered | undefined {
  if (typeof type !== "string") return undefined;
  if (decimalShape(type) !== undefined) return toNumber(literal.text);
  switch (type) {
    case "string":
      return literal.kind === "text" ? Buffer.from(literal.text, "utf8") : undefined;
    case "long":
    case "integer":
    case "short":
    case "byte":
    case "double":
      return literal.kind === "boolean" ? undefined : toNumber(literal.text);
    case "date":
      return literal.kind === "text" ? toEpochDays(literal.text) : undefined;
    case "timestamp":
    case "timestamp_ntz":
      return literal.kind === "text" ? toEpochMicros(literal.text) : undefined;
    // A comparison with a 32-bit float first rounds the literal to 32 bits: bounds of the exact value would be wrong.
    case "float":
    case "boolean":
    case "binary":
      return undefined;
    default:
      return undefined;
  }
}

/** Less than zero, zero or more; both of one column's order. */
export function compareOrdered(left: Ordered, right: Ordered): number {
  if (Buffer.isBuffer(left) && Buffer.isBuffer(right)) return Buffer.compare(left, right);
  return left < right ? -1 : left > right ? 1 : 0;
}

function toNumber(text: string): number | undefined {
  if (!/^\s*[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?\s*$/.test(text)) return undefined;
  const value = Number(text);
  return Number.isFinite(value) ? value : undefined;
}

function toEpochDays(text: string): number | undefined {
  const match = /^(\d{4})-(\d{2})-(\d{2})(?:[ T]00:00:00(?:\.0+)?(?:Z|\+00(?::?00)?)?)?$/.exec(text.trim());
  if (match === null) return undefined;
  const ms = Date.UTC(Number(match[1]), Number(match[2]) - 1, Number(match[3]));
  // Date.UTC takes the years 0 to 99 for 1900 to 1999.
  return Number(match[1]) < 100 ? undefined : ms / 86_400_000;
}

const instantPattern =
  /^(\d{4})-(\d{2})-(\d{2})(?:[ T](\d{2}):(\d{2})(?::(\d{2})(?:\.(\d{1,9}))?)?\s*(?:(Z|UTC)|([+-])(\d{2})(?::?(\d{2}))?)?)?$/i;

/** Microseconds since the epoch; a time without a zone is UTC; a tenth of a microsecond is floored. */
export function toEpochMicros(text: string): bigint | undefined {
  const match = instantPattern.exec(text.trim());
  if (match === null || Number(match[1]) < 100) return undefined;
  const part = (index: number): number => Number(match[index] ?? 0);
  const ms = Date.UTC(part(1), part(2) - 1, part(3), part(4), part(5), part(6));
  const offsetMinutes = (match[9] === "-" ? -1 : 1) * (part(10) * 60 + part(11));
  const micros = BigInt((match[7] ?? "").slice(0, 6).padEnd(6, "0"));
  return BigInt(ms - offsetMinutes * 60_000) * 1000n + micros;
}
