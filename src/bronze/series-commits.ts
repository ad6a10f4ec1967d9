import { DeltaError } from "finance-feedback-delta";
import type { Snapshot } from "finance-feedback-delta";
import { stopwatch } from "finance-feedback-delta/contract";

import type { DeadLetterQueue, RejectedRow } from "../dead-letters/dead-letter-queue.ts";
import { pipelineEvents } from "../events/pipeline-events.ts";
import type { AssetPair } from "../market/asset-pair.ts";
import { covers, unionOf, within, without } from "../market/range-set.ts";
import type { RangeSet } from "../market/range-set.ts";
import type { TimeRange } from "../market/time-range.ts";
import { timeframeMs } from "../market/timeframe.ts";
import type { Timeframe } from "../market/timeframe.ts";
import type { LimitOverrides } from "../market/value-limits.ts";
import type { Clock } from "../seams/clock.ts";
import type { DeltaLakeManager } from "../storage/delta-lake-manager.ts";
import type { PartitionPolicy } from "../tables/market-data.ts";
import { marketDataTable } from "../tables/market-data.ts";
import { appendCandles } from "./candle-append.ts";
import type { SourcedCandle } from "./candle-columns.ts";
import type { Coverage, RangeKind, RangeTransaction } from "./coverage.ts";
import {
  rangeTransaction,
  readConfirmed,
  readCoverage,
  readEmpty,
  readEmptyAnswers,
  readFilled,
  readImported,
} from "./coverage.ts";
import { withoutStored } from "./revisions.ts";
import { readWatermark } from "./watermark.ts";

/** Where the commits of a run go. */
export interface CommitTarget {
  readonly lake: DeltaLakeManager;
  readonly deadLetters: DeadLetterQueue;
  readonly clock: Clock;
  readonly ingestionId: string;
  readonly partitionPolicy: PartitionPolicy;
  /** The user's own limits of prices and volumes. */
  readonly limits?: LimitOverrides | undefined;
  /** Whether what is committed was fetched once more, to be sure that what is missing is not to be had. */
  readonly confirms?: boolean | undefined;
}

/** Candles of one provider, and what is covered when they are committed. */
export interface CandleBatch {
  /** What their `source_provider` says. */
  readonly provider: string;
  readonly isMock: boolean;
  /** The timeframe of the rows as they came: what dead letters are filed under. */
  readonly sourceTimeframe: Timeframe;
  /** Every candle opens within. */
  readonly range: TimeRange;
  /** On the grid of the series' timeframe: what counts as fetched when the rows are committed. */
  readonly covered: RangeSet;
  /** What of it the provider answered without a bar. */
  readonly empty?: RangeSet | undefined;
  /** Whether the rows come from a file, and nobody was asked for what it covers. */
  readonly isImport?: boolean | undefined;
  readonly rows: readonly SourcedCandle[];
  readonly rejected: readonly RejectedRow[];
}

/** What the commits of one series came to. */
export interface CommitTotals {
  readonly rowsIngested: number;
  readonly rowsRejected: number;
  /** Bars that Bronze has already, the same. */
  readonly rowsUnchanged: number;
  /** Bars that Bronze had with other values. */
  readonly rowsRevised: number;
  readonly watermarkMs: number | undefined;
  readonly tableVersion: number | undefined;
  /** What counts as fetched because of these commits. */
  readonly covered: RangeSet;
  readonly deadLetterPaths: readonly string[];
  /** Why rows were rejected, and how many. */
  readonly reasons: ReadonlyMap<string, number>;
  readonly warnings: readonly string[];
}

/**
 * Commits one series: dead letters first, durably, then rows, coverage and watermark in one atomic step. Whatever
 * commits to the series at the same time, another run or an import, changes the watermark's `txn` as well: then what is
 * left to do is worked out anew.
 */
export class SeriesCommits {
  readonly #assetPair: AssetPair;
  readonly #timeframe: Timeframe;
  readonly #target: CommitTarget;
  #rowsIngested = 0;
  #rowsRejected = 0;
  #rowsUnchanged = 0;
  #rowsRevised = 0;
  #watermarkMs: number | undefined;
  #tableVersion: number | undefined;
  #covered: RangeSet = [];
  readonly #deadLetterPaths = new Set<string>();
  readonly #reasons = new Map<string, number>();
  readonly #warnings: string[] = [];

