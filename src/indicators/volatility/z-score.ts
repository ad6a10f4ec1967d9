import type { NumberColumn } from "../bars.ts";
import { pricesOf } from "../bars.ts";
import { indicator } from "../indicator.ts";
import type { Indicator, Kernel } from "../indicator.ts";
import { RollingDeviation } from "../kernels/rolling-deviation.ts";
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
  readonly #window: RollingDeviation;

  constructor({ period }: Period) {
    this.#window = new RollingDeviation(period);
  }

  run(column: NumberColumn): Float64Array {
    const values = pricesOf("values", column);
    const series = new Float64Array(values.length);
    for (let index = 0; index < values.length; index++) {
      const value = values[index] ?? Number.NaN;
      const { mean, squares, size } = this.#window.next(value);
      series[index] = squares === 0 ? 0 : (value - mean) / Math.sqrt(squares / size);
    }
    return series;
  }

  walk(state: StateWalk): void {
    this.#window.walk(state);
  }
}
