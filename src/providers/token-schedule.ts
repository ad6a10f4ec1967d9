/**
 * The tokens of a bucket over time, kept in one process, or in a file that several processes share. It keeps one instant:
 * when the bucket would be full again if no more tokens were taken. The generic cell rate algorithm (ITU-T I.371) calls
 * it the theoretical arrival time.
 */
export interface TokenSchedule {
  /**
   * Reserves the next token: moves that instant on by `intervalMs`, from `nowMs` at the earliest, and returns it. An
   * instant after `latestMs` cannot be right (the clock was set back) and counts as `latestMs`.
   */
  reserve(nowMs: number, intervalMs: number, latestMs: number): number;
}

/** The tokens of one process. */
export class LocalTokenSchedule implements TokenSchedule {
  #fullAtMs = Number.NEGATIVE_INFINITY;
  #lastNowMs = Number.NEGATIVE_INFINITY;

  reserve(nowMs: number, intervalMs: number, latestMs: number): number {
    // A clock that was set back must not make everybody wait for the difference.
    if (nowMs < this.#lastNowMs) this.#fullAtMs -= this.#lastNowMs - nowMs;
    this.#lastNowMs = nowMs;
    this.#fullAtMs = Math.min(Math.max(this.#fullAtMs, nowMs), latestMs) + intervalMs;
    return this.#fullAtMs;
  }
}
