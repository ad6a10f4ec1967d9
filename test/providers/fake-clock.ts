import { setImmediate } from "node:timers/promises";
import type { Clock } from "../../src/seams/clock.ts";

/** A clock on which every wait is over at once: it jumps ahead and notes how long the wait was. */
export class JumpingClock implements Clock {
  readonly sleepsMs: number[] = [];
  #nowMs: number;

  constructor(nowMs: number) {
    this.#nowMs = nowMs;
  }

  now(): number {
    return this.#nowMs;
  }

  async sleep(durationMs: number, signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
    this.sleepsMs.push(durationMs);
    this.#nowMs += durationMs;
  }
}

/** A clock that moves only when told to. */
export class SteppedClock implements Clock {
  #nowMs = 0;
  #sleepers: { readonly dueMs: number; readonly wake: () => void }[] = [];

  now(): number {
    return this.#nowMs;
  }

  sleep(durationMs: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const abort = (): void =>
        reject(signal?.reason instanceof Error ? signal.reason : new Error("aborted"));
      signal?.addEventListener("abort", abort, { once: true });
      this.#sleepers.push({ dueMs: this.#nowMs + durationMs, wake: resolve });
    });
  }

  /** Moves on, and lets everybody whose time has come run. */
  async advance(durationMs: number): Promise<void> {
    this.#nowMs += durationMs;
    const due = this.#sleepers.filter((sleeper) => sleeper.dueMs <= this.#nowMs);
    this.#sleepers = this.#sleepers.filter((sleeper) => sleeper.dueMs > this.#nowMs);
    for (const sleeper of due.toSorted((a, b) => a.dueMs - b.dueMs)) sleeper.wake();
    await setImmediate();
  }
}
