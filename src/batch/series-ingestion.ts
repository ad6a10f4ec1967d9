import { DeltaError, StoreError } from "../delta/index.ts";
import type { AppendResult, Snapshot } from "../delta/index.ts";
import type { DeadLetterQueue, RejectedRow } from "../data-quality/dead-letter-queue.ts";
import { timeframeMs } from "../market/timeframe.ts";
import type { TimeRange } from "../market/time-range.ts";
import type { MarketDataProvider } from "../providers/provider.ts";
import type { Clock } from "../seams/clock.ts";
import type { DeltaLakeManager } from "../storage/delta-lake-manager.ts";
import { marketDataTableOptions, partitionGranularity } from "../storage/market-data-schema.ts";
import type { PartitionPolicy } from "../storage/market-data-schema.ts";
import { marketDataTable } from "../storage/table-names.ts";
import { candleColumns } from "./candle-columns.ts";
import type { SourcedCandle } from "./candle-columns.ts";
import { resampleSound } from "./resample-sound.ts";
import { withoutStored } from "./revisions.ts";
import { checkBars } from "./row-checks.ts";
import type { Semaphore } from "./semaphore.ts";
import type { SeriesPlan } from "./series-plan.ts";
import { readWatermark, watermarkId } from "./watermark.ts";

export interface SeriesContext {
  readonly lake: DeltaLakeManager;
  readonly provider: MarketDataProvider;
  readonly deadLetters: DeadLetterQueue;
  readonly clock: Clock;
  readonly ingestionId: string;
  readonly partitionPolicy: PartitionPolicy;
  /** Shared by all series of the provider: requests under way at once. */
  readonly requests: Semaphore;
  readonly force: boolean;
  readonly signal: AbortSignal | undefined;
  readonly onProgress: (progress: SeriesProgress) => void;
}

export interface SeriesProgress {
  readonly plan: SeriesPlan;
  /** Bars fetched and checked so far, kept or rejected. */
  readonly rowsChecked: number;
  readonly rowsIngested: number;
  readonly windowsDone: number;
}

export interface SeriesOutcome {
  readonly rowsIngested: number;
  readonly rowsRejected: number;
  /** With force: bars that Bronze has already, the same. */
  readonly rowsUnchanged: number;
  readonly watermarkMs: number | undefined;
  readonly tableVersion: number | undefined;
  readonly deadLetterPaths: readonly string[];
  /** What went wrong beside the rows, such as a checkpoint that could not be written. */
  readonly warnings: readonly string[];
  /** Why the series ended before its range did; what was committed stays. */
  readonly failure: unknown;
}

/** A commit is worth its files from here on... */
const commitRowsMax = 50_000;
/** ... or when so much work would be lost with the process. */
const commitIntervalMs = 60_000;
/** Pages asked for ahead of the one that is being worked on. */
const prefetchWindows = 4;

/**
 * Ingests one planned series: fetches its windows, checks the rows, writes what fails to the dead letter queue and then
 * commits what passes together with the watermark, window by window in order. A crash at any point leaves the last
 * commit's state, from which the same plan goes on.
 */
export async function ingestSeries(plan: SeriesPlan, context: SeriesContext): Promise<SeriesOutcome> {
  return new SeriesIngestion(plan, context).run();
}

class SeriesIngestion {
  private readonly plan: SeriesPlan;
  private readonly context: SeriesContext;
  private readonly stop = new AbortController();
  private pending: SourcedCandle[] = [];
  private rejected: RejectedRow[] = [];
  /** Ends of what was fetched and checked, and of what is committed. */
  private coveredUntilMs: number;
  private committedUntilMs: number;
  private lastCommitMs: number;
  private watermarkMs: number | undefined;
  private tableVersion: number | undefined;
  private rowsChecked = 0;
  private rowsIngested = 0;
  private rowsRejected = 0;
  private rowsUnchanged = 0;
  private readonly deadLetterPaths = new Set<string>();
  private readonly warnings: string[] = [];

  constructor(plan: SeriesPlan, context: SeriesContext) {
    this.plan = plan;
    this.context = context;
    this.coveredUntilMs = plan.range.startMs;
    this.committedUntilMs = plan.range.startMs;
    this.lastCommitMs = context.clock.now();
    this.watermarkMs = plan.watermarkMs;
    this.tableVersion = plan.tableVersion;
  }

