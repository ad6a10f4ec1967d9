import { LakehouseError } from "finance-feedback-delta/contract";

export type QualityErrorCode =
  | "INVALID_SUITE"
  | "UNKNOWN_SUITE"
  | "UNKNOWN_EXPECTATION"
  | "INVALID_CONDITION"
  | "INVALID_RESULT_FORMAT"
  | "INVALID_ARGUMENT"
  | "RESULT_NOT_STORED";

/** A suite that cannot be used. The message names it and says what is wrong with it. */
export class QualityError extends LakehouseError<QualityErrorCode> {
  override readonly name: string = "QualityError";
}
