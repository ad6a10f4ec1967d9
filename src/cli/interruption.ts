import { say } from "./output/say.ts";

/** The user stopped the run. */
export class Interrupted extends Error {
  readonly code = "INTERRUPTED";
}

/** How long a command may take to end after the first signal. Then the process ends, which is as safe as any crash. */
const patienceMs = 10_000;

/** The run of a command. Signals are sent to a process, so there is one at a time. */
interface Run {
  /** Aborts at the first signal, unless work is going on that stops by itself. */
  readonly queries: AbortController;
  /** For work that stops by itself: what stops it, and what the user is told. */
  commits: { readonly controller: AbortController; readonly message: string } | undefined;
}

let current: Run | undefined;
let received: NodeJS.Signals | undefined;
/** What is done before a second signal ends the process. */
const leftovers = new Set<() => void>();

/**
 * Runs a command so that Ctrl-C, and what supervisors send, stops it: queries are interrupted, and a commit in flight is
 * finished. A second signal ends the process at once.
 *
 * @param work gets the signal that interrupts queries.
 */
export async function withInterruption<Result>(
  work: (signal: AbortSignal) => Promise<Result>,
): Promise<Result> {
  const run: Run = { queries: new AbortController(), commits: undefined };
  const { signal } = run.queries;
  current = run;
  process.on("SIGINT", onSignal);
  process.on("SIGTERM", onSignal);
  try {
    return await work(signal);
  } catch (error) {
    // Whatever an interrupted query reports, the user is the cause.
    throw signal.aborted ? signal.reason : error;
  } finally {
    current = undefined;
    process.off("SIGINT", onSignal);
    process.off("SIGTERM", onSignal);
  }
}

/**
 * Runs work that stops by itself when the signal that it is given aborts.
 *
 * @param message says how it stops; after its commit in flight when left out.
 */
export async function finishingCommits<Result>(
  work: (signal: AbortSignal) => Promise<Result>,
  message = "Stopping after the commit in flight; once more stops at once.",
): Promise<Result> {
  const controller = new AbortController();
  if (current !== undefined) current.commits = { controller, message };
  try {
    return await work(controller.signal);
  } finally {
    if (current !== undefined) current.commits = undefined;
  }
}

/** Does something when a second signal ends the process. Calling the result cancels that. */
export function atSecondSignal(tidy: () => void): () => void {
  leftovers.add(tidy);
  return () => void leftovers.delete(tidy);
}

/** Calls back when the user stops a command that only reads. Calling the result cancels that. */
export function whenStopped(callback: (reason: unknown) => void): () => void {
  const signal = current?.queries.signal;
  const listener = (): void => callback(signal?.reason);
  signal?.addEventListener("abort", listener);
  return () => signal?.removeEventListener("abort", listener);
}

/** Whether a signal came. */
export function isStopped(): boolean {
  return received !== undefined;
}

/** The exit code of a run that did not finish: 130 when Ctrl-C stopped it, as in a shell. */
export function exitCodeOfFailure(exitCode: number): number {
  return exitCode === 0 || received === undefined ? exitCode : exitCodeOfSignal(received);
}

function exitCodeOfSignal(signal: NodeJS.Signals): number {
  return signal === "SIGINT" ? 130 : 143;
}

function onSignal(signal: NodeJS.Signals): void {
  if (received !== undefined || current === undefined) {
    endAtOnce(signal);
    return;
  }
  received = signal;
  const reason = new Interrupted("Stopped at your request");
  const { queries, commits } = current;
  if (commits === undefined) {
    say("Stopping; once more stops at once.", "interrupted");
    queries.abort(reason);
    setTimeout(() => endAtOnce(signal), patienceMs).unref();
  } else {
    say(commits.message, "interrupted");
    commits.controller.abort(reason);
  }
}

/**
 * Ends the process by the signal itself. `process.exit` would wait for the engine's threads, which may be in the middle
 * of a query.
 */
function endAtOnce(signal: NodeJS.Signals): void {
  for (const tidy of leftovers)
    try {
      tidy();
    } catch {
      // The process ends all the same, and what is left to tidy comes first.
    }
  process.removeAllListeners(signal);
  process.kill(process.pid, signal);
  // The first process of a container does not die of a signal that nothing listens to.
  process.exit(exitCodeOfSignal(signal));
}