  async run(): Promise<SeriesOutcome> {
    let failure: unknown;
    try {
      await this.ingestWindows();
    } catch (error) {
      // Requests end as aborted when the whole run stops: why it stopped is what there is to say.
      failure = this.context.signal?.aborted === true ? this.context.signal.reason : error;
    } finally {
      this.stop.abort();
    }
    if (failure === undefined || !isStorageFailure(failure)) {
      try {
        // After a failed or cancelled fetch, too: pages that came are worth keeping.
        await this.commitPending();
      } catch (error) {
        failure ??= error;
      }
    }
    if (failure === undefined && this.rowsChecked === 0 && this.plan.expectedRows > 0) {
      const { assetPair, timeframe, expectedRows } = this.plan;
      this.warnings.push(
        `${assetPair.canonical} ${timeframe}: ${this.context.provider.name} sent no bar at all where about ${expectedRows} were expected`,
      );
    }
    return {
      rowsIngested: this.rowsIngested,
      rowsRejected: this.rowsRejected,
      rowsUnchanged: this.rowsUnchanged,
      watermarkMs: this.watermarkMs,
      tableVersion: this.tableVersion,
      deadLetterPaths: [...this.deadLetterPaths].toSorted(),
      warnings: this.warnings,
      failure,
    };
  }

  private async ingestWindows(): Promise<void> {
    const { windows } = this.plan;
    const { clock, signal } = this.context;
    const pages: Promise<CheckedWindow>[] = [];
    for (let index = 0; index < windows.length; index += 1) {
      for (let ahead = pages.length; ahead <= index + prefetchWindows && ahead < windows.length; ahead += 1) {
        const window = windows[ahead];
        if (window === undefined) break;
        const page = this.fetchWindow(window);
        // A page that fails while an earlier one is awaited is reported when its turn comes.
        page.catch(() => {});
        pages.push(page);
      }
      const window = windows[index];
      const checked = await pages[index];
      if (window === undefined || checked === undefined) break;
      this.take(window, checked);
      const isDue =
        this.pending.length >= commitRowsMax || clock.now() - this.lastCommitMs >= commitIntervalMs;
      if (isDue) await this.commitPending();
      this.report(index + 1);
      signal?.throwIfAborted();
    }
  }

  private async fetchWindow(window: TimeRange): Promise<CheckedWindow> {
    const { provider, requests, signal } = this.context;
    const { assetPair, timeframe, sourceTimeframe } = this.plan;
    const anySignal = signal === undefined ? this.stop.signal : AbortSignal.any([signal, this.stop.signal]);
    const page = await requests.run(async () => {
      anySignal.throwIfAborted();
      return provider.fetchBars({ assetPair, timeframe: sourceTimeframe, range: window }, anySignal);
    });
    const { candles, rejected } = checkBars(page, sourceTimeframe, window);
    if (sourceTimeframe === timeframe) {
      return {
        rows: candles.map((candle) => ({ candle, sourceFile: page.source })),
        rejected,
        checked: page.bars.length,
      };
    }
    const rows = resampleSound(candles, rejected, this.plan, window).map((candle) => ({
      candle,
      sourceFile: page.source,
    }));
    return { rows, rejected, checked: rows.length + rejected.length };
  }

  private take(window: TimeRange, checked: CheckedWindow): void {
    this.pending.push(...checked.rows);
    this.rejected.push(...checked.rejected);
    this.rowsChecked += checked.checked;
    this.coveredUntilMs = window.endMs;
  }

  /** Dead letters first, durably; then rows and watermark in one commit. */
  private async commitPending(): Promise<void> {
    const stepMs = timeframeMs(this.plan.timeframe);
    if (this.coveredUntilMs === this.committedUntilMs) return;
    await this.writeDeadLetters();
    for (;;) {
      try {
        await this.commitOnce(this.coveredUntilMs - stepMs);
        break;
      } catch (error) {
        if (!isOvertaken(error)) throw error;
        if (await this.isCoveredByOthers(this.coveredUntilMs - stepMs)) break;
      }
    }
    this.committedUntilMs = this.coveredUntilMs;
  }

