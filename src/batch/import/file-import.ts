import type { AssetPair } from "../../market/asset-pair.ts";
import type { Candle } from "../../market/candle.ts";
import { formatDecimal8 } from "../../market/decimal.ts";
import { isOnMarketGrid } from "../../market/exchange-time.ts";
import { unionOf, without } from "../../market/range-set.ts";
import type { RangeSet } from "../../market/range-set.ts";
import { formatInstant } from "../../market/time-range.ts";
import { ceilToTimeframe, floorToTimeframe, isOnGrid, timeframeMs } from "../../market/timeframe.ts";
import { valueLimits } from "../../market/value-limits.ts";
import type { ValueLimits } from "../../market/value-limits.ts";
import type { RejectedRow } from "../../dead-letters/rejected-rows.ts";
import type { UncheckedBar } from "../../market/unchecked-bar.ts";
import type { SourcedCandle } from "../../bronze/candle-columns.ts";
import { checkBars, notComplete } from "../../bronze/row-checks.ts";
import { rejectedRuns } from "../fetch/rejected-stretches.ts";
import type { CandleFile } from "./file-reading.ts";
import { CoveredRuns } from "./covered-runs.ts";
import type { FileRecord } from "./file-record.ts";
import { RepeatedRecords } from "./repeated-records.ts";
import type { CandleImport } from "./import-request.ts";
import type { ImportTarget, SeriesSink } from "./series-sink.ts";
import { isMarketTime } from "./time-survey.ts";

/** Why a bar is not stored that lies where no market was, or years from all others: an epoch that was never set. */
const implausibleTime = "implausible time";

/** A commit is worth its files from here on. */
const commitRowsMax = 200_000;

/** More runs in one commit than these are no progress: the log would grow by an entry for each. */
const coveredRunsMax = 50;

/** One asset of one file, in the order of its bars. Nothing is written before a first bar has passed. */
export class FileImport {
  /** Of each reason one row as it came. */
  readonly samples: Map<string, string> = new Map();
  readonly #file: CandleFile;
  readonly #assetPair: AssetPair;
  readonly #request: CandleImport;
  readonly #nowMs: number;
  readonly #limits: ValueLimits;
  readonly #sink: SeriesSink;
  readonly #lacksVolume: boolean;
  #rows: SourcedCandle[] = [];
  #rejected: RejectedRow[] = [];
  /** The open of the last bar that passed. */
  #lastOpenMs = Number.NEGATIVE_INFINITY;
  readonly #runs: CoveredRuns;
  readonly #repeats = new RepeatedRecords();
  #runsLeftOut = 0;
  #isOffGrid = false;
  #rejectedRanges: RangeSet = [];

  constructor(
    file: CandleFile,
    assetPair: AssetPair,
    request: CandleImport,
    target: ImportTarget,
    sink: SeriesSink,
  ) {
    this.#file = file;
    this.#assetPair = assetPair;
    this.#request = request;
    this.#nowMs = target.clock.now();
    this.#limits = valueLimits(assetPair, target.limits);
    this.#sink = sink;
    this.#lacksVolume = assetPair.kind === "fx" || assetPair.kind === "index";
    this.#runs = new CoveredRuns(target.calendars.surely(assetPair), request.timeframe);
  }

  get hasPassed(): boolean {
    return this.#lastOpenMs > Number.NEGATIVE_INFINITY;
  }

