import { IngestionError } from "../../bronze/ingestion-error.ts";

/** A file that cannot be read as candles, and why. */
export function refused(file: string, why: string): IngestionError {
  return new IngestionError("INVALID_ARGUMENT", `${file}: ${why}`);
}
