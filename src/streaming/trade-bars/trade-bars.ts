/**
 * Bars of the trades that a stream stored. What this file guarantees:
 * - A bar is built of `raw_trades` alone, and of minutes that the source proved to be complete: whatever order trades come in,
 *   and wherever the process dies, the bars are those of all trades.
 * - It goes through the commits that every bar goes through: dead letters, watermark, coverage, revisions.
 * - A trade that comes after its bar makes a revision of it, and of the coarser bars around it. `raw_market_data_1m`, which is
 *   committed last, says up to which version of `raw_trades` that is done.
 */
import type { Snapshot, Transaction } from "finance-feedback-delta";

import type { SourcedCandle } from "../../bronze/candle-columns.ts";
import type { StoredProgress } from "../../bronze/commit-proposal.ts";
import { readCoverage } from "../../bronze/coverage.ts";
import { SeriesCommits } from "../../bronze/series-commits.ts";
import type { CommitTarget } from "../../bronze/series-commits.ts";
import { readWatermark } from "../../bronze/watermark.ts";
import type { Candle } from "../../market/candle.ts";
import { covers, unionOf, within, without } from "../../market/range-set.ts";
import type { RangeSet } from "../../market/range-set.ts";
import { floorToTimeframe, timeframes } from "../../market/timeframe.ts";
import type { Timeframe } from "../../market/timeframe.ts";
import type { DeltaLakeManager } from "../../storage/delta-lake-manager.ts";
import { marketDataTable } from "../../tables/market-data.ts";
import { rawTrades } from "../../tables/streams.ts";
import { marketKey, readProven, withProofs } from "../progress/proven-trades.ts";
import type { ProvenMarket, TradeMarket } from "../progress/proven-trades.ts";
import type { Proof } from "../source/message-source.ts";
import { barsWithin, eachBar, MinuteBars, wholeBars } from "./coarser-bars.ts";
import { readTradeBars } from "./stored-trade-bars.ts";
import { touchedMinutes } from "./touched-minutes.ts";

export interface TradeBarsOptions extends CommitTarget {
  /** The stream's name. */
  readonly job: string;
}

/** What some commits of bars came to. */
export interface BuiltBars {
  readonly bars: number;
  /** Of those, bars that were stored with other values. */
  readonly revised: number;
  readonly warnings: readonly string[];
}

const coarserFirst: readonly Timeframe[] = timeframes.filter((timeframe) => timeframe !== "1m").toReversed();

/** What is to be done for one market. */
interface MarketWork {
  readonly market: TradeMarket;
  readonly proven: RangeSet;
  /** Minutes that have become complete. */
  readonly due: RangeSet;
  /** Minutes whose bars were built before their last trade came. */
  readonly late: RangeSet;
}

export class TradeBars {
  readonly #options: TradeBarsOptions;
  #proven: ReadonlyMap<string, ProvenMarket> | undefined;
  /** The end of the minutes that were looked at last, by market. */
  readonly #builtToMs = new Map<string, number>();
  /** All that was stored up to this version is in the bars. */
  #doneVersion: number | undefined;

  constructor(options: TradeBarsOptions) {
    this.#options = options;
  }

