import type { HighLow, IndicatorBar } from "../bars.ts";
import { indicator } from "../indicator.ts";
import type { Indicator, Kernel } from "../indicator.ts";
import { PriceChannel } from "../kernels/price-channel.ts";
import { periodKinds } from "../periods.ts";
import type { Period } from "../periods.ts";
import { firstOf, highLowOf, ofHighLow } from "../shapes.ts";
import type { StateWalk } from "../state.ts";

/** Aroon's values: of one bar, or of all. */
export interface AroonOf<Of> {
  readonly up: Of;
  readonly down: Of;
  readonly oscillator: Of;
}

/** Aroon: how long ago the highest high and the lowest low of `period` bars came, from 0 to 100 (now). */
export const aroon: Indicator<
  Period,
  HighLow,
  AroonOf<Float64Array>,
  Pick<IndicatorBar, "high" | "low">,
  AroonOf<number>
> = indicator({
  ...ofHighLow,
  name: "aroon",
  outputs: ["aroon_up", "aroon_down", "aroon_oscillator"],
  firstOf: (all) => ({ up: firstOf(all.up), down: firstOf(all.down), oscillator: firstOf(all.oscillator) }),
  named: (all) => ({ aroon_up: all.up, aroon_down: all.down, aroon_oscillator: all.oscillator }),
  title: "Aroon",
  formula:
    "up = 100 · (period − bars since the highest high) / period, over period + 1 bars; down likewise; oscillator = up − down",
  source:
    "Tushar Chande, Stocks & Commodities 13 (1995); as TA-Lib's AROON: of equal highs the newest counts.",
  bounds: [-100, 100],
  scale: "none",
  edges: "Flat bars give 100 for both: the newest one is the highest.",
  defaults: { period: 14 },
  kinds: periodKinds,
  warmUp: ({ period }) => period,
  create: (options) => new AroonKernel(options),
});

class AroonKernel implements Kernel<HighLow, AroonOf<Float64Array>> {
  readonly #period: number;
  readonly #channel: PriceChannel;

  constructor({ period }: Period) {
    this.#period = period;
    this.#channel = new PriceChannel(period + 1);
  }

  run(columns: HighLow): AroonOf<Float64Array> {
    const { high, low, length } = highLowOf(columns);
    const up = new Float64Array(length);
    const down = new Float64Array(length);
    const oscillator = new Float64Array(length);
    for (let index = 0; index < length; index++) {
      const h = high[index] ?? Number.NaN;
      const l = low[index] ?? Number.NaN;
      const channel = this.#channel.next(h, l);
      const isWarm = !Number.isNaN(channel.upper);
      const share = 100 / this.#period;
      up[index] = isWarm ? share * (this.#period - channel.barsSinceUpper) : Number.NaN;
      down[index] = isWarm ? share * (this.#period - channel.barsSinceLower) : Number.NaN;
      oscillator[index] = isWarm ? share * (channel.barsSinceLower - channel.barsSinceUpper) : Number.NaN;
    }
    return { up, down, oscillator };
  }

  walk(state: StateWalk): void {
    this.#channel.walk(state);
  }
}
