import type { StateWalk } from "../state.ts";
import { sumOf } from "./moments.ts";
import { Ring } from "./ring.ts";

/**
 * The mean of the newest `size` values; NaN before there are so many. The running sum is added up anew once in `size`
 * values: what rounding leaves behind never outlives a window, however long the series and however its values change.
 */
export class RollingMean {
  readonly #ring: Ring;
  #sum = 0;

  constructor(size: number) {
    this.#ring = new Ring(size);
  }

  next(value: number): number {
    const ring = this.#ring;
    const leaving = ring.push(value);
    if (ring.isAtStart) {
      this.#sum = sumOf(ring.values);
    } else {
      this.#sum += Number.isNaN(leaving) ? value : value - leaving;
    }
    return ring.isFull ? this.#sum / ring.size : Number.NaN;
  }

  walk(state: StateWalk): void {
    this.#ring.walk(state);
    this.#sum = state.number(this.#sum);
  }
}
