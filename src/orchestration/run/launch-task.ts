import { spawn } from "node:child_process";
import { setTimeout as delay } from "node:timers/promises";
import { StringDecoder } from "node:string_decoder";
import type { Readable } from "node:stream";

import { systemProcesses } from "./process-identity.ts";
import type { ProcessIdentity } from "./process-identity.ts";

interface TaskLaunch {
  readonly argv: readonly string[];
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly workingFolder: string;
  readonly onLine: (stream: "stdout" | "stderr", line: string) => void;
}

export interface LaunchedTask {
  /** `undefined` when it did not start, or is over already. */
  readonly process: ProcessIdentity | undefined;
  /** Resolves when the process is over and all that it wrote is read. */
  readonly ended: Promise<TaskExit>;
  /** To the process and all that it started. */
  signal(signal: NodeJS.Signals): void;
}

export interface TaskExit {
  readonly exitCode: number | undefined;
  /** Why there is no exit code. */
  readonly reason: string | undefined;
}

/** Starts a command: a seam for tests. */
export type LaunchTask = (launch: TaskLaunch) => LaunchedTask;

/** Starts a command as a process in a group of its own. */
export const launchProcess: LaunchTask = ({ argv, environment, workingFolder, onLine }) => {
  const [command = "", ...args] = argv;
  const child = spawn(command, args, {
    cwd: workingFolder,
    env: environment,
    detached: true,
    stdio: ["ignore", "pipe", "pipe"],
  });
  const reading = Promise.all([
    readLines(child.stdout, (line) => onLine("stdout", line)),
    readLines(child.stderr, (line) => onLine("stderr", line)),
  ]);
  const exited = new Promise<TaskExit>((resolve) => {
    child.once("error", (error) => {
      resolve({ exitCode: undefined, reason: `${command} cannot be started: ${error.message}` });
    });
    child.once("exit", (code, signal) => {
      resolve({
        exitCode: code ?? undefined,
        reason: signal === null ? undefined : `ended by ${signal}`,
      });
    });
  });
  const ended = exited.then(async (exit) => {
    // What the process started and left behind may hold its output open.
    await Promise.race([reading, delay(outputPatienceMs, undefined, { ref: false })]);
    child.stdout.destroy();
    child.stderr.destroy();
    return exit;
  });
  return {
    process: child.pid === undefined ? undefined : systemProcesses.identify(child.pid),
    ended,
    signal(signal) {
      if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
      try {
        process.kill(-child.pid, signal);
      } catch {
        // It has just ended.
      }
    },
  };
};

const outputPatienceMs = 2000;
/** A longer line is cut into several. */
const lineLengthMax = 16_384;

async function readLines(stream: Readable, onLine: (line: string) => void): Promise<void> {
  const decoder = new StringDecoder("utf8");
  let rest = "";
  try {
    for await (const chunk of stream) {
      rest += decoder.write(Buffer.from(chunk));
      const lines = rest.split(/\r?\n/);
      rest = lines.pop() ?? "";
      for (const line of lines) tell(line);
      for (; rest.length > lineLengthMax; rest = rest.slice(lineLengthMax))
        tell(rest.slice(0, lineLengthMax));
    }
  } catch {
    // It was closed: what was read counts.
  }
  rest += decoder.end();
  if (rest !== "") tell(rest);

  function tell(line: string): void {
    for (let start = 0; start === 0 || start < line.length; start += lineLengthMax)
      onLine(line.slice(start, start + lineLengthMax));
  }
}