  constructor(
    series: {
      readonly assetPair: AssetPair;
      readonly timeframe: Timeframe;
      readonly watermarkMs: number | undefined;
      readonly tableVersion: number | undefined;
    },
    target: CommitTarget,
  ) {
    this.#assetPair = series.assetPair;
    this.#timeframe = series.timeframe;
    this.#watermarkMs = series.watermarkMs;
    this.#tableVersion = series.tableVersion;
    this.#target = target;
  }

  get totals(): CommitTotals {
    return {
      rowsIngested: this.#rowsIngested,
      rowsRejected: this.#rowsRejected,
      rowsUnchanged: this.#rowsUnchanged,
      rowsRevised: this.#rowsRevised,
      watermarkMs: this.#watermarkMs,
      tableVersion: this.#tableVersion,
      covered: this.#covered,
      deadLetterPaths: [...this.#deadLetterPaths].toSorted(),
      reasons: this.#reasons,
      warnings: this.#warnings,
    };
  }

  async commit(batch: CandleBatch): Promise<void> {
    const seconds = stopwatch();
    const before = this.#counts;
    try {
      await this.#commitBatch(batch);
      this.#tell(batch, before, seconds);
    } catch (error) {
      this.#tell(batch, before, seconds, error);
      throw error;
    }
  }

  get #counts(): Counts {
    const rowsIngested = this.#rowsIngested;
    const rowsRevised = this.#rowsRevised;
    const rowsUnchanged = this.#rowsUnchanged;
    const rowsRejected = this.#rowsRejected;
    return { rowsIngested, rowsRevised, rowsUnchanged, rowsRejected };
  }

  #tell(batch: CandleBatch, before: Counts, seconds: () => number, error?: unknown): void {
    const { provider, isMock } = batch;
    pipelineEvents.ingest.publish(() => ({
      ingestionId: this.#target.ingestionId,
      assetPair: this.#assetPair.canonical,
      timeframe: this.#timeframe,
      provider,
      isMock,
      table: marketDataTable(this.#timeframe),
      ...(this.#tableVersion === undefined || error !== undefined
        ? {}
        : { tableVersion: this.#tableVersion }),
      rowsIngested: this.#rowsIngested - before.rowsIngested,
      rowsRevised: this.#rowsRevised - before.rowsRevised,
      rowsUnchanged: this.#rowsUnchanged - before.rowsUnchanged,
      rowsRejected: this.#rowsRejected - before.rowsRejected,
      durationSeconds: seconds(),
      ...(error === undefined ? {} : { error }),
    }));
  }

  async #commitBatch(batch: CandleBatch): Promise<void> {
    await this.#writeDeadLetters(batch);
    if (batch.rows.length === 0 && batch.covered.length === 0) return;
    for (;;) {
      try {
        await this.#commitOnce(batch);
        this.#covered = unionOf([...this.#covered, ...batch.covered]);
        return;
      } catch (error) {
        if (!isOvertaken(error)) throw error;
      }
    }
  }

  async #writeDeadLetters({ rejected, provider, isMock, sourceTimeframe }: CandleBatch): Promise<void> {
    const context = {
      asset_pair: this.#assetPair.canonical,
      timeframe: sourceTimeframe,
      provider,
      ...(isMock ? { is_mock: true } : {}),
    };
    const written = await this.#target.deadLetters.write(context, rejected);
    for (const path of written.paths) this.#deadLetterPaths.add(path);
    this.#rowsRejected += rejected.length;
    for (const { reason } of rejected) this.#reasons.set(reason, (this.#reasons.get(reason) ?? 0) + 1);
  }

