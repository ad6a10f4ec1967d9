import { randomUUID } from "node:crypto";

import { DeadLetterQueue } from "../data-quality/dead-letter-queue.ts";
import { assertNeeded, assertOptionNames } from "../delta/index.ts";
import type { Snapshot } from "../delta/index.ts";
import { AssetPair } from "../market/asset-pair.ts";
import { MarketCalendars } from "../market/market-calendars.ts";
import type { CalendarSettings } from "../market/market-calendars.ts";
import { formatInstant, parseInstant, timeRange } from "../market/time-range.ts";
import type { TimeRange } from "../market/time-range.ts";
import { parseTimeframe } from "../market/timeframe.ts";
import type { Timeframe } from "../market/timeframe.ts";
import { createProvider } from "../providers/create-provider.ts";
import { providerNames } from "../providers/provider.ts";
import type { MarketDataProvider, ProviderName } from "../providers/provider.ts";
import { defaultFallbackChain } from "../providers/provider-chain.ts";
import type { ProviderChoice } from "../providers/provider-chain.ts";
import type { Clock } from "../seams/clock.ts";
import { systemClock } from "../seams/clock.ts";
import { systemRandom } from "../seams/random.ts";
import type { DeltaLakeManager } from "../storage/delta-lake-manager.ts";
import type { PartitionPolicy } from "../storage/market-data-schema.ts";
import { marketDataTable } from "../storage/table-names.ts";
import { importCandles } from "./import/candle-import.ts";
import type { ImportRequest } from "./import/candle-import.ts";
import { reportGaps } from "./gap-report.ts";
import type { GapRequest, SeriesGaps } from "./gap-report.ts";
import { IngestionError } from "./ingestion-error.ts";
import { ProviderPool } from "./provider-pool.ts";
import { assertGate, rejectedShareMaxDefault, rejectionGate } from "./rejection-gate.ts";
import type { RejectionGate } from "./rejection-gate.ts";
import { planRepair } from "./repair-plan.ts";
import { Semaphore } from "./semaphore.ts";
import type { CommitTotals } from "./series-commits.ts";
import { ingestSeries } from "./series-ingestion.ts";
import type { SeriesOutcome, SeriesProgress } from "./series-ingestion.ts";
import { planSeries } from "./series-plan.ts";
import type { SeriesPlan, SeriesRequest } from "./series-plan.ts";
import { readCoverage, readImported } from "./coverage.ts";
import { listWatermarks } from "./watermark.ts";

/** Series that are worked on at once; the provider's own limits bound the requests. */
const seriesAtOnce = 6;

export interface BatchDataIngesterOptions {
  /** Where rejected rows go; `data/dlq` when left out. */
  readonly deadLetters?: DeadLetterQueue | undefined;
  /** Makes a provider by name; the ingester closes it after use. Keys come from the environment when left out. */
  readonly createProvider?: ((name: ProviderName) => MarketDataProvider) | undefined;
  /** Whom to ask when a call names nobody; `auto`, the fallback chain, when left out. */
  readonly defaultProvider?: ProviderChoice | undefined;
  /** Whom `auto` asks, in this order: Alpha Vantage, Coinbase, Oanda when left out. */
  readonly fallbackChain?: readonly ProviderName[] | undefined;
  readonly partitionPolicy?: PartitionPolicy | undefined;
  /** The share of rejected rows, from 0 to 1, beyond which a run has failed; 0.05 when left out. */
  readonly rejectedShareMax?: number | undefined;
  /** Calendars and sessions by asset or pattern, where the symbol does not tell: `{ calendars: { "ES=F": "new_york" } }`. */
  readonly market?: CalendarSettings | undefined;
  readonly clock?: Clock | undefined;
  readonly newIngestionId?: (() => string) | undefined;
}

export interface IngestOptions {
  readonly assetPair: string;
  readonly timeframe: string;
  /** A date or an instant, UTC, or a Date; the range is half-open. */
  readonly startDate: string | Date;
  readonly endDate: string | Date;
  readonly provider?: ProviderChoice | undefined;
  /** Fetch the whole range again, whatever is covered; only new or revised bars are appended. */
  readonly force?: boolean | undefined;
  /** Fetch the last so many covered bars again, and append those that were revised; 0 when left out. */
  readonly revisionWindow?: number | undefined;
}

