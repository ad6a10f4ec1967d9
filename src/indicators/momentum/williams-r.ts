import type { HighLowClose, IndicatorBar } from "../bars.ts";
import { indicator } from "../indicator.ts";
import type { Indicator, Kernel } from "../indicator.ts";
import { PriceChannel } from "../kernels/price-channel.ts";
import { periodKinds } from "../periods.ts";
import type { Period } from "../periods.ts";
import { highLowCloseOf, ofHighLowClose, oneOutput } from "../shapes.ts";
import type { StateWalk } from "../state.ts";

/** Williams %R: where the close lies under the highest high of `period` bars, from −100 to 0. */
export const williamsR: Indicator<
  Period,
  HighLowClose,
  Float64Array,
  Pick<IndicatorBar, "high" | "low" | "close">,
  number
> = indicator({
  ...ofHighLowClose,
  ...oneOutput("willr"),
  title: "Williams %R",
  formula: "−100 · (highest high − close) / (highest high − lowest low)",
  source: "Larry Williams, 1973; as TA-Lib's WILLR.",
  bounds: [-100, 0],
  scale: "none",
  edges: "A window without a range gives 0.",
  defaults: { period: 14 },
  kinds: periodKinds,
  warmUp: ({ period }) => period - 1,
  create: (options) => new WilliamsRKernel(options),
});

class WilliamsRKernel implements Kernel<HighLowClose, Float64Array> {
  readonly #channel: PriceChannel;

  constructor({ period }: Period) {
    this.#channel = new PriceChannel(period);
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
    this.#channel.walk(state);
  }

  #next(high: number, low: number, close: number): number {
    const { upper, lower } = this.#channel.next(high, low);
    const range = (upper - lower) / -100;
    return range === 0 ? 0 : (upper - close) / range;
  }
}
