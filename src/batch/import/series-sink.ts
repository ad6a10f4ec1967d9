import type { AssetPair } from "../../market/asset-pair.ts";
import type { Candle } from "../../market/candle.ts";
import type { MarketCalendars } from "../../market/market-calendars.ts";
import { unionOf } from "../../market/range-set.ts";
import type { RangeSet } from "../../market/range-set.ts";
import { SeriesCommits } from "../../bronze/series-commits.ts";
import type { CandleBatch } from "../../bronze/batch-proposal.ts";
import type { CommitTarget, CommitTotals } from "../../bronze/series-commits.ts";
import type { CandleImport } from "./import-request.ts";

/** Where an import goes, and by which calendars its bars hold together. */
export interface ImportTarget extends CommitTarget {
  readonly calendars: MarketCalendars;
}

/** What an import came to for one asset. */
export interface ImportedSeries extends CommitTotals {
  readonly assetPair: AssetPair;
  /** Bars in a row that were rejected without one between them that passed; they are not covered. */
  readonly rejectedRanges: RangeSet;
  /** The first candles as they are stored, or would be. */
  readonly firstCandles: readonly Candle[];
}

/** Where the bars of one asset go: into Bronze, or in a dry run into counts alone. */
export class SeriesSink {
  readonly #assetPair: AssetPair;
  readonly #isDry: boolean;
  readonly #commits: SeriesCommits;
  readonly #firstCandles: Candle[] = [];
  readonly #warnings: string[] = [];
  #rowsIngested = 0;
  #rowsRejected = 0;
  #rowsRepeated = 0;
  #covered: RangeSet = [];
  #rejectedRanges: RangeSet = [];
  readonly #reasons = new Map<string, number>();

  constructor(assetPair: AssetPair, request: CandleImport, target: ImportTarget) {
    this.#assetPair = assetPair;
    this.#isDry = request.dryRun === true;
    const series = {
      assetPair,
      timeframe: request.timeframe,
      watermarkMs: undefined,
      tableVersion: undefined,
    };
    this.#commits = new SeriesCommits(series, target);
  }

  /** @param rejectedRanges bars in a row of which none passed. */
  async take(batch: CandleBatch, rejectedRanges: RangeSet): Promise<void> {
    for (const { candle } of batch.rows.slice(0, candlesShown - this.#firstCandles.length))
      this.#firstCandles.push(candle);
    this.#rejectedRanges = unionOf([...this.#rejectedRanges, ...rejectedRanges]);
    if (!this.#isDry) {
      await this.#commits.commit(batch);
      return;
    }
    this.#rowsIngested += batch.rows.length;
    this.#rowsRejected += batch.rejected.length;
    this.#covered = unionOf([...this.#covered, ...batch.covered]);
    for (const { reason } of batch.rejected) this.#reasons.set(reason, (this.#reasons.get(reason) ?? 0) + 1);
  }

  /** Rows that a file has more than once. */
  countUnchanged(rows: number): void {
    this.#rowsRepeated += rows;
  }

  warn(text: string): void {
    this.#warnings.push(text);
  }

  get outcome(): ImportedSeries {
    const assetPair = this.#assetPair;
    const firstCandles = this.#firstCandles;
    const rowsIngested = this.#rowsIngested;
    const rowsRejected = this.#rowsRejected;
    const reasons = this.#reasons;
    const covered = this.#covered;
    const totals = this.#commits.totals;
    const warnings = [...totals.warnings, ...this.#warnings];
    const rowsUnchanged = totals.rowsUnchanged + this.#rowsRepeated;
    const rejectedRanges = this.#rejectedRanges;
    const own = { assetPair, firstCandles, warnings, rowsUnchanged, rejectedRanges };
    if (!this.#isDry) return { ...totals, ...own };
    return { ...totals, ...own, rowsIngested, rowsRejected, reasons, covered };
  }
}

/** Candles that a dry run shows. */
const candlesShown = 3;
