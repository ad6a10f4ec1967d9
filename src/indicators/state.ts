import { IndicatorError } from "./indicator-error.ts";

/**
 * What an indicator remembers of the bars that it has seen, as JSON can keep it. The memory is doubles in base64, so that
 * what comes back is what was saved, bit for bit: JSON's numbers lose −0, NaN and the infinities.
 */
export interface IndicatorState {
  readonly indicator: string;
  /** Of the memory's layout. A state of another layout is refused: run over the bars again. */
  readonly layout: number;
  readonly options: object;
  readonly memory: string;
}

/** The layout of all memories. It grows when any kernel keeps something else, or keeps it in another order. */
export const stateLayout = 1;

/**
 * One walk over a kernel's memory, always in the same order. It writes the memory down, or brings a saved one back: a
 * kernel says once what it keeps.
 */
export interface StateWalk {
  /** @returns the value to keep from now on. */
  number(value: number): number;
  /** Brings saved values back in place. */
  numbers(values: Float64Array): void;
}

export class StateWriter implements StateWalk {
  readonly #values: number[] = [];

  number(value: number): number {
    this.#values.push(value);
    return value;
  }

  numbers(values: Float64Array): void {
    for (const value of values) this.#values.push(value);
  }

  /** The memory as a text. */
  text(): string {
    const bytes = Buffer.alloc(this.#values.length * 8);
    this.#values.forEach((value, index) => bytes.writeDoubleLE(value, index * 8));
    return bytes.toString("base64");
  }
}

export class StateReader implements StateWalk {
  readonly #bytes: Buffer;
  readonly #indicator: string;
  #at = 0;

  constructor(indicator: string, memory: string) {
    this.#indicator = indicator;
    this.#bytes = Buffer.from(memory, "base64");
  }

  number(): number {
    if (this.#at + 8 > this.#bytes.length) throw this.#damaged();
    const value = this.#bytes.readDoubleLE(this.#at);
    this.#at += 8;
    return value;
  }

  numbers(values: Float64Array): void {
    for (let index = 0; index < values.length; index++) values[index] = this.number();
  }

  /** @throws IndicatorError `INVALID_STATE` when the memory holds more than the kernel keeps. */
  end(): void {
    if (this.#at !== this.#bytes.length) throw this.#damaged();
  }

  #damaged(): IndicatorError {
    return new IndicatorError(
      "INVALID_STATE",
      `The saved state of ${this.#indicator} has ${this.#bytes.length} bytes of memory, which do not fit its options. ` +
        "Run over the bars again.",
    );
  }
}
