import type { HighLowClose, IndicatorBar } from "../bars.ts";
import { indicator } from "../indicator.ts";
import type { Indicator, Kernel } from "../indicator.ts";
import { AverageTrueRange } from "../kernels/average-true-range.ts";
import { periodKinds } from "../periods.ts";
import type { Period } from "../periods.ts";
import { highLowCloseOf, ofHighLowClose, oneOutput } from "../shapes.ts";
import type { StateWalk } from "../state.ts";

/** Average true range in percent of the close. */
export const natr: Indicator<
  Period,
  HighLowClose,
  Float64Array,
  Pick<IndicatorBar, "high" | "low" | "close">,
  number
> = indicator({
  ...ofHighLowClose,
  ...oneOutput("natr"),
  title: "Normalized average true range",
  formula: "100 · ATR / close",
  source: "As TA-Lib's NATR.",
  scale: "none",
  edges: "Flat bars give 0.",
  defaults: { period: 14 },
  kinds: periodKinds,
  warmUp: ({ period }) => period,
  create: (options) => new NatrKernel(options),
});

class NatrKernel implements Kernel<HighLowClose, Float64Array> {
  readonly #range: AverageTrueRange;

  constructor({ period }: Period) {
    this.#range = new AverageTrueRange(period);
  }

  run(columns: HighLowClose): Float64Array {
    const { high, low, close, length } = highLowCloseOf(columns);
    const series = new Float64Array(length);
    for (let index = 0; index < length; index++) {
      series[index] = this.#next(
        high[index] ?? Number.NaN,
        low[index] ?? Number.NaN,
        close[index] ?? Number.NaN,
      );
    }
    return series;
  }

  walk(state: StateWalk): void {
    this.#range.walk(state);
  }

  #next(high: number, low: number, close: number): number {
    return (this.#range.next(high, low, close) / close) * 100;
  }
}
