import { say } from "./output/say.ts";

/** Why a run ended before its work: the user asked for it. */
export class Interrupted extends Error {
  readonly code = "INTERRUPTED";
}

let received: NodeJS.Signals | undefined;

/**
 * Ctrl-C, and what supervisors send, as an abort signal: the commit in flight is finished, then the run stops. A second
 * one ends the process at once, which is as safe as any crash.
 */
export async function withInterruption<Result>(
  work: (signal: AbortSignal) => Promise<Result>,
): Promise<Result> {
  const controller = new AbortController();
  const onSignal = (signal: NodeJS.Signals): void => {
    if (controller.signal.aborted) process.exit(exitCodeOfSignal(signal));
    received = signal;
    say("Stopping after the commit in flight; once more stops at once.", "interrupted");
    controller.abort(new Interrupted("Stopped by the user"));
  };
  process.on("SIGINT", onSignal);
  process.on("SIGTERM", onSignal);
  try {
    return await work(controller.signal);
  } finally {
    process.off("SIGINT", onSignal);
    process.off("SIGTERM", onSignal);
  }
}

/** What a shell makes of a program that a signal ended: 130 after Ctrl-C. */
export function exitCodeOfSignal(signal: NodeJS.Signals): number {
  return signal === "SIGINT" ? 130 : 143;
}

/** The exit code of a run that did not get to its end: that of the signal that stopped it, if one did. */
export function exitCodeOfFailure(exitCode: number): number {
  return exitCode === 0 || received === undefined ? exitCode : exitCodeOfSignal(received);
}
