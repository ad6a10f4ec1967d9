import type { Clock } from "../seams/clock.ts";
import { LocalTurns } from "./turn-book.ts";
import type { TurnBook } from "./turn-book.ts";

export interface TokenBucketOptions {
  readonly clock: Clock;
  /** Sustained takes per second; `Infinity` for no limit. */
  readonly ratePerSecond: number;
  /** Takes that may happen at once after a pause. */
  readonly burst: number;
  /** Takes that may wait at once; more are refused. */
  readonly waitingMax?: number;
  /** Shared with others who draw on the same rate; its own when left out. */
  readonly turns?: TurnBook;
}

/**
 * Spaces requests out: at most `burst` at once and `ratePerSecond` in the long run, first come first served.
 *
 * Each take reserves the next free instant and sleeps until then, so there is no queue to keep in order. A take
 * that is aborted while it waits gives its instant up unused.
 */
export class TokenBucket {
  readonly #clock: Clock;
  /** Between two takes, as agreed, and as it is while the other side complains. */
  readonly #agreedMs: number;
  #intervalMs: number;
  readonly #burst: number;
  readonly #waitingMax: number;
  readonly #turns: TurnBook;
  #heldUntilMs = Number.NEGATIVE_INFINITY;
  #waiting = 0;

  constructor(options: TokenBucketOptions) {
    if (!(options.ratePerSecond > 0) || !(options.burst >= 1)) {
      throw new RangeError(
        `A token bucket needs a positive rate and a burst of at least 1, not ${options.ratePerSecond} per second and ${options.burst}.`,
      );
    }
    this.#clock = options.clock;
    this.#agreedMs = 1000 / options.ratePerSecond;
    this.#intervalMs = this.#agreedMs;
    this.#burst = options.burst;
    this.#waitingMax = options.waitingMax ?? 10_000;
    this.#turns = options.turns ?? new LocalTurns();
  }

  /** How many takes a second there are at the moment. */
  get ratePerSecond(): number {
    return 1000 / this.#intervalMs;
  }

  /** The other side finds it too much, whatever was agreed: half as many from now on, down to a share. */
  slowDown(): void {
    const slowestMs = Math.max(this.#agreedMs, shortestSlowedMs) * slowestShare;
    this.#intervalMs = Math.min(slowestMs, Math.max(this.#intervalMs * 2, shortestSlowedMs));
  }

  /** A take went well: a little faster again, until the agreed rate is back. */
  speedUp(): void {
    if (this.#intervalMs === this.#agreedMs) return;
    const fasterMs = this.#intervalMs * speedUpFactor;
    const isBack = fasterMs <= this.#agreedMs || fasterMs < shortestSlowedMs / 2;
    this.#intervalMs = isBack ? this.#agreedMs : fasterMs;
  }

  /** Lets nobody have a turn for so long, except those who have theirs already. */
  hold(forMs: number): void {
    this.#heldUntilMs = this.#clock.now() + forMs;
  }

  /**
   * Waits for a turn.
   *
   * @throws RangeError when too many wait already; the signal's reason when it is aborted.
   */
  async take(signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
    const nowMs = this.#clock.now();
    if (this.#waiting >= this.#waitingMax) {
      throw new RangeError(`More than ${this.#waitingMax} requests wait for their turn.`);
    }
    const waitMs = Math.max(this.#untilTurn(nowMs), this.#heldUntilMs - nowMs);
    // Sums of the interval are not exact: less than a microsecond is no wait.
    if (waitMs < 1e-3) return;
    this.#waiting++;
    try {
      await this.#clock.sleep(Math.ceil(waitMs), signal);
    } finally {
      this.#waiting--;
    }
  }

  #untilTurn(nowMs: number): number {
    const intervalMs = this.#intervalMs;
    if (intervalMs === 0) return 0;
    const latestMs = nowMs + (this.#burst + this.#waitingMax) * intervalMs;
    return this.#turns.reserve(nowMs, intervalMs, latestMs) - nowMs - this.#burst * intervalMs;
  }
}

/** Where no rate was agreed, a complaint leads to twenty takes a second. */
const shortestSlowedMs = 50;
/** The rate never falls below an eighth. */
const slowestShare = 8;
/** Back at the agreed rate some 35 takes after it was halved. */
const speedUpFactor = 0.98;
