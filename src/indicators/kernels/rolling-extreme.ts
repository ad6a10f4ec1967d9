import type { StateWalk } from "../state.ts";
import { Ring } from "./ring.ts";

/**
 * The highest of the newest `size` values, and how many values ago it was; of equal ones the newest counts. For the lowest,
 * put in and take out the negated values.
 */
export class RollingHighest {
  readonly #ring: Ring;
  #highest = -Infinity;
  #age = 0;

  constructor(size: number) {
    this.#ring = new Ring(size);
  }

  /** @returns NaN before there are `size` values. */
  next(value: number): number {
    const ring = this.#ring;
    ring.push(value);
    this.#age++;
    if (value >= this.#highest) {
      this.#highest = value;
      this.#age = 0;
    } else if (this.#age >= ring.size) {
      this.#search();
    }
    return ring.isFull ? this.#highest : Number.NaN;
  }

  /** How many values ago the highest came: 0 is the newest. */
  get age(): number {
    return this.#age;
  }

  walk(state: StateWalk): void {
    this.#ring.walk(state);
    this.#highest = state.number(this.#highest);
    this.#age = state.number(this.#age);
  }

  #search(): void {
    const ring = this.#ring;
    let highest = -Infinity;
    let place = 0;
    for (let index = 0; index < ring.size; index++) {
      const value = ring.at(index);
      if (value < highest) continue;
      highest = value;
      place = index;
    }
    this.#highest = highest;
    this.#age = ring.size - 1 - place;
  }
}
