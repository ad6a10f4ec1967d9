/**
 * Dead letters go through their checks again. A row that passes moves into its table exactly once, and leaves the queue only
 * after that commit; every other row stays, with its reason.
 */
import { withJson } from "finance-feedback-delta/contract";

import { holdsBars } from "../../dead-letters/dead-letter.ts";
import type { DeadLetterQueue } from "../../dead-letters/dead-letter-queue.ts";
import type { DeadLetterFile, BarLetter, BarRecord } from "../../dead-letters/dead-letter.ts";
import { countReasons, replayFile } from "../../dead-letters/replay.ts";
import type { Replayer, ReplayResult } from "../../dead-letters/replay.ts";
import type { RejectedRow } from "../../dead-letters/rejected-rows.ts";
import { AssetPair } from "../../market/asset-pair.ts";
import { isOnMarketGrid } from "../../market/exchange-time.ts";
import { parseTimeframe, timeframeMs, timeframes } from "../../market/timeframe.ts";
import { readInstant } from "../../market/time-range.ts";
import type { Timeframe } from "../../market/timeframe.ts";
import { valueLimits } from "../../market/value-limits.ts";
import type { LimitOverrides, ValueLimits } from "../../market/value-limits.ts";
import type { ProviderRegistry } from "../../providers/provider-registry.ts";
import type { UncheckedBar } from "../../market/unchecked-bar.ts";
import type { Clock } from "../../seams/clock.ts";
import type { DeltaLakeManager } from "../../storage/delta-lake-manager.ts";
import type { PartitionPolicy } from "../../tables/market-data.ts";
import { marketDataTable } from "../../tables/market-data.ts";
import { candleCommit } from "../../bronze/candle-commit.ts";
import { commitProposal } from "../../bronze/commit-proposal.ts";
import type { SourcedCandle } from "../../bronze/candle-columns.ts";
import { IngestionError } from "../../bronze/ingestion-error.ts";
import { storedValues, valuesOf } from "../../bronze/revisions.ts";
import { checkBars, notComplete } from "../../bronze/row-checks.ts";
import { providerOddity } from "../provider-name.ts";
import { readWatermark } from "../../bronze/watermark.ts";
import { recordReplayer } from "../../records/record-replay.ts";

type BarFile = DeadLetterFile<BarLetter>;

export interface ReplayContext {
  readonly lake: DeltaLakeManager;
  readonly deadLetters: DeadLetterQueue;
  /** Which say of an older letter whether its bars are made up. */
  readonly providers: ProviderRegistry;
  readonly clock: Clock;
  readonly ingestionId: string;
  readonly partitionPolicy: PartitionPolicy;
  readonly dryRun: boolean;
  /** The user's own limits of prices and volumes. */
  readonly limits?: LimitOverrides | undefined;
  /** What takes rows back that this room does not know of. */
  readonly others?: readonly Replayer[] | undefined;
}

/** Everything that takes dead letters back. Rows of a new table get their replayer here. */
function replayersOf(context: ReplayContext): readonly Replayer[] {
  return [barReplayer(context), recordReplayer(context), ...(context.others ?? [])];
}

/**
 * Sends the rows of a file through their checks again: those that pass now, after the checks or the file were mended,
 * move into their table.
 */
export async function replayDeadLetters(file: DeadLetterFile, context: ReplayContext): Promise<ReplayResult> {
  return replayFile(file, replayersOf(context), context);
}

/**
 * Moves bars into Bronze. Exactly once: the commit that carries them names the file and its content, so that after a
 * crash between the commit and the file's removal the rows are not committed again. A row whose bar Bronze has with other
 * values stays: what was rejected does not replace what passed.
 */
function barReplayer(context: ReplayContext): Replayer {
  return {
    tableFor: (file) => (holdsBars(file) ? tableOf(file) : undefined),
    replay: (file) => (holdsBars(file) ? replayBars(file, context) : undefined),
  };
}

async function replayBars(file: BarFile, context: ReplayContext): Promise<ReplayResult> {
  for (;;) {
    const result = await replayOnce(file, context);
    if (result !== "overtaken") return result;
  }
}

