import { pipelineEvents } from "../../events/pipeline-events.ts";
import type { ProviderName, ProviderRetry } from "../../providers/provider.ts";
import { ProviderError } from "../../providers/provider-error.ts";
import type { ProviderErrorCode } from "../../providers/provider-error.ts";
import { waitText } from "../../providers/http/retry-after.ts";
import type { Clock } from "../../seams/clock.ts";

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
  readonly #clock: Clock;
  readonly #patienceMs: number;
  readonly #listeners: PatienceListeners;
  readonly #outages = new Map<ProviderName, Outage>();
  readonly #answered = new Set<ProviderName>();
  readonly #retriesToldUntil = new Map<ProviderName, number>();

  constructor(clock: Clock, patienceMs: number, listeners: PatienceListeners = {}) {
    this.#clock = clock;
    this.#patienceMs = patienceMs;
    this.#listeners = listeners;
  }

  /** A provider's client tries again by itself: what takes long is told, once for requests that wait together. */
  noteRetry(provider: ProviderName, retry: ProviderRetry): void {
    const nowMs = this.#clock.now();
    if (retry.tookMs + retry.pauseMs < longRetryMs || nowMs < (this.#retriesToldUntil.get(provider) ?? 0))
      return;
    this.#retriesToldUntil.set(provider, nowMs + Math.max(retry.pauseMs, longRetryMs));
    this.#listeners.onRetry?.(retry);
  }

  /** The provider answers: an outage is over. */
  noteAnswer(provider: ProviderName): void {
    this.#answered.add(provider);
    this.#outages.delete(provider);
  }

  /** Whether waiting may help at all. */
  covers(provider: ProviderName, failure: ProviderError): boolean {
    return this.#patienceMs > 0 && this.#isOutage(provider, failure);
  }

  /**
   * Waits before the next try.
   *
   * @returns without a wait, the failure to end with, where waiting does not help or has lasted long enough, or the
   *   provider asks for a longer pause than the patience has left.
   * @throws the signal's reason when it is aborted.
   */
  async wait(
    provider: ProviderName,
    failure: ProviderError,
    signal: AbortSignal | undefined,
  ): Promise<ProviderError | undefined> {
    if (!this.covers(provider, failure)) return failure;
    const outage = this.#outages.get(provider) ?? {
      sinceMs: this.#clock.now(),
      waitedMs: 0,
      pauseMs: firstPauseMs,
      pause: undefined,
    };
    this.#outages.set(provider, outage);
    if (outage.pause === undefined) {
      const passedMs = Math.max(outage.waitedMs, this.#clock.now() - outage.sinceMs);
      const leftMs = this.#patienceMs - passedMs;
      const askedMs = failure.retryAfterMs ?? 0;
      // The pause of an open circuit breaker is our own.
      if (askedMs > leftMs && failure.code !== "CIRCUIT_OPEN")
        return this.#asksTooMuch(failure, askedMs, leftMs);
      const pauseMs = Math.min(Math.max(outage.pauseMs, askedMs), leftMs);
      if (pauseMs <= 0) return failure;
      outage.pauseMs = Math.min(outage.pauseMs * 2, longestPauseMs);
      outage.waitedMs += pauseMs;
      pipelineEvents.wait.publish(() => ({
        provider,
        kind: "outage",
        errorCode: failure.code,
        pauseSeconds: pauseMs / 1000,
      }));
      this.#listeners.onWait?.({ provider, failure, pauseMs, leftMs: leftMs - pauseMs });
      outage.pause = this.#clock.sleep(pauseMs, signal).finally(() => {
        outage.pause = undefined;
      });
    }
    await outage.pause;
    return undefined;
  }

  #asksTooMuch(failure: ProviderError, askedMs: number, leftMs: number): ProviderError {
    const { code, provider, message, transient, retryAfterMs } = failure;
    const asked = waitText(askedMs);
    const left = leftMs < this.#patienceMs ? `, of which ${waitText(Math.max(0, leftMs))} are left` : "";
    return new ProviderError({
      code,
      provider,
      message: `${message} That is longer than retry.patience, ${waitText(this.#patienceMs)}${left}.`,
      nextStep: `Run the same command again in ${asked}, set a longer retry.patience, or use another provider.`,
      transient,
      ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
      cause: failure,
    });
  }

  #isOutage(provider: ProviderName, { code, transient }: ProviderError): boolean {
    const healing = healingOf[code];
    return (
      transient && (healing === "may" || (healing === "after-an-answer" && this.#answered.has(provider)))
    );
  }
}

/** What a run tells of its providers' troubles. */
export interface PatienceListeners {
  readonly onWait?: ((wait: ProviderWait) => void) | undefined;
  readonly onRetry?: ((retry: ProviderRetry) => void) | undefined;
}

interface Outage {
  readonly sinceMs: number;
  waitedMs: number;
  pauseMs: number;
  pause: Promise<void> | undefined;
}

const firstPauseMs = 5000;
const longestPauseMs = 60_000;
/** From here on a user wonders what a run does. */
const longRetryMs = 5000;

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
