export type QualityErrorCode =
  | "INVALID_SUITE"
  | "UNKNOWN_SUITE"
  | "UNKNOWN_EXPECTATION"
  | "INVALID_CONDITION"
  | "INVALID_RESULT_FORMAT"
  | "INVALID_ARGUMENT"
  | "UNREADABLE_DEAD_LETTER";

/** A suite or a dead letter that cannot be used: the message names it, and what is wrong with it. */
export class QualityError extends Error {
  readonly code: QualityErrorCode;

  constructor(code: QualityErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "QualityError";
    this.code = code;
  }
}

/**
 * Refuses, for callers without types, what is no object or has an option that nobody reads.
 *
 * @throws QualityError `INVALID_ARGUMENT`
 */
export function assertKnownOptions(method: string, options: unknown, known: readonly string[]): void {
  if (typeof options !== "object" || options === null || Array.isArray(options))
    throw new QualityError("INVALID_ARGUMENT", `${method} takes an object of ${known.join(", ")}`);
  const unknown = Object.keys(options).filter((name) => !known.includes(name));
  if (unknown.length > 0)
    throw new QualityError(
      "INVALID_ARGUMENT",
      `${method} has no option "${unknown.join('", "')}". It has: ${known.join(", ")}`,
    );
}

/** @throws QualityError `INVALID_ARGUMENT` for one that is missing. */
export function assertNeededOptions<Name extends string>(
  method: string,
  options: { readonly [name in Name]?: unknown },
  needed: readonly Name[],
): void {
  const missing = needed.filter((name) => options[name] === undefined);
  if (missing.length > 0)
    throw new QualityError("INVALID_ARGUMENT", `${method} needs ${missing.join(" and ")}`);
}
