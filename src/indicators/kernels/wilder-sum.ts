import type { StateWalk } from "../state.ts";

/**
 * Wilder's smoothing of a sum: the sum of the first `size − 1` values, then `sum − sum / size + value`. It has no value
 * before the value after those. Wilder 1978, in TA-Lib's reading.
 */
export class WilderSum {
  readonly #size: number;
  #count = 0;
  #sum = 0;

  constructor(size: number) {
    this.#size = size;
  }

  next(value: number): number {
    if (this.#count >= this.#size - 1) {
      this.#sum = this.#sum - this.#sum / this.#size + value;
      return this.#sum;
    }
    this.#sum += value;
    this.#count++;
    return Number.NaN;
  }

  walk(state: StateWalk): void {
    this.#count = state.number(this.#count);
    this.#sum = state.number(this.#sum);
  }
}
