import type { HighLowClose, IndicatorBar } from "../bars.ts";
import { indicator } from "../indicator.ts";
import type { Indicator, Kernel } from "../indicator.ts";
import { AverageTrueRange } from "../kernels/average-true-range.ts";
import { ExponentialMean } from "../kernels/exponential-mean.ts";
import { positiveNumber } from "finance-feedback-delta/contract";
import { barCount } from "../periods.ts";
import { firstOf, highLowCloseOf, ofHighLowClose } from "../shapes.ts";
import type { StateWalk } from "../state.ts";

export interface KeltnerChannelOptions {
  /** Of the exponential mean. */
  readonly period: number;
  /** Of the average true range. */
  readonly atr: number;
  /** How many average true ranges the bands lie from the middle. */
  readonly multiplier: number;
}

/** Keltner channel's values: of one bar, or of all. */
export interface KeltnerChannelOf<Of> {
  readonly upper: Of;
  readonly middle: Of;
  readonly lower: Of;
}

/** Keltner channel: an EMA, and bands some average true ranges around it. */
export const keltnerChannel: Indicator<
  KeltnerChannelOptions,
  HighLowClose,
  KeltnerChannelOf<Float64Array>,
  Pick<IndicatorBar, "high" | "low" | "close">,
  KeltnerChannelOf<number>
> = indicator({
  ...ofHighLowClose,
  name: "keltner",
  outputs: ["keltner_upper", "keltner_middle", "keltner_lower"],
  firstOf: (all) => ({ upper: firstOf(all.upper), middle: firstOf(all.middle), lower: firstOf(all.lower) }),
  named: (all) => ({ keltner_upper: all.upper, keltner_middle: all.middle, keltner_lower: all.lower }),
  title: "Keltner channel",
  formula: "middle = EMA(close, period); upper, lower = middle ± multiplier · ATR(atr)",
  source: "Chester Keltner, 1960, in Linda Raschke's form with EMA and ATR.",
  scale: "with price",
  edges: "Flat bars give the price itself.",
  defaults: { period: 20, atr: 10, multiplier: 2 },
  kinds: { period: barCount, atr: barCount, multiplier: positiveNumber },
  warmUp: ({ period, atr }) => Math.max(period - 1, atr),
  create: (options) => new KeltnerChannelKernel(options),
});

class KeltnerChannelKernel implements Kernel<HighLowClose, KeltnerChannelOf<Float64Array>> {
  readonly #mean: ExponentialMean;
  readonly #range: AverageTrueRange;
  readonly #multiplier: number;

  constructor(options: KeltnerChannelOptions) {
    this.#mean = new ExponentialMean(options.period);
    this.#range = new AverageTrueRange(options.atr);
    this.#multiplier = options.multiplier;
  }

  run(columns: HighLowClose): KeltnerChannelOf<Float64Array> {
    const { high, low, close, length } = highLowCloseOf(columns);
    const upper = new Float64Array(length);
    const middle = new Float64Array(length);
    const lower = new Float64Array(length);
    for (let index = 0; index < length; index++) {
      const h = high[index] ?? Number.NaN;
      const l = low[index] ?? Number.NaN;
      const c = close[index] ?? Number.NaN;
      const mean = this.#mean.next(c);
      const distance = this.#multiplier * this.#range.next(h, l, c);
      // All three begin together.
      upper[index] = mean + distance;
      middle[index] = Number.isNaN(distance) ? Number.NaN : mean;
      lower[index] = mean - distance;
    }
    return { upper, middle, lower };
  }

  walk(state: StateWalk): void {
    this.#mean.walk(state);
    this.#range.walk(state);
  }
}
