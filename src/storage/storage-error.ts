import { LakehouseError } from "finance-feedback-delta/contract";

export type StorageErrorCode =
  | "INVALID_TABLE_NAME"
  | "TABLE_NOT_FOUND"
  | "STORAGE_UNREADABLE"
  | "INVALID_ARGUMENT"
  | "APPEND_ONLY"
  | "CORRUPT_CATALOG";

/** What went wrong with a lakehouse's names and places; trouble inside a table is a `DeltaError`. */
export class StorageError extends LakehouseError<StorageErrorCode> {
  override readonly name: string = "StorageError";
}
