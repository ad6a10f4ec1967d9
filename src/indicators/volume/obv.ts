import { pricesOf, volumesOf, assertSameLength } from "../bars.ts";
import type { BarColumns, IndicatorBar } from "../bars.ts";
import { indicator } from "../indicator.ts";
import type { Indicator, Kernel } from "../indicator.ts";
import type { NoOptions } from "../periods.ts";
import { oneOutput } from "../shapes.ts";
import type { StateWalk } from "../state.ts";

export type CloseVolume = Pick<BarColumns, "close" | "volume">;

/** On-balance volume: the running sum of the volume, added on a rise and taken away on a fall. */
export const obv: Indicator<
  NoOptions,
  CloseVolume,
  Float64Array,
  Pick<IndicatorBar, "close" | "volume">,
  number
> = indicator({
  ...oneOutput("obv"),
  inputs: ["close", "volume"],
  columnsOf: (bars) => bars,
  columnsOfOne: ({ close, volume }) => ({ close: [close], volume: [volume] }),
  title: "On-balance volume",
  formula: "the first volume, then + volume where the close rises and − volume where it falls",
  source: "Joseph Granville, 1963; as TA-Lib's OBV.",
  scale: "none",
  edges: "A close that stays adds nothing. A bar without a volume is NaN and adds nothing.",
  defaults: {},
  kinds: {},
  warmUp: () => 0,
  create: () => new ObvKernel(),
});

class ObvKernel implements Kernel<CloseVolume, Float64Array> {
  #sum = 0;
  /** What rounding took from the sum (Neumaier's summation): the sum of a million volumes is as exact as one of two. */
  #lost = 0;
  #before = Number.NaN;

  run(columns: CloseVolume): Float64Array {
    const close = pricesOf("close", columns.close);
    const volume = volumesOf(columns.volume);
    assertSameLength({ close, volume });
    const series = new Float64Array(close.length);
    for (let index = 0; index < close.length; index++)
      series[index] = this.#next(close[index] ?? Number.NaN, volume[index] ?? Number.NaN);
    return series;
  }

  walk(state: StateWalk): void {
    this.#sum = state.number(this.#sum);
    this.#lost = state.number(this.#lost);
    this.#before = state.number(this.#before);
  }

  #next(close: number, volume: number): number {
    const before = this.#before;
    this.#before = close;
    if (Number.isNaN(volume)) return Number.NaN;
    if (Number.isNaN(before) || close > before) this.#add(volume);
    else if (close < before) this.#add(-volume);
    return this.#sum + this.#lost;
  }

  #add(value: number): void {
    const sum = this.#sum + value;
    this.#lost += Math.abs(this.#sum) >= Math.abs(value) ? this.#sum - sum + value : value - sum + this.#sum;
    this.#sum = sum;
  }
}
