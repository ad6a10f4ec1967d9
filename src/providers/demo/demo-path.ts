import type { AssetPair } from "../../market/asset-pair.ts";
import { usualCalendars } from "../../market/market-calendars.ts";
import { isExpectedBar } from "../../market/open-bars.ts";
import type { TimeRange } from "../../market/time-range.ts";
import { timeframeMs, type Timeframe } from "../../market/timeframe.ts";
import { hashText, hashUnit } from "./demo-hash.ts";
import { demoMarket, type DemoMarket } from "./demo-market.ts";

/** A bar in whole units: prices in 10^-priceDecimals, volume in 10^-volumeDecimals. */
export interface UnitBar {
  readonly openTimeMs: number;
  readonly open: number;
  readonly high: number;
  readonly low: number;
  readonly close: number;
  readonly volume: number;
}

/**
 * The made-up history of one market. Its price at any minute follows from the seed and the minute alone, as a sum
 * of noises on scales from one minute to two years, so that every request for a bar gives the same bar. A bar opens
 * where the one before closed; coarser bars are the exact aggregates of the minutes.
 */
export class DemoPath {
  readonly market: DemoMarket;
  readonly #assetPair: AssetPair;
  readonly #seed: number;
  readonly #priceScale: number;
  readonly #volumeScale: number;
  /** Cell of each octave that `#from` and `#to` belong to. */
  readonly #cells: number[] = periodsMinutes.map(() => Number.NaN);
  readonly #from: number[] = periodsMinutes.map(() => 0);
  readonly #to: number[] = periodsMinutes.map(() => 0);
  readonly #amplitudes: readonly number[];

  constructor(assetPair: AssetPair, seed: number) {
    this.market = demoMarket(assetPair, seed);
    this.#assetPair = assetPair;
    this.#seed = hashText(assetPair.canonical, seed);
    this.#priceScale = 10 ** this.market.priceDecimals;
    this.#volumeScale = 10 ** this.market.volumeDecimals;
    // A random walk moves with the square root of time; the octaves' amplitudes follow it.
    this.#amplitudes = periodsMinutes.map(
      (minutes) => this.market.minuteVolatility * Math.sqrt(minutes) * 0.5,
    );
  }

  /** The bars that open in an aligned range and that the market should have, ascending. */
  *bars(timeframe: Timeframe, range: TimeRange): Generator<UnitBar> {
    const schedule = usualCalendars.scheduleOf(this.#assetPair, timeframe);
    for (const bar of this.#barsOfOpenMinutes(timeframe, range)) {
      if (timeframe !== "1d" || isExpectedBar(schedule, bar.openTimeMs)) yield bar;
    }
  }

  *#barsOfOpenMinutes(timeframe: Timeframe, range: TimeRange): Generator<UnitBar> {
    const durationMs = timeframeMs(timeframe);
    let bucket: MutableBar | undefined;
    for (const { startMs, endMs } of usualCalendars.of(this.#assetPair).openRanges(range)) {
      let open = this.#price(startMs / minuteMs);
      for (let openTimeMs = startMs; openTimeMs < endMs; openTimeMs += minuteMs) {
        const minute = openTimeMs / minuteMs;
        const close = this.#price(minute + 1);
        const high = this.#wick(Math.max(open, close), 1, minute);
        const low = this.#wick(Math.min(open, close), -1, minute);
        const volume = this.#volume(minute, high - low);
        if (bucket !== undefined && openTimeMs < bucket.openTimeMs + durationMs) {
          if (high > bucket.high) bucket.high = high;
          if (low < bucket.low) bucket.low = low;
          bucket.close = close;
          bucket.volume += volume;
        } else {
          if (bucket !== undefined) yield bucket;
          const bucketOpenMs = openTimeMs - (openTimeMs % durationMs);
          bucket = { openTimeMs: bucketOpenMs, open, high, low, close, volume };
        }
        open = close;
      }
    }
    if (bucket !== undefined) yield bucket;
  }

  /** The price at the start of a minute, in whole units, at least one. */
  #price(minute: number): number {
    let sum = 0;
    for (let octave = 0; octave < periodsMinutes.length; octave++) {
      sum += (this.#amplitudes[octave] ?? 0) * this.#noise(octave, minute);
    }
    return Math.max(1, Math.round(this.market.basePrice * Math.exp(sum) * this.#priceScale));
  }

  /** Smooth noise in [-1, 1]: random at the multiples of the octave's period, eased in between. */
  #noise(octave: number, minute: number): number {
    const period = periodsMinutes[octave] ?? 1;
    const cell = Math.floor(minute / period);
    if (this.#cells[octave] !== cell) {
      this.#cells[octave] = cell;
      this.#from[octave] = 2 * hashUnit(this.#seed, octave, cell) - 1;
      this.#to[octave] = 2 * hashUnit(this.#seed, octave, cell + 1) - 1;
    }
    const from = this.#from[octave] ?? 0;
    const part = minute / period - cell;
    const eased = part * part * (3 - 2 * part);
    return from + ((this.#to[octave] ?? 0) - from) * eased;
  }

  /** How far the minute's extreme lies beyond the body, mostly little. */
  #wick(price: number, direction: 1 | -1, minute: number): number {
    const unit = hashUnit(this.#seed, direction === 1 ? highStream : lowStream, minute);
    const reach = price * this.market.minuteVolatility * 0.8 * unit * unit;
    return Math.max(1, price + direction * Math.round(reach));
  }

  /** More is traded in minutes that move more. */
  #volume(minute: number, spread: number): number {
    const unit = hashUnit(this.#seed, volumeStream, minute);
    const movement = spread / (this.market.basePrice * this.market.minuteVolatility * this.#priceScale);
    const volume = this.market.minuteVolume * (0.2 + unit * unit * 1.6) * (0.5 + movement * 0.4);
    return Math.max(1, Math.round(volume * this.#volumeScale));
  }
}

interface MutableBar {
  readonly openTimeMs: number;
  readonly open: number;
  high: number;
  low: number;
  close: number;
  volume: number;
}

const minuteMs = 60_000;
/** From one minute to about two years. */
const periodsMinutes: readonly number[] = Array.from({ length: 11 }, (_, octave) => 4 ** octave);
const highStream = 100;
const lowStream = 101;
const volumeStream = 102;
