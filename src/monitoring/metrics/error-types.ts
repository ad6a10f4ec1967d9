/** The values of `error_type`: a closed list, so that no message becomes a label. */
export const errorTypes = [
  "rate_limit",
  "quota",
  "auth",
  "network",
  "bad_answer",
  "row_check",
  "commit_conflict",
  "storage",
  "config",
] as const;
export type ErrorType = (typeof errorTypes)[number];

const typeOfCode: ReadonlyMap<string, ErrorType> = new Map([
  ["RATE_LIMITED", "rate_limit"],
  ["QUOTA_EXHAUSTED", "quota"],
  ["PREMIUM_REQUIRED", "auth"],
  ["BAD_CREDENTIALS", "auth"],
  ["MISSING_CREDENTIALS", "auth"],
  ["NETWORK_UNREACHABLE", "network"],
  ["WRONG_ADDRESS", "network"],
  ["BAD_CERTIFICATE", "network"],
  ["TIMEOUT", "network"],
  ["SERVER_ERROR", "network"],
  ["CIRCUIT_OPEN", "network"],
  ["MALFORMED_RESPONSE", "bad_answer"],
  ["RANGE_IGNORED", "bad_answer"],
  ["UNKNOWN_SYMBOL", "config"],
  ["UNSUPPORTED_TIMEFRAME", "config"],
  ["UNSUPPORTED_SERIES", "config"],
  ["BAD_REQUEST", "config"],
  ["INVALID_ARGUMENT", "config"],
  ["INVALID_RANGE", "config"],
  ["INVALID_CONFIG", "config"],
  ["CONFIG_NOT_FOUND", "config"],
  ["TOO_MANY_REJECTED", "row_check"],
  ["CONCURRENT_WRITE", "commit_conflict"],
  ["CONCURRENT_TRANSACTION", "commit_conflict"],
]);

/**
 * What kind of failure a code of the product's errors is; what is not listed comes from the storage. `undefined` where nothing
 * failed because the user stopped the work.
 */
export function errorTypeOfCode(code: string): ErrorType | undefined {
  if (code === "ABORTED" || code === "INTERRUPTED") return undefined;
  return typeOfCode.get(code) ?? "storage";
}

/** The same for a thrown value. */
export function errorTypeOf(error: unknown): ErrorType | undefined {
  return errorTypeOfCode(error instanceof Error && "code" in error ? String(error.code) : "");
}
