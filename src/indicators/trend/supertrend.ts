import type { HighLowClose, IndicatorBar } from "../bars.ts";
import { indicator } from "../indicator.ts";
import type { Indicator, Kernel } from "../indicator.ts";
import { AverageTrueRange } from "../kernels/average-true-range.ts";
import { positiveNumber } from "finance-feedback-delta/contract";
import { barCount } from "../periods.ts";
import { firstOf, highLowCloseOf, ofHighLowClose } from "../shapes.ts";
import type { StateWalk } from "../state.ts";

export interface SupertrendOptions {
  /** Of the average true range. */
  readonly period: number;
  /** How many average true ranges the bands lie from the middle of the bar. */
  readonly multiplier: number;
}

/** SuperTrend's values: of one bar, or of all. */
export interface SupertrendOf<Of> {
  readonly supertrend: Of;
  /** 1 in a rise, −1 in a fall. */
  readonly direction: Of;
}

/** SuperTrend: a stop some average true ranges from the middle of the bars, which turns when the close passes it. */
export const supertrend: Indicator<
  SupertrendOptions,
  HighLowClose,
  SupertrendOf<Float64Array>,
  Pick<IndicatorBar, "high" | "low" | "close">,
  SupertrendOf<number>
> = indicator({
  ...ofHighLowClose,
  name: "supertrend",
  outputs: ["supertrend", "supertrend_direction"],
  firstOf: (all) => ({ supertrend: firstOf(all.supertrend), direction: firstOf(all.direction) }),
  named: (all) => ({ supertrend: all.supertrend, supertrend_direction: all.direction }),
  title: "SuperTrend",
  formula:
    "bands = (high + low) / 2 ± multiplier · ATR, each of which only moves towards the price while the close before stays within; supertrend = the lower one in a rise, the upper one in a fall",
  source:
    "Olivier Seban, 2008; the direction turns when the close passes the other band, as TradingView's ta.supertrend. It begins as a rise.",
  scale: "with price",
  edges: "Flat bars give the price itself.",
  defaults: { period: 10, multiplier: 3 },
  kinds: { period: barCount, multiplier: positiveNumber },
  warmUp: ({ period }) => period,
  create: (options) => new SupertrendKernel(options),
});

class SupertrendKernel implements Kernel<HighLowClose, SupertrendOf<Float64Array>> {
  readonly #range: AverageTrueRange;
  readonly #multiplier: number;
  #upper = Number.NaN;
  #lower = Number.NaN;
  #close = Number.NaN;
  #direction = Number.NaN;

  constructor({ period, multiplier }: SupertrendOptions) {
    this.#range = new AverageTrueRange(period);
    this.#multiplier = multiplier;
  }

  run(columns: HighLowClose): SupertrendOf<Float64Array> {
    const { high, low, close, length } = highLowCloseOf(columns);
    const stop = new Float64Array(length);
    const direction = new Float64Array(length);
    for (let index = 0; index < length; index++) {
      const h = high[index] ?? Number.NaN;
      const l = low[index] ?? Number.NaN;
      const c = close[index] ?? Number.NaN;
      this.#next(h, l, c);
      stop[index] = this.#direction === 1 ? this.#lower : this.#upper;
      direction[index] = this.#direction;
    }
    return { supertrend: stop, direction };
  }

  walk(state: StateWalk): void {
    this.#range.walk(state);
    this.#upper = state.number(this.#upper);
    this.#lower = state.number(this.#lower);
    this.#close = state.number(this.#close);
    this.#direction = state.number(this.#direction);
  }

  #next(high: number, low: number, close: number): void {
    const middle = (high + low) / 2;
    const distance = this.#multiplier * this.#range.next(high, low, close);
    const before = this.#close;
    this.#close = close;
    if (Number.isNaN(distance)) return;
    const isFirst = Number.isNaN(this.#direction);
    const [upper, lower] = [middle + distance, middle - distance];
    if (isFirst || upper < this.#upper || before > this.#upper) this.#upper = upper;
    if (isFirst || lower > this.#lower || before < this.#lower) this.#lower = lower;
    if (isFirst) this.#direction = 1;
    else if (this.#direction === 1 && close < this.#lower) this.#direction = -1;
    else if (this.#direction === -1 && close > this.#upper) this.#direction = 1;
  }
}
