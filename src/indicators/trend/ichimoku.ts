import type { HighLow, IndicatorBar } from "../bars.ts";
import { indicator } from "../indicator.ts";
import type { Indicator, Kernel } from "../indicator.ts";
import { PriceChannel } from "../kernels/price-channel.ts";
import { barCount } from "../periods.ts";
import { firstOf, highLowOf, ofHighLow } from "../shapes.ts";
import type { StateWalk } from "../state.ts";

/** Spans in bars. */
export interface IchimokuOptions {
  readonly conversion: number;
  readonly base: number;
  readonly span: number;
}

/** Ichimoku cloud's values: of one bar, or of all. */
export interface IchimokuOf<Of> {
  /** Tenkan-sen. */
  readonly conversion: Of;
  /** Kijun-sen. */
  readonly base: Of;
  /** Senkou span A. */
  readonly spanA: Of;
  /** Senkou span B. */
  readonly spanB: Of;
}

/** Ichimoku cloud: the middles of three ranges. The spans are given at the bar that they are made from; a chart draws them `base` bars ahead. The lagging span, which looks ahead, is left out. */
export const ichimoku: Indicator<
  IchimokuOptions,
  HighLow,
  IchimokuOf<Float64Array>,
  Pick<IndicatorBar, "high" | "low">,
  IchimokuOf<number>
> = indicator({
  ...ofHighLow,
  name: "ichimoku",
  outputs: ["ichimoku_conversion", "ichimoku_base", "ichimoku_span_a", "ichimoku_span_b"],
  firstOf: (all) => ({
    conversion: firstOf(all.conversion),
    base: firstOf(all.base),
    spanA: firstOf(all.spanA),
    spanB: firstOf(all.spanB),
  }),
  named: (all) => ({
    ichimoku_conversion: all.conversion,
    ichimoku_base: all.base,
    ichimoku_span_a: all.spanA,
    ichimoku_span_b: all.spanB,
  }),
  title: "Ichimoku cloud",
  formula:
    "m(n) = (highest high + lowest low) / 2 of n bars; conversion = m(9), base = m(26), spanA = (conversion + base) / 2, spanB = m(52)",
  source: "Goichi Hosoda, 1968.",
  scale: "with price",
  edges: "Flat bars give the price itself.",
  defaults: { conversion: 9, base: 26, span: 52 },
  kinds: { conversion: barCount, base: barCount, span: barCount },
  warmUp: ({ conversion, base, span }) => Math.max(conversion, base, span) - 1,
  create: (options) => new IchimokuKernel(options),
});

class IchimokuKernel implements Kernel<HighLow, IchimokuOf<Float64Array>> {
  readonly #conversion: PriceChannel;
  readonly #base: PriceChannel;
  readonly #span: PriceChannel;

  constructor(options: IchimokuOptions) {
    this.#conversion = new PriceChannel(options.conversion);
    this.#base = new PriceChannel(options.base);
    this.#span = new PriceChannel(options.span);
  }

  run(columns: HighLow): IchimokuOf<Float64Array> {
    const { high, low, length } = highLowOf(columns);
    const conversion = new Float64Array(length);
    const base = new Float64Array(length);
    const spanA = new Float64Array(length);
    const spanB = new Float64Array(length);
    for (let index = 0; index < length; index++) {
      const h = high[index] ?? Number.NaN;
      const l = low[index] ?? Number.NaN;
      conversion[index] = middleOf(this.#conversion.next(h, l));
      base[index] = middleOf(this.#base.next(h, l));
      spanA[index] = ((conversion[index] ?? Number.NaN) + (base[index] ?? Number.NaN)) / 2;
      spanB[index] = middleOf(this.#span.next(h, l));
    }
    return { conversion, base, spanA, spanB };
  }

  walk(state: StateWalk): void {
    this.#conversion.walk(state);
    this.#base.walk(state);
    this.#span.walk(state);
  }
}

function middleOf({ upper, lower }: PriceChannel): number {
  return (upper + lower) / 2;
}
