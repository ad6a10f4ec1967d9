export type CommandErrorCode = "INVALID_ARGUMENT" | "INPUT_UNREADABLE" | "OUTPUT_FAILED";

/** What is wrong with what a command was given, or with where its output should go. */
export class CommandError extends Error {
  readonly code: CommandErrorCode;

  constructor(code: CommandErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "CommandError";
    this.code = code;
  }
}
