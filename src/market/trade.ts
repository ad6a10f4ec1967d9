import type { AssetPair } from "./asset-pair.ts";
import type { Decimal8 } from "./decimal.ts";

/** A trade on an exchange. */
export interface Trade {
  readonly assetPair: AssetPair;
  /** As the exchange says it: a number for most. */
  readonly tradeId: string;
  /** Microseconds since the epoch. */
  readonly timeUs: number;
  readonly price: Decimal8;
  readonly size: Decimal8;
  /** Of the taker; `null` where the exchange does not say. */
  readonly side: "buy" | "sell" | null;
  readonly provider: string;
  readonly isMock: boolean;
}
