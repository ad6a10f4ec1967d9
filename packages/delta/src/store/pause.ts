import { setTimeout as delay } from "node:timers/promises";

/** Waits before another attempt, up to a number of milliseconds. It is passed in, so that tests control time and chance. */
export type Pause = (longestMs: number) => Promise<void>;

/** Waits a random time, so that writers that lost to the same commit do not collide again. */
export const randomPause: Pause = async (longestMs) => {
  await delay(Math.random() * longestMs);
};
