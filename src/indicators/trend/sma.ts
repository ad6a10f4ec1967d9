import type { NumberColumn } from "../bars.ts";
import { pricesOf } from "../bars.ts";
import { indicator } from "../indicator.ts";
import type { Indicator, Kernel } from "../indicator.ts";
import { RollingMean } from "../kernels/rolling-mean.ts";
import { periodKinds } from "../periods.ts";
import type { Period } from "../periods.ts";
import { ofValues, oneOutput } from "../shapes.ts";
import type { StateWalk } from "../state.ts";

/** Simple moving average: the mean of the newest `period` values. */
export const sma: Indicator<Period, NumberColumn, Float64Array, number, number> = indicator({
  ...ofValues,
  ...oneOutput("sma"),
  title: "Simple moving average",
  formula: "mean of the newest period values",
  source: "The arithmetic mean; as TA-Lib's SMA.",
  scale: "with price",
  edges: "Flat bars give the price itself.",
  defaults: { period: 20 },
  kinds: periodKinds,
  warmUp: ({ period }) => period - 1,
  create: (options) => new SmaKernel(options),
});

class SmaKernel implements Kernel<NumberColumn, Float64Array> {
  readonly #mean: RollingMean;

  constructor({ period }: Period) {
    this.#mean = new RollingMean(period);
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
