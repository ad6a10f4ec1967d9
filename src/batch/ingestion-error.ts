export type IngestionErrorCode = "UNSUPPORTED_SERIES" | "INVALID_RANGE" | "INVALID_ARGUMENT";

/** A request for bars that cannot be planned. */
export class IngestionError extends Error {
  readonly code: IngestionErrorCode;

  constructor(code: IngestionErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "IngestionError";
    this.code = code;
  }
}