  async #commitOnce(batch: CandleBatch): Promise<void> {
    const { lake, confirms = false } = this.#target;
    const assetPair = this.#assetPair;
    const timeframe = this.#timeframe;
    const tableName = marketDataTable(timeframe);
    const snapshot = await this.#currentSnapshot(tableName);
    const coverage = readCoverage(snapshot, assetPair, timeframe, batch.isMock);
    const compared = await withoutStored(lake, tableName, assetPair, batch, snapshot);
    const counts = {
      ingested: compared.rows.length,
      revised: compared.revised,
      unchanged: batch.rows.length - compared.rows.length,
    };
    const known = readWatermark(snapshot, assetPair, batch.isMock);
    const coveredEndMs = batch.covered.at(-1)?.endMs;
    const lastMs = coveredEndMs === undefined ? known : coveredEndMs - timeframeMs(timeframe);
    const watermarkMs = lastMs === undefined ? known : Math.max(lastMs, known ?? lastMs);
    const isCovered = batch.covered.every((range) => covers(coverage.ranges, range));
    const answers = answerTransactions(snapshot, assetPair, batch);
    if (counts.ingested === 0 && !confirms && isCovered && answers.length === 0) {
      this.#count(counts, watermarkMs, snapshot?.version);
      return;
    }
    const result = await appendCandles(compared.rows, {
      ...this.#target,
      assetPair,
      timeframe,
      provider: batch.provider,
      isMock: batch.isMock,
      snapshot,
      watermarkMs,
      transactions: [
        ...rangeTransactions("coverage", coverage, assetPair, batch),
        ...answers,
        ...(confirms
          ? rangeTransactions("confirmed", readConfirmed(snapshot, assetPair, batch.isMock), assetPair, batch)
          : []),
        ...(batch.isImport === true ? importedTransactions(snapshot, assetPair, batch, coverage) : []),
      ],
    });
    if (result.checkpointError !== undefined) this.#warnings.push(result.checkpointError.message);
    this.#count(counts, watermarkMs, result.version);
  }

  #count(
    counts: { readonly ingested: number; readonly revised: number; readonly unchanged: number },
    watermarkMs: number | undefined,
    tableVersion: number | undefined,
  ): void {
    this.#rowsIngested += counts.ingested;
    this.#rowsRevised += counts.revised;
    this.#rowsUnchanged += counts.unchanged;
    this.#watermarkMs = watermarkMs;
    this.#tableVersion = tableVersion;
  }

  async #currentSnapshot(tableName: string): Promise<Snapshot | undefined> {
    const table = this.#target.lake.table(tableName);
    return (await table.exists()) ? table.snapshot() : undefined;
  }
}

type Counts = Pick<CommitTotals, "rowsIngested" | "rowsRevised" | "rowsUnchanged" | "rowsRejected">;

/** The `txn` actions that say which provider has no bars of a range, and where some came after all. */
function answerTransactions(
  snapshot: Snapshot | undefined,
  assetPair: AssetPair,
  { provider, isMock, covered, empty = [] }: CandleBatch,
): RangeTransaction[] {
  if (isMock) return [];
  const { open, byProvider } = readEmptyAnswers(snapshot, assetPair);
  const kind = `empty.${provider}` as const;
  const news = empty.flatMap((range) => without(range, byProvider.get(provider) ?? []));
  const filled = covered.flatMap((range) => without(range, empty)).flatMap((range) => within(range, open));
  return [
    ...rangeTransactions(kind, readEmpty(snapshot, assetPair, kind), assetPair, { covered: news, isMock }),
    ...rangeTransactions("filled", readFilled(snapshot, assetPair), assetPair, { covered: filled, isMock }),
  ];
}

/** The `txn` actions that say what counts as fetched because of a file, and was not before. */
function importedTransactions(
  snapshot: Snapshot | undefined,
  assetPair: AssetPair,
  { covered, isMock }: CandleBatch,
  before: Coverage,
): RangeTransaction[] {
  const news = covered.flatMap((range) => without(range, before.ranges));
  const known = readImported(snapshot, assetPair, isMock);
  return rangeTransactions("imported", known, assetPair, { covered: news, isMock });
}

/** The `txn` actions that add what a batch covers. */
function rangeTransactions(
  kind: RangeKind,
  known: Coverage,
  assetPair: AssetPair,
  { covered, isMock }: Pick<CandleBatch, "covered" | "isMock">,
): RangeTransaction[] {
  const ends = new Map<string, number>();
  for (const range of covered) {
    const { appId, version } = rangeTransaction(kind, known, assetPair, isMock, range);
    ends.set(appId, Math.max(version, ends.get(appId) ?? version));
  }
  return [...ends].map(([appId, version]) => ({ appId, version }));
}

/** Another run's commit came between: its rows are not known to this one. */
function isOvertaken(error: unknown): boolean {
  return error instanceof DeltaError && error.code === "CONCURRENT_TRANSACTION";
}
