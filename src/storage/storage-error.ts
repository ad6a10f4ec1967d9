export type StorageErrorCode = "INVALID_TABLE_NAME" | "TABLE_NOT_FOUND" | "STORAGE_UNREADABLE";

/** What went wrong with a lakehouse's names and places; trouble inside a table is a `DeltaError`. */
export class StorageError extends Error {
  readonly code: StorageErrorCode;

  constructor(code: StorageErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "StorageError";
    this.code = code;
  }
}
