import { CommanderError } from "commander";

import { exitCodeOfFailure } from "./interruption.ts";
import { buildProgram } from "./program.ts";

/**
 * Runs `ffe` with the arguments behind its name.
 *
 * @returns the exit code: 0 done, 1 the work failed or a gate did not pass, 2 the command line or the configuration is
 *   wrong.
 */
export async function main(args: readonly string[]): Promise<number> {
  try {
    let exitCode = 0;
    await buildProgram((code) => {
      exitCode = code;
    }).parseAsync([...args], { from: "user" });
    return exitCodeOfFailure(exitCode);
  } catch (error) {
    // Help and version end the same way as mistakes, with a code of their own; commander has printed either.
    if (error instanceof CommanderError) {
      if (error.exitCode !== 0 && args.includes("--json")) {
        const document = {
          error: { code: "INVALID_COMMAND_LINE", message: error.message, next_step: "ffe --help" },
        };
        process.stdout.write(`${JSON.stringify(document, null, 2)}\n`);
      }
      return error.exitCode === 0 ? 0 : 2;
    }
    const { reportError } = await import("./error-report.ts");
    return exitCodeOfFailure(reportError(error, args.includes("--json")));
  }
}
