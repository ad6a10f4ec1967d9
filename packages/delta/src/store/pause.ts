import { setTimeout as delay } from "node:timers/promises";

/** Waits before another attempt, at most so many milliseconds; passed in so that tests can decide time and chance. */
export type Pause = (longestMs: number) => Promise<void>;

/** Waits a random time, so that writers that lost to the same commit do not meet again. */
export const randomPause: Pause = async (longestMs) => {
  await delay(Math.random() * longestMs);
};
