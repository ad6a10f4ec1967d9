import type { NumberColumn } from "../bars.ts";
import { pricesOf } from "../bars.ts";
import { indicator } from "../indicator.ts";
import type { Indicator, Kernel } from "../indicator.ts";
import { NestedMeans } from "../kernels/nested-means.ts";
import { periodKinds } from "../periods.ts";
import type { Period } from "../periods.ts";
import { ofValues, oneOutput } from "../shapes.ts";
import type { StateWalk } from "../state.ts";

/** Triple exponential moving average: an EMA with still less lag. */
export const tema: Indicator<Period, NumberColumn, Float64Array, number, number> = indicator({
  ...ofValues,
  ...oneOutput("tema"),
  title: "Triple exponential moving average",
  formula: "3 · EMA − 3 · EMA(EMA) + EMA(EMA(EMA))",
  source: "Patrick Mulloy, Smoothing Data with Less Lag, Stocks & Commodities 12 (1994); as TA-Lib's TEMA.",
  scale: "with price",
  edges: "Flat bars give the price itself.",
  defaults: { period: 20 },
  kinds: periodKinds,
  warmUp: ({ period }) => 3 * (period - 1),
  create: (options) => new TemaKernel(options),
});

class TemaKernel implements Kernel<NumberColumn, Float64Array> {
  readonly #means: NestedMeans;

  constructor({ period }: Period) {
    this.#means = new NestedMeans(period);
  }

  run(column: NumberColumn): Float64Array {
    const values = pricesOf("values", column);
    const series = new Float64Array(values.length);
    for (let index = 0; index < values.length; index++) {
      const value = values[index] ?? Number.NaN;
      const { first, second, third } = this.#means.next(value);
      series[index] = 3 * first - 3 * second + third;
    }
    return series;
  }

  walk(state: StateWalk): void {
    this.#means.walk(state);
  }
}