/** How a run is watched and stopped. */
export interface RunOptions {
  readonly signal?: AbortSignal | undefined;
  /** Called once, before the first request. */
  readonly onPlan?: ((plans: readonly SeriesPlan[]) => void) | undefined;
  readonly onProgress?: ((progress: SeriesProgress) => void) | undefined;
}

export interface RepairRequest extends GapRequest, RunOptions {
  readonly provider: ProviderChoice;
}

export interface BackfillRequest extends RunOptions {
  readonly assetPairs: readonly AssetPair[];
  readonly timeframes: readonly Timeframe[];
  readonly range: TimeRange;
  readonly provider: ProviderChoice;
  /** `everything` fetches all that was fetched before again, not only the range. */
  readonly force?: boolean | "everything" | undefined;
  /** In bars, see `IngestOptions`. */
  readonly revisionWindow?: number | undefined;
}

export interface SeriesResult extends SeriesOutcome {
  readonly plan: SeriesPlan;
  readonly table: string;
}

export interface BackfillResult {
  readonly ingestionId: string;
  readonly series: readonly SeriesResult[];
  /** Whether few enough rows were rejected. */
  readonly gate: RejectionGate;
  readonly durationMs: number;
}

export interface RepairResult extends BackfillResult {
  /** What was not asked for, and why. */
  readonly notes: readonly string[];
}

export interface ImportResult extends CommitTotals {
  readonly ingestionId: string;
  readonly table: string;
  readonly gate: RejectionGate;
  readonly durationMs: number;
}

/**
 * Brings history into Bronze: planned in fixed windows, checked row by row, committed with its watermark.
 *
 * @example
 * const lake = new DeltaLakeManager({ storagePath: "data/delta_lake" });
 * const ingester = new BatchDataIngester(lake);
 * await ingester.ingestHistoricalData({
 *   assetPair: "BTCUSD", timeframe: "1h", startDate: "2025-01-01", endDate: "2025-12-31", provider: "coinbase",
 * });
 */
export class BatchDataIngester {
  private readonly lake: DeltaLakeManager;
  private readonly options: BatchDataIngesterOptions;
  private readonly deadLetters: DeadLetterQueue;
  private readonly clock: Clock;
  private readonly calendars: MarketCalendars;

  constructor(lake: DeltaLakeManager, options: BatchDataIngesterOptions = {}) {
    this.lake = lake;
    this.options = options;
    this.deadLetters = options.deadLetters ?? new DeadLetterQueue("data/dlq");
    this.clock = options.clock ?? systemClock;
    this.calendars = new MarketCalendars(options.market);
  }

  /**
   * Ingests one series.
   *
   * @throws MarketError, IngestionError for what cannot be planned; the failure of the series, after what came before it
   *   was committed.
   */
  async ingestHistoricalData(options: IngestOptions): Promise<SeriesResult> {
    assertOptionNames("ingestHistoricalData", options, ingestOptions);
    assertNeeded("ingestHistoricalData", options, ["assetPair", "timeframe", "startDate", "endDate"]);
    const result = await this.backfill({
      assetPairs: [AssetPair.parse(options.assetPair)],
      timeframes: [parseTimeframe(options.timeframe)],
      range: timeRange(instantOf(options.startDate), instantOf(options.endDate)),
      provider: options.provider ?? this.options.defaultProvider ?? "auto",
      force: options.force,
      revisionWindow: options.revisionWindow,
    });
    const [series] = result.series;
    if (series === undefined) throw new IngestionError("INVALID_ARGUMENT", "There is no series to ingest");
    if (series.failure !== undefined) throw series.failure;
    assertGate(result.gate);
    return series;
  }

  /** What a backfill would do: no request is made and nothing is written. */
  async plan(request: BackfillRequest): Promise<readonly SeriesPlan[]> {
    return this.withPool(request, async (pool) => this.planAll(request, pool));
  }

