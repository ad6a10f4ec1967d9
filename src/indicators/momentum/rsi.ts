import type { NumberColumn } from "../bars.ts";
import { pricesOf } from "../bars.ts";
import { indicator } from "../indicator.ts";
import type { Indicator, Kernel } from "../indicator.ts";
import { RelativeStrength } from "../kernels/relative-strength.ts";
import { periodKinds } from "../periods.ts";
import type { Period } from "../periods.ts";
import { ofValues, oneOutput } from "../shapes.ts";
import type { StateWalk } from "../state.ts";

/** Relative strength index: which share of the movement was upwards, by Wilder's smoothing. */
export const rsi: Indicator<Period, NumberColumn, Float64Array, number, number> = indicator({
  ...ofValues,
  ...oneOutput("rsi"),
  title: "Relative strength index",
  formula: "100 · u / (u + d), with u and d Wilder's means of the rises and of the falls",
  source: "Wilder 1978; as TA-Lib's RSI.",
  bounds: [0, 100],
  scale: "none",
  edges: "Bars that never moved give 0.",
  defaults: { period: 14 },
  kinds: periodKinds,
  warmUp: ({ period }) => period,
  create: (options) => new RsiKernel(options),
});

class RsiKernel implements Kernel<NumberColumn, Float64Array> {
  readonly #strength: RelativeStrength;

  constructor({ period }: Period) {
    this.#strength = new RelativeStrength(period);
  }

  run(column: NumberColumn): Float64Array {
    const values = pricesOf("values", column);
    const series = new Float64Array(values.length);
    for (let index = 0; index < values.length; index++)
      series[index] = this.#strength.next(values[index] ?? Number.NaN);
    return series;
  }

  walk(state: StateWalk): void {
    this.#strength.walk(state);
  }
}
