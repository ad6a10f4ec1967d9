import type { NumberColumn } from "../bars.ts";
import { pricesOf } from "../bars.ts";
import { indicator } from "../indicator.ts";
import type { Indicator, Kernel } from "../indicator.ts";
import { sumOf } from "../kernels/moments.ts";
import { isNothing } from "../kernels/nothing.ts";
import { Ring } from "../kernels/ring.ts";
import { periodKinds, twoAtLeast } from "../periods.ts";
import type { Period } from "../periods.ts";
import { ofValues, oneOutput } from "../shapes.ts";
import type { StateWalk } from "../state.ts";

/** Kaufman's adaptive moving average: quick where the price goes one way, slow where it goes to and fro. */
export const kama: Indicator<Period, NumberColumn, Float64Array, number, number> = indicator({
  ...ofValues,
  ...oneOutput("kama"),
  title: "Kaufman's adaptive moving average",
  formula:
    "k = k + (e · (2/3 − 2/31) + 2/31)² · (value − k), with e = |change over period bars| / Σ |change of each bar|",
  source: "Perry Kaufman, Smarter Trading, 1995; as TA-Lib's KAMA.",
  scale: "with price",
  edges: "Flat bars count as one way: the value goes on to the price.",
  defaults: { period: 10 },
  kinds: periodKinds,
  conflict: twoAtLeast,
  warmUp: ({ period }) => period,
  create: (options) => new KamaKernel(options),
});

const fastest = 2 / (2 + 1);
const slowest = 2 / (30 + 1);

class KamaKernel implements Kernel<NumberColumn, Float64Array> {
  readonly #values: Ring;
  #before = Number.NaN;
  readonly #changes: Ring;
  #mean = Number.NaN;

  constructor({ period }: Period) {
    this.#values = new Ring(period);
    this.#changes = new Ring(period);
  }

  run(column: NumberColumn): Float64Array {
    const values = pricesOf("values", column);
    const series = new Float64Array(values.length);
    for (let index = 0; index < values.length; index++)
      series[index] = this.#next(values[index] ?? Number.NaN);
    return series;
  }

  walk(state: StateWalk): void {
    this.#values.walk(state);
    this.#changes.walk(state);
    this.#before = state.number(this.#before);
    this.#mean = state.number(this.#mean);
  }

  #next(value: number): number {
    const before = this.#before;
    this.#before = value;
    const first = this.#values.push(value);
    if (Number.isNaN(before)) return Number.NaN;
    this.#changes.push(Math.abs(value - before));
    if (Number.isNaN(first)) return Number.NaN;
    // Added up anew: a running sum would keep the rounding of all changes that ever were.
    const path = sumOf(this.#changes.values);
    const way = value - first;
    const efficiency = path <= way || isNothing(path) ? 1 : Math.abs(way / path);
    const share = (efficiency * (fastest - slowest) + slowest) ** 2;
    const mean = Number.isNaN(this.#mean) ? before : this.#mean;
    this.#mean = mean + (value - mean) * share;
    return this.#mean;
  }
}
