/**
 * The seams where time and chance come in. Rooms above take a `Clock` and a `Random` as arguments, so a test decides both;
 * no other file of these rooms reads the time of the machine or its random numbers, except for ids.
 */
import { setTimeout as delay } from "node:timers/promises";

/** Time as the program sees it, passed in so that tests can decide it. */
export interface Clock {
  /** Milliseconds since the epoch, UTC. */
  now(): number;
  /** Waits. Rejects with the signal's reason when it is aborted, at once if it was aborted before. */
  sleep(durationMs: number, signal?: AbortSignal): Promise<void>;
}

/** The machine's own clock. */
export const systemClock: Clock = {
  now: () => Date.now(),
  async sleep(durationMs, signal) {
    try {
      await delay(durationMs, undefined, signal === undefined ? {} : { signal });
    } catch (error) {
      signal?.throwIfAborted();
      throw error;
    }
  },
};
