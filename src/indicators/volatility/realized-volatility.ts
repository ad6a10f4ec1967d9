import type { NumberColumn } from "../bars.ts";
import { pricesOf } from "../bars.ts";
import { indicator } from "../indicator.ts";
import type { Indicator, Kernel } from "../indicator.ts";
import { LogReturn } from "../kernels/log-return.ts";
import { Ring } from "../kernels/ring.ts";
import { meanOf, squaresAround } from "../kernels/moments.ts";
import { periodKinds, twoAtLeast } from "../periods.ts";
import type { Period } from "../periods.ts";
import { ofValues, oneOutput } from "../shapes.ts";
import type { StateWalk } from "../state.ts";

/** Realized volatility: the sample deviation of the newest `period` logarithmic returns, not annualised. */
export const realizedVolatility: Indicator<Period, NumberColumn, Float64Array, number, number> = indicator({
  ...ofValues,
  ...oneOutput("realized_vol"),
  title: "Realized volatility",
  formula: "sample deviation (n − 1) of the newest period logarithmic returns",
  source: "The definition; multiply by √(bars a year) to annualise.",
  scale: "none",
  edges: "Flat bars give 0.",
  defaults: { period: 30 },
  kinds: periodKinds,
  conflict: twoAtLeast,
  warmUp: ({ period }) => period,
  create: (options) => new RealizedVolatilityKernel(options),
});

class RealizedVolatilityKernel implements Kernel<NumberColumn, Float64Array> {
  readonly #return = new LogReturn();
  readonly #returns: Ring;
  #isFirst = true;

  constructor({ period }: Period) {
    this.#returns = new Ring(period);
  }

  run(column: NumberColumn): Float64Array {
    const values = pricesOf("values", column);
    const series = new Float64Array(values.length);
    for (let index = 0; index < values.length; index++) {
      const value = values[index] ?? Number.NaN;
      series[index] = this.#next(value);
    }
    return series;
  }

  #next(value: number): number {
    const isFirst = this.#isFirst;
    this.#isFirst = false;
    const change = this.#return.next(value);
    if (isFirst) return Number.NaN;
    const returns = this.#returns;
    returns.push(change);
    if (!returns.isFull) return Number.NaN;
    return Math.sqrt(squaresAround(returns.values, meanOf(returns.values)) / (returns.size - 1));
  }

  walk(state: StateWalk): void {
    this.#return.walk(state);
    this.#returns.walk(state);
    this.#isFirst = state.number(this.#isFirst ? 1 : 0) === 1;
  }
}
