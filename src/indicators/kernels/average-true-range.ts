import type { StateWalk } from "../state.ts";
import { TrueRange } from "./true-range.ts";
import { WilderMean } from "./wilder-mean.ts";

/** Wilder's mean of the true ranges; NaN before there are `period` of them. */
export class AverageTrueRange {
  readonly #range = new TrueRange();
  readonly #mean: WilderMean;

  constructor(period: number) {
    this.#mean = new WilderMean(period);
  }

  next(high: number, low: number, close: number): number {
    const range = this.#range.next(high, low, close);
    return Number.isNaN(range) ? Number.NaN : this.#mean.next(range);
  }

  walk(state: StateWalk): void {
    this.#range.walk(state);
    this.#mean.walk(state);
  }
}
