import type { NumberColumn } from "../bars.ts";
import { pricesOf } from "../bars.ts";
import { indicator } from "../indicator.ts";
import type { Indicator, Kernel } from "../indicator.ts";
import { RelativeStrength } from "../kernels/relative-strength.ts";
import { Stochastic } from "../kernels/stochastic.ts";
import { barCount } from "../periods.ts";
import { firstOf, ofValues } from "../shapes.ts";
import type { StateWalk } from "../state.ts";

/** Spans in bars: of the RSI, of its range, of the mean that makes `k`, and of the mean of `k`. */
export interface StochasticRsiOptions {
  readonly rsi: number;
  readonly period: number;
  readonly k: number;
  readonly d: number;
}

/** Stochastic RSI's values: of one bar, or of all. */
export interface StochasticRsiOf<Of> {
  readonly k: Of;
  /** The mean of `k`. */
  readonly d: Of;
}

/** Stochastic RSI: where the RSI lies in its own range, from 0 to 100. */
export const stochasticRsi: Indicator<
  StochasticRsiOptions,
  NumberColumn,
  StochasticRsiOf<Float64Array>,
  number,
  StochasticRsiOf<number>
> = indicator({
  ...ofValues,
  name: "stoch_rsi",
  outputs: ["stoch_rsi_k", "stoch_rsi_d"],
  firstOf: (all) => ({ k: firstOf(all.k), d: firstOf(all.d) }),
  named: (all) => ({ stoch_rsi_k: all.k, stoch_rsi_d: all.d }),
  title: "Stochastic RSI",
  formula: "r = RSI(value, rsi); k = SMA(100 · (r − lowest r) / (highest r − lowest r), k); d = SMA(k, d)",
  source: "Tushar Chande and Stanley Kroll, The New Technical Trader, 1994.",
  bounds: [0, 100],
  scale: "none",
  edges: "A window without a range counts as 0.",
  defaults: { rsi: 14, period: 14, k: 3, d: 3 },
  kinds: { rsi: barCount, period: barCount, k: barCount, d: barCount },
  warmUp: ({ rsi, period, k, d }) => rsi + period - 1 + k - 1 + d - 1,
  create: (options) => new StochasticRsiKernel(options),
});

class StochasticRsiKernel implements Kernel<NumberColumn, StochasticRsiOf<Float64Array>> {
  readonly #strength: RelativeStrength;
  readonly #stochastic: Stochastic;

  constructor(options: StochasticRsiOptions) {
    this.#strength = new RelativeStrength(options.rsi);
    this.#stochastic = new Stochastic(options.period, options.k, options.d);
  }

  run(columns: NumberColumn): StochasticRsiOf<Float64Array> {
    const values = pricesOf("values", columns);
    const { length } = values;
    const k = new Float64Array(length);
    const d = new Float64Array(length);
    for (let index = 0; index < length; index++) {
      const value = values[index] ?? Number.NaN;
      const strength = this.#strength.next(value);
      const isWarm = !Number.isNaN(strength);
      if (isWarm) this.#stochastic.next(strength, strength, strength);
      k[index] = isWarm ? this.#stochastic.k : Number.NaN;
      d[index] = isWarm ? this.#stochastic.d : Number.NaN;
    }
    return { k, d };
  }

  walk(state: StateWalk): void {
    this.#strength.walk(state);
    this.#stochastic.walk(state);
  }
}
