import type { NumberColumn } from "../bars.ts";
import { pricesOf } from "../bars.ts";
import { indicator } from "../indicator.ts";
import type { Indicator, Kernel } from "../indicator.ts";
import { meanOf, squaresAround } from "../kernels/moments.ts";
import { isNothing } from "../kernels/nothing.ts";
import { Ring } from "../kernels/ring.ts";
import { periodKinds, twoAtLeast } from "../periods.ts";
import type { Period } from "../periods.ts";
import { ofValues, oneOutput } from "../shapes.ts";
import type { StateWalk } from "../state.ts";

/** Z-score: how many deviations the value lies from its mean. */
export const zScore: Indicator<Period, NumberColumn, Float64Array, number, number> = indicator({
  ...ofValues,
  ...oneOutput("z_score"),
  title: "Z-score",
  formula: "(value − SMA) / population deviation, over period values",
  source: "The definition.",
  scale: "none",
  edges: "Flat bars give 0.",
  defaults: { period: 20 },
  kinds: periodKinds,
  conflict: twoAtLeast,
  warmUp: ({ period }) => period - 1,
  create: (options) => new ZScoreKernel(options),
});

class ZScoreKernel implements Kernel<NumberColumn, Float64Array> {
  readonly #values: Ring;

  constructor({ period }: Period) {
    this.#values = new Ring(period);
  }

  run(column: NumberColumn): Float64Array {
    const values = pricesOf("values", column);
    const series = new Float64Array(values.length);
    for (let index = 0; index < values.length; index++) {
      const value = values[index] ?? Number.NaN;
      series[index] = this.#next(value);
    }
    return series;
  }

  #next(value: number): number {
    const window = this.#values;
    window.push(value);
    if (!window.isFull) return Number.NaN;
    const mean = meanOf(window.values);
    const deviation = Math.sqrt(squaresAround(window.values, mean) / window.size);
    return isNothing(deviation) ? 0 : (value - mean) / deviation;
  }

  walk(state: StateWalk): void {
    this.#values.walk(state);
  }
}
