/**
 * Where the turns of a token bucket are written down: in one process, or in a file that several share. What is kept is the
 * instant at which the bucket would be full again if nobody took anything more, the theoretical arrival time of the
 * generic cell rate algorithm (ITU-T I.371).
 */
export interface TurnBook {
  /**
   * Takes the next turn: moves that instant on by `intervalMs`, from `nowMs` at the earliest, and returns it. An instant
   * after `latestMs` cannot be right (the clock was set back) and counts as `latestMs`.
   */
  reserve(nowMs: number, intervalMs: number, latestMs: number): number;
}

/** The turns of one process. */
export class LocalTurns implements TurnBook {
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
