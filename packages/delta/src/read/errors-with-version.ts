import { DeltaError } from "../errors.ts";

/**
 * Does work on what the log of a version says about its files. When that is damaged or hostile, the error names the version
 * beside the file, so that the commit that added it can be found.
 */
export async function withVersionInErrors<Result>(
  version: number,
  work: () => Promise<Result>,
): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    throw withVersion(error, version);
  }
}

/** {@link withVersionInErrors} for work without waiting. */
export function withVersionInErrorsSync<Result>(version: number, work: () => Result): Result {
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
