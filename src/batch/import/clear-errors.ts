import { CsvError } from "csv-parse";

import { IngestionError } from "../../bronze/ingestion-error.ts";
import type { Part } from "./container.ts";
import { ZipError } from "./zip-archive.ts";

/** Runs what reads a file; a damaged file is an error that names it. */
export async function withClearErrors<Result>(part: Part, work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    throw clearError(part, error);
  }
}

/** A compressed file that was cut off or damaged, or text that has no lines. */
export function clearError(part: Part, error: unknown): unknown {
  const isPacked = error instanceof Error && "code" in error && /^(?:Z_|ZSTD_|ERR_)/.test(String(error.code));
  const isDamaged = error instanceof CsvError || error instanceof ZipError || isPacked;
  return isDamaged
    ? new IngestionError("INVALID_ARGUMENT", `${part.name} cannot be read: ${error.message}`, {
        cause: error,
      })
    : error;
}
