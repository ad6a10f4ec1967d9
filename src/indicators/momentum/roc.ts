import type { NumberColumn } from "../bars.ts";
import { pricesOf } from "../bars.ts";
import { indicator } from "../indicator.ts";
import type { Indicator, Kernel } from "../indicator.ts";
import { Ring } from "../kernels/ring.ts";
import { periodKinds } from "../periods.ts";
import type { Period } from "../periods.ts";
import { ofValues, oneOutput } from "../shapes.ts";
import type { StateWalk } from "../state.ts";

/** Rate of change, in percent of the value `period` bars ago. */
export const roc: Indicator<Period, NumberColumn, Float64Array, number, number> = indicator({
  ...ofValues,
  ...oneOutput("roc"),
  title: "Rate of change",
  formula: "100 · (value / value period bars ago − 1)",
  source: "As TA-Lib's ROC.",
  scale: "none",
  edges: "Flat bars give 0; so does a value of 0 to divide by.",
  defaults: { period: 10 },
  kinds: periodKinds,
  warmUp: ({ period }) => period,
  create: (options) => new RocKernel(options),
});

class RocKernel implements Kernel<NumberColumn, Float64Array> {
  readonly #values: Ring;

  constructor({ period }: Period) {
    this.#values = new Ring(period);
  }

  run(column: NumberColumn): Float64Array {
    const values = pricesOf("values", column);
    const series = new Float64Array(values.length);
    for (let index = 0; index < values.length; index++) {
      const value = values[index] ?? Number.NaN;
      const before = this.#values.push(value);
      series[index] = before === 0 ? 0 : (value / before - 1) * 100;
    }
    return series;
  }

  walk(state: StateWalk): void {
    this.#values.walk(state);
  }
}
