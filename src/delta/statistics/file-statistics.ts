import { decimalShape } from "../protocol/schema.ts";
import type { DataType, StructType } from "../protocol/schema.ts";

declare global {
  interface JSON {
    /** A JSON text that `JSON.stringify` puts out as it is. ECMAScript proposal "JSON.parse source text access". */
    rawJSON(text: string): unknown;
  }
}

/** What the engine says of one leaf column in one file it wrote; values as the engine's text. */
export interface ColumnStatistics {
  readonly min?: string | undefined;
  readonly max?: string | undefined;
  readonly nullCount?: number | undefined;
  readonly hasNaN?: boolean | undefined;
}

/** How many leading columns get statistics, as `delta.dataSkippingNumIndexedCols` sets it; -1 for all. */
export const defaultIndexedColumns = 32;

const stringPrefixLength = 32;
/** Greater than every character: at the end of a cut maximum it keeps the bound a bound. */
const tieBreaker = "\u{10FFFF}";

/**
 * The `stats` of an add action as JSON text.
 *
 * Source: PROTOCOL.md, "Per-file Statistics". Strings are cut to 32 characters, timestamps floored to milliseconds,
 * decimals and 64-bit integers written as exact JSON numbers.
 *
 * @param columns keyed by the leaf's path, its names joined by a NUL character.
 */
export function serializeStatistics(
  numRecords: number,
  schema: StructType,
  partitionColumns: readonly string[],
  columns: ReadonlyMap<string, ColumnStatistics>,
  indexedColumns: number = defaultIndexedColumns,
): string {
  const budget = { left: indexedColumns < 0 ? Number.POSITIVE_INFINITY : indexedColumns };
  const partitions = new Set(partitionColumns.map((name) => name.toLowerCase()));
  const dataSchema: StructType = {
    type: "struct",
    fields: schema.fields.filter((member) => !partitions.has(member.name.toLowerCase())),
  };
  const tree = collect(dataSchema, [], columns, budget);
  return JSON.stringify({ numRecords, minValues: tree.min, maxValues: tree.max, nullCount: tree.nulls });
}

export function leafKey(path: readonly string[]): string {
  return path.join("\u0000").toLowerCase();
}

type JsonTree = Record<string, unknown>;

function collect(
  schema: StructType,
  prefix: readonly string[],
  columns: ReadonlyMap<string, ColumnStatistics>,
  budget: { left: number },
): { readonly min: JsonTree; readonly max: JsonTree; readonly nulls: JsonTree } {
  const min: JsonTree = {};
  const max: JsonTree = {};
  const nulls: JsonTree = {};
  for (const member of schema.fields) {
    if (budget.left <= 0) break;
    const path = [...prefix, member.name];
    if (typeof member.type === "object" && member.type.type === "struct") {
      const inner = collect(member.type, path, columns, budget);
      if (Object.keys(inner.min).length > 0) min[member.name] = inner.min;
      if (Object.keys(inner.max).length > 0) max[member.name] = inner.max;
      if (Object.keys(inner.nulls).length > 0) nulls[member.name] = inner.nulls;
      continue;
    }
    budget.left -= 1;
    if (typeof member.type === "object") continue;
    const statistics = columns.get(leafKey(path));
    if (statistics === undefined) continue;
    if (statistics.nullCount !== undefined) nulls[member.name] = statistics.nullCount;
    // NaN counts as the greatest value, and the engine's bounds leave it out.
    if (statistics.hasNaN === true) continue;
    const lower = statistics.min === undefined ? undefined : minimumJson(statistics.min, member.type);
    const upper = statistics.max === undefined ? undefined : maximumJson(statistics.max, member.type);
    if (lower !== undefined) min[member.name] = lower;
    if (upper !== undefined) max[member.name] = upper;
  }
  return { min, max, nulls };
}

function minimumJson(text: string, type: DataType): unknown {
  return type === "string" ? cut(text) : boundJson(text, type);
}

function maximumJson(text: string, type: DataType): unknown {
  if (type !== "string") return boundJson(text, type);
  const prefix = cut(text);
  if (prefix === text) return text;
  // What follows the cut may itself be the tie-breaker: then no bound of this length exists.
  return text.slice(prefix.length).startsWith(tieBreaker) ? undefined : prefix + tieBreaker;
}

/** At most 32 characters; iterating a string by characters never splits a surrogate pair. */
function cut(text: string): string {
  if (text.length <= stringPrefixLength) return text;
  let prefix = "";
  let count = 0;
  for (const character of text) {
    if (count === stringPrefixLength) break;
    prefix += character;
    count += 1;
  }
  return prefix;
}

function boundJson(text: string, type: DataType): unknown {
  if (decimalShape(type) !== undefined) return exactNumber(text);
  switch (type) {
    case "long":
    case "integer":
    case "short":
    case "byte":
      return exactNumber(text);
    case "float":
    case "double": {
      const value = Number(text);
      return Number.isFinite(value) ? value : undefined;
    }
    case "date":
      return /^\d{4}-\d{2}-\d{2}$/.test(text) ? text : undefined;
    case "timestamp":
      return timestampBound(text, "Z");
    case "timestamp_ntz":
      return timestampBound(text, "");
    default:
      // Booleans and binaries have no bounds in the protocol's statistics.
      return undefined;
  }
}

function exactNumber(text: string): unknown {
  return /^-?\d+(\.\d+)?$/.test(text) ? JSON.rawJSON(text) : undefined;
}

/** Cutting digits of the calendar form floors, before 1970 too. Years beyond 9999 have no form to write. */
function timestampBound(text: string, zone: string): string | undefined {
  const match = /^(\d{4}-\d{2}-\d{2})[ T](\d{2}:\d{2}:\d{2})(?:\.(\d{1,6}))?(?:\+00|Z)?$/.exec(text);
  if (match === null) return undefined;
  const [, day, time, fraction = ""] = match;
  return `${day}T${time}.${fraction.padEnd(3, "0").slice(0, 3)}${zone}`;
}
