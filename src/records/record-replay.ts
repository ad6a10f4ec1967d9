/**
 * Rejected records go through their checks again. What is read is `raw`: people mend it there, as an object or as the text
 * of one. A record that passes moves into its table once, since the table knows it by its content.
 */
import { isObject, withJson } from "finance-feedback-delta/contract";

import { isBarLetter } from "../dead-letters/dead-letter.ts";
import type { DeadLetterFile, RowLetter, RowRecord } from "../dead-letters/dead-letter.ts";
import type { DeadLetterQueue } from "../dead-letters/dead-letter-queue.ts";
import { countReasons } from "../dead-letters/replay.ts";
import type { Replayer, ReplayResult } from "../dead-letters/replay.ts";
import type { Clock } from "../seams/clock.ts";
import type { DeltaLakeManager } from "../storage/delta-lake-manager.ts";
import { commitRecords } from "./record-commit.ts";
import type { SourcedRecord } from "./record-commit.ts";
import { decoded } from "./record-files.ts";
import { kindOfTable } from "./record-kinds.ts";
import type { RecordKind } from "./record-kinds.ts";
import { isFailed, readRecord } from "./record-reading.ts";
import { unknownTable } from "./record-sink.ts";

interface RecordReplayContext {
  readonly lake: DeltaLakeManager;
  readonly deadLetters: DeadLetterQueue;
  readonly clock: Clock;
  readonly ingestionId: string;
  readonly dryRun: boolean;
}

type RecordFile = DeadLetterFile<RowLetter>;

/** Takes back what an import, an append or a backfill of news rejected. */
export function recordReplayer(context: RecordReplayContext): Replayer {
  return {
    tableFor: (file) => (holdsRecords(file) ? file.letter.context.table : undefined),
    replay: (file) => (holdsRecords(file) ? replay(file, context) : undefined),
  };
}

function holdsRecords(file: DeadLetterFile): file is RecordFile {
  if (isBarLetter(file.letter)) return false;
  const { table } = file.letter.context;
  return table === unknownTable || kindOfTable(table) !== undefined;
}

async function replay(file: RecordFile, context: RecordReplayContext): Promise<ReplayResult> {
  const { table } = file.letter.context;
  const passed = new Map<RecordKind, SourcedRecord[]>();
  const left: RowRecord[] = [];
  for (const record of file.letter.records) {
    const reading = readRecord(textOf(record.raw), kindOfTable(table));
    if (isFailed(reading)) left.push({ ...record, reason: reasonOf(record, reading.reason) });
    else
      passed.set(reading.kind, [
        ...(passed.get(reading.kind) ?? []),
        { record: reading, source: record.source_file },
      ]);
  }
  let replayed = 0;
  let alreadyStored = 0;
  for (const [kind, records] of passed) {
    const result = await commitRecords(kind, records, { ...context, nowMs: context.clock.now() });
    replayed += result.added;
    alreadyStored += result.alreadyThere;
  }
  if (!context.dryRun) await context.deadLetters.replace(file, left);
  return withJson({
    file,
    table: kindOfTable(table) === undefined ? undefined : table,
    replayed,
    alreadyStored,
    stillRejected: left.length,
    reasons: countReasons(left),
  });
}

/** What was rejected before it was read as JSON says more by its first reason. */
function reasonOf({ raw, reason }: RowRecord, now: string): string {
  return isBytes(raw) || raw === null ? reason : now;
}

function textOf(raw: unknown): string {
  if (typeof raw === "string") return raw;
  if (isBytes(raw)) return decoded(Buffer.from(raw.base64, "base64")) ?? "";
  return JSON.stringify(raw);
}

function isBytes(raw: unknown): raw is { readonly base64: string } {
  return isObject(raw) && typeof Reflect.get(raw, "base64") === "string";
}
