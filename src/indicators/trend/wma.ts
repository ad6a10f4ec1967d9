import type { NumberColumn } from "../bars.ts";
import { pricesOf } from "../bars.ts";
import { indicator } from "../indicator.ts";
import type { Indicator, Kernel } from "../indicator.ts";
import { WeightedMean } from "../kernels/weighted-mean.ts";
import { periodKinds } from "../periods.ts";
import type { Period } from "../periods.ts";
import { ofValues, oneOutput } from "../shapes.ts";
import type { StateWalk } from "../state.ts";

/** Weighted moving average: the newest value has the weight `period`, the oldest 1. */
export const wma: Indicator<Period, NumberColumn, Float64Array, number, number> = indicator({
  ...ofValues,
  ...oneOutput("wma"),
  title: "Weighted moving average",
  formula: "Σ weight · value / (period · (period + 1) / 2), with weights 1 to period",
  source: "As TA-Lib's WMA.",
  scale: "with price",
  edges: "Flat bars give the price itself.",
  defaults: { period: 20 },
  kinds: periodKinds,
  warmUp: ({ period }) => period - 1,
  create: (options) => new WmaKernel(options),
});

class WmaKernel implements Kernel<NumberColumn, Float64Array> {
  readonly #mean: WeightedMean;

  constructor({ period }: Period) {
    this.#mean = new WeightedMean(period);
  }

  run(column: NumberColumn): Float64Array {
    const values = pricesOf("values", column);
    const series = new Float64Array(values.length);
    for (let index = 0; index < values.length; index++) {
      const value = values[index] ?? Number.NaN;
      series[index] = this.#mean.next(value);
    }
    return series;
  }

  walk(state: StateWalk): void {
    this.#mean.walk(state);
  }
}
