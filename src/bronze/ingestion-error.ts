import { LakehouseError } from "finance-feedback-delta/contract";

export type IngestionErrorCode =
  "UNSUPPORTED_SERIES" | "INVALID_RANGE" | "INVALID_ARGUMENT" | "TOO_MANY_REJECTED" | "UNFINISHED_IMPORT";

/** A request for bars that cannot be planned, or a run whose rows cannot be trusted. */
export class IngestionError extends LakehouseError<IngestionErrorCode> {
  override readonly name: string = "IngestionError";
}
