import { DeltaError } from "../delta/index.ts";
import type { Snapshot } from "../delta/index.ts";
import type { DeadLetterQueue, RejectedRow } from "../data-quality/dead-letter-queue.ts";
import type { AssetPair } from "../market/asset-pair.ts";
import { covers, without } from "../market/range-set.ts";
import type { TimeRange } from "../market/time-range.ts";
import { timeframeMs } from "../market/timeframe.ts";
import type { Timeframe } from "../market/timeframe.ts";
import type { Clock } from "../seams/clock.ts";
import type { DeltaLakeManager } from "../storage/delta-lake-manager.ts";
import type { PartitionPolicy } from "../storage/market-data-schema.ts";
import { marketDataTable } from "../storage/table-names.ts";
import { appendCandles } from "./candle-append.ts";
import type { SourcedCandle } from "./candle-columns.ts";
import type { RangeTransaction } from "./coverage.ts";
import { rangeTransaction, readConfirmed, readCoverage } from "./coverage.ts";
import { withoutStored } from "./revisions.ts";
import { readWatermark } from "./watermark.ts";

/** Where the commits of a run go. */
export interface CommitTarget {
  readonly lake: DeltaLakeManager;
  readonly deadLetters: DeadLetterQueue;
  readonly clock: Clock;
  readonly ingestionId: string;
  readonly partitionPolicy: PartitionPolicy;
  /** Whether what is committed was fetched once more, to be sure that what is missing is not to be had. */
  readonly confirms?: boolean | undefined;
}

/** Candles of one provider, whose range is covered when they are committed. */
export interface CandleBatch {
  /** What their `source_provider` says. */
  readonly provider: string;
  readonly isMock: boolean;
  /** The timeframe of the rows as they came: what dead letters are filed under. */
  readonly sourceTimeframe: Timeframe;
  /** On the grid of the series' timeframe; every candle opens within. */
  readonly range: TimeRange;
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
  private readonly assetPair: AssetPair;
  private readonly timeframe: Timeframe;
  private readonly target: CommitTarget;
  private rowsIngested = 0;
  private rowsRejected = 0;
  private rowsUnchanged = 0;
  private rowsRevised = 0;
  private watermarkMs: number | undefined;
  private tableVersion: number | undefined;
  private readonly deadLetterPaths = new Set<string>();
  private readonly reasons = new Map<string, number>();
  private readonly warnings: string[] = [];

  constructor(
    series: {
      readonly assetPair: AssetPair;
      readonly timeframe: Timeframe;
      readonly watermarkMs: number | undefined;
      readonly tableVersion: number | undefined;
    },
    target: CommitTarget,
  ) {
    this.assetPair = series.assetPair;
    this.timeframe = series.timeframe;
    this.watermarkMs = series.watermarkMs;
    this.tableVersion = series.tableVersion;
    this.target = target;
  }

  get totals(): CommitTotals {
    return {
      rowsIngested: this.rowsIngested,
      rowsRejected: this.rowsRejected,
      rowsUnchanged: this.rowsUnchanged,
      rowsRevised: this.rowsRevised,
      watermarkMs: this.watermarkMs,
      tableVersion: this.tableVersion,
      deadLetterPaths: [...this.deadLetterPaths].toSorted(),
      reasons: this.reasons,
      warnings: this.warnings,
    };
  }

  async commit(batch: CandleBatch): Promise<void> {
    await this.writeDeadLetters(batch);
    if (batch.range.startMs === batch.range.endMs) return;
    for (;;) {
      try {
        await this.commitOnce(batch);
        return;
      } catch (error) {
        if (!isOvertaken(error)) throw error;
      }
    }
  }

  private async writeDeadLetters({ rejected, provider, sourceTimeframe }: CandleBatch): Promise<void> {
    const context = { asset_pair: this.assetPair.canonical, timeframe: sourceTimeframe, provider };
    const written = await this.target.deadLetters.write(context, rejected);
    for (const path of written.paths) this.deadLetterPaths.add(path);
    this.rowsRejected += rejected.length;
    for (const { reason } of rejected) this.reasons.set(reason, (this.reasons.get(reason) ?? 0) + 1);
  }

  private async commitOnce(batch: CandleBatch): Promise<void> {
    const { lake, confirms = false } = this.target;
    const { assetPair, timeframe } = this;
    const tableName = marketDataTable(timeframe);
    const snapshot = await this.currentSnapshot(tableName);
    const coverage = readCoverage(snapshot, assetPair, timeframe, batch.isMock);
    const isNew = without(batch.range, coverage.ranges)[0];
    const isUntouched = isNew?.startMs === batch.range.startMs && isNew.endMs === batch.range.endMs;
    const compared = isUntouched
      ? { rows: batch.rows, revised: 0 }
      : await withoutStored(lake, tableName, assetPair, batch);
    const counts = {
      ingested: compared.rows.length,
      revised: compared.revised,
      unchanged: batch.rows.length - compared.rows.length,
    };
    const lastMs = batch.range.endMs - timeframeMs(timeframe);
    const known = readWatermark(snapshot, assetPair, batch.isMock);
    const watermarkMs = Math.max(lastMs, known ?? lastMs);
    if (counts.ingested === 0 && !confirms && covers(coverage.ranges, batch.range)) {
      this.count(counts, watermarkMs, snapshot?.version);
      return;
    }
    const result = await appendCandles(compared.rows, {
      ...this.target,
      assetPair,
      timeframe,
      provider: batch.provider,
      isMock: batch.isMock,
      snapshot,
      watermarkMs,
      transactions: [
        rangeTransaction("coverage", coverage, assetPair, batch.isMock, batch.range),
        ...(confirms ? [this.confirmation(snapshot, batch)] : []),
      ],
    });
    if (result.checkpointError !== undefined) this.warnings.push(result.checkpointError.message);
    this.count(counts, watermarkMs, result.version);
  }

  private confirmation(snapshot: Snapshot | undefined, { isMock, range }: CandleBatch): RangeTransaction {
    const known = readConfirmed(snapshot, this.assetPair, isMock);
    return rangeTransaction("confirmed", known, this.assetPair, isMock, range);
  }

  private count(
    counts: { readonly ingested: number; readonly revised: number; readonly unchanged: number },
    watermarkMs: number,
    tableVersion: number | undefined,
  ): void {
    this.rowsIngested += counts.ingested;
    this.rowsRevised += counts.revised;
    this.rowsUnchanged += counts.unchanged;
    this.watermarkMs = watermarkMs;
    this.tableVersion = tableVersion;
  }

  private async currentSnapshot(tableName: string): Promise<Snapshot | undefined> {
    const table = this.target.lake.table(tableName);
    return (await table.exists()) ? table.snapshot() : undefined;
  }
}

/** Another run's commit came between: its rows are not known to this one. */
function isOvertaken(error: unknown): boolean {
  return error instanceof DeltaError && error.code === "CONCURRENT_TRANSACTION";
}
