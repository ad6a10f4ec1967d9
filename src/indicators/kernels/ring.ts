import type { StateWalk } from "../state.ts";

/** The newest values of a series, as many as a window holds. */
export class Ring {
  readonly #values: Float64Array;
  #at = 0;
  #count = 0;

  constructor(size: number) {
    this.#values = new Float64Array(size);
  }

  get size(): number {
    return this.#values.length;
  }

  get isFull(): boolean {
    return this.#count === this.#values.length;
  }

  /** Puts a value in. @returns the one that it replaces; NaN while the window fills. */
  push(value: number): number {
    const leaving = this.isFull ? this.at(0) : Number.NaN;
    this.#values[this.#at] = value;
    this.#at = this.#at + 1 === this.#values.length ? 0 : this.#at + 1;
    if (this.#count < this.#values.length) this.#count++;
    return leaving;
  }

  /** Whether the next value goes where the first one went: once in as many values as the window holds. */
  get isAtStart(): boolean {
    return this.#at === 0;
  }

  /** The value at an age: 0 is the oldest of a full window. */
  at(index: number): number {
    const place = this.#at + index;
    return this.#values[place < this.#values.length ? place : place - this.#values.length] ?? Number.NaN;
  }

  /** The values as they lie, in no order of time. */
  get values(): Float64Array {
    return this.#values;
  }

  walk(state: StateWalk): void {
    state.numbers(this.#values);
    this.#at = state.number(this.#at);
    this.#count = state.number(this.#count);
  }
}
