import type { StateWalk } from "../state.ts";

/** The logarithm of each value's ratio to the one before; NaN at the first, and where there is no logarithm. */
export class LogReturn {
  #before = Number.NaN;

  next(value: number): number {
    const before = this.#before;
    this.#before = value;
    return before > 0 && value > 0 ? Math.log(value / before) : Number.NaN;
  }

  walk(state: StateWalk): void {
    this.#before = state.number(this.#before);
  }
}
