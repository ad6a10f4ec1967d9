import type { StateWalk } from "../state.ts";

/**
 * The highest of the newest `size` values, and how many values ago it was; of equal ones the newest counts. For the lowest,
 * put in and take out the negated values.
 */
export class RollingHighest {
  readonly #values: Float64Array;
  /** Where the next value goes, in place of the oldest. */
  #at = 0;
  #count = 0;
  #highest = -Infinity;
  #age = 0;

  constructor(size: number) {
    this.#values = new Float64Array(size);
  }

  /** @returns NaN before there are `size` values. */
  next(value: number): number {
    const size = this.#values.length;
    this.#values[this.#at] = value;
    this.#at = this.#at + 1 === size ? 0 : this.#at + 1;
    this.#age++;
    if (value >= this.#highest) {
      this.#highest = value;
      this.#age = 0;
    } else if (this.#age === size) this.#search();
    if (this.#count === size) return this.#highest;
    this.#count++;
    return this.#count === size ? this.#highest : Number.NaN;
  }

  /** How many values ago the highest came: 0 is the newest. */
  get age(): number {
    return this.#age;
  }

  walk(state: StateWalk): void {
    state.numbers(this.#values);
    this.#at = state.number(this.#at);
    this.#count = state.number(this.#count);
    this.#highest = state.number(this.#highest);
    this.#age = state.number(this.#age);
  }

  /** The highest has left a full window: from the oldest value on, as they lie in two stretches. */
  #search(): void {
    const values = this.#values;
    let highest = -Infinity;
    let place = 0;
    for (let index = this.#at; index < values.length; index++) {
      const value = values[index] ?? Number.NaN;
      if (value < highest) continue;
      highest = value;
      place = index - this.#at;
    }
    for (let index = 0; index < this.#at; index++) {
      const value = values[index] ?? Number.NaN;
      if (value < highest) continue;
      highest = value;
      place = index - this.#at + values.length;
    }
    this.#highest = highest;
    this.#age = values.length - 1 - place;
  }
}
