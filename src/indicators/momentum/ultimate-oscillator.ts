import type { HighLowClose, IndicatorBar } from "../bars.ts";
import { indicator } from "../indicator.ts";
import type { Indicator, Kernel } from "../indicator.ts";
import { isNothing } from "../kernels/nothing.ts";
import { Ring } from "../kernels/ring.ts";
import { barCount } from "../periods.ts";
import { highLowCloseOf, ofHighLowClose, oneOutput } from "../shapes.ts";
import type { StateWalk } from "../state.ts";

/** Three spans in bars, from the shortest to the longest. */
export interface UltimateOscillatorOptions {
  readonly fast: number;
  readonly middle: number;
  readonly slow: number;
}

/** Ultimate oscillator: buying pressure over three spans at once. */
export const ultimateOscillator: Indicator<
  UltimateOscillatorOptions,
  HighLowClose,
  Float64Array,
  Pick<IndicatorBar, "high" | "low" | "close">,
  number
> = indicator({
  ...ofHighLowClose,
  ...oneOutput("ultosc"),
  title: "Ultimate oscillator",
  formula: "100 · (4 · a(fast) + 2 · a(middle) + a(slow)) / 7, with a = Σ (close − true low) / Σ true range",
  source: "Larry Williams, The Ultimate Oscillator, Stocks & Commodities 3 (1985); as TA-Lib's ULTOSC.",
  bounds: [0, 100],
  scale: "none",
  edges: "A span without a range counts as 0.",
  defaults: { fast: 7, middle: 14, slow: 28 },
  kinds: { fast: barCount, middle: barCount, slow: barCount },
  conflict: ({ fast, middle, slow }) =>
    fast < middle && middle < slow ? undefined : `fast is ${fast}, middle ${middle}, slow ${slow}; they grow`,
  warmUp: ({ slow }) => slow,
  create: (options) => new UltimateOscillatorKernel(options),
});

class UltimateOscillatorKernel implements Kernel<HighLowClose, Float64Array> {
  readonly #fast: number;
  readonly #middle: number;
  readonly #slow: number;
  readonly #pressures: Ring;
  readonly #ranges: Ring;
  #before = Number.NaN;

  constructor({ fast, middle, slow }: UltimateOscillatorOptions) {
    this.#fast = fast;
    this.#middle = middle;
    this.#slow = slow;
    this.#pressures = new Ring(slow);
    this.#ranges = new Ring(slow);
  }

  run(columns: HighLowClose): Float64Array {
    const { high, low, close, length } = highLowCloseOf(columns);
    const series = new Float64Array(length);
    for (let index = 0; index < length; index++) {
      series[index] = this.#next(
        high[index] ?? Number.NaN,
        low[index] ?? Number.NaN,
        close[index] ?? Number.NaN,
      );
    }
    return series;
  }

  walk(state: StateWalk): void {
    this.#pressures.walk(state);
    this.#ranges.walk(state);
    this.#before = state.number(this.#before);
  }

  #next(high: number, low: number, close: number): number {
    const before = this.#before;
    this.#before = close;
    if (Number.isNaN(before)) return Number.NaN;
    const trueLow = Math.min(low, before);
    this.#pressures.push(close - trueLow);
    this.#ranges.push(Math.max(high - low, Math.abs(high - before), Math.abs(low - before)));
    if (!this.#ranges.isFull) return Number.NaN;
    return (
      (100 * (4 * this.#share(this.#fast) + 2 * this.#share(this.#middle) + this.#share(this.#slow))) / 7
    );
  }

  /** The pressure of the newest bars, as a share of their range. */
  #share(bars: number): number {
    let pressure = 0;
    let range = 0;
    for (let index = this.#slow - bars; index < this.#slow; index++) {
      pressure += this.#pressures.at(index);
      range += this.#ranges.at(index);
    }
    return isNothing(range) ? 0 : pressure / range;
  }
}
