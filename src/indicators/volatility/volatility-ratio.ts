import type { HighLowClose, IndicatorBar } from "../bars.ts";
import { indicator } from "../indicator.ts";
import type { Indicator, Kernel } from "../indicator.ts";
import { AverageTrueRange } from "../kernels/average-true-range.ts";
import { isNothing } from "../kernels/nothing.ts";
import { RollingMean } from "../kernels/rolling-mean.ts";
import { barCount } from "../periods.ts";
import { highLowCloseOf, ofHighLowClose, oneOutput } from "../shapes.ts";
import type { StateWalk } from "../state.ts";

export interface VolatilityRatioOptions {
  readonly period: number;
  /** How many bars the usual volatility is taken from. */
  readonly baseline: number;
}

/** Volatility ratio: NATR beside its mean over the `baseline` bars before. */
export const volatilityRatio: Indicator<
  VolatilityRatioOptions,
  HighLowClose,
  Float64Array,
  Pick<IndicatorBar, "high" | "low" | "close">,
  number
> = indicator({
  ...ofHighLowClose,
  ...oneOutput("volatility_ratio"),
  title: "Volatility ratio",
  formula: "NATR / mean of NATR over the baseline bars before this one",
  source: "The measure by which Silver tells a volatile regime: it scales itself to market and timeframe.",
  scale: "none",
  edges: "Flat bars, which have nothing to divide by, give 0.",
  defaults: { period: 14, baseline: 100 },
  kinds: { period: barCount, baseline: barCount },
  warmUp: ({ period, baseline }) => period + baseline,
  create: (options) => new VolatilityRatioKernel(options),
});

class VolatilityRatioKernel implements Kernel<HighLowClose, Float64Array> {
  readonly #range: AverageTrueRange;
  readonly #baseline: RollingMean;
  #usual = Number.NaN;

  constructor({ period, baseline }: VolatilityRatioOptions) {
    this.#range = new AverageTrueRange(period);
    this.#baseline = new RollingMean(baseline);
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
    this.#baseline.walk(state);
    this.#usual = state.number(this.#usual);
  }

  #next(high: number, low: number, close: number): number {
    const natr = (this.#range.next(high, low, close) / close) * 100;
    const usual = this.#usual;
    if (Number.isNaN(natr)) return Number.NaN;
    this.#usual = this.#baseline.next(natr);
    return isNothing(usual) ? 0 : natr / usual;
  }
}
