import { fork } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import * as z from "zod";

import type { Outcome, RunOptions } from "./run-ffe.ts";
import { userEnvironment } from "./user-environment.ts";

type CallOptions = Pick<RunOptions, "cwd" | "environment"> & {
  /** By how much the command's clock is ahead of the machine's. */
  readonly aheadMs?: number;
};

const Answer = z.object({ exitCode: z.number().nullable(), stdout: z.string(), stderr: z.string() });
const script = fileURLToPath(new URL("called-ffe.ts", import.meta.url));

let child: ChildProcess | undefined;
let last: Promise<unknown> = Promise.resolve();

/**
 * Runs the command as `runFfe` does, but all commands of this process in one other, one after the other. It takes a
 * tenth of the time, and is for tests of what a command does; stdin, signals and several at once need `runFfe`.
 */
export function callFfe(args: readonly string[], options: CallOptions): Promise<Outcome> {
  const outcome = last.then(() => ask(args, options));
  last = outcome.catch(() => undefined);
  return outcome;
}

async function ask(args: readonly string[], { cwd, environment, aheadMs }: CallOptions): Promise<Outcome> {
  child ??= fork(script, { stdio: ["ignore", "ignore", "inherit", "ipc"], execArgv: [] });
  hold(child);
  const ended = new AbortController();
  const onExit = (code: number | null): void => {
    ended.abort(new Error(`ffe ${args.join(" ")} ended its process with exit code ${String(code)}`));
  };
  child.once("exit", onExit);
  const answer = once(child, "message", { signal: ended.signal });
  child.send({ args, cwd, aheadMs, environment: { ...userEnvironment(), ...environment } });
  try {
    const [message]: unknown[] = await answer;
    return Answer.parse(message);
  } finally {
    child.off("exit", onExit);
    release(child);
    if (ended.signal.aborted) child = undefined;
  }
}

/** This process waits for the answer. */
function hold(asked: ChildProcess): void {
  asked.ref();
  asked.channel?.ref();
}

/** This process may end, and the other with it. */
function release(asked: ChildProcess): void {
  asked.unref();
  asked.channel?.unref();
}