  /**
   * Ingests all series of a request, several at once. A series that fails does not stop the others, except where the
   * failure is theirs as well: no network, a bad key, a quota spent. Failures are in the result.
   *
   * @throws what makes the request as a whole impossible: an asset that no provider has, a missing key.
   */
  async backfill(request: BackfillRequest): Promise<BackfillResult> {
    const startedMs = this.clock.now();
    const ingestionId = (this.options.newIngestionId ?? randomUUID)();
    return this.withPool(request, async (pool) => {
      const plans = await this.planAll(request, pool);
      request.onPlan?.(plans);
      const series = await this.runAll(plans, request, pool, ingestionId);
      return this.resultOf(ingestionId, series, startedMs);
    });
  }

  /** What is missing of the series that there are; see `SeriesGaps`. */
  async findGaps(request: GapRequest = {}): Promise<readonly SeriesGaps[]> {
    const { lake, deadLetters, calendars } = this;
    return reportGaps({ lake, deadLetters, calendars, nowMs: this.clock.now() }, request);
  }

  /**
   * Asks once more for the bars that are missing, except those that a repair has asked for already. What is still missing
   * then is confirmed to be nowhere, and is remembered so. Under `auto` each gap is asked of the provider that the bars
   * beside it came from; one that has none is in the notes.
   *
   * @throws as {@link backfill} does.
   */
  async repairGaps(request: RepairRequest): Promise<RepairResult> {
    const startedMs = this.clock.now();
    const ingestionId = (this.options.newIngestionId ?? randomUUID)();
    const reports = await this.findGaps(request);
    const chain = this.options.fallbackChain ?? defaultFallbackChain;
    const sources = new Set(
      reports.flatMap((report) => report.sources.flatMap(({ first, last }) => [first, last])),
    );
    const others = providerNames.filter((name) => sources.has(name) && !chain.includes(name));
    return this.withPool({ ...request, chain: [...chain, ...others] }, async (pool) => {
      const isChosen = request.provider !== "auto";
      const candidates = {
        all: pool.usable(),
        usual: isChosen ? pool.usable() : pool.usable(new Set(others)),
        isChosen,
        whyNot: pool.whyNot,
      };
      const isMock = candidates.all.every((provider) => provider.isMock);
      const repairs = reports
        .filter((report) => !isChosen || report.isMock === isMock)
        .map((report) => planRepair(report, candidates, startedMs));
      const plans = repairs.flatMap(({ plan }) => plan ?? []);
      request.onPlan?.(plans);
      const series = await this.runAll(plans, { ...request, confirms: true }, pool, ingestionId);
      const notes = repairs.flatMap((repair) => repair.notes);
      return { ...this.resultOf(ingestionId, series, startedMs), notes };
    });
  }

  /**
   * Imports files of candles; see `importCandles`.
   *
   * @throws IngestionError `INVALID_ARGUMENT` for a file that cannot be read as candles.
   */
  async importFiles(request: ImportRequest): Promise<ImportResult> {
    assertOptionNames("importFiles", request, importOptions);
    assertNeeded("importFiles", request, ["files", "assetPair", "timeframe", "provider"]);
    const startedMs = this.clock.now();
    const ingestionId = (this.options.newIngestionId ?? randomUUID)();
    const totals = await importCandles(request, {
      lake: this.lake,
      deadLetters: this.deadLetters,
      clock: this.clock,
      ingestionId,
      partitionPolicy: this.options.partitionPolicy ?? "by_timeframe",
      calendars: this.calendars,
    });
    const gate = rejectionGate([totals], this.options.rejectedShareMax ?? rejectedShareMaxDefault);
    const table = marketDataTable(request.timeframe);
    return { ...totals, ingestionId, table, gate, durationMs: this.clock.now() - startedMs };
  }

  private resultOf(ingestionId: string, series: readonly SeriesResult[], startedMs: number): BackfillResult {
    const gate = rejectionGate(series, this.options.rejectedShareMax ?? rejectedShareMaxDefault);
    return { ingestionId, series, gate, durationMs: this.clock.now() - startedMs };
  }

  private async withPool<Result>(
    {
      provider,
      chain = this.options.fallbackChain ?? defaultFallbackChain,
    }: { readonly provider: ProviderChoice; readonly chain?: readonly ProviderName[] },
    work: (pool: ProviderPool) => Promise<Result>,
  ): Promise<Result> {
    const pool = ProviderPool.open(provider, chain, (name) => this.openProvider(name));
    try {
      return await work(pool);
    } finally {
      await pool.close();
    }
  }

