import type { Clock } from "../seams/clock.ts";
import { setLog } from "./output/say.ts";
import type { LogFormat } from "./output/say.ts";
import { guardStdout } from "./output/write-out.ts";

/**
 * Runs `ffe` with the arguments after its name.
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
  // It runs for months and stays small: it never loads the grammar, or the reader of the configuration.
  const words = schedulerWords(args);
  if (words !== undefined)
    return (await import("./orchestration/scheduler-process.ts")).runSchedulerProcess(words);
  return (await import("./command-line.ts")).runCommandLine(args, clock);
}

/** The options of `ffe schedule`, when the arguments call it. */
function schedulerWords([command, ...words]: readonly string[]): readonly string[] | undefined {
  if (command !== "schedule" || words.some((word) => ownWords.has(word))) return undefined;
  const [first, ...others] = words;
  if (first === "run") return others;
  return first === undefined || first.startsWith("-") ? words : undefined;
}

/** Arguments with which `ffe schedule` does something else. */
const ownWords: ReadonlySet<string> = new Set(["-h", "--help", "--settings"]);

/** The format of messages, for what is printed before the command line is parsed. */
function logFormatOf(args: readonly string[]): LogFormat {
  const place = args.indexOf("--log-format");
  const isJson = args.includes("--log-format=json") || (place >= 0 && args[place + 1] === "json");
  return isJson ? "json" : "text";
}
