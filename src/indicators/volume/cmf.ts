import type { HighLowCloseVolume, IndicatorBar } from "../bars.ts";
import { indicator } from "../indicator.ts";
import type { Indicator, Kernel } from "../indicator.ts";
import { moneyFlowVolume } from "../kernels/money-flow.ts";
import { sumOf } from "../kernels/moments.ts";
import { Ring } from "../kernels/ring.ts";
import { periodKinds } from "../periods.ts";
import type { Period } from "../periods.ts";
import { highLowCloseVolumeOf, ofHighLowCloseVolume, oneOutput } from "../shapes.ts";
import type { StateWalk } from "../state.ts";

/** Chaikin money flow: which share of the volume of `period` bars flowed in, from −1 to 1. */
export const chaikinMoneyFlow: Indicator<
  Period,
  HighLowCloseVolume,
  Float64Array,
  Pick<IndicatorBar, "high" | "low" | "close" | "volume">,
  number
> = indicator({
  ...ofHighLowCloseVolume,
  ...oneOutput("cmf"),
  title: "Chaikin money flow",
  formula: "Σ money flow volume / Σ volume, over period bars",
  source: "Marc Chaikin.",
  bounds: [-1, 1],
  scale: "none",
  edges: "A window without any volume gives 0. A window in which a volume is missing is NaN.",
  defaults: { period: 20 },
  kinds: periodKinds,
  warmUp: ({ period }) => period - 1,
  create: (options) => new ChaikinMoneyFlowKernel(options),
});

class ChaikinMoneyFlowKernel implements Kernel<HighLowCloseVolume, Float64Array> {
  readonly #flows: Ring;
  readonly #volumes: Ring;

  constructor({ period }: Period) {
    this.#flows = new Ring(period);
    this.#volumes = new Ring(period);
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
    this.#volumes.walk(state);
  }

  #next(high: number, low: number, close: number, volume: number): number {
    this.#flows.push(moneyFlowVolume(high, low, close, volume));
    this.#volumes.push(volume);
    if (!this.#volumes.isFull) return Number.NaN;
    const sum = sumOf(this.#volumes.values);
    return sum === 0 ? 0 : sumOf(this.#flows.values) / sum;
  }
}