  /** How many rows failed for which reason, so far and not yet written. */
  get waitingReasons(): ReadonlyMap<string, number> {
    const reasons = new Map<string, number>();
    for (const { reason } of this.#rejected) reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
    return reasons;
  }

  async add(records: readonly FileRecord[]): Promise<void> {
    const own = records.filter((record) => !this.#repeats.has(record));
    this.#sink.countUnchanged(records.length - own.length);
    this.#check(own.map((record) => this.#barOf(record)));
    if (this.#rows.length + this.#rejected.length >= commitRowsMax && this.hasPassed) await this.#flush();
  }

  async finish(): Promise<void> {
    await this.#flush(this.hasPassed ? this.#saidToCover() : []);
    if (this.#isOffGrid)
      this.#sink.warn(
        `${this.#file.reading.file} has bars that begin with the session, off the grid of UTC: they do not count as fetched, so a backfill fetches bars on that grid beside them; --covers START/END says that none is wanted`,
      );
    if (this.#runsLeftOut > 0)
      this.#sink.warn(
        `${this.#file.reading.file} has holes all over: ${this.#runsLeftOut} short runs of its bars do not count as fetched, so a backfill fetches them again; --covers START/END says that the file is complete`,
      );
  }

  #barOf(record: FileRecord): UncheckedBar {
    const { openTimeMs, flaw, time, open, high, low, close } = record;
    const isNone = !this.#file.hasVolume || (this.#lacksVolume && record.volume === undefined);
    const volume = isNone ? null : record.volume;
    if (flaw !== undefined)
      return { openTimeMs, open, high, low, close, volume, flaw: flaw.reason, raw: { record: flaw.record } };
    const raw = { time: time ?? null, open, high, low, close, volume: record.volume };
    const bar = { openTimeMs, open, high, low, close, volume, raw };
    return this.#isOffUtcGrid(openTimeMs) ? { ...bar, isOnMarketGrid: true } : bar;
  }

  #isOffUtcGrid(openTimeMs: number | undefined): boolean {
    const { timeframe } = this.#request;
    return (
      openTimeMs !== undefined &&
      !isOnGrid(openTimeMs, timeframe) &&
      isOnMarketGrid(this.#assetPair, timeframe, openTimeMs)
    );
  }

  #check(bars: readonly UncheckedBar[]): void {
    const { timeframe } = this.#request;
    const { plausible, reading } = this.#file;
    const stepMs = timeframeMs(timeframe);
    const everything = { startMs: Number.NEGATIVE_INFINITY, endMs: Number.POSITIVE_INFINITY };
    const { candles, rejected } = checkBars(
      { bars, source: reading.file },
      timeframe,
      everything,
      this.#limits,
    );
    for (const row of rejected) this.#reject(row);
    for (const candle of candles) {
      const { openTimeMs } = candle;
      const isFar = openTimeMs < plausible.startMs || openTimeMs >= plausible.endMs;
      if (!isMarketTime(this.#assetPair.kind, openTimeMs) || (isFar && openTimeMs < this.#nowMs))
        this.#refuse(candle, implausibleTime);
      else if (openTimeMs + stepMs > this.#nowMs) this.#refuse(candle, notComplete);
      else if (openTimeMs <= this.#lastOpenMs) this.#refuse(candle, "duplicate timestamp");
      else {
        this.#lastOpenMs = openTimeMs;
        // A backfill does not ask for hours that begin at 09:30.
        if (isOnGrid(openTimeMs, timeframe)) this.#runs.add(openTimeMs);
        else this.#isOffGrid = true;
        this.#rows.push({ candle, sourceFile: reading.file });
      }
    }
  }

  #refuse(candle: Candle, reason: string): void {
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
    this.#reject({ openTimeMs, reason, ...values, sourceFile: this.#file.reading.file, raw: text });
  }

  #reject(row: RejectedRow): void {
    this.#rejected.push(row);
    if (!this.samples.has(row.reason)) this.samples.set(row.reason, sampleText(row.raw));
  }

  /** @param saidToCover what counts as fetched beside the bars; only when all of the file is in. */
  async #flush(saidToCover: RangeSet = []): Promise<void> {
    if (this.#rows.length + this.#rejected.length + saidToCover.length === 0) return;
    const { provider, timeframe, isMock } = this.#request;
    const [first] = this.#rows;
    const { covered, leftOut } = this.#runs.take(coveredRunsMax);
    this.#runsLeftOut += leftOut;
    // A bar that was not over when the file was written is missing in no file.
    const failed = this.#rejected.filter(({ reason }) => reason !== notComplete);
    const rejectedRanges = rejectedRuns({ rows: this.#rows, rejected: failed }, timeframe);
    this.#rejectedRanges = unionOf([...this.#rejectedRanges, ...rejectedRanges]);
    const batch = {
      provider,
      isMock,
      sourceTimeframe: timeframe,
      covered: unionOf([
        ...(first === undefined ? [] : covered),
        ...saidToCover.flatMap((range) => without(range, this.#rejectedRanges)),
      ]),
      isImport: true,
      rows: this.#rows,
      rejected: this.#rejected,
    };
    await this.#sink.take(batch, rejectedRanges);
    this.#rows = [];
    this.#rejected = [];
  }

  /** As the user says it, as far as its bars are over. */
  #saidToCover(): RangeSet {
    const { covers, timeframe } = this.#request;
    if (covers === undefined) return [];
    return [
      {
        startMs: ceilToTimeframe(covers.startMs, timeframe),
        endMs: Math.min(floorToTimeframe(covers.endMs, timeframe), floorToTimeframe(this.#nowMs, timeframe)),
      },
    ];
  }
}

function sampleText(raw: unknown): string {
  const text = typeof raw === "object" && raw !== null && "record" in raw ? raw.record : JSON.stringify(raw);
  return String(text).slice(0, 300);
}
