import type { Timeframe } from "../../market/timeframe.ts";
import { hashText, hashUnit } from "./demo-hash.ts";
import type { DemoRow } from "./demo-row.ts";

/** One bar in this many is spoiled. */
const cleanPerDirty = 500;

/**
 * Spoils a small share of rows in place, as a faulty source would: always the same rows in the same way. For trying
 * out quality gates and the dead letter queue.
 */
export class DemoDirt {
  readonly #seed: number;

  constructor(canonical: string, timeframe: Timeframe, seed: number) {
    this.#seed = hashText(`${canonical}/${timeframe}/dirt`, seed);
  }

  /** The row itself, or what has become of it. */
  apply(row: DemoRow): DemoRow {
    const minute = row.time / 60;
    if (hashUnit(this.#seed, 0, minute) * cleanPerDirty >= 1) return row;
    const kind = Math.floor(hashUnit(this.#seed, 1, minute) * kinds.length);
    return kinds[kind]?.(row) ?? row;
  }
}

const kinds: readonly ((row: DemoRow) => DemoRow)[] = [
  // The high lies below the low.
  (row) => ({ ...row, high: scaled(row.low, 0.9), low: scaled(row.high, 1.1) }),
  (row) => ({ ...row, open: `-${row.open}` }),
  // The close is missing.
  ({ time, open, high, low, volume }) => ({ time, open, high, low, volume }),
  // The close lies outside the bar.
  (row) => ({ ...row, close: scaled(row.high, 1.5) }),
  // More than any column of the table holds.
  (row) => ({ ...row, high: "98765432109876.5" }),
  (row) => ({ ...row, open: "NaN" }),
];

function scaled(price: string, factor: number): string {
  return (Number(price) * factor).toFixed(price.length - price.indexOf(".") - 1);
}
