import { formatInstant } from "../../market/time-range.ts";
import type { Clock } from "../../seams/clock.ts";
import type { ProviderError, ProviderErrorCode } from "../provider-error.ts";
import type { ProviderLedger } from "../provider-ledger.ts";
import type { ProviderIdentity, ProviderName } from "../provider.ts";
import type { Circuit } from "./circuit.ts";
import type { CircuitBreakerStats } from "./circuit-stats.ts";
import { isOutage } from "./retries.ts";

export interface HostHealthOptions {
  readonly provider: ProviderIdentity;
  readonly host: string;
  readonly clock: Clock;
  readonly ledger: ProviderLedger;
  readonly circuit: Circuit;
}

/** How a provider's host is doing, as this process saw it. It is noted in the ledger for `ffe providers status`. */
export class HostHealth {
  readonly #options: HostHealthOptions;
  #failureCount = 0;
  #lastOutage: ProviderError | undefined;
  #lastOutageMs: number | undefined;
  #lastSuccessMs: number | undefined;
  #lastNotedMs = Number.NEGATIVE_INFINITY;

  constructor(options: HostHealthOptions) {
    this.#options = options;
  }

  /** The last failure that the circuit breaker counted: it says why nothing is sent any more. */
  get lastOutage(): ProviderError | undefined {
    return this.#lastOutage;
  }

  get stats(): CircuitBreakerStats {
    return {
      state: this.#options.circuit.state,
      failure_count: this.#failureCount,
      last_failure: this.#lastOutage?.message ?? null,
      last_failure_at: timeOf(this.#lastOutageMs),
      last_success_at: timeOf(this.#lastSuccessMs),
    };
  }

  noteAnswer(): void {
    const nowMs = this.#options.clock.now();
    const isNews = this.#failureCount > 0 || nowMs - this.#lastNotedMs >= notedEveryMs;
    this.#failureCount = 0;
    this.#lastSuccessMs = nowMs;
    // Health is for people: a line for each of a thousand requests would only cost time.
    if (isNews) this.#note();
  }

  /** A request that was sent failed. A refusal is an answer: it shows that the host is up. */
  noteFailure(failure: ProviderError): void {
    if (answeredCodes.has(failure.code)) {
      this.noteAnswer();
      return;
    }
    if (!isOutage(failure) && !wrongHostCodes.has(failure.code)) return;
    this.#failureCount += 1;
    this.#lastOutage = failure;
    this.#lastOutageMs = this.#options.clock.now();
    this.#note();
  }

  #note(): void {
    const { host, clock, ledger, provider } = this.#options;
    const key = healthKey(provider.name, host);
    this.#lastNotedMs = clock.now();
    const remembered = ledger.healthOf(key);
    const { stats } = this;
    ledger.note(key, {
      ...stats,
      last_failure: stats.last_failure ?? remembered?.last_failure ?? null,
      last_failure_at: stats.last_failure_at ?? remembered?.last_failure_at ?? null,
      last_success_at: stats.last_success_at ?? remembered?.last_success_at ?? null,
      at_ms: this.#lastNotedMs,
    });
  }
}

/** The name that a provider's health has in the ledger. Several providers may be behind one host, such as a proxy. */
export function healthKey(provider: ProviderName, host: string): string {
  return `${provider}@${host}`;
}

const notedEveryMs = 5000;

/** Failures that are answers of a host that is up. */
const answeredCodes: ReadonlySet<ProviderErrorCode> = new Set([
  "RATE_LIMITED",
  "PREMIUM_REQUIRED",
  "BAD_CREDENTIALS",
  "UNKNOWN_SYMBOL",
  "UNSUPPORTED_TIMEFRAME",
  "BAD_REQUEST",
]);

/** Failures of the host that no pause heals, so the circuit breaker does not count them. */
const wrongHostCodes: ReadonlySet<ProviderErrorCode> = new Set(["WRONG_ADDRESS", "BAD_CERTIFICATE"]);

function timeOf(ms: number | undefined): string | null {
  return ms === undefined ? null : formatInstant(ms);
}
