import { randomUUID } from "node:crypto";
import { required, withJson } from "finance-feedback-delta/contract";

import { DeadLetterQueue } from "../dead-letters/dead-letter-queue.ts";
import { MarketCalendars } from "../market/market-calendars.ts";
import { unionOf } from "../market/range-set.ts";
import { parseTimeframe } from "../market/timeframe.ts";
import { openProvider } from "../providers/create-provider.ts";
import type { MarketDataProvider, ProviderName } from "../providers/provider.ts";
import { defaultFallbackChain } from "../providers/built-in-providers.ts";
import type { ProviderChoice } from "../providers/provider-chain.ts";
import { ProviderRegistry } from "../providers/provider-registry.ts";
import type { Clock } from "../seams/clock.ts";
import { systemClock } from "../seams/clock.ts";
import { systemRandom } from "../seams/random.ts";
import { lakeKind } from "../storage/delta-lake-manager.ts";
import type { DeltaLakeManager } from "../storage/delta-lake-manager.ts";
import { marketDataTable } from "../tables/market-data.ts";
import { assertOptions } from "../bronze/arguments.ts";
import { readAssetPair } from "../market/asset-argument.ts";
import { ingesterOptions, ingestOptions, readBackfill, repairOptions } from "./backfill-request.ts";
import type {
  Backfill,
  BackfillRequest,
  BatchDataIngesterOptions,
  IngestOptions,
  RepairRequest,
  RunOptions,
} from "./backfill-request.ts";
import { importOptions } from "./import/import-request.ts";
import type { ImportRequest } from "./import/import-request.ts";
import { gapOptions, reportGaps } from "./gaps/gap-report.ts";
import type { GapReportContext, GapRequest, SeriesGaps } from "./gaps/gap-report.ts";
import { IngestionError } from "../bronze/ingestion-error.ts";
import { assertNoSlip } from "./provider-name.ts";
import { Patience, patienceMsDefault } from "./fetch/patience.ts";
import { ProviderPool } from "./fetch/provider-pool.ts";
import { assertGate, rejectedShareMaxDefault, rejectionGate } from "../bronze/rejection-gate.ts";
import { planRepair } from "./gaps/repair-plan.ts";
import { Semaphore } from "./fetch/semaphore.ts";
import { ingestSeries } from "./fetch/series-ingestion.ts";
import type { SeriesPlan } from "./fetch/series-plan.ts";
import { planAll } from "./fetch/series-plans.ts";
import type { PlanContext } from "./fetch/series-plans.ts";
import type { BackfillResult, ImportResult, RepairResult, SeriesResult } from "./ingestion-results.ts";

