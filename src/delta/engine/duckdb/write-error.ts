import { DeltaError, messageOf } from "../../errors.ts";

const marker = "delta rule violated: ";

/** The text of an error that the engine raises for a row that breaks a rule; {@link writeError} knows it again. */
export function violation(text: string): string {
  return marker + text;
}

/** What went wrong while files were written, as our own error. */
export function writeError(error: unknown, folder: string): DeltaError {
  if (error instanceof DeltaError) return error;
  const text = messageOf(error);
  const broken = text.indexOf(marker);
  if (broken >= 0) {
    const detail = text.slice(broken + marker.length);
    return new DeltaError(
      "CONSTRAINT_VIOLATED",
      `${detail.length > 2000 ? `${detail.slice(0, 2000)}...` : detail}. Nothing was written.`,
      { cause: error },
    );
  }
  if (isValueError(text)) {
    return new DeltaError("INVALID_VALUE", `A row cannot be stored: ${text}`, { cause: error });
  }
  if (/^(Binder|Parser|Catalog) Error/.test(text)) {
    return new DeltaError("INVALID_QUERY", `The rows cannot be computed: ${text}`, { cause: error });
  }
  return new DeltaError("STORAGE_FAILED", `Cannot write data files below ${folder}: ${text}`, {
    cause: error,
  });
}

/** Whether the engine complains of a value that an expression met, or that a type cannot hold. */
export function isValueError(text: string): boolean {
  return /^(Conversion|Out of Range|Invalid Input) Error/.test(text) && !/parquet/i.test(text);
}
