import type { StateWalk } from "../state.ts";
import { RollingHighest } from "./rolling-extreme.ts";

/** The highest high and the lowest low of the newest `size` bars; NaN before there are so many. */
export class PriceChannel {
  readonly #highest: RollingHighest;
  readonly #lowest: RollingHighest;
  upper: number = Number.NaN;
  lower: number = Number.NaN;

  constructor(size: number) {
    this.#highest = new RollingHighest(size);
    this.#lowest = new RollingHighest(size);
  }

  /** @returns itself, with the new channel. */
  next(high: number, low: number): this {
    this.upper = this.#highest.next(high);
    this.lower = -this.#lowest.next(-low);
    return this;
  }

  /** How many bars ago the highest high came; of equal ones the newest counts. */
  get barsSinceUpper(): number {
    return this.#highest.age;
  }

  get barsSinceLower(): number {
    return this.#lowest.age;
  }

  walk(state: StateWalk): void {
    this.#highest.walk(state);
    this.#lowest.walk(state);
  }
}
