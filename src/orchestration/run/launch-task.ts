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
  /** Lets the command begin, which waits until the process is noted: one that nobody has noted nobody could end. */
  begin(): void;
  /** To the process and all that it started. */
  signal(signal: NodeJS.Signals): void;
}

export interface TaskExit {
  readonly exitCode: number | undefined;
  /** Why there is no exit code. */
  readonly reason: string | undefined;
}

/** Prepares a command in a process of its own: a seam for tests. */
export type LaunchTask = (launch: TaskLaunch) => LaunchedTask;

/**
 * A shell that becomes the command, with the same process number, once it has read a line. Its pipe closes with the
 * runner, however that ends: then the shell ends, too, and the command never began.
 */
const gate = `read -r go || exit 1
command -v "$1" >/dev/null || { echo "$1 cannot be started: there is no such command" >&2; exit 127; }
exec "$@" </dev/null`;
/** Windows has no such shell. */
const hasGate = process.platform !== "win32";

/** Makes a process in a group of its own for a command. */
export const launchProcess: LaunchTask = ({ argv, environment, workingFolder, onLine }) => {
  const [command = "", ...args] = hasGate ? ["/bin/sh", "-c", gate, "sh", ...argv] : argv;
  const child = spawn(command, args, {
    cwd: workingFolder,
    env: environment,
    detached: true,
    stdio: ["pipe", "pipe", "pipe"],
  });
  // A process that ended at the gate reads no more.
  child.stdin.on("error", () => {});
  const reading = Promise.all([
    readLines(child.stdout, (line) => onLine("stdout", line)),
    readLines(child.stderr, (line) => onLine("stderr", line)),
  ]);
  const exited = new Promise<TaskExit>((resolve) => {
    child.once("error", (error) => {
      resolve({
        exitCode: "code" in error ? startFailureCodes.get(error.code) : undefined,
        reason: `${argv[0]} cannot be started in ${workingFolder}: ${error.message}`,
      });
    });
    child.once("exit", (code, signal) => {
      resolve({
        exitCode: code ?? undefined,
        reason: signal === null ? startFailures.get(code ?? 0) : `ended by ${signal}`,
      });
    });
  });
  const ended = exited.then(async (exit) => {
    // What the process started and left behind may hold its output open.
    await Promise.race([reading, delay(outputPatienceMs, undefined, { ref: false })]);
    child.stdout.destroy();
    child.stderr.destroy();
    child.stdin.destroy();
    return exit;
  });
  return {
    process: child.pid === undefined ? undefined : systemProcesses.identify(child.pid),
    ended,
    begin() {
      child.stdin.end(hasGate ? "go\n" : "");
    },
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

/** What a shell has as its exit code when a command is not there, or may not be executed. */
/** Of the command itself, or of one that it called. */
const startFailures: ReadonlyMap<number, string> = new Map([
  [126, "a command may not be executed"],
  [127, "a command was not found"],
]);
const startFailureCodes: ReadonlyMap<unknown, number> = new Map([
  ["ENOENT", 127],
  ["EACCES", 126],
]);
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
