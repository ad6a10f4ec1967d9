import { setTimeout as delay } from "node:timers/promises";

/** Waits before another attempt, up to a number of milliseconds. It is passed in, so that tests control time and chance. */
export type Pause = (longestMs: number) => Promise<void>;

/**
 * Waits a random share of the longest time, so that writers that lost to the same commit do not collide again.
 *
 * @param random gives a number in `[0, 1)`.
 */
export function pauseBy(random: () => number): Pause {
  return async (longestMs) => {
    await delay(random() * longestMs);
  };
}

/** By the runtime's own generator. */
export const systemPause: Pause = pauseBy(Math.random);
