import type { HighLow, IndicatorBar } from "../bars.ts";
import { indicator } from "../indicator.ts";
import type { Indicator, Kernel } from "../indicator.ts";
import { ParabolicStop } from "../kernels/parabolic-stop.ts";
import { positiveNumber } from "finance-feedback-delta/contract";
import { highLowOf, ofHighLow, oneOutput } from "../shapes.ts";
import type { StateWalk } from "../state.ts";

/** How much faster the stop gets with each new extreme, and its greatest speed. */
export interface ParabolicSarOptions {
  readonly step: number;
  readonly maximum: number;
}

/** Parabolic stop and reverse: a stop that follows the trend faster and faster, and turns when the price meets it. */
export const parabolicSar: Indicator<
  ParabolicSarOptions,
  HighLow,
  Float64Array,
  Pick<IndicatorBar, "high" | "low">,
  number
> = indicator({
  ...ofHighLow,
  ...oneOutput("sar"),
  title: "Parabolic SAR",
  formula:
    "s = s + a · (extreme − s); a grows by step with each new extreme up to maximum; never beyond the two newest lows (highs)",
  source: "Wilder 1978; as TA-Lib's SAR, begun by the first two bars.",
  scale: "with price",
  edges: "Flat bars give the price itself.",
  defaults: { step: 0.02, maximum: 0.2 },
  kinds: { step: positiveNumber, maximum: positiveNumber },
  conflict: ({ step, maximum }) =>
    step <= maximum ? undefined : `step is ${step} and maximum ${maximum}; step is at most as large`,
  warmUp: () => 1,
  create: (options) => new ParabolicSarKernel(options),
});

class ParabolicSarKernel implements Kernel<HighLow, Float64Array> {
  readonly #stop: ParabolicStop;

  constructor({ step, maximum }: ParabolicSarOptions) {
    this.#stop = new ParabolicStop(step, maximum);
  }

  run(columns: HighLow): Float64Array {
    const { high, low, length } = highLowOf(columns);
    const series = new Float64Array(length);
    for (let index = 0; index < length; index++) {
      series[index] = this.#next(high[index] ?? Number.NaN, low[index] ?? Number.NaN);
    }
    return series;
  }

  walk(state: StateWalk): void {
    this.#stop.walk(state);
  }

  #next(high: number, low: number): number {
    return this.#stop.next(high, low);
  }
}
