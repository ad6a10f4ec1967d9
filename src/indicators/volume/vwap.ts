import { assertSameLength, timestampsOf } from "../bars.ts";
import type { BarColumns, IndicatorBar } from "../bars.ts";
import { indicator } from "../indicator.ts";
import type { Indicator, Kernel } from "../indicator.ts";
import type { NoOptions } from "../periods.ts";
import { highLowCloseVolumeOf, oneOutput } from "../shapes.ts";
import type { StateWalk } from "../state.ts";

const dayMs = 86_400_000;

/** Volume-weighted average price of the UTC day so far. */
export const vwap: Indicator<NoOptions, BarColumns, Float64Array, IndicatorBar, number> = indicator({
  ...oneOutput("vwap"),
  inputs: ["high", "low", "close", "volume", "timestamp"],
  columnsOf: (bars) => bars,
  columnsOfOne: ({ high, low, close, volume, timestamp }) => ({
    high: [high],
    low: [low],
    close: [close],
    volume: [volume],
    timestamp: [timestamp],
  }),
  title: "Volume-weighted average price of the day",
  formula:
    "Σ p · volume / Σ volume since 00:00 UTC, with p = (high + low + close) / 3; timestamp is milliseconds since 1970",
  source: "The definition; it begins anew with the first bar of each UTC day.",
  scale: "with price",
  edges: "NaN until the day has a volume. A bar without a volume adds nothing and is NaN.",
  defaults: {},
  kinds: {},
  warmUp: () => 0,
  create: () => new VwapKernel(),
});

class VwapKernel implements Kernel<BarColumns, Float64Array> {
  #day = Number.NaN;
  #money = 0;
  #volume = 0;

  run(columns: BarColumns): Float64Array {
    const { high, low, close, volume, length } = highLowCloseVolumeOf(columns);
    const timestamp = timestampsOf(columns.timestamp);
    assertSameLength({ close, timestamp });
    const series = new Float64Array(length);
    for (let index = 0; index < length; index++) {
      series[index] = this.#next(
        ((high[index] ?? Number.NaN) + (low[index] ?? Number.NaN) + (close[index] ?? Number.NaN)) / 3,
        volume[index] ?? Number.NaN,
        timestamp[index] ?? Number.NaN,
      );
    }
    return series;
  }

  walk(state: StateWalk): void {
    this.#day = state.number(this.#day);
    this.#money = state.number(this.#money);
    this.#volume = state.number(this.#volume);
  }

  #next(price: number, volume: number, timestamp: number): number {
    const day = Math.floor(timestamp / dayMs);
    if (day !== this.#day) {
      this.#day = day;
      this.#money = 0;
      this.#volume = 0;
    }
    if (Number.isNaN(volume)) return Number.NaN;
    this.#money += price * volume;
    this.#volume += volume;
    return this.#volume === 0 ? Number.NaN : this.#money / this.#volume;
  }
}
