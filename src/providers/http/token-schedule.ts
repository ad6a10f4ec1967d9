/**
 * The state of a token bucket, in one process or in a file that several share. It is the instant at which the bucket is
 * full again if nothing more is taken: the theoretical arrival time of the generic cell rate algorithm (ITU-T I.371).
 */
export interface TokenSchedule {
  /**
   * Takes the next token: moves that instant on by `intervalMs`, from `nowMs` at the earliest, and returns it. An instant
   * after `latestMs` cannot be right, since the clock was set back: it counts as `latestMs`.
   */
  reserve(nowMs: number, intervalMs: number, latestMs: number): number;
}

/** The schedule of one process. */
export class LocalTokenSchedule implements TokenSchedule {
  #fullAtMs = Number.NEGATIVE_INFINITY;
  #lastNowMs = Number.NEGATIVE_INFINITY;

  reserve(nowMs: number, intervalMs: number, latestMs: number): number {
    // After the clock was set back no caller waits for the difference.
    if (nowMs < this.#lastNowMs) this.#fullAtMs -= this.#lastNowMs - nowMs;
    this.#lastNowMs = nowMs;
    this.#fullAtMs = Math.min(Math.max(this.#fullAtMs, nowMs), latestMs) + intervalMs;
    return this.#fullAtMs;
  }
}
