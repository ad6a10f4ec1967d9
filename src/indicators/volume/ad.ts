import type { HighLowCloseVolume, IndicatorBar } from "../bars.ts";
import { indicator } from "../indicator.ts";
import type { Indicator, Kernel } from "../indicator.ts";
import { moneyFlowVolume } from "../kernels/money-flow.ts";
import type { NoOptions } from "../periods.ts";
import { highLowCloseVolumeOf, ofHighLowCloseVolume, oneOutput } from "../shapes.ts";
import type { StateWalk } from "../state.ts";

/** Accumulation and distribution: the running sum of the money flow volume. */
export const accumulationDistribution: Indicator<
  NoOptions,
  HighLowCloseVolume,
  Float64Array,
  Pick<IndicatorBar, "high" | "low" | "close" | "volume">,
  number
> = indicator({
  ...ofHighLowCloseVolume,
  ...oneOutput("ad"),
  title: "Accumulation and distribution",
  formula: "Σ volume · ((close − low) − (high − close)) / (high − low)",
  source: "Marc Chaikin; as TA-Lib's AD.",
  scale: "none",
  edges: "A bar without a range adds nothing. A bar without a volume is NaN and adds nothing.",
  defaults: {},
  kinds: {},
  warmUp: () => 0,
  create: () => new AccumulationKernel(),
});

class AccumulationKernel implements Kernel<HighLowCloseVolume, Float64Array> {
  #sum = 0;

  run(columns: HighLowCloseVolume): Float64Array {
    const { high, low, close, volume, length } = highLowCloseVolumeOf(columns);
    const series = new Float64Array(length);
    for (let index = 0; index < length; index++) {
      series[index] = this.#next(
        high[index] ?? Number.NaN,
        low[index] ?? Number.NaN,
        close[index] ?? Number.NaN,
        volume[index] ?? Number.NaN,
      );
    }
    return series;
  }

  walk(state: StateWalk): void {
    this.#sum = state.number(this.#sum);
  }

  #next(high: number, low: number, close: number, volume: number): number {
    const flow = moneyFlowVolume(high, low, close, volume);
    if (Number.isNaN(flow)) return Number.NaN;
    this.#sum += flow;
    return this.#sum;
  }
}