/** `overtaken`: another run committed to the series meanwhile. */
async function replayOnce(file: BarFile, context: ReplayContext): Promise<ReplayResult | "overtaken"> {
  const { lake, deadLetters, dryRun } = context;
  const { assetPair, timeframe } = seriesOf(file);
  const oddity = await providerOddity(file.letter.context.provider, marketDataTable(timeframe), context);
  if (oddity !== undefined && oddity.kind !== "new")
    throw new IngestionError(
      "INVALID_ARGUMENT",
      `${file.path} cannot be replayed: ${oddity.problem} Correct context.provider in the file.`,
    );
  const { provider, is_mock: saidToBeMock } = file.letter.context;
  const isMock = saidToBeMock ?? context.providers.isMock(provider);
  const table = lake.table(marketDataTable(timeframe));
  const snapshot = (await table.exists()) ? await table.snapshot() : undefined;
  const checked = checkRecords(
    file.letter.records,
    { assetPair, timeframe, limits: valueLimits(assetPair, context.limits) },
    context.clock.now(),
  );
  const appId = `ffe.dlq/${file.name}/${file.digest.slice(0, 16)}`;
  const isCommitted = snapshot?.transaction(appId) !== undefined;
  const known =
    snapshot === undefined || isCommitted
      ? new Map<number, string>()
      : await storedValues(lake, marketDataTable(timeframe), assetPair, {
          provider,
          sourceTimeframe: timeframe,
          rows: checked.passed,
        });
  const fresh = checked.passed.filter(({ candle }) => !known.has(candle.openTimeMs));
  const differing = checked.passed.filter((row) => {
    const stored = known.get(row.candle.openTimeMs);
    return stored !== undefined && stored !== valuesOf(row.candle);
  });
  const left = [
    ...checked.rejected,
    ...differing.map((row) => ({ ...row.record, reason: "duplicate timestamp" })),
  ];
  const result: ReplayResult = withJson({
    file,
    table: tableOf(file),
    replayed: isCommitted ? 0 : fresh.length,
    alreadyStored: checked.passed.length - differing.length - (isCommitted ? 0 : fresh.length),
    stillRejected: left.length,
    reasons: countReasons(left),
    notes: [
      ...(oddity !== undefined && fresh.length > 0 ? [`${file.name}: ${oddity.problem}`] : []),
      ...editedInVain(file, left),
    ],
  });
  if (dryRun) return result;
  if (fresh.length > 0 && !isCommitted) {
    const origin = {
      ...context,
      assetPair,
      timeframe,
      provider,
      isMock,
      extractedAtMs: context.clock.now(),
    };
    // A replay is no progress.
    const watermarkMs = readWatermark(snapshot, assetPair, isMock);
    const { commit } = await commitProposal(
      {
        tableName: marketDataTable(timeframe),
        rejected: { context: file.letter.context, rows: [] },
        commit: candleCommit(fresh, origin, snapshot, watermarkMs, [{ appId, version: context.clock.now() }]),
      },
      context,
    );
    if (commit.kind === "overtaken") return "overtaken";
    if (commit.kind === "failed") throw commit.error;
  }
  await deadLetters.replace(file, left);
  return result;
}

/** Whoever mends what came, and not what was told apart of it, mends nothing. */
function editedInVain(file: BarFile, left: readonly BarRecord[]): readonly string[] {
  const before = countReasons(file.letter.records);
  const isAsBefore = left.length > 0 && left.every(({ reason }) => before.has(reason));
  if (!file.isEdited || !isAsBefore || left.length < file.letter.records.length) return [];
  return [
    `${file.name} was edited, and its records are rejected as before: replay reads date, open, high, low, close and volume of a record; raw only shows what came`,
  ];
}

interface CheckedRecord extends SourcedCandle {
  readonly record: BarRecord;
}

/** Each record by itself: what is a duplicate Bronze says. */
function checkRecords(
  records: readonly BarRecord[],
  series: { readonly assetPair: AssetPair; readonly timeframe: Timeframe; readonly limits: ValueLimits },
  nowMs: number,
): { readonly passed: readonly CheckedRecord[]; readonly rejected: readonly BarRecord[] } {
  const { assetPair, timeframe, limits } = series;
  const passed: CheckedRecord[] = [];
  const rejected: BarRecord[] = [];
  const seen = new Set<number>();
  for (const record of records) {
    const page = { bars: [toBar(record, assetPair, timeframe)], source: record.source_file };
    const range = { startMs: Number.NEGATIVE_INFINITY, endMs: Number.POSITIVE_INFINITY };
    const { candles, rejected: failed } = checkBars(page, timeframe, range, limits);
    const [candle] = candles;
    if (candle === undefined) rejected.push(withReason(record, failed[0]));
    else if (candle.openTimeMs + timeframeMs(timeframe) > nowMs)
      rejected.push({ ...record, reason: notComplete });
    else if (seen.has(candle.openTimeMs)) rejected.push({ ...record, reason: "duplicate timestamp" });
    else {
      seen.add(candle.openTimeMs);
      passed.push({ candle, sourceFile: record.source_file, record });
    }
  }
  return { passed, rejected };
}

function tableOf({ letter }: BarFile): string | undefined {
  const timeframe = timeframes.find((candidate) => candidate === letter.context.timeframe);
  return timeframe === undefined ? undefined : marketDataTable(timeframe);
}

function seriesOf({ path, letter }: BarFile): {
  readonly assetPair: AssetPair;
  readonly timeframe: Timeframe;
} {
  try {
    return {
      assetPair: AssetPair.parse(letter.context.asset_pair),
      timeframe: parseTimeframe(letter.context.timeframe),
    };
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error);
    throw new IngestionError("INVALID_ARGUMENT", `${path} cannot be replayed: ${detail}`, { cause: error });
  }
}

function withReason(record: BarRecord, failed: RejectedRow | undefined): BarRecord {
  // Why a value could not be told says more than that it is missing.
  if (hasFlaw(record) && failed?.reason.endsWith(" missing") === true) return record;
  return { ...record, reason: failed?.reason ?? record.reason };
}

/** Rejected before its values were told apart: they are whatever was filled in since. */
function hasFlaw({ raw }: BarRecord): boolean {
  return typeof raw === "object" && raw !== null && "record" in raw;
}

function toBar(record: BarRecord, assetPair: AssetPair, timeframe: Timeframe): UncheckedBar {
  const { date, open, high, low, close, volume, reason, raw } = record;
  const needsVolume = reason === "volume missing" || (hasFlaw(record) && assetPair.kind !== "fx");
  // As the queue writes it, or as a user who mends it does, with a zone.
  const openTimeMs = date === null ? undefined : readInstant(date);
  return {
    openTimeMs,
    open: open ?? undefined,
    high: high ?? undefined,
    low: low ?? undefined,
    close: close ?? undefined,
    // A record does not tell a market without volumes from a volume that did not come; its reason does.
    volume: volume === null && needsVolume ? undefined : volume,
    isOnMarketGrid: isOnMarketGrid(assetPair, timeframe, openTimeMs ?? Number.NaN),
    raw,
  };
}
