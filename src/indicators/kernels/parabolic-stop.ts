import type { StateWalk } from "../state.ts";

/**
 * Wilder's stop and reverse, in TA-Lib's reading: the direction of the first two bars is that of the larger of their
 * directional movements, and up without any; the first stop is the first bar's low (high).
 */
export class ParabolicStop {
  readonly #step: number;
  readonly #maximum: number;
  #isLong = true;
  #stop = Number.NaN;
  #extreme = Number.NaN;
  #speed = 0;
  #high = Number.NaN;
  #low = Number.NaN;

  constructor(step: number, maximum: number) {
    this.#step = step;
    this.#maximum = maximum;
  }

  /** @returns the stop of this bar; NaN at the first one. */
  next(high: number, low: number): number {
    const highBefore = this.#high;
    const lowBefore = this.#low;
    this.#high = high;
    this.#low = low;
    if (Number.isNaN(highBefore)) return Number.NaN;
    if (Number.isNaN(this.#stop)) {
      this.#begin(high, low, highBefore, lowBefore);
      // The first bar that has a stop is held against itself alone.
      return this.#isLong ? this.#long(high, low, high, low) : this.#short(high, low, high, low);
    }
    return this.#isLong
      ? this.#long(high, low, highBefore, lowBefore)
      : this.#short(high, low, highBefore, lowBefore);
  }

  walk(state: StateWalk): void {
    this.#isLong = state.number(this.#isLong ? 1 : 0) === 1;
    this.#stop = state.number(this.#stop);
    this.#extreme = state.number(this.#extreme);
    this.#speed = state.number(this.#speed);
    this.#high = state.number(this.#high);
    this.#low = state.number(this.#low);
  }

  #begin(high: number, low: number, highBefore: number, lowBefore: number): void {
    const up = high - highBefore;
    const down = lowBefore - low;
    this.#isLong = !(down > 0 && down > up);
    this.#extreme = this.#isLong ? high : low;
    this.#stop = this.#isLong ? lowBefore : highBefore;
    this.#speed = this.#step;
  }

  #long(high: number, low: number, highBefore: number, lowBefore: number): number {
    if (low <= this.#stop) {
      const stop = Math.max(this.#extreme, highBefore, high);
      this.#isLong = false;
      this.#speed = this.#step;
      this.#extreme = low;
      this.#stop = Math.max(stop + this.#speed * (low - stop), highBefore, high);
      return stop;
    }
    const stop = this.#stop;
    if (high > this.#extreme) {
      this.#extreme = high;
      this.#speed = Math.min(this.#speed + this.#step, this.#maximum);
    }
    this.#stop = Math.min(stop + this.#speed * (this.#extreme - stop), lowBefore, low);
    return stop;
  }

  #short(high: number, low: number, highBefore: number, lowBefore: number): number {
    if (high >= this.#stop) {
      const stop = Math.min(this.#extreme, lowBefore, low);
      this.#isLong = true;
      this.#speed = this.#step;
      this.#extreme = high;
      this.#stop = Math.min(stop + this.#speed * (high - stop), lowBefore, low);
      return stop;
    }
    const stop = this.#stop;
    if (low < this.#extreme) {
      this.#extreme = low;
      this.#speed = Math.min(this.#speed + this.#step, this.#maximum);
    }
    this.#stop = Math.max(stop + this.#speed * (this.#extreme - stop), highBefore, high);
    return stop;
  }
}
