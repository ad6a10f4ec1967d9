import {
  abortSignal,
  aFunction,
  flag,
  nonEmptyText,
  oneOf,
  optionsOf,
  required,
  someNames,
} from "../../contract/option-kinds.ts";
import type { OptionTable } from "../../contract/option-table.ts";
import type { AssetKind, AssetPair } from "../../market/asset-pair.ts";
import type { MarketCalendars } from "../../market/market-calendars.ts";
import type { Candle } from "../../market/candle.ts";
import { formatDecimal8 } from "../../market/decimal.ts";
import { unionOf } from "../../market/range-set.ts";
import type { RangeSet } from "../../market/range-set.ts";
import { formatInstant } from "../../market/time-range.ts";
import type { TimeRange } from "../../market/time-range.ts";
import { ceilToTimeframe, floorToTimeframe, timeframeMs } from "../../market/timeframe.ts";
import type { Timeframe } from "../../market/timeframe.ts";
import type { RejectedRow } from "../../data-quality/dead-letter-queue.ts";
import type { ProviderBar } from "../../providers/provider.ts";
import type { SourcedCandle } from "../candle-columns.ts";
import { IngestionError } from "../ingestion-error.ts";
import { assertReadable, readCandleFile } from "./candle-files.ts";
import { assetPairKind, timeRangeKind } from "../market-arguments.ts";
import type { CandleFileFormat, ColumnChoice } from "./candle-files.ts";
import { CoveredRuns } from "./covered-runs.ts";
import { checkBars, notComplete } from "../row-checks.ts";
import { SeriesCommits } from "../series-commits.ts";
import type { CandleBatch, CommitTarget, CommitTotals } from "../series-commits.ts";

/** Where an import goes, and by which calendars its bars hold together. */
export interface ImportTarget extends CommitTarget {
  readonly calendars: MarketCalendars;
}

export interface ImportRequest {
  readonly files: readonly string[];
  readonly assetPair: string | AssetPair;
  readonly timeframe: string;
  /** Which provider's candles they are: their `source_provider`. Those of `demo` are made up. */
  readonly provider: string;
  /** By the file's name when left out. */
  readonly format?: CandleFileFormat | undefined;
  /** Which column is what, where the usual names do not tell. */
  readonly columns?: ColumnChoice | undefined;
  /** What the files are known to cover beyond the bars that they hold; not fetched any more. */
  readonly covers?: TimeRange | undefined;
  /** Checks the rows and writes nothing. */
  readonly dryRun?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: { readonly rowsChecked: number }) => void) | undefined;
}

/** A request whose texts are read. */
export interface CandleImport extends ImportRequest {
  readonly assetPair: AssetPair;
  readonly timeframe: Timeframe;
}

const columnChoice: OptionTable<ColumnChoice> = {
  time: nonEmptyText,
  open: nonEmptyText,
  high: nonEmptyText,
  low: nonEmptyText,
  close: nonEmptyText,
  volume: nonEmptyText,
};

export const importOptions: OptionTable<ImportRequest> = {
  files: required(someNames),
  assetPair: required(assetPairKind),
  timeframe: required(nonEmptyText),
  provider: required(nonEmptyText),
  format: oneOf("csv", "parquet", "json"),
  columns: optionsOf(columnChoice),
  covers: timeRangeKind,
  dryRun: flag,
  signal: abortSignal,
  onProgress: aFunction,
};

/** Why a bar is not stored that lies where no market was, such as in 1970: an epoch that was never set. */
const implausibleTime = "implausible time";

/** So many bars in a row that lie apart are no accident; no more than these are looked at. */
const comparedBarsMin = 10;
const comparedBars = 1000;

/** A commit is worth its files from here on. */
const commitRowsMax = 200_000;

/** More runs in one commit than these are no progress: the log would grow by an entry for each. */
const coveredRunsMax = 50;

/** Before it nobody traded: Bitcoin's first block, floating exchange rates, the first electronic records of stocks. */
const firstPlausibleMs: Readonly<Record<AssetKind, number>> = {
  crypto: Date.UTC(2009, 0, 3),
  crypto_contract: Date.UTC(2009, 0, 3),
  fx: Date.UTC(1970, 0, 2),
  stock: Date.UTC(1900, 0, 1),
  future: Date.UTC(1900, 0, 1),
  index: Date.UTC(1870, 0, 1),
};

