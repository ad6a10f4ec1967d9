/** Why a run ended before its work: the user asked for it. */
export class Interrupted extends Error {
  readonly code = "INTERRUPTED";
}

/**
 * Ctrl-C, and what supervisors send, as an abort signal: the commit in flight is finished, then the run stops. A second
 * one ends the process at once, which is as safe as any crash.
 */
export async function withInterruption<Result>(
  work: (signal: AbortSignal) => Promise<Result>,
): Promise<Result> {
  const controller = new AbortController();
  const onSignal = (): void => {
    if (controller.signal.aborted) process.exit(1);
    process.stderr.write("\nStopping after the commit in flight; once more stops at once.\n");
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
