import type { NumberColumn } from "../bars.ts";
import { pricesOf } from "../bars.ts";
import { indicator } from "../indicator.ts";
import type { Indicator, Kernel } from "../indicator.ts";
import { WeightedMean } from "../kernels/weighted-mean.ts";
import { periodKinds, twoAtLeast } from "../periods.ts";
import type { Period } from "../periods.ts";
import { ofValues, oneOutput } from "../shapes.ts";
import type { StateWalk } from "../state.ts";

/** Hull moving average: smooth, and nearly without lag. */
export const hma: Indicator<Period, NumberColumn, Float64Array, number, number> = indicator({
  ...ofValues,
  ...oneOutput("hma"),
  title: "Hull moving average",
  formula: "WMA(2 · WMA(value, period / 2) − WMA(value, period), √period), periods rounded down",
  source: "Alan Hull, 2005, alanhull.com.",
  scale: "with price",
  edges: "Flat bars give the price itself.",
  defaults: { period: 20 },
  kinds: periodKinds,
  conflict: twoAtLeast,
  warmUp: ({ period }) => period - 1 + Math.floor(Math.sqrt(period)) - 1,
  create: (options) => new HmaKernel(options),
});

class HmaKernel implements Kernel<NumberColumn, Float64Array> {
  readonly #half: WeightedMean;
  readonly #whole: WeightedMean;
  readonly #root: WeightedMean;

  constructor({ period }: Period) {
    this.#half = new WeightedMean(Math.floor(period / 2));
    this.#whole = new WeightedMean(period);
    this.#root = new WeightedMean(Math.floor(Math.sqrt(period)));
  }

  run(column: NumberColumn): Float64Array {
    const values = pricesOf("values", column);
    const series = new Float64Array(values.length);
    for (let index = 0; index < values.length; index++) {
      const value = values[index] ?? Number.NaN;
      series[index] = this.#root.next(2 * this.#half.next(value) - this.#whole.next(value));
    }
    return series;
  }

  walk(state: StateWalk): void {
    this.#half.walk(state);
    this.#whole.walk(state);
    this.#root.walk(state);
  }
}
