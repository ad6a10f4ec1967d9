import type { StateWalk } from "../state.ts";
import { sumOf } from "./moments.ts";

/**
 * The mean of the newest `size` values; NaN before there are so many. The running sum is added up anew once in `size`
 * values: what rounding leaves behind never outlives a window, however long the series and however its values change.
 */
export class RollingMean {
  readonly #values: Float64Array;
  /** Where the next value goes, in place of the oldest. */
  #at = 0;
  #isFull = false;
  #sum = 0;

  constructor(size: number) {
    this.#values = new Float64Array(size);
  }

  next(value: number): number {
    const values = this.#values;
    const leaving = values[this.#at] ?? Number.NaN;
    values[this.#at] = value;
    this.#at++;
    if (this.#at === values.length) {
      this.#at = 0;
      this.#isFull = true;
      this.#sum = sumOf(values);
    } else this.#sum += value - leaving;
    return this.#isFull ? this.#sum / values.length : Number.NaN;
  }

  walk(state: StateWalk): void {
    state.numbers(this.#values);
    this.#at = state.number(this.#at);
    this.#isFull = state.number(this.#isFull ? 1 : 0) === 1;
    this.#sum = state.number(this.#sum);
  }
}
