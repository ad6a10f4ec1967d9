import { timeframeMs } from "../src/market/timeframe.ts";
import type { Timeframe } from "../src/market/timeframe.ts";
import { numbersFrom } from "../test/indicators/support/random-bars.ts";
import type { BronzeBar } from "../test/transform/support/bronze-bar.ts";

/** A Friday's end: the week of foreign exchange is over too. */
const endMs = Date.UTC(2026, 2, 6, 22);
const startOfDayMs = Date.UTC(2026, 2, 6);
const unit = 1e8;

type Series = readonly [assetPair: string, timeframe: Timeframe, count: number];

/** Long enough that indicators are warm by the days, short enough for a database that computes windows by SQL. */
const allSeries: readonly Series[] = [
  ["BTCUSD", "1m", 100],
  ["BTCUSD", "5m", 260],
  ["BTCUSD", "15m", 100],
  ["BTCUSD", "1h", 250],
  ["BTCUSD", "4h", 110],
  ["BTCUSD", "1d", 230],
  ["EURUSD", "5m", 150],
  ["EURUSD", "1h", 200],
  ["EURUSD", "1d", 120],
];

/** For Spark, where a run takes minutes: every indicator becomes warm in one series. Each timeframe has a table. */
export const fewSeries: readonly Series[] = [
  ["BTCUSD", "1m", 12],
  ["BTCUSD", "5m", 12],
  ["BTCUSD", "15m", 60],
  ["BTCUSD", "1h", 110],
  ["BTCUSD", "4h", 12],
  ["BTCUSD", "1d", 230],
  ["EURUSD", "1h", 60],
  ["EURUSD", "1d", 60],
];

/** Bars of two assets from two providers, with gaps, bars that stand still, and bars without a volume. */
export interface MadeUpMarket {
  readonly first: readonly BronzeBar[];
  /** What comes later: the newest bars, some that were missing, and revisions of some that were there. */
  readonly later: readonly BronzeBar[];
}

/** The same market for the same seed. */
export function madeUpMarket(seed: number, series: readonly Series[] = allSeries): MadeUpMarket {
  const next = numbersFrom(seed);
  const all = series.flatMap(([assetPair, timeframe, count]) => walk(next, assetPair, timeframe, count));
  const isLate = all.map(({ openTimeMs, timeframe }) => {
    const isNewest = openTimeMs >= endOf(timeframe) - 8 * timeframeMs(timeframe);
    return isNewest || next() < 0.01;
  });
  const first = all.filter((_, index) => isLate[index] !== true);
  const revised = first.filter(() => next() < 0.005).map((bar) => ({ ...bar, close: bar.high }));
  return {
    first: first.map((bar) => ({ ...bar, extractedAtMs: endMs })),
    later: [...all.filter((_, index) => isLate[index] === true), ...revised].map((bar) => ({
      ...bar,
      extractedAtMs: endMs + timeframeMs("1d"),
    })),
  };
}

function walk(next: () => number, assetPair: string, timeframe: Timeframe, count: number): BronzeBar[] {
  const bars: BronzeBar[] = [];
  let price = assetPair === "BTCUSD" ? 87_305.25 : 1.0842;
  for (let index = 0; index < count; index++) {
    const open = price;
    const isStill = next() < 0.05;
    if (!isStill) price = rounded(price * (1 + (next() - 0.5) * 0.02));
    const reach = isStill ? 0 : next() * 0.004;
    if (next() < 0.04) continue;
    const bar = {
      assetPair,
      timeframe,
      openTimeMs: endOf(timeframe) - (count - index) * timeframeMs(timeframe),
      open: decimal(open),
      high: decimal(rounded(Math.max(open, price) * (1 + reach))),
      low: decimal(rounded(Math.min(open, price) * (1 - reach))),
      close: decimal(price),
      volume: next() < 0.03 ? null : decimal(rounded(next() * 100)),
      provider: assetPair === "BTCUSD" ? "coinbase" : "oanda",
      isMock: next() < 0.01,
      extractedAtMs: endMs,
    };
    bars.push(bar);
    if (next() < 0.1) bars.push({ ...bar, close: bar.low, provider: "alpha_vantage", isMock: false });
  }
  return bars;
}

/** When the last bar of a series closes. */
function endOf(timeframe: Timeframe): number {
  const isLong = timeframe === "4h" || timeframe === "1d";
  return isLong ? startOfDayMs : endMs;
}

function rounded(value: number): number {
  return Math.round(value * 10_000) / 10_000;
}

function decimal(value: number): bigint {
  return BigInt(Math.round(value * unit));
}
