import { fileReason } from "../../contract/system-error.ts";
import { DeltaError, messageOf } from "../../errors.ts";
import { interrupted, saysInterrupted } from "./open-connections.ts";

type ViolationCode = "CONSTRAINT_VIOLATED" | "INVALID_VALUE";

/** The text of the engine's error for a row that breaks a rule; {@link writeError} recognizes it. */
export function violation(text: string, code: ViolationCode = "CONSTRAINT_VIOLATED"): string {
  return markers[code] + text;
}

const markers: Readonly<Record<ViolationCode, string>> = {
  CONSTRAINT_VIOLATED: "delta rule violated: ",
  INVALID_VALUE: "delta value refused: ",
};

/** An error of the engine while it wrote files, as our own error. */
export function writeError(error: unknown, folder: string): DeltaError {
  if (error instanceof DeltaError) return error;
  const text = messageOf(error);
  for (const code of ["CONSTRAINT_VIOLATED", "INVALID_VALUE"] as const) {
    const broken = text.indexOf(markers[code]);
    if (broken < 0) continue;
    const detail = text.slice(broken + markers[code].length);
    return new DeltaError(
      code,
      `${detail.length > 2000 ? `${detail.slice(0, 2000)}...` : detail}. Nothing was written.`,
      { cause: error },
    );
  }
  if (text.startsWith("Out of Memory Error")) return outOfMemory(text, error);
  if (saysInterrupted(text)) return interrupted(error);
  if (isValueError(text)) {
    return new DeltaError("INVALID_VALUE", `A row cannot be stored: ${text}`, { cause: error });
  }
  if (/^(Binder|Parser|Catalog) Error/.test(text)) {
    return new DeltaError("INVALID_QUERY", `The rows cannot be computed: ${text}`, { cause: error });
  }
  return storageFailed(`Cannot write data files below ${folder}`, error);
}

/** @param what could not be written. */
export function storageFailed(what: string, error: unknown): DeltaError {
  return new DeltaError("STORAGE_FAILED", `${what}: ${fileReason(error)}`, { cause: error });
}

/** The engine's own advice is SQL, which callers cannot run here. */
export function outOfMemory(text: string, cause: unknown): DeltaError {
  const [reason = text] = text.split("\n");
  return new DeltaError(
    "OUT_OF_MEMORY",
    `The engine ran out of memory: give DuckDbEngine a larger memoryLimit, or fewer threads. ${reason}`,
    { cause },
  );
}

/** Whether the engine's error is about a value in an expression, or one that a type cannot hold. */
export function isValueError(text: string): boolean {
  return /^(Conversion|Out of Range|Invalid Input) Error/.test(text) && !/parquet/i.test(text);
}
