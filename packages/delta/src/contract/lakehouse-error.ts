export interface LakehouseErrorOptions extends ErrorOptions {
  /** What to do or to type next, in one sentence. */
  readonly nextStep?: string | undefined;
}

/**
 * The base of every error that this package throws on purpose: `error instanceof LakehouseError` tells it from a fault of
 * the program. Each layer has a class of its own, with its own codes.
 */
export abstract class LakehouseError<Code extends string = string> extends Error {
  /** Stable: callers may branch on it. */
  readonly code: Code;
  /** What to do or to type next, where there is something to say. */
  readonly nextStep: string | undefined;

  constructor(code: Code, message: string, { nextStep, ...options }: LakehouseErrorOptions = {}) {
    super(message, options);
    this.code = code;
    this.nextStep = nextStep;
  }

  /** An error's message is not enumerable, and would be missing in JSON. */
  toJSON(): Readonly<Record<string, unknown>> {
    return { ...Object.fromEntries(Object.entries(this)), message: this.message };
  }
}
