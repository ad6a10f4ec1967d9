import { StoreError } from "finance-feedback-delta";

import type { Clock } from "../../seams/clock.ts";

export interface StorePatience {
  readonly clock: Clock;
  /** In all, milliseconds. */
  readonly patienceMs: number;
  /** Once it is aborted, only so much is left. */
  readonly signal: AbortSignal;
  readonly stopTimeoutMs: number;
  readonly tell: (message: string) => void;
}

const firstPauseMs = 500;
const pauseMsMax = 30_000;

/** Does work again while a store fails, with pauses that double. What is no failure of a store is thrown at once. */
export async function withStorePatience<Result>(
  work: () => Promise<Result>,
  { clock, patienceMs, signal, stopTimeoutMs, tell }: StorePatience,
): Promise<Result> {
  let waitedMs = 0;
  for (let pauseMs = firstPauseMs; ; pauseMs = Math.min(2 * pauseMs, pauseMsMax)) {
    try {
      return await work();
    } catch (error) {
      const leftMs = (signal.aborted ? Math.min(patienceMs, stopTimeoutMs) : patienceMs) - waitedMs;
      if (!isOfStore(error) || leftMs <= 0) throw error;
      tell(
        `The store fails, and is asked again in ${Math.min(pauseMs, leftMs) / 1000} s: ${messageOf(error)}`,
      );
      const thisPauseMs = Math.min(pauseMs, leftMs);
      await clock.sleep(thisPauseMs);
      waitedMs += thisPauseMs;
    }
  }
}

function isOfStore(error: unknown): boolean {
  return (
    error instanceof StoreError || (error instanceof Error && isOfStore(error.cause)) || isOfSystem(error)
  );
}

/** A disk that is full, a folder that went away: errors of the system calls. */
function isOfSystem(error: unknown): boolean {
  return error instanceof Error && "syscall" in error;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
