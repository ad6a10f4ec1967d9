import type { NumberColumn } from "../bars.ts";
import { pricesOf } from "../bars.ts";
import { indicator } from "../indicator.ts";
import type { Indicator, Kernel } from "../indicator.ts";
import { ExponentialMean } from "../kernels/exponential-mean.ts";
import { periodKinds } from "../periods.ts";
import type { Period } from "../periods.ts";
import { ofValues, oneOutput } from "../shapes.ts";
import type { StateWalk } from "../state.ts";

/** Exponential moving average, which begins with the mean of the first `period` values. */
export const ema: Indicator<Period, NumberColumn, Float64Array, number, number> = indicator({
  ...ofValues,
  ...oneOutput("ema"),
  title: "Exponential moving average",
  formula: "e = e + 2/(period + 1) · (value − e), from the mean of the first period values on",
  source: "As TA-Lib's EMA.",
  scale: "with price",
  edges: "Flat bars give the price itself.",
  defaults: { period: 20 },
  kinds: periodKinds,
  warmUp: ({ period }) => period - 1,
  create: (options) => new EmaKernel(options),
});

class EmaKernel implements Kernel<NumberColumn, Float64Array> {
  readonly #mean: ExponentialMean;

  constructor({ period }: Period) {
    this.#mean = new ExponentialMean(period);
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
