export type IngestionErrorCode =
  "UNSUPPORTED_SERIES" | "INVALID_RANGE" | "INVALID_ARGUMENT" | "TOO_MANY_REJECTED";

/** A request for bars that cannot be planned, or a run whose rows cannot be trusted. */
export class IngestionError extends Error {
  readonly code: IngestionErrorCode;

  constructor(code: IngestionErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "IngestionError";
    this.code = code;
  }
}
