import { LakehouseError } from "finance-feedback-delta/contract";

export type BarsErrorCode = "INVALID_ARGUMENT" | "NO_BARS";

/** What cannot be read as bars. Trouble inside a table is a `DeltaError`, a table that is missing a `StorageError`. */
export class BarsError extends LakehouseError<BarsErrorCode> {
  override readonly name: string = "BarsError";
}
