import type { StateWalk } from "../state.ts";

/**
 * Wilder's smoothing: the plain mean of the first `size` values, then `(mean · (size − 1) + value) / size`; NaN before.
 * J. Welles Wilder, New Concepts in Technical Trading Systems, 1978.
 */
export class WilderMean {
  readonly #size: number;
  #count = 0;
  #mean = 0;

  constructor(size: number) {
    this.#size = size;
  }

  next(value: number): number {
    const size = this.#size;
    if (this.#count >= size) {
      this.#mean = (this.#mean * (size - 1) + value) / size;
      return this.#mean;
    }
    this.#mean += value;
    this.#count++;
    if (this.#count < size) return Number.NaN;
    this.#mean /= size;
    return this.#mean;
  }

  walk(state: StateWalk): void {
    this.#count = state.number(this.#count);
    this.#mean = state.number(this.#mean);
  }
}
