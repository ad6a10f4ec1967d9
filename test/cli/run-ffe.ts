import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";

import { userEnvironment } from "./user-environment.ts";

const bin = fileURLToPath(new URL("../../bin/ffe.js", import.meta.url));

export interface Outcome {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  readonly cwd: string;
  readonly environment?: Readonly<Record<string, string>>;
  /** What stands on stdin. */
  readonly input?: string;
  /** Called when the process has started, to send it a signal for instance. */
  readonly onStart?: (kill: (signal: NodeJS.Signals) => void) => void;
  /** A signal that is sent once, as soon as it is due by what the process has printed or done so far. */
  readonly killWhen?: {
    readonly signal: NodeJS.Signals;
    readonly isDue: (printed: { readonly stdout: string; readonly stderr: string }) => boolean;
  };
  /** Called with all that stands on stdout, whenever there is more. */
  readonly onStdout?: (text: string, kill: (signal: NodeJS.Signals) => void) => void;
  /** Called with all that stands on stderr, whenever there is more. */
  readonly onStderr?: (text: string, kill: (signal: NodeJS.Signals) => void) => void;
}

const lookEveryMs = 10;

/** Runs the command as a user would, without the environment of the one who runs the tests. */
export async function runFfe(args: readonly string[], options: RunOptions): Promise<Outcome> {
  const child = spawn(process.execPath, [bin, ...args], {
    cwd: options.cwd,
    env: { ...userEnvironment(), ...options.environment },
    stdio: ["pipe", "pipe", "pipe"],
  });
  const kill = (signal: NodeJS.Signals): void => void child.kill(signal);
  let stdout = "";
  let stderr = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    stdout += text;
    options.onStdout?.(stdout, kill);
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    stderr += text;
    options.onStderr?.(stderr, kill);
  });
  child.stdin.end(options.input ?? "");
  options.onStart?.(kill);
  const { killWhen } = options;
  const look = (): void => {
    if (killWhen?.isDue({ stdout, stderr }) !== true) return;
    clearInterval(watch);
    kill(killWhen.signal);
  };
  const watch = killWhen === undefined ? undefined : setInterval(look, lookEveryMs);
  try {
    const exitCode = await new Promise<number | null>((resolve, reject) => {
      child.on("error", reject);
      child.on("close", (code) => {
        resolve(code);
      });
    });
    return { exitCode, stdout, stderr };
  } finally {
    clearInterval(watch);
  }
}

/** Reads stdout as the one JSON document that it must be. */
export function jsonOf(outcome: Outcome): unknown {
  const json: unknown = JSON.parse(outcome.stdout);
  return json;
}
