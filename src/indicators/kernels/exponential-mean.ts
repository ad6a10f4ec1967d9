import type { StateWalk } from "../state.ts";

/**
 * A mean whose weights fall by a constant share from value to value. It begins with the plain mean of the first `size`
 * values, as TA-Lib's does; NaN before.
 */
export class ExponentialMean {
  readonly #size: number;
  readonly #share: number;
  #count = 0;
  #mean = 0;

  /** @param share the weight of the newest value, `2 / (size + 1)` by convention. */
  constructor(size: number, share: number = 2 / (size + 1)) {
    this.#size = size;
    this.#share = share;
  }

  next(value: number): number {
    if (this.#count >= this.#size) {
      this.#mean = (value - this.#mean) * this.#share + this.#mean;
      return this.#mean;
    }
    this.#mean += value;
    this.#count++;
    if (this.#count < this.#size) return Number.NaN;
    this.#mean /= this.#size;
    return this.#mean;
  }

  walk(state: StateWalk): void {
    this.#count = state.number(this.#count);
    this.#mean = state.number(this.#mean);
  }
}
