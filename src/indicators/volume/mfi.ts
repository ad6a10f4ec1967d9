import type { HighLowCloseVolume, IndicatorBar } from "../bars.ts";
import { indicator } from "../indicator.ts";
import type { Indicator, Kernel } from "../indicator.ts";
import { isTie } from "../kernels/price-ties.ts";
import { Ring } from "../kernels/ring.ts";
import { periodKinds } from "../periods.ts";
import type { Period } from "../periods.ts";
import { highLowCloseVolumeOf, ofHighLowCloseVolume, oneOutput } from "../shapes.ts";
import type { StateWalk } from "../state.ts";

/** Money flow index: which share of the money flowed on rising prices, from 0 to 100. */
export const mfi: Indicator<
  Period,
  HighLowCloseVolume,
  Float64Array,
  Pick<IndicatorBar, "high" | "low" | "close" | "volume">,
  number
> = indicator({
  ...ofHighLowCloseVolume,
  ...oneOutput("mfi"),
  title: "Money flow index",
  formula:
    "100 · Σ rising / (Σ rising + Σ falling), with money = volume · p and p = (high + low + close) / 3",
  source:
    "Gene Quong and Avrum Soudack, 1989. As TA-Lib's MFI, with two differences: whether p rose is told from the decimals, so that a tie is no move; and small volumes count (TA-Lib gives 0 below a flow of 1).",
  bounds: [0, 100],
  scale: "none",
  edges: "A window without money flow gives 0. A window in which a volume is missing is NaN.",
  defaults: { period: 14 },
  kinds: periodKinds,
  warmUp: ({ period }) => period,
  create: (options) => new MfiKernel(options),
});

class MfiKernel implements Kernel<HighLowCloseVolume, Float64Array> {
  /** The money of each bar: above 0 on a rise, below on a fall, 0 on a tie, NaN where the volume is missing. */
  readonly #flows: Ring;
  #high = Number.NaN;
  #low = Number.NaN;
  #close = Number.NaN;

  constructor({ period }: Period) {
    this.#flows = new Ring(period);
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
    this.#flows.walk(state);
    this.#high = state.number(this.#high);
    this.#low = state.number(this.#low);
    this.#close = state.number(this.#close);
  }

  #next(high: number, low: number, close: number, volume: number): number {
    const change = high - this.#high + (low - this.#low) + (close - this.#close);
    const sum = high + low + close;
    this.#high = high;
    this.#low = low;
    this.#close = close;
    if (Number.isNaN(change)) return Number.NaN;
    const way = isTie(change, sum) ? 0 : Math.sign(change);
    this.#flows.push(way * (sum / 3) * volume);
    if (!this.#flows.isFull) return Number.NaN;
    const flows = this.#flows.values;
    let net = 0;
    let all = 0;
    for (let index = 0; index < flows.length; index++) {
      const flow = flows[index] ?? Number.NaN;
      net += flow;
      all += Math.abs(flow);
    }
    // The rising part of all money is half of both sums.
    return all === 0 ? 0 : 50 * (1 + net / all);
  }
}
