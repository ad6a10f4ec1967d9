import type { NumberColumn } from "../bars.ts";
import { pricesOf } from "../bars.ts";
import { indicator } from "../indicator.ts";
import type { Indicator, Kernel } from "../indicator.ts";
import { ExponentialMean } from "../kernels/exponential-mean.ts";
import { TwoMeans } from "../kernels/two-means.ts";
import { fastBelowSlow, fastSlowSignalKinds } from "../periods.ts";
import type { FastSlowSignal } from "../periods.ts";
import { firstOf, ofValues } from "../shapes.ts";
import type { StateWalk } from "../state.ts";

/** Moving average convergence divergence's values: of one bar, or of all. */
export interface MacdOf<Of> {
  readonly macd: Of;
  readonly signal: Of;
  readonly histogram: Of;
}

/** Moving average convergence divergence: a fast EMA less a slow one, and the EMA of that. */
export const macd: Indicator<
  FastSlowSignal,
  NumberColumn,
  MacdOf<Float64Array>,
  number,
  MacdOf<number>
> = indicator({
  ...ofValues,
  name: "macd",
  outputs: ["macd", "macd_signal", "macd_histogram"],
  firstOf: (all) => ({
    macd: firstOf(all.macd),
    signal: firstOf(all.signal),
    histogram: firstOf(all.histogram),
  }),
  named: (all) => ({ macd: all.macd, macd_signal: all.signal, macd_histogram: all.histogram }),
  title: "Moving average convergence divergence",
  formula:
    "macd = EMA(value, fast) − EMA(value, slow); signal = EMA(macd, signal); histogram = macd − signal",
  source:
    "Gerald Appel, 1979; as TA-Lib's MACD: both EMAs begin at the same bar, and all three values where the signal does.",
  scale: "with price",
  edges: "Flat bars give 0.",
  defaults: { fast: 12, slow: 26, signal: 9 },
  kinds: fastSlowSignalKinds,
  conflict: fastBelowSlow,
  warmUp: ({ slow, signal }) => slow - 1 + signal - 1,
  create: (options) => new MacdKernel(options),
});

class MacdKernel implements Kernel<NumberColumn, MacdOf<Float64Array>> {
  readonly #means: TwoMeans;
  readonly #signal: ExponentialMean;

  constructor({ fast, slow, signal }: FastSlowSignal) {
    this.#means = new TwoMeans(fast, slow);
    this.#signal = new ExponentialMean(signal);
  }

  run(columns: NumberColumn): MacdOf<Float64Array> {
    const values = pricesOf("values", columns);
    const { length } = values;
    const line = new Float64Array(length);
    const signal = new Float64Array(length);
    const histogram = new Float64Array(length);
    for (let index = 0; index < length; index++) {
      const value = values[index] ?? Number.NaN;
      const means = this.#means.next(value);
      const difference = means.fast - means.slow;
      const mean = Number.isNaN(difference) ? Number.NaN : this.#signal.next(difference);
      line[index] = Number.isNaN(mean) ? Number.NaN : difference;
      signal[index] = mean;
      histogram[index] = difference - mean;
    }
    return { macd: line, signal, histogram };
  }

  walk(state: StateWalk): void {
    this.#means.walk(state);
    this.#signal.walk(state);
  }
}
