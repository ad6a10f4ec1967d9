import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { text } from "node:stream/consumers";

import { exitCodeOfFailure } from "../interruption.ts";
import { writeOut } from "../output/write-out.ts";
import type { RunSettings } from "./run-settings.ts";
import { runScheduler } from "./scheduler-loop.ts";

/**
 * `ffe schedule` in a process that stays small: another process reads the command line and the configuration, and ends. The
 * imports of this file stay loaded for months; a test limits them.
 *
 * @param words the options.
 */
export async function runSchedulerProcess(words: readonly string[]): Promise<number> {
  const read = await settingsBy(words);
  if (read.exitCode !== 0) {
    await writeOut(read.output);
    return read.exitCode;
  }
  try {
    const settings: RunSettings = JSON.parse(read.output);
    return exitCodeOfFailure(await runScheduler(settings));
  } catch (error) {
    const { reportError } = await import("../error-report.ts");
    return exitCodeOfFailure(await reportError(error, words.includes("--json"), "ffe schedule run --help"));
  }
}

async function settingsBy(
  words: readonly string[],
): Promise<{ readonly exitCode: number; readonly output: string }> {
  const child = spawn(process.execPath, [bin, "schedule", "run", "--settings", ...words], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const exited = once(child, "close");
  const output = await text(child.stdout);
  await exited;
  return { exitCode: child.exitCode ?? 1, output };
}

const bin = fileURLToPath(new URL("../../../bin/ffe.js", import.meta.url));
