import type { HighLowClose, IndicatorBar } from "../bars.ts";
import { indicator } from "../indicator.ts";
import type { Indicator, Kernel } from "../indicator.ts";
import { distancesFrom } from "../kernels/moments.ts";
import { Ring } from "../kernels/ring.ts";
import { RollingDeviation } from "../kernels/rolling-deviation.ts";
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
  readonly #window: RollingDeviation;

  constructor({ period }: Period) {
    this.#prices = new Ring(period);
    this.#window = new RollingDeviation(period);
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
    this.#window.walk(state);
  }

  #next(high: number, low: number, close: number): number {
    const price = (high + low + close) / 3;
    const { mean, squares, size } = this.#window.next(price);
    this.#prices.push(price);
    if (squares === 0) return 0;
    return (price - mean) / (0.015 * (distancesFrom(this.#prices.values, mean) / size));
  }
}
