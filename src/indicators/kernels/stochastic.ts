import type { StateWalk } from "../state.ts";
import { PriceChannel } from "./price-channel.ts";

/** Where the close lies in the range of the newest bars, 0 to 100, and two means of that. */
export class Stochastic {
  readonly #channel: PriceChannel;
  readonly #raw: RecentMean;
  readonly #smooth: RecentMean;
  k: number = Number.NaN;
  d: number = Number.NaN;

  constructor(period: number, smoothing: number, mean: number) {
    this.#channel = new PriceChannel(period);
    this.#raw = new RecentMean(smoothing);
    this.#smooth = new RecentMean(mean);
  }

  /** @returns itself, with the new values; both are NaN until `d` has one. */
  next(high: number, low: number, close: number): this {
    return this.smooth(this.raw(high, low, close));
  }

  /** Where the close lies, before any mean; a value that {@link smooth} takes next. */
  raw(high: number, low: number, close: number): number {
    const { upper, lower } = this.#channel.next(high, low);
    const range = (upper - lower) / 100;
    return range === 0 ? 0 : (close - lower) / range;
  }

  /** @returns itself, with the new values. */
  smooth(raw: number): this {
    const smooth = this.#raw.next(raw);
    this.d = this.#smooth.next(smooth);
    this.k = Number.isNaN(this.d) ? Number.NaN : smooth;
    return this;
  }

  walk(state: StateWalk): void {
    this.#channel.walk(state);
    this.#raw.walk(state);
    this.#smooth.walk(state);
  }
}

/** The mean of a few values, added up anew: what a running sum leaves behind would fall below 0. */
class RecentMean {
  readonly #values: Float64Array;
  #at = 0;
  #count = 0;

  constructor(size: number) {
    this.#values = new Float64Array(size);
  }

  /** @returns NaN before there are `size` values; a NaN is none. */
  next(value: number): number {
    if (Number.isNaN(value)) return Number.NaN;
    const values = this.#values;
    const size = values.length;
    values[this.#at] = value;
    this.#at = this.#at + 1 === size ? 0 : this.#at + 1;
    if (this.#count < size) this.#count++;
    if (this.#count < size) return Number.NaN;
    let sum = 0;
    for (let index = 0; index < size; index++) sum += values[index] ?? Number.NaN;
    return sum / size;
  }

  walk(state: StateWalk): void {
    state.numbers(this.#values);
    this.#at = state.number(this.#at);
    this.#count = state.number(this.#count);
  }
}
