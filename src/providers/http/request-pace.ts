import type { Clock } from "../../seams/clock.ts";
import { ProviderError } from "../provider-error.ts";
import { retryAfterMaxMs } from "./retries.ts";
import { TokenBucket } from "./token-bucket.ts";
import type { TokenSchedule } from "./token-schedule.ts";

export interface RequestPaceOptions {
  readonly clock: Clock;
  /** Sustained rate; `Infinity` for no limit. */
  readonly requestsPerSecond: number;
  readonly burst: number;
  /** Shared with all who ask the host. */
  readonly schedule: TokenSchedule;
}

/**
 * When requests go out: at the provider's rate, more slowly after a complaint, and not before the end of a pause that the
 * provider asked for.
 */
export class RequestPace {
  readonly #clock: Clock;
  readonly #bucket: TokenBucket;
  /** The last answer was a refusal or a fault. */
  #isRefusing = false;
  /** A pause that is too long to wait for here: nothing is sent before its end. */
  #longPause: LongPause | undefined;

  constructor({ clock, requestsPerSecond, burst, schedule }: RequestPaceOptions) {
    this.#clock = clock;
    this.#bucket = new TokenBucket({
      clock,
      ratePerSecond: requestsPerSecond,
      burst,
      waitingMax: 1000,
      schedule,
    });
  }

  /**
   * Waits for the turn of a request. Returns when it came, in milliseconds since the epoch.
   *
   * @throws ProviderError as the provider's last answer said, while the pause lasts that it asked for.
   */
  async take(signal: AbortSignal | undefined): Promise<number> {
    await this.#bucket.take(signal);
    const nowMs = this.#clock.now();
    const pause = this.#longPause;
    if (pause === undefined || nowMs >= pause.untilMs) return nowMs;
    const { code, provider, message, nextStep, transient } = pause.failure;
    throw new ProviderError({
      code,
      provider,
      message,
      nextStep,
      transient,
      retryAfterMs: pause.untilMs - nowMs,
      cause: pause.failure,
    });
  }

  /** The answer was a rate limit or a server error. */
  noteRefusal(failure: ProviderError): void {
    const { retryAfterMs } = failure;
    if (retryAfterMs !== undefined && retryAfterMs > retryAfterMaxMs)
      this.#longPause = { untilMs: this.#clock.now() + retryAfterMs, failure };
    // After two in a row the next request would hear the same. A request that is refused alone waits alone.
    else if (this.#isRefusing && retryAfterMs !== undefined) this.#bucket.hold(retryAfterMs);
    this.#isRefusing = true;
  }

  /** The answer was neither. */
  noteAnswer(): void {
    this.#isRefusing = false;
  }

  /** The provider complains of its rate limit, about a request that was sent then. */
  slowDown(sentAtMs: number): void {
    this.#bucket.slowDown(sentAtMs);
  }

  /** A request went well. */
  speedUp(): void {
    this.#bucket.speedUp();
  }
}

interface LongPause {
  readonly untilMs: number;
  readonly failure: ProviderError;
}
