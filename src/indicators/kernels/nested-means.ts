import type { StateWalk } from "../state.ts";
import { ExponentialMean } from "./exponential-mean.ts";

/** An exponential mean, the mean of its means, and the mean of those. Each begins where the one before it has a value. */
export class NestedMeans {
  readonly #first: ExponentialMean;
  readonly #second: ExponentialMean;
  readonly #third: ExponentialMean;
  first: number = Number.NaN;
  second: number = Number.NaN;
  third: number = Number.NaN;

  constructor(size: number) {
    this.#first = new ExponentialMean(size);
    this.#second = new ExponentialMean(size);
    this.#third = new ExponentialMean(size);
  }

  /** @returns itself, with the new means. */
  next(value: number): this {
    this.first = this.#first.next(value);
    this.second = Number.isNaN(this.first) ? Number.NaN : this.#second.next(this.first);
    this.third = Number.isNaN(this.second) ? Number.NaN : this.#third.next(this.second);
    return this;
  }

  walk(state: StateWalk): void {
    this.#first.walk(state);
    this.#second.walk(state);
    this.#third.walk(state);
    this.third = state.number(this.third);
  }
}
