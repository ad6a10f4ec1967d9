import type { HighLowClose, IndicatorBar } from "../bars.ts";
import { indicator } from "../indicator.ts";
import type { Indicator, Kernel } from "../indicator.ts";
import { isNothing } from "../kernels/nothing.ts";
import { TrueRange } from "../kernels/true-range.ts";
import { WilderMean } from "../kernels/wilder-mean.ts";
import { WilderSum } from "../kernels/wilder-sum.ts";
import { periodKinds, twoAtLeast } from "../periods.ts";
import type { Period } from "../periods.ts";
import { firstOf, highLowCloseOf, ofHighLowClose } from "../shapes.ts";
import type { StateWalk } from "../state.ts";

/** Average directional index's values: of one bar, or of all. */
export interface AdxOf<Of> {
  readonly adx: Of;
  /** Has values from `period` on; `adx` from twice as many, less one. */
  readonly plusDi: Of;
  readonly minusDi: Of;
}

/** Average directional index: how strong a trend is (`adx`), and which way it goes (`plusDi` over `minusDi`). */
export const adx: Indicator<
  Period,
  HighLowClose,
  AdxOf<Float64Array>,
  Pick<IndicatorBar, "high" | "low" | "close">,
  AdxOf<number>
> = indicator({
  ...ofHighLowClose,
  name: "adx",
  outputs: ["adx", "plus_di", "minus_di"],
  firstOf: (all) => ({ adx: firstOf(all.adx), plusDi: firstOf(all.plusDi), minusDi: firstOf(all.minusDi) }),
  named: (all) => ({ adx: all.adx, plus_di: all.plusDi, minus_di: all.minusDi }),
  title: "Average directional index",
  formula:
    "+DI = 100 · S(+DM) / S(TR), −DI likewise; DX = 100 · |+DI − −DI| / (+DI + −DI); adx = Wilder's mean of DX",
  source: "Wilder 1978; as TA-Lib's ADX, PLUS_DI and MINUS_DI.",
  bounds: [0, 100],
  scale: "none",
  edges: "Bars that never moved give 0.",
  defaults: { period: 14 },
  kinds: periodKinds,
  conflict: twoAtLeast,
  warmUp: ({ period }) => 2 * period - 1,
  create: (options) => new AdxKernel(options),
});

class AdxKernel implements Kernel<HighLowClose, AdxOf<Float64Array>> {
  readonly #range = new TrueRange();
  readonly #ranges: WilderSum;
  readonly #ups: WilderSum;
  readonly #downs: WilderSum;
  readonly #mean: WilderMean;
  #high = Number.NaN;
  #low = Number.NaN;

  constructor({ period }: Period) {
    this.#ranges = new WilderSum(period);
    this.#ups = new WilderSum(period);
    this.#downs = new WilderSum(period);
    this.#mean = new WilderMean(period);
  }

  run(columns: HighLowClose): AdxOf<Float64Array> {
    const { high, low, close, length } = highLowCloseOf(columns);
    const strength = new Float64Array(length);
    const plusDi = new Float64Array(length);
    const minusDi = new Float64Array(length);
    for (let index = 0; index < length; index++) {
      const h = high[index] ?? Number.NaN;
      const l = low[index] ?? Number.NaN;
      const c = close[index] ?? Number.NaN;
      const up = h - this.#high;
      const down = this.#low - l;
      this.#high = h;
      this.#low = l;
      const trueRange = this.#range.next(h, l, c);
      const isFirst = Number.isNaN(trueRange);
      const range = isFirst ? Number.NaN : this.#ranges.next(trueRange);
      const upwards = isFirst ? Number.NaN : this.#ups.next(up > 0 && up > down ? up : 0);
      const downwards = isFirst ? Number.NaN : this.#downs.next(down > 0 && down > up ? down : 0);
      const plus = isNothing(range) ? 0 : 100 * (upwards / range);
      const minus = isNothing(range) ? 0 : 100 * (downwards / range);
      const both = plus + minus;
      const direction = isNothing(both) ? 0 : 100 * (Math.abs(plus - minus) / both);
      plusDi[index] = plus;
      minusDi[index] = minus;
      strength[index] = Number.isNaN(direction) ? Number.NaN : this.#mean.next(direction);
    }
    return { adx: strength, plusDi, minusDi };
  }

  walk(state: StateWalk): void {
    this.#range.walk(state);
    this.#ranges.walk(state);
    this.#ups.walk(state);
    this.#downs.walk(state);
    this.#mean.walk(state);
    this.#high = state.number(this.#high);
    this.#low = state.number(this.#low);
  }
}
