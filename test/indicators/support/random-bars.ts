import type { BarColumns } from "../../../src/indicators/bars.ts";

export interface DoubleBars extends BarColumns {
  readonly high: Float64Array;
  readonly low: Float64Array;
  readonly close: Float64Array;
  readonly volume: Float64Array;
  readonly timestamp: Float64Array;
}

/** Bars of five minutes that walk at random, with prices of four decimals; the same for the same seed. */
export function randomBars(count: number, seed: number): DoubleBars {
  const bars = emptyBars(count);
  const next = numbersFrom(seed);
  let price = 100;
  for (let index = 0; index < count; index++) {
    const open = price;
    price = Math.max(1, rounded(price * (1 + (next() - 0.5) * 0.02)));
    bars.close[index] = price;
    bars.high[index] = rounded(Math.max(open, price) * (1 + next() * 0.005));
    bars.low[index] = rounded(Math.min(open, price) * (1 - next() * 0.005));
    bars.volume[index] = rounded(next() * 1000);
    bars.timestamp[index] = Date.UTC(2026, 0, 5) + index * 300_000;
  }
  return bars;
}

export function mapBars(
  bars: DoubleBars,
  price: (value: number, index: number) => number,
  volume: (value: number, index: number) => number = (value) => value,
): DoubleBars {
  return {
    high: bars.high.map(price),
    low: bars.low.map(price),
    close: bars.close.map(price),
    volume: bars.volume.map(volume),
    timestamp: bars.timestamp,
  };
}

export function sliceBars(bars: DoubleBars, start: number, end: number): DoubleBars {
  return {
    high: bars.high.slice(start, end),
    low: bars.low.slice(start, end),
    close: bars.close.slice(start, end),
    volume: bars.volume.slice(start, end),
    timestamp: bars.timestamp.slice(start, end),
  };
}

function emptyBars(count: number): DoubleBars {
  const column = (): Float64Array => new Float64Array(count);
  return { high: column(), low: column(), close: column(), volume: column(), timestamp: column() };
}

function rounded(value: number): number {
  return Math.round(value * 10_000) / 10_000;
}

/** Numbers from 0 to 1 (mulberry32). */
export function numbersFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
