import type { Clock } from "../../seams/clock.ts";
import { LocalTokenSchedule } from "./token-schedule.ts";
import type { TokenSchedule } from "./token-schedule.ts";

export interface TokenBucketOptions {
  readonly clock: Clock;
  /** Sustained takes per second; `Infinity` for no limit. */
  readonly ratePerSecond: number;
  /** Takes that may happen at once after a pause. */
  readonly burst: number;
  /** Takes that may wait at once; more are refused. */
  readonly waitingMax?: number;
  /** Shared with all who draw on the same rate; its own when left out. */
  readonly schedule?: TokenSchedule;
}

/**
 * Spaces requests out: at most `burst` at once and `ratePerSecond` in the long run, first come first served.
 *
 * Each take reserves the next free instant and sleeps until then, so there is no queue to keep in order. A take
 * that is aborted while it waits gives its instant up unused.
 */
export class TokenBucket {
  readonly #clock: Clock;
  /** As agreed; beside it the rate now, which falls while the other side complains. */
  readonly #agreedPerSecond: number;
  #ratePerSecond: number;
  readonly #burst: number;
  readonly #waitingMax: number;
  readonly #schedule: TokenSchedule;
  /** The agreed rate, or its stand-in when none is agreed. */
  readonly #ceilingPerSecond: number;
  #slowedAtMs = Number.NEGATIVE_INFINITY;
  #heldUntilMs = Number.NEGATIVE_INFINITY;
  #waiting = 0;

  constructor(options: TokenBucketOptions) {
    if (!(options.ratePerSecond > 0) || !(options.burst >= 1)) {
      throw new RangeError(
        `A token bucket needs a positive rate and a burst of at least 1, not ${options.ratePerSecond} per second and ${options.burst}.`,
      );
    }
    this.#clock = options.clock;
    this.#agreedPerSecond = options.ratePerSecond;
    this.#ratePerSecond = options.ratePerSecond;
    this.#ceilingPerSecond = Number.isFinite(options.ratePerSecond)
      ? options.ratePerSecond
      : unlimitedPerSecond;
    this.#burst = options.burst;
    this.#waitingMax = options.waitingMax ?? 10_000;
    this.#schedule = options.schedule ?? new LocalTokenSchedule();
  }

  /** How many takes a second there are at the moment. */
  get ratePerSecond(): number {
    return this.#ratePerSecond;
  }

  /**
   * The other side complains about a take, whatever was agreed: the rate falls by a quarter, down to an eighth. Complaints
   * about takes before the last slowdown change nothing: requests that were under way together are one complaint.
   */
  slowDown(takenAtMs: number = this.#clock.now()): void {
    if (takenAtMs < this.#slowedAtMs) return;
    this.#slowedAtMs = this.#clock.now();
    const rate = Math.min(this.#ratePerSecond, this.#ceilingPerSecond) * keptShare;
    this.#ratePerSecond = Math.max(rate, this.#ceilingPerSecond * slowestShare);
  }

  /** A take went well: the rate rises by a hundredth of the agreed rate, until that is back. */
  speedUp(): void {
    if (this.#ratePerSecond === this.#agreedPerSecond) return;
    const rate = this.#ratePerSecond + this.#ceilingPerSecond * regainedShare;
    this.#ratePerSecond = rate >= this.#ceilingPerSecond ? this.#agreedPerSecond : rate;
  }

  /** Gives no new turn for so long. Turns that were given stay. */
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
      throw new RangeError(`${this.#waitingMax} requests wait for their turn already.`);
    }
    const waitMs = Math.max(this.#untilTurn(nowMs), this.#heldUntilMs - nowMs);
    // Sums of intervals are not exact: less than a microsecond is no wait.
    if (waitMs < 1e-3) return;
    this.#waiting++;
    try {
      await this.#clock.sleep(Math.ceil(waitMs), signal);
    } finally {
      this.#waiting--;
    }
  }

  #untilTurn(nowMs: number): number {
    const intervalMs = 1000 / this.#ratePerSecond;
    if (intervalMs === 0) return 0;
    const latestMs = nowMs + (this.#burst + this.#waitingMax) * intervalMs;
    return this.#schedule.reserve(nowMs, intervalMs, latestMs) - nowMs - this.#burst * intervalMs;
  }
}

/** Where no rate was agreed, the takes a second that stand for it while the other side complains. */
const unlimitedPerSecond = 40;
/**
 * Multiplicative decrease and additive increase: twenty-five takes make good for a complaint. If chance refuses one take
 * in fifty, that costs 7% of the rate. If the real limit is half of the agreed rate, one take in fourteen is refused.
 */
const keptShare = 0.75;
const regainedShare = 0.01;
/** The rate never falls below an eighth. */
const slowestShare = 1 / 8;
