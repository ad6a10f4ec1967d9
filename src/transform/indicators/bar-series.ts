import type { BarColumns } from "../../indicators/bars.ts";

/** The bars of one series in the order of time, as a table has them. */
export interface BarSeries {
  /** For messages: `BTCUSD 1h`. */
  readonly name: string;
  /** `bar_seq` of the first bar. */
  readonly firstSeq: number;
  /** What was saved behind the first bar, where that is not the first of all. The indicators go on from there. */
  readonly savedState: string | null;
  /** When bars open, in microseconds since 1970. */
  readonly timestamp: ArrayLike<bigint>;
  /** Unscaled values of decimals with eight digits behind the point, as all columns that follow. */
  readonly high: ArrayLike<bigint>;
  readonly low: ArrayLike<bigint>;
  readonly close: ArrayLike<bigint>;
  readonly volume: ArrayLike<bigint | null>;
}

const scale = 1e8;

/** The same bars as doubles: the nearest to each decimal, NaN for a volume that is missing. */
export function doublesOf(series: BarSeries): BarDoubles {
  const { timestamp, high, low, close, volume } = series;
  const { length } = close;
  const bars = {
    timestamp: new Float64Array(length),
    high: new Float64Array(length),
    low: new Float64Array(length),
    close: new Float64Array(length),
    volume: new Float64Array(length),
  };
  for (let index = 0; index < length; index++) {
    bars.timestamp[index] = Number(timestamp[index] ?? 0n) / 1000;
    bars.high[index] = Number(high[index] ?? 0n) / scale;
    bars.low[index] = Number(low[index] ?? 0n) / scale;
    bars.close[index] = Number(close[index] ?? 0n) / scale;
    const traded = volume[index] ?? null;
    bars.volume[index] = traded === null ? Number.NaN : Number(traded) / scale;
  }
  return bars;
}

export interface BarDoubles extends BarColumns {
  readonly timestamp: Float64Array;
  readonly high: Float64Array;
  readonly low: Float64Array;
  readonly close: Float64Array;
  readonly volume: Float64Array;
}

/** Some of the bars; the values are shared. */
export function partOf(bars: BarDoubles, start: number, end: number): BarDoubles {
  return {
    timestamp: bars.timestamp.subarray(start, end),
    high: bars.high.subarray(start, end),
    low: bars.low.subarray(start, end),
    close: bars.close.subarray(start, end),
    volume: bars.volume.subarray(start, end),
  };
}
