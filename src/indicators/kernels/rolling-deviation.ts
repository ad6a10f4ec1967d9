import type { StateWalk } from "../state.ts";
import { roundingOf } from "./nothing.ts";

/** How far the mean may lie from the pivot, in squared deviations, before the window is added up anew. */
const farthest = 16;

/**
 * The mean of the newest `size` values and the sum of their squared distances from it; NaN before there are so many.
 *
 * Running sums of distances from a pivot, which is the mean of a moment ago: a sum of squares of the values themselves loses
 * every digit where prices are large and moves are small. The window is added up anew once in `size` values, and whenever
 * the mean has left the pivot behind, so that bars that stand still have a deviation of exactly 0.
 */
export class RollingDeviation {
  readonly #values: Float64Array;
  /** Where the next value goes, in place of the oldest. */
  #at = 0;
  #isFull = false;
  #pivot = 0;
  #distances = 0;
  #squares = 0;
  mean: number = Number.NaN;
  /** The sum of the squared distances from the mean. */
  squares: number = Number.NaN;

  constructor(size: number) {
    this.#values = new Float64Array(size);
  }

  get size(): number {
    return this.#values.length;
  }

  /** @returns itself, with the new moments. */
  next(value: number): this {
    const values = this.#values;
    const size = values.length;
    const leaving = (values[this.#at] ?? Number.NaN) - this.#pivot;
    const coming = value - this.#pivot;
    values[this.#at] = value;
    this.#at++;
    if (this.#at === size) {
      this.#at = 0;
      this.#isFull = true;
      this.#addUp();
    } else if (this.#isFull) {
      this.#distances += coming - leaving;
      this.#squares += coming * coming - leaving * leaving;
      const shift = this.#distances / size;
      const squares = this.#squares - this.#distances * shift;
      if (shift * shift * size > farthest * squares) this.#addUp();
      else this.#tell(shift, squares);
    }
    return this;
  }

  walk(state: StateWalk): void {
    state.numbers(this.#values);
    this.#at = state.number(this.#at);
    this.#isFull = state.number(this.#isFull ? 1 : 0) === 1;
    this.#pivot = state.number(this.#pivot);
    this.#distances = state.number(this.#distances);
    this.#squares = state.number(this.#squares);
  }

  /** The window anew, around its mean. */
  #addUp(): void {
    const values = this.#values;
    let sum = 0;
    for (let index = 0; index < values.length; index++) sum += values[index] ?? Number.NaN;
    const pivot = sum / values.length;
    let distances = 0;
    let squares = 0;
    for (let index = 0; index < values.length; index++) {
      const distance = (values[index] ?? Number.NaN) - pivot;
      distances += distance;
      squares += distance * distance;
    }
    this.#pivot = pivot;
    this.#distances = distances;
    this.#squares = squares;
    const shift = distances / values.length;
    this.#tell(shift, squares - distances * shift);
  }

  #tell(shift: number, squares: number): void {
    const mean = this.#pivot + shift;
    const rounding = roundingOf(mean);
    this.mean = mean;
    this.squares = squares > this.#values.length * rounding * rounding ? squares : 0;
  }
}
