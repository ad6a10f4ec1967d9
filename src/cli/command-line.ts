import { CommanderError } from "commander";
import type { Command } from "commander";

import type { Clock } from "../seams/clock.ts";
import { exitCodeOfFailure, isStopped } from "./interruption.ts";
import { writeOut } from "./output/write-out.ts";
import { buildProgram } from "./program.ts";

/** Parses the command line by the grammar of all commands, and runs the command; see `main`. */
export async function runCommandLine(args: readonly string[], clock: Clock): Promise<number> {
  let done = 0;
  const program = buildProgram((code) => {
    done = code;
  }, clock);
  try {
    await program.parseAsync([...args], { from: "user" });
    return exitCodeOfFailure(done);
  } catch (error) {
    const help = `${callOf(program, args)} --help`;
    // Commander has printed the text of --help and --version, and throws with exit code 0.
    if (error instanceof CommanderError) {
      if (error.exitCode !== 0 && args.includes("--json")) {
        const document = {
          error: {
            code: "INVALID_COMMAND_LINE",
            message: error.message.replace(/^error: /, ""),
            next_step: help,
          },
        };
        await writeOut(`${JSON.stringify(document, null, 2)}\n`);
      }
      return error.exitCode === 0 ? 0 : 2;
    }
    const { reportError } = await import("./error-report.ts");
    const exitCode = exitCodeOfFailure(await reportError(error, args.includes("--json"), help));
    // Output may still wait for a reader that takes nothing. All queries have ended.
    if (isStopped()) process.exit(exitCode);
    return exitCode;
  }
}

/** The command that the arguments name, as far as they do. */
function callOf(program: Command, args: readonly string[]): string {
  let command = program;
  let call = program.name();
  for (const word of args) {
    const next = command.commands.find((one) => one.name() === word || one.aliases().includes(word));
    if (next === undefined) continue;
    command = next;
    call = `${call} ${next.name()}`;
  }
  return call;
}
