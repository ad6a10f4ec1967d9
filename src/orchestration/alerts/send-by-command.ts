import { spawn } from "node:child_process";

import { alertDocument } from "./alert.ts";
import type { Notice } from "./alert.ts";
import { DeliveryError } from "./delivery-error.ts";

interface CommandCall {
  readonly argv: readonly string[];
  readonly input: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
}

interface CommandEnd {
  readonly exitCode: number | undefined;
  /** Why there is no exit code. */
  readonly reason: string | undefined;
  /** The end of what it wrote to stderr. */
  readonly said: string;
}

/** Runs a command with a text as its input: a seam for tests. */
export type RunCommand = (call: CommandCall) => Promise<CommandEnd>;

interface CommandPlace {
  readonly argv: readonly string[];
  readonly timeoutSeconds: number;
  readonly runCommand: RunCommand;
}

/** Hands an alert to a command: the document as its input, the most important of it in its environment. */
export async function sendByCommand(
  { alert }: Notice,
  { argv, timeoutSeconds, runCommand }: CommandPlace,
): Promise<void> {
  const { exitCode, reason, said } = await runCommand({
    argv,
    input: `${JSON.stringify(alertDocument(alert))}\n`,
    environment: {
      FFE_ALERT_ID: alert.id,
      FFE_ALERT_KIND: alert.kind,
      FFE_ALERT_TITLE: alert.title,
      FFE_PIPELINE: alert.pipeline,
      ...(alert.runId === undefined ? {} : { FFE_RUN_ID: alert.runId }),
    },
    timeoutMs: timeoutSeconds * 1000,
  });
  if (exitCode === 0) return;
  const [command = ""] = argv;
  throw new DeliveryError(
    `${command} ${reason ?? `ended with exit code ${exitCode ?? "unknown"}`}${said === "" ? "" : `: ${said}`}`,
  );
}

const saidLengthMax = 200;

/** Runs a command as a process in a group of its own, which is killed when its time is over. */
export const runProcess: RunCommand = ({ argv, input, environment, timeoutMs }) =>
  new Promise((resolve) => {
    const [command = "", ...args] = argv;
    const child = spawn(command, args, {
      env: { ...process.env, ...environment },
      detached: true,
      stdio: ["pipe", "ignore", "pipe"],
    });
    let said = "";
    let isLate = false;
    const timer = setTimeout(() => {
      isLate = true;
      try {
        if (child.pid !== undefined) process.kill(-child.pid, "SIGKILL");
      } catch {
        // It has just ended.
      }
    }, timeoutMs);
    const end = (exitCode: number | undefined, reason: string | undefined): void => {
      clearTimeout(timer);
      // What it left behind may hold it open.
      child.stderr.destroy();
      const last = said.trim().split("\n").at(-1) ?? "";
      resolve({ exitCode, reason, said: last.slice(0, saidLengthMax) });
    };
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      said = `${said}${text}`.slice(-10 * saidLengthMax);
    });
    // A command need not read its input.
    child.stdin.on("error", () => {});
    child.stdin.end(input);
    child.once("error", (error) => end(undefined, `cannot be started: ${error.message}`));
    child.once("exit", (code, signal) => {
      if (isLate) end(undefined, `was killed: it took longer than ${timeoutMs / 1000} s`);
      else if (signal !== null) end(undefined, `was ended by ${signal}`);
      // What it wrote last is read before.
      else setImmediate(() => end(code ?? undefined, undefined));
    });
  });
