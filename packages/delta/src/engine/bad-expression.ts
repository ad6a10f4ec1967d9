import { DeltaError } from "../errors.ts";

/** Evaluates the expressions of a command. What the engine refuses there is `INVALID_PREDICATE`. */
export async function withPredicateErrors<Result>(run: () => Promise<Result>): Promise<Result> {
  try {
    return await run();
  } catch (error) {
    throw asBadExpression(error);
  }
}

/** What to throw for an error of the engine while it evaluates expressions that a caller gave. */
export function asBadExpression(error: unknown): unknown {
  if (!(error instanceof DeltaError) || error.code !== "INVALID_QUERY") return error;
  return new DeltaError("INVALID_PREDICATE", error.message, { cause: error });
}
