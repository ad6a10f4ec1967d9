import { physicalNameOf } from "../protocol/column-mapping.ts";
import type { ColumnMappingMode } from "../protocol/column-mapping.ts";
import { decimalShape } from "../protocol/schema.ts";
import type { DataType, StructType } from "../protocol/schema.ts";
import type { ColumnPath } from "../protocol/table-properties.ts";
import { rawJson } from "../contract/json-source.ts";
import { setMember } from "../contract/own-members.ts";

/** What the engine reports of one leaf column in a file that it wrote; values as the engine's text. */
export interface ColumnStatistics {
  readonly min?: string | undefined;
  readonly max?: string | undefined;
  readonly nullCount?: number | undefined;
  readonly hasNaN?: boolean | undefined;
}

/** Which columns get statistics. */
export interface StatisticsChoice {
  /** The number of leading columns, from `delta.dataSkippingNumIndexedCols`; -1 for all. */
  readonly indexedColumns: number;
  /** Only these columns, from `delta.dataSkippingStatsColumns`. */
  readonly columns: readonly ColumnPath[] | undefined;
}

/** What statistics depend on in a table. */
export interface StatisticsLayout {
  readonly schema: StructType;
  readonly partitionColumns: readonly string[];
  readonly columnMapping: ColumnMappingMode;
  readonly statistics: StatisticsChoice;
}

const stringPrefixLength = 32;
/** Greater than every other character: at the end of a cut maximum it makes the text greater than all values. */
const tieBreaker = "\u{10FFFF}";

/**
 * The `stats` of an add action as JSON text.
 *
 * Source: PROTOCOL.md, "Per-file Statistics". Strings are cut to 32 characters, timestamps floored to milliseconds,
 * decimals and 64-bit integers written as exact JSON numbers.
 *
 * @param columns keyed by the path of the leaf: its physical names, joined by a NUL character.
 */
export function serializeStatistics(
  numRecords: number,
  layout: StatisticsLayout,
  columns: ReadonlyMap<string, ColumnStatistics>,
): string {
  const { indexedColumns, columns: chosen } = layout.statistics;
  const isLimited = chosen === undefined && indexedColumns >= 0;
  const collector: Collector = {
    columns,
    columnMapping: layout.columnMapping,
    chosen: chosen === undefined ? undefined : new Set(chosen.map(leafKey)),
    left: isLimited ? indexedColumns : Number.POSITIVE_INFINITY,
  };
  const partitions = new Set(layout.partitionColumns.map((name) => name.toLowerCase()));
  const dataSchema: StructType = {
    type: "struct",
    fields: layout.schema.fields.filter((member) => !partitions.has(member.name.toLowerCase())),
  };
  const tree = collect(dataSchema, [], [], collector);
  return JSON.stringify({ numRecords, minValues: tree.min, maxValues: tree.max, nullCount: tree.nulls });
}

export function leafKey(path: readonly string[]): string {
  return path.join("\u0000").toLowerCase();
}

type JsonTree = Record<string, unknown>;

interface Collector {
  readonly columns: ReadonlyMap<string, ColumnStatistics>;
  readonly columnMapping: ColumnMappingMode;
  /** Keys of columns. */
  readonly chosen: ReadonlySet<string> | undefined;
  left: number;
}

function collect(
  schema: StructType,
  path: readonly string[],
  physicalPath: readonly string[],
  collector: Collector,
): { readonly min: JsonTree; readonly max: JsonTree; readonly nulls: JsonTree } {
  const min: JsonTree = {};
  const max: JsonTree = {};
  const nulls: JsonTree = {};
  for (const member of schema.fields) {
    if (collector.left <= 0) break;
    const name = physicalNameOf(member, collector.columnMapping);
    const ownPath = [...path, member.name];
    const ownPhysicalPath = [...physicalPath, name];
    if (typeof member.type === "object" && member.type.type === "struct") {
      const inner = collect(member.type, ownPath, ownPhysicalPath, collector);
      if (Object.keys(inner.min).length > 0) setMember(min, name, inner.min);
      if (Object.keys(inner.max).length > 0) setMember(max, name, inner.max);
      if (Object.keys(inner.nulls).length > 0) setMember(nulls, name, inner.nulls);
      continue;
    }
    if (collector.chosen !== undefined && !isChosen(collector.chosen, ownPath)) continue;
    collector.left -= 1;
    if (typeof member.type === "object") continue;
    const statistics = collector.columns.get(leafKey(ownPhysicalPath));
    if (statistics === undefined) continue;
    if (statistics.nullCount !== undefined) setMember(nulls, name, statistics.nullCount);
    // NaN is the greatest value, but the engine's bounds do not include it.
    if (statistics.hasNaN === true) continue;
    const lower = statistics.min === undefined ? undefined : minimumJson(statistics.min, member.type);
    const upper = statistics.max === undefined ? undefined : maximumJson(statistics.max, member.type);
    if (lower !== undefined) setMember(min, name, lower);
    if (upper !== undefined) setMember(max, name, upper);
  }
  return { min, max, nulls };
}

/** A chosen struct stands for all of its members. */
function isChosen(chosen: ReadonlySet<string>, path: readonly string[]): boolean {
  return path.some((_, end) => chosen.has(leafKey(path.slice(0, end + 1))));
}

function minimumJson(text: string, type: DataType): unknown {
  return type === "string" ? cut(text) : boundJson(text, type);
}

function maximumJson(text: string, type: DataType): unknown {
  if (type !== "string") return boundJson(text, type);
  const prefix = cut(text);
  if (prefix === text) return text;
  // When the next character is that greatest one itself, no bound of this length exists.
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
  return /^-?\d+(\.\d+)?$/.test(text) ? rawJson(text) : undefined;
}

/** Cutting digits off the text rounds down, before 1970 too. Years after 9999 cannot be written. */
function timestampBound(text: string, zone: string): string | undefined {
  const match = /^(\d{4}-\d{2}-\d{2})[ T](\d{2}:\d{2}:\d{2})(?:\.(\d{1,6}))?(?:\+00|Z)?$/.exec(text);
  if (match === null) return undefined;
  const [, day, time, fraction = ""] = match;
  return `${day}T${time}.${fraction.padEnd(3, "0").slice(0, 3)}${zone}`;
}
