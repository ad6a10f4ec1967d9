export type CommandErrorCode = "INVALID_ARGUMENT" | "INPUT_UNREADABLE" | "OUTPUT_FAILED";

/** An argument of a command, an input file or its output is wrong. */
export class CommandError extends Error {
  readonly code: CommandErrorCode;

  constructor(code: CommandErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "CommandError";
    this.code = code;
  }
}
