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

/** Percentage price oscillator's values: of one bar, or of all. */
export interface PpoOf<Of> {
  readonly ppo: Of;
  readonly signal: Of;
  readonly histogram: Of;
}

/** Percentage price oscillator: MACD in percent of the slow average, so that assets compare. */
export const ppo: Indicator<
  FastSlowSignal,
  NumberColumn,
  PpoOf<Float64Array>,
  number,
  PpoOf<number>
> = indicator({
  ...ofValues,
  name: "ppo",
  outputs: ["ppo", "ppo_signal", "ppo_histogram"],
  firstOf: (all) => ({
    ppo: firstOf(all.ppo),
    signal: firstOf(all.signal),
    histogram: firstOf(all.histogram),
  }),
  named: (all) => ({ ppo: all.ppo, ppo_signal: all.signal, ppo_histogram: all.histogram }),
  title: "Percentage price oscillator",
  formula:
    "ppo = 100 · (EMA(value, fast) − EMA(value, slow)) / EMA(value, slow); signal = EMA(ppo, signal); histogram = ppo − signal",
  source: "As TA-Lib's PPO with exponential means, and MACD's signal.",
  scale: "none",
  edges: "Flat bars give 0.",
  defaults: { fast: 12, slow: 26, signal: 9 },
  kinds: fastSlowSignalKinds,
  conflict: fastBelowSlow,
  warmUp: ({ slow, signal }) => slow - 1 + signal - 1,
  create: (options) => new PpoKernel(options),
});

class PpoKernel implements Kernel<NumberColumn, PpoOf<Float64Array>> {
  readonly #means: TwoMeans;
  readonly #signal: ExponentialMean;

  constructor({ fast, slow, signal }: FastSlowSignal) {
    this.#means = new TwoMeans(fast, slow);
    this.#signal = new ExponentialMean(signal);
  }

  run(columns: NumberColumn): PpoOf<Float64Array> {
    const values = pricesOf("values", columns);
    const { length } = values;
    const line = new Float64Array(length);
    const signal = new Float64Array(length);
    const histogram = new Float64Array(length);
    for (let index = 0; index < length; index++) {
      const value = values[index] ?? Number.NaN;
      const means = this.#means.next(value);
      const difference = means.slow === 0 ? 0 : ((means.fast - means.slow) / means.slow) * 100;
      const mean = Number.isNaN(difference) ? Number.NaN : this.#signal.next(difference);
      line[index] = Number.isNaN(mean) ? Number.NaN : difference;
      signal[index] = mean;
      histogram[index] = difference - mean;
    }
    return { ppo: line, signal, histogram };
  }

  walk(state: StateWalk): void {
    this.#means.walk(state);
    this.#signal.walk(state);
  }
}
