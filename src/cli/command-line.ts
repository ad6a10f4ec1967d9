import { CommanderError } from "commander";
import type { Command } from "commander";

import type { Clock } from "../seams/clock.ts";
import { exitCodeOfFailure, isStopped } from "./interruption.ts";
import { writeOut } from "./output/write-out.ts";
import { buildProgram } from "./program.ts";

/** Reads the command line by the grammar of all commands, and does what it says; see `main`. */
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
    // Commander throws for --help and --version, too, with exit code 0; it has printed its text.
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
    // The rest of what stdout was to get may wait for a reader that takes nothing; queries run no more.
    if (isStopped()) process.exit(exitCode);
    return exitCode;
  }
}

/** The command that the arguments call, as far as they name one. */
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
