import type { HighLowClose, IndicatorBar } from "../bars.ts";
import { indicator } from "../indicator.ts";
import type { Indicator, Kernel } from "../indicator.ts";
import { Stochastic } from "../kernels/stochastic.ts";
import { barCount } from "../periods.ts";
import { firstOf, highLowCloseOf, ofHighLowClose } from "../shapes.ts";
import type { StateWalk } from "../state.ts";

/** Spans in bars: of the range, of the mean that makes `k`, and of the mean of `k`. */
export interface StochasticOptions {
  readonly period: number;
  readonly k: number;
  readonly d: number;
}

/** Stochastic oscillator's values: of one bar, or of all. */
export interface StochasticOf<Of> {
  readonly k: Of;
  /** The mean of `k`. */
  readonly d: Of;
}

/** Stochastic oscillator: where the close lies in the range of `period` bars, from 0 to 100. */
export const stochastic: Indicator<
  StochasticOptions,
  HighLowClose,
  StochasticOf<Float64Array>,
  Pick<IndicatorBar, "high" | "low" | "close">,
  StochasticOf<number>
> = indicator({
  ...ofHighLowClose,
  name: "stoch",
  outputs: ["stoch_k", "stoch_d"],
  firstOf: (all) => ({ k: firstOf(all.k), d: firstOf(all.d) }),
  named: (all) => ({ stoch_k: all.k, stoch_d: all.d }),
  title: "Stochastic oscillator",
  formula: "k = SMA(100 · (close − lowest low) / (highest high − lowest low), k); d = SMA(k, d)",
  source: "George Lane, 1957; as TA-Lib's STOCH.",
  bounds: [0, 100],
  scale: "none",
  edges: "A window without a range counts as 0.",
  defaults: { period: 14, k: 3, d: 3 },
  kinds: { period: barCount, k: barCount, d: barCount },
  warmUp: ({ period, k, d }) => period - 1 + k - 1 + d - 1,
  create: (options) => new StochasticKernel(options),
});

class StochasticKernel implements Kernel<HighLowClose, StochasticOf<Float64Array>> {
  readonly #stochastic: Stochastic;

  constructor(options: StochasticOptions) {
    this.#stochastic = new Stochastic(options.period, options.k, options.d);
  }

  run(columns: HighLowClose): StochasticOf<Float64Array> {
    return this.#smoothed(this.#raw(columns));
  }

  // Two loops in two methods: all that one of them calls fits into the one that the compiler makes of it.
  #raw(columns: HighLowClose): Float64Array {
    const { high, low, close, length } = highLowCloseOf(columns);
    const raw = new Float64Array(length);
    for (let index = 0; index < length; index++) {
      const h = high[index] ?? Number.NaN;
      const l = low[index] ?? Number.NaN;
      const c = close[index] ?? Number.NaN;
      raw[index] = this.#stochastic.raw(h, l, c);
    }
    return raw;
  }

  #smoothed(raw: Float64Array): StochasticOf<Float64Array> {
    const { length } = raw;
    const k = new Float64Array(length);
    const d = new Float64Array(length);
    for (let index = 0; index < length; index++) {
      const values = this.#stochastic.smooth(raw[index] ?? Number.NaN);
      k[index] = values.k;
      d[index] = values.d;
    }
    return { k, d };
  }

  walk(state: StateWalk): void {
    this.#stochastic.walk(state);
  }
}
