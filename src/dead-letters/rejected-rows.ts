import { inspect } from "node:util";

import {
  anyObject,
  anyText,
  flag,
  kind,
  listOf,
  nonEmptyText,
  oneOf,
  optionsOf,
  required,
} from "finance-feedback-delta/contract";
import type { OptionKind, OptionTable } from "finance-feedback-delta/contract";

import { expectationsFailed, rowChecksFailed } from "./dead-letter.ts";
import type {
  BarContext,
  BarRecord,
  DeadLetterError,
  DeadLetterRecord,
  RowContext,
  RowPosition,
  RowRecord,
} from "./dead-letter.ts";

/** A bar that did not pass, and why. */
export interface RejectedRow {
  /** When its bar opens, in milliseconds since the epoch; `undefined` when that could not be read. */
  readonly openTimeMs: number | undefined;
  readonly reason: string;
  readonly open: string | null;
  readonly high: string | null;
  readonly low: string | null;
  readonly close: string | null;
  readonly volume: string | null;
  /** Where the row came from, without secrets. */
  readonly sourceFile: string;
  /** The record as the provider sent it. */
  readonly raw: unknown;
}

/** Any other row that did not pass, and why. */
export interface RejectedRecord {
  /** The instant that it is about, in milliseconds since the epoch; left out when that could not be read. */
  readonly timeMs?: number | undefined;
  /** What names the row, such as a decision's id; left out when it has no readable one. */
  readonly key?: string | undefined;
  readonly position?: RowPosition | undefined;
  readonly reason: string;
  /** Where the row came from, without secrets: a file, a topic. */
  readonly sourceFile: string;
  /** Its values by column, as far as they could be told apart. */
  readonly row: Readonly<Record<string, unknown>>;
  /** The record as it came: its JSON, or its bytes in base64. */
  readonly raw: unknown;
}

/** A record of the queue and the instant that its file is named by. */
export interface DatedRecord<Member extends DeadLetterRecord> {
  /** `undefined` of a record without a time that a calendar has. */
  readonly timeMs: number | undefined;
  readonly record: Member;
}

export function barRecord(row: RejectedRow): DatedRecord<BarRecord> {
  const { open, high, low, close, volume, reason, sourceFile, raw } = row;
  const timeMs = calendarTime(row.openTimeMs);
  const date = timeMs === undefined ? null : new Date(timeMs).toISOString().slice(0, 19).replace("T", " ");
  const record = {
    date,
    open,
    high,
    low,
    close,
    volume,
    reason,
    source_file: sourceFile,
    raw: storable(raw),
  };
  return { timeMs, record };
}

export function rowRecord(rejected: RejectedRecord): DatedRecord<RowRecord> {
  const { key = null, position = null, reason, sourceFile, raw } = rejected;
  const timeMs = calendarTime(rejected.timeMs);
  const time = timeMs === undefined ? null : new Date(timeMs).toISOString();
  const row = Object.fromEntries(
    Object.entries(rejected.row).map(([name, value]) => [name, storable(value)]),
  );
  const record = { time, key, position, reason, source_file: sourceFile, row, raw: storable(raw) };
  return { timeMs, record };
}

/**
 * What tells a record from another one. The page, the line or the file that it came on may differ from run to run; what was
 * rejected, and why, does not. An offset names a message for good: two messages of the same bytes are two.
 */
export function recordKey(record: DeadLetterRecord): string {
  if ("date" in record) return JSON.stringify([record.date, record.reason, record.raw]);
  const { key, position, reason, row, raw } = record;
  const message = position !== null && "offset" in position ? position : null;
  return JSON.stringify([key, message, reason, row, raw]);
}

const calendarStartMs = Date.UTC(1900, 0, 1);
const calendarEndMs = Date.UTC(10_000, 0, 1);

/** The years that have four digits: what lies beyond is no time of a row, and has no place in a file's name. */
function calendarTime(timeMs: number | undefined): number | undefined {
  if (timeMs === undefined) return undefined;
  return timeMs >= calendarStartMs && timeMs < calendarEndMs ? timeMs : undefined;
}

/** What JSON cannot write, a record of ten thousand levels, is kept as a text of its outer ones. */
function storable(raw: unknown): unknown {
  try {
    return JSON.stringify(raw) === undefined ? null : raw;
  } catch {
    return inspect(raw, { depth: 20, maxArrayLength: null, maxStringLength: null });
  }
}

const barContext: OptionTable<BarContext> = {
  asset_pair: required(anyText),
  timeframe: required(anyText),
  provider: required(anyText),
  is_mock: flag,
};

const rowContext: OptionTable<RowContext> = {
  table: required(anyText),
  source: required(anyText),
  asset_pair: anyText,
  is_mock: flag,
  format: anyText,
  time_unit: anyText,
};

const textOrNull: OptionKind<string | null> = kind(
  "a text or null",
  (text) => text === null || typeof text === "string",
);

const instant: OptionKind<number> = kind(
  "milliseconds since 1970, or undefined",
  (value) => typeof value === "number",
);
const anything: OptionKind<unknown> = kind("anything", () => true);

/** What may be undefined may as well be left out. */
type BarMembers = Omit<RejectedRow, "openTimeMs" | "raw"> & Partial<Pick<RejectedRow, "openTimeMs" | "raw">>;
type RecordMembers = Omit<RejectedRecord, "raw"> & Partial<Pick<RejectedRecord, "raw">>;

const barMembers: OptionTable<BarMembers> = {
  openTimeMs: instant,
  reason: required(nonEmptyText),
  open: required(textOrNull),
  high: required(textOrNull),
  low: required(textOrNull),
  close: required(textOrNull),
  volume: required(textOrNull),
  sourceFile: required(anyText),
  raw: anything,
};

const recordMembers: OptionTable<RecordMembers> = {
  timeMs: instant,
  key: anyText,
  position: kind<RowPosition>("{ line }, { page } or { topic, partition, offset }", isPosition),
  reason: required(nonEmptyText),
  sourceFile: required(anyText),
  row: required(anyObject),
  raw: anything,
};

const failure: OptionKind<DeadLetterError> = oneOf(rowChecksFailed, expectationsFailed);

interface BarWrite {
  readonly context: BarContext;
  readonly rows: readonly BarMembers[];
  readonly error?: DeadLetterError | undefined;
}

interface RecordWrite {
  readonly context: RowContext;
  readonly records: readonly RecordMembers[];
  readonly error?: DeadLetterError | undefined;
}

export const writeArguments: OptionTable<BarWrite> = {
  context: required(optionsOf(barContext)),
  rows: required(listOf(optionsOf(barMembers))),
  error: failure,
};

export const writeRecordsArguments: OptionTable<RecordWrite> = {
  context: required(optionsOf(rowContext)),
  records: required(listOf(optionsOf(recordMembers))),
  error: failure,
};

function isPosition(value: unknown): value is RowPosition {
  if (typeof value !== "object" || value === null) return false;
  const has = (name: string, type: string): boolean => typeof Reflect.get(value, name) === type;
  return (
    has("line", "number") ||
    has("page", "number") ||
    (has("topic", "string") &&
      (has("partition", "number") || has("partition", "string")) &&
      has("offset", "string"))
  );
}
