import type { HighLowClose, IndicatorBar } from "../bars.ts";
import { indicator } from "../indicator.ts";
import type { Indicator, Kernel } from "../indicator.ts";
import { distancesFrom, meanOf } from "../kernels/moments.ts";
import { isNothing } from "../kernels/nothing.ts";
import { Ring } from "../kernels/ring.ts";
import { periodKinds, twoAtLeast } from "../periods.ts";
import type { Period } from "../periods.ts";
import { highLowCloseOf, ofHighLowClose, oneOutput } from "../shapes.ts";
import type { StateWalk } from "../state.ts";

/** Commodity channel index: how far the typical price lies from its mean, in mean deviations. */
export const cci: Indicator<
  Period,
  HighLowClose,
  Float64Array,
  Pick<IndicatorBar, "high" | "low" | "close">,
  number
> = indicator({
  ...ofHighLowClose,
  ...oneOutput("cci"),
  title: "Commodity channel index",
  formula: "(p − SMA(p)) / (0.015 · mean |p − SMA(p)|), with p = (high + low + close) / 3",
  source: "Donald Lambert, Commodities, 1980; as TA-Lib's CCI.",
  scale: "none",
  edges: "Flat bars give 0.",
  defaults: { period: 20 },
  kinds: periodKinds,
  conflict: twoAtLeast,
  warmUp: ({ period }) => period - 1,
  create: (options) => new CciKernel(options),
});

class CciKernel implements Kernel<HighLowClose, Float64Array> {
  readonly #prices: Ring;

  constructor({ period }: Period) {
    this.#prices = new Ring(period);
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
    this.#prices.walk(state);
  }

  #next(high: number, low: number, close: number): number {
    const price = (high + low + close) / 3;
    const window = this.#prices;
    window.push(price);
    if (!window.isFull) return Number.NaN;
    const mean = meanOf(window.values);
    const deviations = distancesFrom(window.values, mean);
    const distance = price - mean;
    if (isNothing(distance) || isNothing(deviations)) return 0;
    return distance / (0.015 * (deviations / window.size));
  }
}
