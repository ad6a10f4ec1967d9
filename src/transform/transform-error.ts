import { LakehouseError } from "finance-feedback-delta/contract";

export type TransformErrorCode =
  | "INVALID_ARGUMENT"
  | "TABLE_IN_THE_WAY"
  | "SCHEMA_CHANGED"
  | "NOT_SUPPORTED"
  | "INVALID_CONFIG"
  | "INVALID_SEED"
  | "COMPILATION_FAILED"
  | "RELATION_NOT_FOUND"
  | "NODE_FAILED"
  | "TEST_FAILED"
  | "NOTHING_SELECTED"
  | "PROJECT_EXISTS";

/** What went wrong while a project ran; a project that cannot be read is a `ProjectError`. */
export class TransformError extends LakehouseError<TransformErrorCode> {
  override readonly name: string = "TransformError";
}
