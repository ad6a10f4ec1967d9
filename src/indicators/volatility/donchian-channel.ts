import type { HighLow, IndicatorBar } from "../bars.ts";
import { indicator } from "../indicator.ts";
import type { Indicator, Kernel } from "../indicator.ts";
import { PriceChannel } from "../kernels/price-channel.ts";
import { periodKinds } from "../periods.ts";
import type { Period } from "../periods.ts";
import { firstOf, highLowOf, ofHighLow } from "../shapes.ts";
import type { StateWalk } from "../state.ts";

/** Donchian channel's values: of one bar, or of all. */
export interface DonchianChannelOf<Of> {
  readonly upper: Of;
  readonly middle: Of;
  readonly lower: Of;
}

/** Donchian channel: the highest high and the lowest low of `period` bars, this one included. */
export const donchianChannel: Indicator<
  Period,
  HighLow,
  DonchianChannelOf<Float64Array>,
  Pick<IndicatorBar, "high" | "low">,
  DonchianChannelOf<number>
> = indicator({
  ...ofHighLow,
  name: "donchian",
  outputs: ["donchian_upper", "donchian_middle", "donchian_lower"],
  firstOf: (all) => ({ upper: firstOf(all.upper), middle: firstOf(all.middle), lower: firstOf(all.lower) }),
  named: (all) => ({ donchian_upper: all.upper, donchian_middle: all.middle, donchian_lower: all.lower }),
  title: "Donchian channel",
  formula: "upper = highest high; lower = lowest low; middle = (upper + lower) / 2",
  source: "Richard Donchian, 1960s.",
  scale: "with price",
  edges: "Flat bars give the price itself.",
  defaults: { period: 20 },
  kinds: periodKinds,
  warmUp: ({ period }) => period - 1,
  create: (options) => new DonchianChannelKernel(options),
});

class DonchianChannelKernel implements Kernel<HighLow, DonchianChannelOf<Float64Array>> {
  readonly #channel: PriceChannel;

  constructor({ period }: Period) {
    this.#channel = new PriceChannel(period);
  }

  run(columns: HighLow): DonchianChannelOf<Float64Array> {
    const { high, low, length } = highLowOf(columns);
    const upper = new Float64Array(length);
    const middle = new Float64Array(length);
    const lower = new Float64Array(length);
    for (let index = 0; index < length; index++) {
      const h = high[index] ?? Number.NaN;
      const l = low[index] ?? Number.NaN;
      const channel = this.#channel.next(h, l);
      upper[index] = channel.upper;
      middle[index] = (channel.upper + channel.lower) / 2;
      lower[index] = channel.lower;
    }
    return { upper, middle, lower };
  }

  walk(state: StateWalk): void {
    this.#channel.walk(state);
  }
}
