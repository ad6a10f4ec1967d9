import type { HighLowClose, IndicatorBar } from "../bars.ts";
import { indicator } from "../indicator.ts";
import type { Indicator, Kernel } from "../indicator.ts";
import { TrueRange } from "../kernels/true-range.ts";
import type { NoOptions } from "../periods.ts";
import { highLowCloseOf, ofHighLowClose, oneOutput } from "../shapes.ts";
import type { StateWalk } from "../state.ts";

/** True range: how far the price went in a bar, the jump from the close before included. */
export const trueRange: Indicator<
  NoOptions,
  HighLowClose,
  Float64Array,
  Pick<IndicatorBar, "high" | "low" | "close">,
  number
> = indicator({
  ...ofHighLowClose,
  ...oneOutput("true_range"),
  title: "True range",
  formula: "max(high − low, |high − close before|, |low − close before|)",
  source: "Wilder 1978; as TA-Lib's TRANGE.",
  scale: "with price",
  edges: "Flat bars give 0.",
  defaults: {},
  kinds: {},
  warmUp: () => 1,
  create: () => new TrueRangeKernel(),
});

class TrueRangeKernel implements Kernel<HighLowClose, Float64Array> {
  readonly #range = new TrueRange();

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
    return this.#range.next(high, low, close);
  }
}
