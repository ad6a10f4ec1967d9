import { LakehouseError } from "finance-feedback-delta/contract";

export type IndicatorErrorCode =
  /** An option, a column or a bar has the wrong shape, or a price is no finite number. */
  | "INVALID_ARGUMENT"
  /** A saved state is damaged, of another indicator, or of another release's layout. */
  | "INVALID_STATE";

/** The message names the indicator, the value, and what would be right. */
export class IndicatorError extends LakehouseError<IndicatorErrorCode> {
  override readonly name: string = "IndicatorError";
}
