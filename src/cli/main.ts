import { CommanderError } from "commander";
import type { Command } from "commander";

import type { Clock } from "../seams/clock.ts";
import { exitCodeOfFailure, isStopped } from "./interruption.ts";
import { setLog } from "./output/say.ts";
import type { LogFormat } from "./output/say.ts";
import { guardStdout, writeOut } from "./output/write-out.ts";
import { buildProgram } from "./program.ts";

/**
 * Runs `ffe` with the arguments behind its name.
 *
 * @param clock what all of the command, its messages and its events take for the present.
 * @returns the exit code: 0 done, 1 the work failed or a gate did not pass, 2 the command line or the configuration is
 *   wrong, 130 stopped by Ctrl-C.
 */
export async function main(args: readonly string[], clock: Clock): Promise<number> {
  setLog(logFormatOf(args), clock);
  guardStdout();
  // It loads the engine, which --help does not need.
  if (process.env["FFE_DEBUG"] !== undefined) (await import("../debug-output.ts")).startDebugOutput(clock);
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

/** The format of messages, for what is printed before the command line is parsed. */
function logFormatOf(args: readonly string[]): LogFormat {
  const place = args.indexOf("--log-format");
  const isJson = args.includes("--log-format=json") || (place >= 0 && args[place + 1] === "json");
  return isJson ? "json" : "text";
}
