import type { StateWalk } from "../state.ts";

/**
 * How far the price went in a bar, the jump from the close before included: the largest of `high − low`,
 * `|high − close before|` and `|low − close before|`. NaN at the first bar, which has no close before it. Wilder 1978.
 */
export class TrueRange {
  #close = Number.NaN;

  next(high: number, low: number, close: number): number {
    const before = this.#close;
    this.#close = close;
    if (Number.isNaN(before)) return Number.NaN;
    return Math.max(high - low, Math.abs(high - before), Math.abs(low - before));
  }

  walk(state: StateWalk): void {
    this.#close = state.number(this.#close);
  }
}
