import type { Decimal8 } from "./decimal.ts";

/** One completed bar of the half-open time `[openTimeMs, openTimeMs + timeframe)`, checked and exact. */
export interface Candle {
  /** Milliseconds since the epoch, UTC. */
  readonly openTimeMs: number;
  readonly open: Decimal8;
  readonly high: Decimal8;
  readonly low: Decimal8;
  readonly close: Decimal8;
  /** `null` where the market has no volume. */
  readonly volume: Decimal8 | null;
}
