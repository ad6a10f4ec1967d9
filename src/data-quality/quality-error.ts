export type QualityErrorCode =
  "INVALID_SUITE" | "UNKNOWN_SUITE" | "UNKNOWN_EXPECTATION" | "INVALID_CONDITION" | "INVALID_RESULT_FORMAT";

/** A suite that cannot be used: the message names it, the expectation and the argument. */
export class QualityError extends Error {
  readonly code: QualityErrorCode;

  constructor(code: QualityErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "QualityError";
    this.code = code;
  }
}
