import { LakehouseError } from "finance-feedback-delta/contract";

/** Every way in which input of this folder is refused. */
export type MarketErrorCode =
  | "INVALID_ARGUMENT"
  | "INVALID_CALENDAR"
  | "INVALID_TIMEFRAME"
  | "INVALID_INSTANT"
  | "INVALID_RANGE"
  | "INVALID_ASSET_PAIR"
  | "UNSORTED_CANDLES";

/** Input that has no meaning in the market vocabulary: the message shows the value and what would be right. */
export class MarketError extends LakehouseError<MarketErrorCode> {
  override readonly name: string = "MarketError";
}