  private openProvider(name: ProviderName): MarketDataProvider {
    if (this.options.createProvider !== undefined) return this.options.createProvider(name);
    return createProvider(name, { credentials: process.env, clock: this.clock, random: systemRandom });
  }

  private async planAll(request: BackfillRequest, pool: ProviderPool): Promise<SeriesPlan[]> {
    const { range, timeframes } = request;
    if (range.endMs <= range.startMs) {
      throw new IngestionError(
        "INVALID_RANGE",
        `The range from ${formatInstant(range.startMs)} to ${formatInstant(range.endMs)} is empty`,
      );
    }
    const nowMs = this.clock.now();
    const providers = pool.usable();
    const isMock = providers.every((provider) => provider.isMock);
    const plans: SeriesPlan[] = [];
    for (const timeframe of timeframes) {
      const table = this.lake.table(marketDataTable(timeframe));
      const snapshot = (await table.exists()) ? await table.snapshot() : undefined;
      for (const assetPair of request.assetPairs) {
        const series = {
          assetPair,
          timeframe,
          range,
          coverage: readCoverage(snapshot, assetPair, timeframe, isMock),
          imported: readImported(snapshot, assetPair, isMock).ranges,
          tableVersion: snapshot?.version,
          force: request.force ?? false,
          revisionWindow: request.revisionWindow ?? 0,
          calendars: this.calendars,
          nowMs,
        };
        const plan = planWith(series, providers, pool);
        const isMixed = !isMock && snapshot !== undefined && hasMockBars(snapshot, assetPair);
        plans.push(isMixed ? { ...plan, notes: [...plan.notes, mixedNote(plan)] } : plan);
      }
    }
    return plans;
  }

  private async runAll(
    plans: readonly SeriesPlan[],
    request: RunOptions & { readonly confirms?: boolean },
    pool: ProviderPool,
    ingestionId: string,
  ): Promise<SeriesResult[]> {
    const slots = new Semaphore(seriesAtOnce);
    return Promise.all(
      plans.map((plan) =>
        slots.run(async (): Promise<SeriesResult> => {
          const outcome = await ingestSeries(plan, {
            lake: this.lake,
            pool,
            deadLetters: this.deadLetters,
            clock: this.clock,
            ingestionId,
            partitionPolicy: this.options.partitionPolicy ?? "by_timeframe",
            confirms: request.confirms,
            signal: request.signal,
            onProgress: request.onProgress ?? (() => {}),
          });
          return { ...outcome, plan, table: marketDataTable(plan.timeframe) };
        }),
      ),
    );
  }
}

/** @throws IngestionError `UNSUPPORTED_SERIES`, which also names the providers that only lack a key. */
function planWith(
  series: SeriesRequest,
  providers: readonly MarketDataProvider[],
  pool: ProviderPool,
): SeriesPlan {
  try {
    return planSeries(series, providers);
  } catch (error) {
    if (!(error instanceof IngestionError) || pool.missing.length === 0) throw error;
    const missing = pool.missing.map(({ message }) => message).join(" ");
    throw new IngestionError(error.code, `${error.message}. ${missing}`, { cause: error });
  }
}

function hasMockBars(snapshot: Snapshot, assetPair: AssetPair): boolean {
  return listWatermarks(snapshot).some((mark) => mark.isMock && mark.assetPair === assetPair.canonical);
}

function mixedNote({ assetPair, timeframe }: SeriesPlan): string {
  return `${assetPair.canonical} ${timeframe}: the table also holds made-up bars of the demo provider; filter with NOT is_mock`;
}

function instantOf(when: string | Date): number {
  return when instanceof Date ? when.getTime() : parseInstant(when);
}

const ingestOptions: readonly (keyof IngestOptions)[] = [
  "assetPair",
  "timeframe",
  "startDate",
  "endDate",
  "provider",
  "force",
  "revisionWindow",
];
const importOptions: readonly (keyof ImportRequest)[] = [
  "files",
  "assetPair",
  "timeframe",
  "provider",
  "format",
  "columns",
  "covers",
  "dryRun",
  "signal",
  "onProgress",
];
