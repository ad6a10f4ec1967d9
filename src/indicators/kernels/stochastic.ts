import type { StateWalk } from "../state.ts";
import { meanOf } from "./moments.ts";
import { PriceChannel } from "./price-channel.ts";
import { Ring } from "./ring.ts";

/** Where the close lies in the range of the newest bars, 0 to 100, and two means of that. */
export class Stochastic {
  readonly #channel: PriceChannel;
  readonly #raw: Ring;
  readonly #smooth: Ring;
  k: number = Number.NaN;
  d: number = Number.NaN;

  constructor(period: number, smoothing: number, mean: number) {
    this.#channel = new PriceChannel(period);
    this.#raw = new Ring(smoothing);
    this.#smooth = new Ring(mean);
  }

  /** @returns itself, with the new values; both are NaN until `d` has one. */
  next(high: number, low: number, close: number): this {
    const { upper, lower } = this.#channel.next(high, low);
    const range = (upper - lower) / 100;
    const raw = range === 0 ? 0 : (close - lower) / range;
    const smooth = nextMean(this.#raw, raw);
    this.d = nextMean(this.#smooth, smooth);
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
function nextMean(window: Ring, value: number): number {
  if (Number.isNaN(value)) return Number.NaN;
  window.push(value);
  return window.isFull ? meanOf(window.values) : Number.NaN;
}
