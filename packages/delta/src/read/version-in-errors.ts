import { DeltaError } from "../errors.ts";

/**
 * Does work on what a version's log says of its files. When that is damaged or hostile, the error names the version
 * beside the file: the way to the commit that brought it in.
 */
export async function namingVersion<Result>(version: number, work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    throw withVersion(error, version);
  }
}

/** {@link namingVersion} for work without waiting. */
export function namingVersionSync<Result>(version: number, work: () => Result): Result {
  try {
    return work();
  } catch (error) {
    throw withVersion(error, version);
  }
}

function withVersion(error: unknown, version: number): unknown {
  if (!(error instanceof DeltaError) || !isOfTheLog.has(error.code)) return error;
  return new DeltaError(error.code, `${error.message} (met in version ${version})`, { cause: error });
}

const isOfTheLog: ReadonlySet<string> = new Set(["UNSAFE_PATH", "CORRUPT_LOG"]);
