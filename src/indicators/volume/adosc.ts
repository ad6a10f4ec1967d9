import type { HighLowCloseVolume, IndicatorBar } from "../bars.ts";
import { indicator } from "../indicator.ts";
import type { Indicator, Kernel } from "../indicator.ts";
import { ExponentialMean } from "../kernels/exponential-mean.ts";
import { moneyFlowVolume } from "../kernels/money-flow.ts";
import { fastBelowSlow, fastSlowKinds } from "../periods.ts";
import type { FastSlow } from "../periods.ts";
import { highLowCloseVolumeOf, ofHighLowCloseVolume, oneOutput } from "../shapes.ts";
import type { StateWalk } from "../state.ts";

/** Chaikin oscillator: a fast EMA of accumulation and distribution less a slow one. */
export const chaikinOscillator: Indicator<
  FastSlow,
  HighLowCloseVolume,
  Float64Array,
  Pick<IndicatorBar, "high" | "low" | "close" | "volume">,
  number
> = indicator({
  ...ofHighLowCloseVolume,
  ...oneOutput("adosc"),
  title: "Chaikin oscillator",
  formula: "EMA(AD, fast) − EMA(AD, slow), both from the first AD on",
  source: "Marc Chaikin; as TA-Lib's ADOSC.",
  scale: "none",
  edges: "A bar without a range adds nothing. A bar without a volume is NaN and is passed over.",
  defaults: { fast: 3, slow: 10 },
  kinds: fastSlowKinds,
  conflict: fastBelowSlow,
  warmUp: ({ slow }) => slow - 1,
  create: (options) => new ChaikinOscillatorKernel(options),
});

class ChaikinOscillatorKernel implements Kernel<HighLowCloseVolume, Float64Array> {
  readonly #fast: ExponentialMean;
  readonly #slow: ExponentialMean;
  readonly #warmUp: number;
  #sum = 0;
  #count = 0;

  constructor({ fast, slow }: FastSlow) {
    this.#fast = new ExponentialMean(1, 2 / (fast + 1));
    this.#slow = new ExponentialMean(1, 2 / (slow + 1));
    this.#warmUp = slow - 1;
  }

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
    this.#fast.walk(state);
    this.#slow.walk(state);
    this.#sum = state.number(this.#sum);
    this.#count = state.number(this.#count);
  }

  #next(high: number, low: number, close: number, volume: number): number {
    const flow = moneyFlowVolume(high, low, close, volume);
    if (Number.isNaN(flow)) return Number.NaN;
    this.#sum += flow;
    const fast = this.#fast.next(this.#sum);
    const slow = this.#slow.next(this.#sum);
    if (this.#count < this.#warmUp) {
      this.#count++;
      return Number.NaN;
    }
    return fast - slow;
  }
}