  /** Takes proofs of trades that are stored by now, and builds the bars that have become complete with them. */
  async build(proofs: readonly Proof[]): Promise<BuiltBars> {
    const { lake, job } = this.#options;
    this.#proven ??= readProven(await progressOf(lake, rawTrades.name), job);
    this.#proven = withProofs(this.#proven, proofs);
    const isDue = [...this.#proven].some(
      ([key, { ranges }]) => provenMinute(ranges) > (this.#builtToMs.get(key) ?? 0),
    );
    if (!isDue || !(await lake.table(rawTrades.name).exists())) return nothingBuilt;
    const snapshot = await lake.table(rawTrades.name).snapshot();
    const totals = { bars: 0, revised: 0, warnings: new Set<string>() };
    const works = await this.#plan(this.#proven, snapshot);
    const wanted = works.map(({ market, due, late }) => ({ market, minutes: unionOf([...due, ...late]) }));
    const built = await readTradeBars(wanted, { lake, version: snapshot.version });
    for (const work of works) {
      const candles = built.get(marketKey(work.market)) ?? [];
      await this.#commitMarket(work, candles, snapshot.version, totals);
    }
    for (const [key, { ranges }] of this.#proven) this.#builtToMs.set(key, provenMinute(ranges));
    this.#doneVersion = snapshot.version;
    return { ...totals, warnings: [...totals.warnings] };
  }

  async #plan(proven: ReadonlyMap<string, ProvenMarket>, snapshot: Snapshot): Promise<readonly MarketWork[]> {
    const { lake, job } = this.#options;
    const minutes = await progressOf(lake, marketDataTable("1m"));
    const done = [...proven.values()].flatMap(
      ({ market }) => minutes?.transaction(doneId(job, market))?.version ?? [],
    );
    const after = this.#doneVersion ?? (done.length === 0 ? snapshot.version : Math.min(...done));
    const touched = await touchedMinutes(lake, snapshot, after);
    return [...proven.values()].map(({ market, ranges }) => {
      const covered = readCoverage(minutes, market.assetPair, market.isMock).ranges;
      const whole = barsWithin(ranges, "1m");
      const due = whole.flatMap((range) => without(range, covered));
      const late = (touched.get(marketKey(market)) ?? [])
        .flatMap((range) => within(range, whole))
        .flatMap((range) => without(range, due));
      return { market, proven: ranges, due, late };
    });
  }

  /** Coarser bars first: what they are made of is stored, or is built anew from trades that are. */
  async #commitMarket(
    { market, proven, due, late }: MarketWork,
    candles: readonly Candle[],
    version: number,
    totals: { bars: number; revised: number; readonly warnings: Set<string> },
  ): Promise<void> {
    const { lake, job } = this.#options;
    const isFirst = !this.#builtToMs.has(marketKey(market));
    if (due.length === 0 && late.length === 0 && !isFirst) return;
    const fresh = { candles, minutes: unionOf([...due, ...late]) };
    const minutes = readCoverage(
      await progressOf(lake, marketDataTable("1m")),
      market.assetPair,
      market.isMock,
    ).ranges;
    const known = unionOf([...minutes, ...due]);
    for (const timeframe of coarserFirst) {
      const stored = await progressOf(lake, marketDataTable(timeframe));
      const covered = readCoverage(stored, market.assetPair, market.isMock).ranges;
      const open = wholeBars(proven, timeframe).flatMap((range) => without(range, covered));
      const ready = eachBar(open, timeframe).filter((bar) => covers(known, bar));
      // Minutes that are due too: a process may have died between a coarser bar and the minutes, and a trade came since.
      const again = eachBar(wholeBars(fresh.minutes, timeframe), timeframe).filter((bar) =>
        covers(known, bar),
      );
      const bars = unionOf([...ready, ...again]);
      if (bars.length === 0) continue;
      const below = await MinuteBars.read(lake, market, bars, fresh);
      const made = eachBar(bars, timeframe).flatMap((bar) => {
        const some = below.resampled(bar, timeframe);
        return some === undefined ? [] : [{ bar, candles: some }];
      });
      const ofTimeframe = made.flatMap((one) => one.candles);
      await this.#commit(
        market,
        timeframe,
        ofTimeframe,
        unionOf(made.map(({ bar }) => bar)),
        [],
        stored,
        totals,
      );
    }
    if (due.length === 0 && late.length === 0) return;
    const stored = await progressOf(lake, marketDataTable("1m"));
    const isDone: Transaction = { appId: doneId(job, market), version };
    await this.#commit(market, "1m", candles, unionOf([...due, ...late]), [isDone], stored, totals);
  }

  async #commit(
    { provider, assetPair, isMock }: TradeMarket,
    timeframe: Timeframe,
    candles: readonly Candle[],
    covered: RangeSet,
    transactions: readonly Transaction[],
    stored: (StoredProgress & Pick<Snapshot, "version">) | undefined,
    totals: { bars: number; revised: number; readonly warnings: Set<string> },
  ): Promise<void> {
    if (covered.length === 0) return;
    const sourceFile = `stream:${this.#options.job}`;
    const rows: readonly SourcedCandle[] = candles.map((candle) => ({ candle, sourceFile }));
    const commits = new SeriesCommits(
      {
        assetPair,
        timeframe,
        watermarkMs: readWatermark(stored, assetPair, isMock),
        tableVersion: stored?.version,
      },
      this.#options,
    );
    await commits.commit({
      provider,
      isMock,
      sourceTimeframe: timeframe,
      covered,
      rows,
      rejected: [],
      transactions,
    });
    const { rowsIngested, rowsRevised, warnings } = commits.totals;
    totals.bars += rowsIngested;
    totals.revised += rowsRevised;
    for (const warning of warnings) totals.warnings.add(warning);
  }
}

const nothingBuilt: BuiltBars = { bars: 0, revised: 0, warnings: [] };

/** The version of `raw_trades` up to which the bars of a market have all trades. */
function doneId(job: string, { provider, assetPair, isMock }: TradeMarket): string {
  return `ffe.bars${isMock ? ".mock" : ""}/${job}/${provider}:${assetPair.canonical}`;
}

/** The end of the last minute that is proven; -1 without one. */
function provenMinute(ranges: RangeSet): number {
  return floorToTimeframe(ranges.at(-1)?.endMs ?? -1, "1m");
}

async function progressOf(lake: DeltaLakeManager, tableName: string): Promise<Snapshot | undefined> {
  const table = lake.table(tableName);
  return (await table.exists()) ? table.snapshot() : undefined;
}