/**
 * Brings files of candles through the same checks as what providers send, into Bronze. What a file holds counts as
 * covered as far as its bars hold together by the calendar, and what the request says that it covers: a later backfill
 * fetches all the rest. A file that was imported already, or in part, adds nothing twice.
 */
export async function importCandles(request: CandleImport, target: ImportTarget): Promise<CommitTotals> {
  // Before the first is read: the ones before a file that is not there would be in, and nobody told.
  for (const file of request.files) await assertReadable(file, request.format);
  const series = { ...request, watermarkMs: undefined, tableVersion: undefined };
  const commits = new SeriesCommits(series, target);
  const counts = { ingested: 0, rejected: 0, reasons: new Map<string, number>() };
  let wouldCover: RangeSet = [];
  const warnings: string[] = [];
  for (const file of request.files) {
    const run = new FileImport(file, request, target, async (batch) => {
      if (request.dryRun !== true) {
        await commits.commit(batch);
        return;
      }
      wouldCover = unionOf([...wouldCover, ...batch.covered]);
      counts.ingested += batch.rows.length;
      counts.rejected += batch.rejected.length;
      for (const { reason } of batch.rejected)
        counts.reasons.set(reason, (counts.reasons.get(reason) ?? 0) + 1);
    });
    await run.run();
    warnings.push(...run.warnings);
  }
  const totals = commits.totals;
  if (request.dryRun !== true) return { ...totals, warnings: [...totals.warnings, ...warnings] };
  const { ingested: rowsIngested, rejected: rowsRejected, reasons } = counts;
  return { ...totals, rowsIngested, rowsRejected, reasons, covered: wouldCover, warnings };
}

function duration(ms: number): string {
  const minutes = ms / 60_000;
  if (minutes < 60) return `${minutes} ${minutes === 1 ? "minute" : "minutes"}`;
  return `${minutes / 60} ${minutes === 60 ? "hour" : "hours"}`;
}

/** One file, in the order of its bars. */
class FileImport {
  private readonly file: string;
  private readonly request: CandleImport;
  private readonly target: ImportTarget;
  private readonly commit: (batch: CandleBatch) => Promise<void>;
  private rows: SourcedCandle[] = [];
  private rejected: RejectedRow[] = [];
  /** The open of the last bar that passed. */
  private lastOpenMs = Number.NEGATIVE_INFINITY;
  private readonly runs: CoveredRuns;
  private runsLeftOut = 0;
  private isFirstFlush = true;
  private rowsChecked = 0;

  constructor(
    file: string,
    request: CandleImport,
    target: ImportTarget,
    commit: (batch: CandleBatch) => Promise<void>,
  ) {
    this.file = file;
    this.request = request;
    this.target = target;
    this.commit = commit;
    this.runs = new CoveredRuns(target.calendars.surely(request.assetPair), request.timeframe);
  }

  /** What the user should know beside the counts. */
  get warnings(): readonly string[] {
    if (this.runsLeftOut === 0) return [];
    return [
      `${this.file} has holes all over: ${this.runsLeftOut} short runs of its bars do not count as fetched, so a backfill fetches them again; --covers START/END says that the file is complete`,
    ];
  }

  async run(): Promise<void> {
    const { format, columns, signal, onProgress, assetPair } = this.request;
    const volumeOf = assetPair.kind === "fx" ? undefined : assetPair.base;
    const choice = { format, columns, volumeOf };
    for await (const bars of readCandleFile(this.target.lake.engine, this.file, choice)) {
      signal?.throwIfAborted();
      this.check(bars);
      this.rowsChecked += bars.length;
      if (this.rows.length + this.rejected.length >= commitRowsMax) await this.flush();
      onProgress?.({ rowsChecked: this.rowsChecked });
    }
    await this.flush();
  }

