import type { NumberColumn } from "../bars.ts";
import { pricesOf } from "../bars.ts";
import { indicator } from "../indicator.ts";
import type { Indicator, Kernel } from "../indicator.ts";
import { NestedMeans } from "../kernels/nested-means.ts";
import { periodKinds } from "../periods.ts";
import type { Period } from "../periods.ts";
import { ofValues, oneOutput } from "../shapes.ts";
import type { StateWalk } from "../state.ts";

/** TRIX: the rate of change of an EMA of an EMA of an EMA, in percent. */
export const trix: Indicator<Period, NumberColumn, Float64Array, number, number> = indicator({
  ...ofValues,
  ...oneOutput("trix"),
  title: "TRIX",
  formula: "100 · (t / t one bar ago − 1), with t = EMA(EMA(EMA(value)))",
  source: "Jack Hutson, Good TRIX, Stocks & Commodities 1 (1983); as TA-Lib's TRIX.",
  scale: "none",
  edges: "Flat bars give 0.",
  defaults: { period: 15 },
  kinds: periodKinds,
  warmUp: ({ period }) => 3 * (period - 1) + 1,
  create: (options) => new TrixKernel(options),
});

class TrixKernel implements Kernel<NumberColumn, Float64Array> {
  readonly #means: NestedMeans;

  constructor({ period }: Period) {
    this.#means = new NestedMeans(period);
  }

  run(column: NumberColumn): Float64Array {
    const values = pricesOf("values", column);
    const series = new Float64Array(values.length);
    for (let index = 0; index < values.length; index++) {
      const value = values[index] ?? Number.NaN;
      const before = this.#means.third;
      const { third } = this.#means.next(value);
      series[index] = before === 0 ? 0 : (third / before - 1) * 100;
    }
    return series;
  }

  walk(state: StateWalk): void {
    this.#means.walk(state);
  }
}
