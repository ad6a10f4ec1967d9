export type QualityErrorCode =
  | "INVALID_SUITE"
  | "UNKNOWN_SUITE"
  | "UNKNOWN_EXPECTATION"
  | "INVALID_CONDITION"
  | "INVALID_RESULT_FORMAT"
  | "INVALID_ARGUMENT"
  | "UNREADABLE_DEAD_LETTER";

/** A suite or a dead letter that cannot be used: the message names it, and what is wrong with it. */
export class QualityError extends Error {
  readonly code: QualityErrorCode;

  constructor(code: QualityErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "QualityError";
    this.code = code;
  }
}
