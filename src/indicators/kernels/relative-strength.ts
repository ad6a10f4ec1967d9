import type { StateWalk } from "../state.ts";
import { isNothing } from "./nothing.ts";
import { WilderMean } from "./wilder-mean.ts";

/** Wilder's relative strength index of a series, 0 to 100; NaN before there are `period` changes. */
export class RelativeStrength {
  readonly #rises: WilderMean;
  readonly #falls: WilderMean;
  #before = Number.NaN;

  constructor(period: number) {
    this.#rises = new WilderMean(period);
    this.#falls = new WilderMean(period);
  }

  next(value: number): number {
    const change = value - this.#before;
    this.#before = value;
    if (Number.isNaN(change)) return Number.NaN;
    const rise = this.#rises.next(change > 0 ? change : 0);
    const fall = this.#falls.next(change < 0 ? -change : 0);
    const movement = rise + fall;
    return isNothing(movement) ? 0 : 100 * (rise / movement);
  }

  walk(state: StateWalk): void {
    this.#rises.walk(state);
    this.#falls.walk(state);
    this.#before = state.number(this.#before);
  }
}
