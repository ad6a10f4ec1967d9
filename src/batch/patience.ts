import type { ProviderName } from "../providers/provider.ts";
import type { ProviderError, ProviderErrorCode } from "../providers/provider-error.ts";
import type { Clock } from "../seams/clock.ts";

/** How long an outage is waited out unless told otherwise. */
export const patienceMsDefault: number = 15 * 60_000;

/** A run waits for a provider that is out of order, and no other can serve what it is asked for. */
export interface ProviderWait {
  readonly provider: ProviderName;
  readonly failure: ProviderError;
  /** Until the next try. */
  readonly pauseMs: number;
  /** What is left of the patience after it. */
  readonly leftMs: number;
}

/**
 * Waits out the outages of a run's providers with growing pauses. An outage is one for all series of the run: they wait
 * together, and it is over with the first answer.
 */
export class Patience {
  private readonly clock: Clock;
  private readonly patienceMs: number;
  private readonly onWait: (wait: ProviderWait) => void;
  private readonly outages = new Map<ProviderName, Outage>();
  private readonly answered = new Set<ProviderName>();

  constructor(clock: Clock, patienceMs: number, onWait: (wait: ProviderWait) => void) {
    this.clock = clock;
    this.patienceMs = patienceMs;
    this.onWait = onWait;
  }

  /** The provider answers: an outage is over. */
  noteAnswer(provider: ProviderName): void {
    this.answered.add(provider);
    this.outages.delete(provider);
  }

  /** Whether waiting may help at all. */
  covers(provider: ProviderName, failure: ProviderError): boolean {
    return this.patienceMs > 0 && this.isOutage(provider, failure);
  }

  /**
   * Waits before the next try; false, without a wait, where waiting does not help or has lasted long enough.
   *
   * @throws the signal's reason when it is aborted.
   */
  async wait(
    provider: ProviderName,
    failure: ProviderError,
    signal: AbortSignal | undefined,
  ): Promise<boolean> {
    if (!this.covers(provider, failure)) return false;
    const outage = this.outages.get(provider) ?? {
      sinceMs: this.clock.now(),
      waitedMs: 0,
      pauseMs: firstPauseMs,
      pause: undefined,
    };
    this.outages.set(provider, outage);
    if (outage.pause === undefined) {
      const passedMs = Math.max(outage.waitedMs, this.clock.now() - outage.sinceMs);
      const leftMs = this.patienceMs - passedMs;
      const pauseMs = Math.min(Math.max(outage.pauseMs, failure.retryAfterMs ?? 0), leftMs);
      if (pauseMs <= 0) return false;
      outage.pauseMs = Math.min(outage.pauseMs * 2, longestPauseMs);
      outage.waitedMs += pauseMs;
      this.onWait({ provider, failure, pauseMs, leftMs: leftMs - pauseMs });
      outage.pause = this.clock.sleep(pauseMs, signal).finally(() => {
        outage.pause = undefined;
      });
    }
    await outage.pause;
    return true;
  }

  private isOutage(provider: ProviderName, { code, transient }: ProviderError): boolean {
    const healing = healingOf[code];
    return transient && (healing === "may" || (healing === "after-an-answer" && this.answered.has(provider)));
  }
}

interface Outage {
  readonly sinceMs: number;
  waitedMs: number;
  pauseMs: number;
  pause: Promise<void> | undefined;
}

const firstPauseMs = 5000;
const longestPauseMs = 60_000;

/**
 * Whether time heals a failure of a provider: it may, never, or only where the provider answered this run before. A name
 * that is not found and an answer that cannot be read are a wrong address otherwise, which no patience puts right.
 */
type Healing = "may" | "after-an-answer" | "never";

const healingOf: Readonly<Record<ProviderErrorCode, Healing>> = {
  NETWORK_UNREACHABLE: "may",
  TIMEOUT: "may",
  SERVER_ERROR: "may",
  CIRCUIT_OPEN: "may",
  RATE_LIMITED: "may",
  WRONG_ADDRESS: "after-an-answer",
  MALFORMED_RESPONSE: "after-an-answer",
  BAD_CERTIFICATE: "never",
  QUOTA_EXHAUSTED: "never",
  PREMIUM_REQUIRED: "never",
  BAD_CREDENTIALS: "never",
  MISSING_CREDENTIALS: "never",
  UNKNOWN_SYMBOL: "never",
  UNSUPPORTED_TIMEFRAME: "never",
  BAD_REQUEST: "never",
  RANGE_IGNORED: "never",
  ABORTED: "never",
  INVALID_ARGUMENT: "never",
};
