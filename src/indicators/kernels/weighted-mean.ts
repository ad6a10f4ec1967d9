import type { StateWalk } from "../state.ts";
import { Ring } from "./ring.ts";

/** The mean of the newest `size` values with weights 1 (the oldest) to `size`; NaN before there are so many. */
export class WeightedMean {
  readonly #ring: Ring;
  readonly #weights: number;

  constructor(size: number) {
    this.#ring = new Ring(size);
    this.#weights = (size * (size + 1)) / 2;
  }

  /** Adds up the window anew for each value, so no rounding is carried on. NaN is passed over. */
  next(value: number): number {
    const ring = this.#ring;
    if (Number.isNaN(value)) return Number.NaN;
    ring.push(value);
    if (!ring.isFull) return Number.NaN;
    let sum = 0;
    for (let index = 0; index < ring.size; index++) sum += (index + 1) * ring.at(index);
    return sum / this.#weights;
  }

  walk(state: StateWalk): void {
    this.#ring.walk(state);
  }
}
