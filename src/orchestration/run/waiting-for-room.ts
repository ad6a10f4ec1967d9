import { once } from "node:events";

import type { Clock } from "../../seams/clock.ts";
import { OrchestrationError } from "../orchestration-error.ts";

const pauseMs = 10_000;

interface Waiting {
  readonly clock: Clock;
  /** Ends the wait. */
  readonly signal?: AbortSignal | undefined;
  /** Is told of each write that finds no room; where it is left out, nothing waits. */
  readonly onFull?: ((error: OrchestrationError) => void) | undefined;
}

/** Writes to the file of runs, on a full disk once there is room again. */
export async function whenThereIsRoom<Result>(
  write: () => Result,
  { clock, signal, onFull }: Waiting,
): Promise<Result> {
  for (;;) {
    try {
      return write();
    } catch (error) {
      if (onFull === undefined || !isFull(error) || signal?.aborted === true) throw error;
      onFull(error);
      await pause(clock, pauseMs, signal);
    }
  }
}

/** Whether the file of runs could not be written because its disk is full. */
export function isFull(error: unknown): error is OrchestrationError {
  return error instanceof OrchestrationError && error.code === "STATE_FULL";
}

/** Sleeps until the time is over or a signal comes. */
export async function pause(clock: Clock, lengthMs: number, signal: AbortSignal | undefined): Promise<void> {
  const over = new AbortController();
  const things: Promise<unknown>[] = [clock.sleep(lengthMs, over.signal).catch(() => undefined)];
  if (signal !== undefined && !signal.aborted)
    things.push(once(signal, "abort", { signal: over.signal }).catch(() => undefined));
  await Promise.race(things);
  over.abort();
}
