import { AssetPair } from "../../src/market/asset-pair.ts";
import type { Candle } from "../../src/market/candle.ts";
import { resample } from "../../src/market/resample.ts";
import type { TimeRange } from "../../src/market/time-range.ts";
import {
  ceilToTimeframe,
  floorToTimeframe,
  timeframeMs,
  type Timeframe,
} from "../../src/market/timeframe.ts";
import { DemoPath } from "../../src/providers/demo/demo-path.ts";

/** The market behind a stand-in: complete bars, also of the future. Pairs go by their canonical names. */
export interface CandleSource {
  has(canonical: string): boolean;
  /** The bars that open in the range, ascending. */
  candles(canonical: string, timeframe: Timeframe, range: TimeRange): readonly Candle[];
}

/** The demo provider's market, for the named pairs. It keeps what it made: tests ask for the same again and again. */
export function demoSource(seed: number, canonicals: readonly string[]): CandleSource {
  const made = new Map<string, readonly Candle[]>();
  return {
    has: (canonical) => canonicals.includes(canonical),
    candles(canonical, timeframe, range) {
      const key = `${canonical} ${timeframe} ${range.startMs} ${range.endMs}`;
      const known = made.get(key);
      if (known !== undefined) return known;
      const path = new DemoPath(AssetPair.parse(canonical), seed);
      const aligned = {
        startMs: ceilToTimeframe(range.startMs, timeframe),
        endMs: ceilToTimeframe(range.endMs, timeframe),
      };
      const priceUnit = 10n ** BigInt(8 - path.market.priceDecimals);
      const volumeUnit = 10n ** BigInt(8 - path.market.volumeDecimals);
      const candles: Candle[] = [];
      for (const bar of path.bars(timeframe, aligned)) {
        candles.push({
          openTimeMs: bar.openTimeMs,
          open: BigInt(bar.open) * priceUnit,
          high: BigInt(bar.high) * priceUnit,
          low: BigInt(bar.low) * priceUnit,
          close: BigInt(bar.close) * priceUnit,
          volume: BigInt(bar.volume) * volumeUnit,
        });
      }
      made.set(key, candles);
      return candles;
    },
  };
}

/** Bars of one pair in one timeframe. */
export interface CandleSeries {
  readonly canonical: string;
  readonly timeframe: Timeframe;
  /** Ascending. */
  readonly candles: readonly Candle[];
}

/** Given bars; a timeframe that is not among them is resampled from the coarsest finer one. */
export function memorySource(series: readonly CandleSeries[]): CandleSource {
  return {
    has: (canonical) => series.some((one) => one.canonical === canonical),
    candles(canonical, timeframe, range) {
      const own = series.filter((one) => one.canonical === canonical);
      const exact = own.find((one) => one.timeframe === timeframe);
      if (exact !== undefined) return slice(exact.candles, range);
      const finer = own
        .filter((one) => timeframeMs(one.timeframe) < timeframeMs(timeframe))
        .toSorted((a, b) => timeframeMs(b.timeframe) - timeframeMs(a.timeframe))[0];
      if (finer === undefined) return [];
      const whole = {
        startMs: ceilToTimeframe(range.startMs, timeframe),
        endMs: floorToTimeframe(range.endMs - 1, timeframe) + timeframeMs(timeframe),
      };
      return resample(slice(finer.candles, whole), timeframe, whole);
    },
  };
}

function slice(candles: readonly Candle[], range: TimeRange): readonly Candle[] {
  return candles.slice(lowerBound(candles, range.startMs), lowerBound(candles, range.endMs));
}

/** The index of the first bar that opens at or after an instant. */
function lowerBound(candles: readonly Candle[], instantMs: number): number {
  let low = 0;
  let high = candles.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((candles[middle]?.openTimeMs ?? Number.POSITIVE_INFINITY) < instantMs) low = middle + 1;
    else high = middle;
  }
  return low;
}
