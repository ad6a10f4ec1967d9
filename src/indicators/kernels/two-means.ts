import type { StateWalk } from "../state.ts";
import { ExponentialMean } from "./exponential-mean.ts";
import { Ring } from "./ring.ts";

/**
 * A fast and a slow exponential mean that begin at the same bar, as MACD's do in TA-Lib: the slow one with the mean of its
 * first values, the fast one with the mean of the newest of them.
 */
export class TwoMeans {
  readonly #newest: Ring;
  readonly #fast: ExponentialMean;
  readonly #slow: ExponentialMean;
  #isBegun = false;
  fast: number = Number.NaN;
  slow: number = Number.NaN;

  constructor(fast: number, slow: number) {
    this.#newest = new Ring(fast);
    this.#fast = new ExponentialMean(fast);
    this.#slow = new ExponentialMean(slow);
  }

  /** @returns itself, with the new means. */
  next(value: number): this {
    this.slow = this.#slow.next(value);
    if (this.#isBegun) {
      this.fast = this.#fast.next(value);
      return this;
    }
    const newest = this.#newest;
    newest.push(value);
    if (Number.isNaN(this.slow)) return this;
    for (let index = 0; index < newest.size; index++) this.fast = this.#fast.next(newest.at(index));
    this.#isBegun = true;
    return this;
  }

  walk(state: StateWalk): void {
    this.#newest.walk(state);
    this.#fast.walk(state);
    this.#slow.walk(state);
    this.#isBegun = state.number(this.#isBegun ? 1 : 0) === 1;
  }
}