  private check(bars: readonly ProviderBar[]): void {
    const { timeframe, assetPair } = this.request;
    const stepMs = timeframeMs(timeframe);
    const firstMs = firstPlausibleMs[assetPair.kind];
    const nowMs = this.target.clock.now();
    const everything = { startMs: Number.NEGATIVE_INFINITY, endMs: Number.POSITIVE_INFINITY };
    const { candles, rejected } = checkBars({ bars, source: this.file }, timeframe, everything);
    this.rejected.push(...rejected);
    for (const candle of candles) {
      if (candle.openTimeMs < firstMs) this.refuse(candle, implausibleTime);
      else if (candle.openTimeMs + stepMs > nowMs) this.refuse(candle, notComplete);
      else if (candle.openTimeMs <= this.lastOpenMs) this.refuse(candle, "duplicate timestamp");
      else {
        this.lastOpenMs = candle.openTimeMs;
        this.runs.add(candle.openTimeMs);
        this.rows.push({ candle, sourceFile: this.file });
      }
    }
  }

  private refuse(candle: Candle, reason: string): void {
    const { openTimeMs, open, high, low, close, volume } = candle;
    const text = {
      time: formatInstant(openTimeMs),
      open: formatDecimal8(open),
      high: formatDecimal8(high),
      low: formatDecimal8(low),
      close: formatDecimal8(close),
      volume: volume === null ? null : formatDecimal8(volume),
    };
    const { time: _, ...values } = text;
    this.rejected.push({ openTimeMs, reason, ...values, sourceFile: this.file, raw: text });
  }

  /**
   * Bars that all lie further apart than the timeframe are those of a coarser one. Taken for this one, all that lies between
   * them would count as covered, and no backfill would ever fetch it. Of a finer one, some would lie on the grid, and be
   * bars of an hour that say what a minute was.
   */
  private assertTimeframe(): void {
    const times = [
      ...this.rows.map(({ candle }) => candle.openTimeMs),
      ...this.rejected.flatMap(({ openTimeMs }) => openTimeMs ?? []),
    ];
    const steps = [...new Set(times.toSorted((left, right) => left - right))]
      .slice(0, comparedBars)
      .flatMap((timeMs, index, all) => (index === 0 ? [] : [timeMs - (all[index - 1] ?? 0)]))
      .toSorted((left, right) => left - right);
    const [leastMs = 0] = steps;
    const medianMs = steps[Math.floor(steps.length / 2)] ?? 0;
    const { timeframe } = this.request;
    const wantedMs = timeframeMs(timeframe);
    if (steps.length < comparedBarsMin || (leastMs <= wantedMs && medianMs >= wantedMs)) return;
    const distance = leastMs > wantedMs ? leastMs : medianMs;
    throw new IngestionError(
      "INVALID_ARGUMENT",
      `${this.file}: its bars lie ${duration(distance)} apart, so they are none of --timeframe ${timeframe}. Nothing of it was imported.`,
    );
  }

  private async flush(): Promise<void> {
    if (this.rows.length + this.rejected.length === 0) return;
    if (this.isFirstFlush) this.assertTimeframe();
    const { provider, timeframe } = this.request;
    const [first] = this.rows;
    const startMs = first?.candle.openTimeMs ?? 0;
    const endMs = first === undefined ? startMs : this.lastOpenMs + timeframeMs(timeframe);
    const { covered, leftOut } = this.runs.take(coveredRunsMax);
    this.runsLeftOut += leftOut;
    const said = first !== undefined && this.isFirstFlush ? this.saidToCover() : [];
    await this.commit({
      provider,
      isMock: provider === "demo",
      sourceTimeframe: timeframe,
      range: { startMs, endMs },
      covered: first === undefined ? [] : unionOf([...covered, ...said]),
      isImport: true,
      rows: this.rows,
      rejected: this.rejected,
    });
    if (first !== undefined) this.isFirstFlush = false;
    this.rows = [];
    this.rejected = [];
  }

  /** As the user says it, as far as its bars are over. */
  private saidToCover(): TimeRange[] {
    const { covers, timeframe } = this.request;
    if (covers === undefined) return [];
    const nowMs = floorToTimeframe(this.target.clock.now(), timeframe);
    return [
      {
        startMs: ceilToTimeframe(covers.startMs, timeframe),
        endMs: Math.min(floorToTimeframe(covers.endMs, timeframe), nowMs),
      },
    ];
  }
}