/** Series that are worked on at once; the provider's own limits bound the requests. */
const seriesAtOnce = 6;

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
  readonly #lake: DeltaLakeManager;
  readonly #options: BatchDataIngesterOptions;
  readonly #deadLetters: DeadLetterQueue;
  readonly #clock: Clock;
  readonly #calendars: MarketCalendars;
  readonly #providers: ProviderRegistry;

  /** @throws IngestionError `INVALID_ARGUMENT` */
  constructor(lake: DeltaLakeManager, options: BatchDataIngesterOptions = {}) {
    assertOptions("new BatchDataIngester", { lake }, { lake: required(lakeKind) });
    assertOptions("new BatchDataIngester", options, ingesterOptions);
    this.#lake = lake;
    this.#options = options;
    this.#deadLetters = options.deadLetters ?? new DeadLetterQueue("data/dlq");
    this.#clock = options.clock ?? systemClock;
    this.#calendars = new MarketCalendars(options.market);
    this.#providers = new ProviderRegistry(options.customProviders);
  }

  /**
   * Ingests one series.
   *
   * @throws MarketError, IngestionError for what cannot be planned; the failure of the series, after what came before it
   *   was committed.
   */
  async ingestHistoricalData(options: IngestOptions): Promise<SeriesResult> {
    assertOptions("ingestHistoricalData", options, ingestOptions);
    const { assetPair, timeframe, ...rest } = options;
    const result = await this.backfill({ ...rest, assetPairs: [assetPair], timeframes: [timeframe] });
    const [series] = result.series;
    if (series === undefined) throw new IngestionError("INVALID_ARGUMENT", "There is no series to ingest");
    if (series.failure !== undefined) throw series.failure;
    assertGate(result.gate);
    return series;
  }

  /** What a backfill would do: no request is made and nothing is written. */
  async plan(request: BackfillRequest): Promise<readonly SeriesPlan[]> {
    const backfill = this.#read("plan", request);
    return this.#withPool(backfill, async (pool) => planAll(backfill, pool, this.#planContext()));
  }

  /**
   * Ingests all series of a request, several at once. A series that fails does not stop the others, except where the
   * failure is theirs as well: no network, a bad key, a quota spent. Failures are in the result.
   *
   * @throws what makes the request as a whole impossible: an asset that no provider has, a missing key.
   */
  async backfill(request: BackfillRequest): Promise<BackfillResult> {
    const backfill = this.#read("backfill", request);
    const startedMs = this.#clock.now();
    const ingestionId = (this.#options.newIngestionId ?? randomUUID)();
    return this.#withPool(backfill, async (pool) => {
      const plans = await planAll(backfill, pool, this.#planContext());
      request.onPlan?.(plans);
      const series = await this.#runAll(plans, backfill, pool, ingestionId);
      return this.#resultOf(ingestionId, series, startedMs);
    });
  }

  /** What is missing of the series that there are; see `SeriesGaps`. */
  async findGaps(request: GapRequest = {}): Promise<readonly SeriesGaps[]> {
    assertOptions("findGaps", request, gapOptions);
    return reportGaps(this.#gapContext(this.#clock.now()), request);
  }

  /**
   * Asks again for the bars that are missing, except those that a repair has asked for already. What is still missing
   * then is confirmed to be nowhere, and is remembered so. Under `auto` each gap is asked of the provider that the bars
   * beside it came from; one that has none is in the notes.
   *
   * @throws as {@link backfill} does.
   */
  async repairGaps(request: RepairRequest = {}): Promise<RepairResult> {
    assertOptions("repairGaps", request, repairOptions);
    const provider = request.provider ?? "auto";
    const startedMs = this.#clock.now();
    const ingestionId = (this.#options.newIngestionId ?? randomUUID)();
    const reports = await reportGaps(this.#gapContext(startedMs), request);
    const chain = this.#options.fallbackChain ?? defaultFallbackChain;
    const sources = new Set(
      reports.flatMap((report) => report.sources.flatMap(({ first, last }) => [first, last])),
    );
    const others = [...sources].filter(
      (name) => this.#providers.find(name) !== undefined && !chain.includes(name),
    );
    return this.#withPool({ provider, chain: [...chain, ...others] }, async (pool) => {
      const isChosen = provider !== "auto";
      const candidates = {
        all: pool.usable(),
        usual: isChosen ? pool.usable() : pool.usable(new Set(others)),
        isChosen,
        whyNot: pool.whyNot,
      };
      const isMock = candidates.all.every(({ isMock: isMade }) => isMade);
      const repairs = reports
        .filter((report) => !isChosen || report.isMock === isMock)
        .map((report) => planRepair(report, candidates, startedMs));
      const plans = repairs.flatMap(({ plan }) => plan ?? []);
      request.onPlan?.(plans);
      const series = await this.#runAll(plans, { ...request, confirms: true }, pool, ingestionId);
      const notes = repairs.flatMap((repair) => repair.notes);
      const gapsNotAskedFor = repairs.reduce((sum, repair) => sum + repair.gapsNotAskedFor, 0);
      return withJson({ ...this.#resultOf(ingestionId, series, startedMs), notes, gapsNotAskedFor });
    });
  }

  /**
   * Imports files of candles; see `importCandles`.
   *
   * @throws IngestionError `INVALID_ARGUMENT` for a file that cannot be read as candles.
   */
  async importFiles(request: ImportRequest): Promise<ImportResult> {
    assertOptions("importFiles", request, importOptions);
    const assetPair = request.assetPair === undefined ? undefined : readAssetPair(request.assetPair);
    const timeframe = parseTimeframe(request.timeframe);
    const startedMs = this.#clock.now();
    const ingestionId = (this.#options.newIngestionId ?? randomUUID)();
    // Loaded here: the libraries that read CSV, Feather and archives take as long as the rest of the ingester.
    const { importCandles } = await import("./import/candle-import.ts");
    const table = marketDataTable(timeframe);
    await assertNoSlip(request, table, { lake: this.#lake, providers: this.#providers });
    const { totals, ...outcome } = await importCandles(
      { ...request, assetPair, timeframe, isMock: this.#providers.isMock(request.provider) },
      {
        lake: this.#lake,
        deadLetters: this.#deadLetters,
        clock: this.#clock,
        ingestionId,
        partitionPolicy: this.#options.partitionPolicy ?? "by_timeframe",
        calendars: this.#calendars,
        limits: this.#options.limits,
      },
    );
    const rejectedRanges = unionOf(outcome.series.flatMap((one) => one.rejectedRanges));
    const gate = rejectionGate(
      [{ ...totals, rejectedRanges }],
      this.#options.rejectedShareMax ?? rejectedShareMaxDefault,
    );
    return withJson({
      ...totals,
      ...outcome,
      ingestionId,
      table,
      gate,
      durationMs: this.#clock.now() - startedMs,
    });
  }

  #planContext(): PlanContext {
    return { lake: this.#lake, calendars: this.#calendars, nowMs: this.#clock.now() };
  }

  #gapContext(nowMs: number): GapReportContext {
    const lake = this.#lake;
    const deadLetters = this.#deadLetters;
    const calendars = this.#calendars;
    const providers = this.#providers;
    return { lake, deadLetters, calendars, providers, nowMs };
  }

  get #defaultProvider(): ProviderChoice {
    return this.#options.defaultProvider ?? "auto";
  }

  #read(command: string, request: BackfillRequest): Backfill {
    return readBackfill(command, request, this.#defaultProvider);
  }

  #resultOf(ingestionId: string, series: readonly SeriesResult[], startedMs: number): BackfillResult {
    const gate = rejectionGate(series, this.#options.rejectedShareMax ?? rejectedShareMaxDefault);
    return withJson({ ingestionId, series, gate, durationMs: this.#clock.now() - startedMs });
  }

  async #withPool<Result>(
    {
      provider,
      chain = this.#options.fallbackChain ?? defaultFallbackChain,
    }: { readonly provider: ProviderChoice; readonly chain?: readonly ProviderName[] },
    work: (pool: ProviderPool) => Promise<Result>,
  ): Promise<Result> {
    const pool = ProviderPool.open(provider, chain, this.#providers, (name) => this.#openProvider(name));
    try {
      return await work(pool);
    } finally {
      await pool.close();
    }
  }

  #openProvider(name: ProviderName): MarketDataProvider {
    if (this.#options.createProvider !== undefined) return this.#options.createProvider(name);
    return openProvider(this.#providers.get(name), {
      credentials: process.env,
      clock: this.#clock,
      random: systemRandom,
    });
  }

  async #runAll(
    plans: readonly SeriesPlan[],
    request: RunOptions & { readonly confirms?: boolean },
    pool: ProviderPool,
    ingestionId: string,
  ): Promise<SeriesResult[]> {
    const slots = new Semaphore(seriesAtOnce);
    const patience = new Patience(this.#clock, this.#options.patienceMs ?? patienceMsDefault, request);
    return Promise.all(
      plans.map((plan) =>
        slots.run(async (): Promise<SeriesResult> => {
          const outcome = await ingestSeries(plan, {
            lake: this.#lake,
            pool,
            patience,
            deadLetters: this.#deadLetters,
            clock: this.#clock,
            ingestionId,
            partitionPolicy: this.#options.partitionPolicy ?? "by_timeframe",
            limits: this.#options.limits,
            confirms: request.confirms,
            signal: request.signal,
            onProgress: request.onProgress ?? (() => {}),
          });
          return withJson({ ...outcome, plan, table: marketDataTable(plan.timeframe) });
        }),
      ),
    );
  }
}
