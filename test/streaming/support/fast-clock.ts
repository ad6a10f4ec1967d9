import type { Clock } from "../../../src/seams/clock.ts";
import { systemClock } from "../../../src/seams/clock.ts";

/** The machine's clock, so many times faster: what waits for seconds waits for milliseconds. */
export class FastClock implements Clock {
  readonly #speed: number;
  readonly #startedMs = Date.now();

  constructor(speed: number) {
    this.#speed = speed;
  }

  now(): number {
    return this.#startedMs + (Date.now() - this.#startedMs) * this.#speed;
  }

  async sleep(durationMs: number, signal?: AbortSignal): Promise<void> {
    return systemClock.sleep(durationMs / this.#speed, signal);
  }
}
