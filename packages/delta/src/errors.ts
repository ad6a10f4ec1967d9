import { LakehouseError } from "./contract/lakehouse-error.ts";

/** Every code a {@link DeltaError} can carry. Stable: callers may branch on them. */
export type DeltaErrorCode =
  | "TABLE_NOT_FOUND"
  | "TABLE_ALREADY_EXISTS"
  | "VERSION_NOT_FOUND"
  | "CORRUPT_LOG"
  | "UNSUPPORTED_FEATURE"
  | "INVALID_SCHEMA"
  | "SCHEMA_MISMATCH"
  | "INVALID_VALUE"
  | "CONSTRAINT_VIOLATED"
  | "APPEND_ONLY"
  | "AMBIGUOUS_MERGE"
  | "RETENTION_TOO_SHORT"
  | "CHANGE_DATA_NOT_RECORDED"
  | "INVALID_PREDICATE"
  | "INVALID_QUERY"
  | "INVALID_ARGUMENT"
  | "CONCURRENT_WRITE"
  | "CONCURRENT_TRANSACTION"
  | "DATA_FILE_UNREADABLE"
  | "UNSAFE_PATH"
  | "OUT_OF_MEMORY"
  | "INTERRUPTED"
  | "STORAGE_FAILED";

/** What went wrong with a Delta table: the message names the table, the version or the values involved. */
export class DeltaError extends LakehouseError<DeltaErrorCode> {
  override readonly name: string = "DeltaError";
}

/** The text of anything thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
