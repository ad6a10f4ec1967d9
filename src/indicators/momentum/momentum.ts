import type { NumberColumn } from "../bars.ts";
import { pricesOf } from "../bars.ts";
import { indicator } from "../indicator.ts";
import type { Indicator, Kernel } from "../indicator.ts";
import { Ring } from "../kernels/ring.ts";
import { periodKinds } from "../periods.ts";
import type { Period } from "../periods.ts";
import { ofValues, oneOutput } from "../shapes.ts";
import type { StateWalk } from "../state.ts";

/** Momentum: how far the value is from the one `period` bars ago. */
export const momentum: Indicator<Period, NumberColumn, Float64Array, number, number> = indicator({
  ...ofValues,
  ...oneOutput("momentum"),
  title: "Momentum",
  formula: "value − value period bars ago",
  source: "As TA-Lib's MOM.",
  scale: "with price",
  edges: "Flat bars give 0.",
  defaults: { period: 10 },
  kinds: periodKinds,
  warmUp: ({ period }) => period,
  create: (options) => new MomentumKernel(options),
});

class MomentumKernel implements Kernel<NumberColumn, Float64Array> {
  readonly #values: Ring;

  constructor({ period }: Period) {
    this.#values = new Ring(period);
  }

  run(column: NumberColumn): Float64Array {
    const values = pricesOf("values", column);
    const series = new Float64Array(values.length);
    for (let index = 0; index < values.length; index++) {
      const value = values[index] ?? Number.NaN;
      series[index] = value - this.#values.push(value);
    }
    return series;
  }

  walk(state: StateWalk): void {
    this.#values.walk(state);
  }
}
