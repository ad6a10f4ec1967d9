import { isJsonObject, writeJson } from "./json/json-value.ts";
import type { JsonObject, JsonValue } from "./json/json-value.ts";
import { readJson } from "./json/read-json.ts";
import { recordHash } from "./json/record-hash.ts";
import { kindOfMembers, recordKinds } from "./record-kinds.ts";
import type { RecordKind } from "./record-kinds.ts";
import { Members, RecordProblem } from "./shapes/members.ts";
import type { ShapedRecord } from "./shapes/shaped-record.ts";

/** A record that is a row of its table. */
export interface ReadRecord {
  readonly kind: RecordKind;
  readonly hash: string;
  /** Its JSON, as every reader of JSON takes it. */
  readonly text: string;
  readonly shaped: ShapedRecord;
}

/** A record that is none, and why. */
export interface FailedRecord {
  /** `undefined` where not even that could be told. */
  readonly kind: RecordKind | undefined;
  readonly reason: string;
  readonly id: string | undefined;
  readonly timeMs: number | undefined;
  /** As a dead letter keeps it. */
  readonly raw: unknown;
}

export type RecordReading = ReadRecord | FailedRecord;

export function isFailed(reading: RecordReading): reading is FailedRecord {
  return "reason" in reading;
}

/**
 * Reads the JSON of one record.
 *
 * @param expected what it should be where its members do not tell.
 */
export function readRecord(text: string, expected: RecordKind | undefined): RecordReading {
  const trimmed = text.trim();
  const reading = readJson(trimmed);
  if ("problem" in reading)
    return { kind: expected, reason: reading.problem, id: undefined, timeMs: undefined, raw: trimmed };
  const { value, isStrict } = reading;
  return readRecordValue(value, isStrict ? trimmed : writeJson(value), expected);
}

/** Reads the JSON of a record whose kind is certain. */
export function readRecordAs(kind: RecordKind, text: string): RecordReading {
  const reading = readJson(text);
  if ("value" in reading && isJsonObject(reading.value)) return shaped(kind, reading.value, text);
  return readRecord(text, kind);
}

/** Reads one record that was parsed already. */
export function readRecordValue(
  value: JsonValue,
  text: string,
  expected: RecordKind | undefined,
): RecordReading {
  if (!isJsonObject(value)) return failed(expected, "no JSON object", undefined, text);
  const kind = kindOfMembers(value) ?? expected;
  if (kind === undefined) {
    const names = [...value.keys()].slice(0, 5).join(", ");
    return failed(
      kind,
      `no decision, trade or portfolio snapshot: its members are ${names || "none"}`,
      value,
      text,
    );
  }
  return shaped(kind, value, text);
}

function shaped(kind: RecordKind, value: JsonObject, text: string): RecordReading {
  try {
    return { kind, hash: recordHash(value), text, shaped: recordKinds[kind].shape(value) };
  } catch (error) {
    if (error instanceof RecordProblem) return failed(kind, error.message, value, text);
    throw error;
  }
}

function failed(
  kind: RecordKind | undefined,
  reason: string,
  record: JsonObject | undefined,
  text: string,
): FailedRecord {
  const nested = record?.get("decision");
  const members = new Members(
    ...(isJsonObject(nested) ? [nested] : []),
    ...(record === undefined ? [] : [record]),
  );
  return {
    kind,
    reason,
    id: readable(() => members.text("trade_id", "id", "decision_id")) ?? undefined,
    timeMs: readable(() => members.instant("timestamp", "exit_time", "exit_timestamp", "published_at"))?.ms,
    raw: rawOf(text),
  };
}

function readable<Value>(read: () => Value): Value | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof RecordProblem) return undefined;
    throw error;
  }
}

/**
 * A record as its dead letter keeps it: an object that people can edit, unless a number in it has more digits than a
 * reader of the letter would keep. Such a record stays the text that it is.
 */
function rawOf(text: string): unknown {
  const reading = readJson(text);
  const plain: unknown = JSON.parse(text);
  const again = readJson(JSON.stringify(plain));
  const isSame =
    "value" in reading && "value" in again && recordHash(reading.value) === recordHash(again.value);
  return isSame ? plain : text;
}
