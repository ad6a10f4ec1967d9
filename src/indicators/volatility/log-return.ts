import type { NumberColumn } from "../bars.ts";
import { pricesOf } from "../bars.ts";
import { indicator } from "../indicator.ts";
import type { Indicator, Kernel } from "../indicator.ts";
import { LogReturn } from "../kernels/log-return.ts";
import type { NoOptions } from "../periods.ts";
import { ofValues, oneOutput } from "../shapes.ts";
import type { StateWalk } from "../state.ts";

/** Logarithmic return: `ln(value / value before)`. Returns of several bars add up. */
export const logReturn: Indicator<NoOptions, NumberColumn, Float64Array, number, number> = indicator({
  ...ofValues,
  ...oneOutput("log_return"),
  title: "Logarithmic return",
  formula: "ln(value / value one bar ago)",
  source: "The definition.",
  scale: "none",
  edges: "Flat bars give 0. A value of 0 or less has no logarithm: NaN.",
  defaults: {},
  kinds: {},
  warmUp: () => 1,
  create: () => new LogReturnKernel(),
});

class LogReturnKernel implements Kernel<NumberColumn, Float64Array> {
  readonly #return = new LogReturn();

  run(column: NumberColumn): Float64Array {
    const values = pricesOf("values", column);
    const series = new Float64Array(values.length);
    for (let index = 0; index < values.length; index++)
      series[index] = this.#return.next(values[index] ?? Number.NaN);
    return series;
  }

  walk(state: StateWalk): void {
    this.#return.walk(state);
  }
}
