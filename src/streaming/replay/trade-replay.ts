/**
 * Rejected messages of a stream of trades go through the stream's own reading again. What is read is `raw`: people mend it
 * there. A trade that passes moves into raw_trades exactly once: the commit names the file and its content. One that the table
 * has with other values stays: what was rejected does not replace what passed.
 */
import { isObject, withJson } from "finance-feedback-delta/contract";

import { commitRows } from "../../bronze/commit-proposal.ts";
import type { ProgressGuard } from "../../bronze/commit-proposal.ts";
import { isBarLetter } from "../../dead-letters/dead-letter.ts";
import type { DeadLetterFile, RowLetter, RowRecord } from "../../dead-letters/dead-letter.ts";
import { countReasons } from "../../dead-letters/replay.ts";
import type { Replayer, ReplayResult } from "../../dead-letters/replay.ts";
import type { Trade } from "../../market/trade.ts";
import { rawTrades } from "../../tables/streams.ts";
import { timeUnits } from "../formats/time-unit.ts";
import { formatOf } from "../job/message-formats.ts";
import type { StreamContext } from "../job/prepared-stream.ts";
import { StreamingError } from "../streaming-error.ts";
import { StoredTrades } from "../write/stored-trades.ts";
import type { PlacedRow } from "../write/stream-writer.ts";
import { tradeColumns } from "../write/trade-columns.ts";

interface TradeReplayContext extends StreamContext {
  readonly dryRun: boolean;
}

type TradeFile = DeadLetterFile<RowLetter>;

interface ReadTrade extends PlacedRow<Trade> {
  readonly record: RowRecord;
}

/** Takes back what a stream of trades rejected. */
export function tradeReplayer(context: TradeReplayContext): Replayer {
  return {
    tableFor: (file) => (holdsTrades(file) ? rawTrades.name : undefined),
    replay: (file) => (holdsTrades(file) ? replay(file, context) : undefined),
  };
}

function holdsTrades(file: DeadLetterFile): file is TradeFile {
  return !isBarLetter(file.letter) && file.letter.context.table === rawTrades.name;
}

async function replay(file: TradeFile, context: TradeReplayContext): Promise<ReplayResult> {
  const { lake, deadLetters, dryRun } = context;
  const { passed, rejected } = readAgain(file, context);
  const table = lake.table(rawTrades.name);
  const snapshot = (await table.exists()) ? await table.snapshot() : undefined;
  const appId = `ffe.dlq/${file.name}/${file.digest.slice(0, 16)}`;
  const isCommitted = snapshot?.transaction(appId) !== undefined;
  const { fresh, revisions } = await new StoredTrades(lake).compare(passed, snapshot);
  const differing = new Set(revisions);
  const added = isCommitted ? [] : fresh.filter((row) => !differing.has(row));
  const left = [
    ...rejected,
    ...[...differing].map(({ record }) => ({ ...record, reason: "stored with other values" })),
  ];
  if (!dryRun) {
    if (added.length > 0) {
      const origin = { source: file.letter.context.source, path: file.path };
      await commit(added, origin, { appId, seen: snapshot?.transaction(appId) }, context);
    }
    await deadLetters.replace(file, left);
  }
  return withJson({
    file,
    table: rawTrades.name,
    replayed: added.length,
    alreadyStored: passed.length - added.length - differing.size,
    stillRejected: left.length,
    reasons: countReasons(left),
  });
}

async function commit(
  rows: readonly ReadTrade[],
  { source, path }: { readonly source: string; readonly path: string },
  { appId, seen }: ProgressGuard,
  { lake, clock, ingestionId }: TradeReplayContext,
): Promise<void> {
  const nowMs = clock.now();
  const columns = tradeColumns(rows, {
    extractedAtMs: nowMs,
    ingestionId,
    sourceFileOf: (partition) => `stream:${source}/${partition}`,
  });
  const transactions = [{ appId, version: nowMs }];
  const outcome = await commitRows(
    { tableName: rawTrades.name, commit: { rows: { columns }, transactions, guards: [{ appId, seen }] } },
    { lake, ingestionId },
  );
  if (outcome.kind === "failed") throw outcome.error;
  if (outcome.kind === "overtaken")
    throw new StreamingError("OTHER_WRITER", `${path} is replayed by another process, too`, {
      nextStep: "Run the same command again.",
    });
}

interface ReadRecords {
  readonly passed: readonly ReadTrade[];
  readonly rejected: readonly RowRecord[];
}

/** @throws StreamingError `INVALID_ARGUMENT` of a format that there is not. */
function readAgain(file: TradeFile, context: TradeReplayContext): ReadRecords {
  const { format, time_unit: unit } = file.letter.context;
  const timeUnit = timeUnits.find((one) => one === unit);
  const { trades: decode } = formatOf({ job: "replay", options: { source: "", format, timeUnit }, context });
  if (decode === undefined)
    throw new StreamingError(
      "INVALID_ARGUMENT",
      `${file.path} cannot be replayed: ${String(format)} is no format of trades. Correct context.format in the file.`,
    );
  const receivedMs = context.clock.now();
  const passed: ReadTrade[] = [];
  const rejected: RowRecord[] = [];
  for (const record of file.letter.records) {
    const { position } = record;
    const [partition, label] =
      position !== null && "offset" in position ? [String(position.partition), position.offset] : ["", ""];
    const value = bytesOf(record.raw);
    const place = { partition, label, after: 0, receivedMs };
    const decoded = decode({ value, size: value.length, ...place });
    if (decoded.kind === "row") passed.push({ row: decoded.row, record, ...place });
    else
      rejected.push({
        ...record,
        reason: decoded.kind === "rejected" ? decoded.rejection.reason : "it says no trade",
      });
  }
  return { passed, rejected };
}

function bytesOf(raw: unknown): Uint8Array {
  if (typeof raw === "string") return Buffer.from(raw);
  const base64: unknown = isObject(raw) ? Reflect.get(raw, "base64") : undefined;
  return typeof base64 === "string" ? Buffer.from(base64, "base64") : Buffer.from(JSON.stringify(raw));
}
