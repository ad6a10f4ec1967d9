import { setImmediate } from "node:timers/promises";

import type { Clock } from "../../../src/seams/clock.ts";

interface Sleeper {
  readonly dueMs: number;
  readonly wake: () => void;
}

/** A clock that goes on to the next wait that is over as soon as everybody waits: weeks pass in milliseconds. */
export class VirtualClock implements Clock {
  #nowMs: number;
  #idle = 0;
  readonly #sleepers = new Set<Sleeper>();

  constructor(now: string) {
    this.#nowMs = Date.parse(now);
  }

  now(): number {
    return this.#nowMs;
  }

  sleep(durationMs: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const sleeper = { dueMs: this.#nowMs + durationMs, wake: resolve };
      this.#sleepers.add(sleeper);
      signal?.addEventListener(
        "abort",
        () => {
          this.#sleepers.delete(sleeper);
          reject(new Error("woken"));
        },
        { once: true },
      );
    });
  }

  /** Sets the clock, as a user or a machine that slept does: waits are over by elapsed time, not by this. */
  jump(byMs: number): void {
    this.#nowMs += byMs;
    const before = [...this.#sleepers];
    for (const sleeper of before) {
      this.#sleepers.delete(sleeper);
      this.#sleepers.add({ dueMs: sleeper.dueMs + byMs, wake: sleeper.wake });
    }
  }

  /** Lets time pass until the work is done. */
  async during<Result>(work: Promise<Result>): Promise<Result> {
    const done = { isTrue: false };
    const settle = (): void => {
      done.isTrue = true;
    };
    work.then(settle, settle);
    while (!done.isTrue) {
      await setImmediate();
      if (!done.isTrue) this.#next();
    }
    return work;
  }

  #next(): void {
    if (this.#sleepers.size === 0) {
      this.#idle += 1;
      if (this.#idle > 1000) throw new Error("Nobody waits for this clock, and the work is not done");
      return;
    }
    this.#idle = 0;
    const [first] = [...this.#sleepers].toSorted((left, right) => left.dueMs - right.dueMs);
    if (first === undefined) return;
    this.#sleepers.delete(first);
    this.#nowMs = Math.max(this.#nowMs, first.dueMs);
    first.wake();
  }
}