  /** Another run committed this series meanwhile: only what lies beyond its progress is still ours to commit. */
  private async isCoveredByOthers(wantedMs: number): Promise<boolean> {
    const snapshot = await this.currentSnapshot();
    const current = readWatermark(snapshot, this.plan.assetPair, this.context.provider.isMock);
    this.watermarkMs = current;
    this.tableVersion = snapshot?.version;
    // With force the whole range is compared with what is stored, at the next attempt too.
    if (this.context.force || current === undefined || current < wantedMs) return false;
    this.pending = [];
    return true;
  }

  private async writeDeadLetters(): Promise<void> {
    const { assetPair, sourceTimeframe } = this.plan;
    const context = {
      asset_pair: assetPair.canonical,
      timeframe: sourceTimeframe,
      provider: this.context.provider.name,
    };
    const written = await this.context.deadLetters.write(context, this.rejected);
    for (const path of written.paths) this.deadLetterPaths.add(path);
    this.rowsRejected += this.rejected.length;
    this.rejected = [];
  }

  private async commitOnce(newWatermarkMs: number): Promise<void> {
    const { lake, provider, clock, ingestionId, partitionPolicy, force } = this.context;
    const { assetPair, timeframe } = this.plan;
    const tableName = marketDataTable(timeframe);
    const appId = watermarkId(assetPair, provider.isMock);
    const forced = force ? (await this.currentSnapshot())?.transaction(appId) : undefined;
    const expected = force ? forced?.version : this.watermarkMs;
    // What lies up to the watermark is committed: by us, or by another run that was ahead when we last looked.
    const rows = force
      ? await withoutStored(lake, tableName, this.plan, provider.name, this.pending)
      : this.pending.filter(({ candle }) => expected === undefined || candle.openTimeMs > expected);
    const watermarkMs = Math.max(newWatermarkMs, expected ?? newWatermarkMs);
    const unchanged = force ? this.pending.length - rows.length : 0;
    if (rows.length === 0 && watermarkMs === expected) {
      this.rowsUnchanged += unchanged;
      this.pending = [];
      this.watermarkMs = watermarkMs;
      return;
    }
    const result: AppendResult = await lake.createOrUpdateTable({
      tableName,
      rows: {
        columns: candleColumns(rows, {
          assetPair,
          provider: provider.name,
          isMock: provider.isMock,
          extractedAtMs: clock.now(),
          ingestionId,
          granularity: partitionGranularity(timeframe, partitionPolicy),
        }),
      },
      createWith: marketDataTableOptions(timeframe),
      append: {
        transactions: [{ appId, version: watermarkMs }],
        userMetadata: `ingestion ${ingestionId}`,
        precondition: (snapshot) => {
          const current = snapshot?.transaction(appId);
          // A run with force may leave the watermark where it is: then the time of its commit tells.
          const isSame =
            current?.version === expected && (!force || current?.lastUpdated === forced?.lastUpdated);
          if (isSame) return;
          throw new DeltaError(
            "CONCURRENT_TRANSACTION",
            `${tableName}: another run moved the watermark of ${assetPair.canonical}`,
          );
        },
      },
    });
    if (result.checkpointError !== undefined) this.warnings.push(result.checkpointError.message);
    this.rowsUnchanged += unchanged;
    this.rowsIngested += rows.length;
    this.pending = [];
    this.watermarkMs = watermarkMs;
    this.tableVersion = result.version;
    this.lastCommitMs = clock.now();
  }

  private async currentSnapshot(): Promise<Snapshot | undefined> {
    const table = this.context.lake.table(marketDataTable(this.plan.timeframe));
    return (await table.exists()) ? table.snapshot() : undefined;
  }

  private report(windowsDone: number): void {
    this.context.onProgress({
      plan: this.plan,
      rowsChecked: this.rowsChecked,
      rowsIngested: this.rowsIngested,
      windowsDone,
    });
  }
}

interface CheckedWindow {
  readonly rows: readonly SourcedCandle[];
  readonly rejected: readonly RejectedRow[];
  readonly checked: number;
}

/** The series' watermark is not the one that the work was planned from. */
function isOvertaken(error: unknown): boolean {
  return error instanceof DeltaError && error.code === "CONCURRENT_TRANSACTION";
}

/** Trouble while committing, as against trouble while fetching: trying the same commit again would not help. */
function isStorageFailure(error: unknown): boolean {
  return error instanceof StoreError || error instanceof DeltaError;
}
