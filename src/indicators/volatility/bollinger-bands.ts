import type { NumberColumn } from "../bars.ts";
import { pricesOf } from "../bars.ts";
import { indicator } from "../indicator.ts";
import type { Indicator, Kernel } from "../indicator.ts";
import { RollingDeviation } from "../kernels/rolling-deviation.ts";
import { positiveNumber } from "finance-feedback-delta/contract";
import { barCount } from "../periods.ts";
import { firstOf, ofValues } from "../shapes.ts";
import type { StateWalk } from "../state.ts";

export interface BollingerBandsOptions {
  readonly period: number;
  /** How many deviations the bands lie from the middle. */
  readonly deviations: number;
}

/** Bollinger bands's values: of one bar, or of all. */
export interface BollingerBandsOf<Of> {
  readonly upper: Of;
  readonly middle: Of;
  readonly lower: Of;
  /** 0 at the lower band, 1 at the upper one. */
  readonly percentB: Of;
  /** The distance of the bands, as a share of the middle. */
  readonly bandwidth: Of;
}

/** Bollinger bands: a moving average, and bands some deviations around it. */
export const bollingerBands: Indicator<
  BollingerBandsOptions,
  NumberColumn,
  BollingerBandsOf<Float64Array>,
  number,
  BollingerBandsOf<number>
> = indicator({
  ...ofValues,
  name: "bb",
  outputs: ["bb_upper", "bb_middle", "bb_lower", "bb_percent_b", "bb_bandwidth"],
  firstOf: (all) => ({
    upper: firstOf(all.upper),
    middle: firstOf(all.middle),
    lower: firstOf(all.lower),
    percentB: firstOf(all.percentB),
    bandwidth: firstOf(all.bandwidth),
  }),
  named: (all) => ({
    bb_upper: all.upper,
    bb_middle: all.middle,
    bb_lower: all.lower,
    bb_percent_b: all.percentB,
    bb_bandwidth: all.bandwidth,
  }),
  title: "Bollinger bands",
  formula:
    "middle = SMA; upper, lower = middle ± deviations · population deviation; percentB = (value − lower) / (upper − lower); bandwidth = (upper − lower) / middle",
  source: "John Bollinger, Bollinger on Bollinger Bands, 2001; as TA-Lib's BBANDS.",
  scale: "other",
  edges: "Flat bars have bands without width: percentB and bandwidth are 0.",
  defaults: { period: 20, deviations: 2 },
  kinds: { period: barCount, deviations: positiveNumber },
  warmUp: ({ period }) => period - 1,
  create: (options) => new BollingerBandsKernel(options),
});

class BollingerBandsKernel implements Kernel<NumberColumn, BollingerBandsOf<Float64Array>> {
  readonly #window: RollingDeviation;
  readonly #deviations: number;

  constructor({ period, deviations }: BollingerBandsOptions) {
    this.#window = new RollingDeviation(period);
    this.#deviations = deviations;
  }

  run(columns: NumberColumn): BollingerBandsOf<Float64Array> {
    const values = pricesOf("values", columns);
    const { length } = values;
    const upper = new Float64Array(length);
    const middle = new Float64Array(length);
    const lower = new Float64Array(length);
    const percentB = new Float64Array(length);
    const bandwidth = new Float64Array(length);
    for (let index = 0; index < length; index++) {
      const value = values[index] ?? Number.NaN;
      const { mean, squares, size } = this.#window.next(value);
      const distance = this.#deviations * Math.sqrt(squares / size);
      const width = 2 * distance;
      middle[index] = mean;
      upper[index] = mean + distance;
      lower[index] = mean - distance;
      percentB[index] = width === 0 ? 0 : (value - (mean - distance)) / width;
      bandwidth[index] = width === 0 ? 0 : width / mean;
    }
    return { upper, middle, lower, percentB, bandwidth };
  }

  walk(state: StateWalk): void {
    this.#window.walk(state);
  }
}
