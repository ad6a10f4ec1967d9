import {
  BrokenCircuitError,
  circuitBreaker,
  CircuitState,
  ConsecutiveBreaker,
  ConstantBackoff,
  handleWhen,
  retry,
} from "cockatiel";
import type { CircuitBreakerPolicy } from "cockatiel";
import { pipelineEvents } from "../events/pipeline-events.ts";
import type { Clock } from "../seams/clock.ts";
import type { Random } from "../seams/random.ts";
import { HttpTransport, type HttpAnswer } from "./http-transport.ts";
import { formatInstant } from "../market/time-range.ts";
import type { CircuitBreakerStats } from "./circuit-stats.ts";
import { requestsInFlight } from "./connection.ts";
import { titleOf } from "./provider.ts";
import type { ProviderIdentity, ProviderName, ProviderRetry } from "./provider.ts";
import { ProviderError, type ProviderErrorCode } from "./provider-error.ts";
import { MemoryLedger } from "./provider-ledger.ts";
import type { ProviderLedger } from "./provider-ledger.ts";
import { redactor, redactUrl, type Redact } from "./redact.ts";
import { RequestCourse } from "./request-course.ts";
import { parseRetryAfterMs } from "./retry-after.ts";
import { statusError } from "./status-error.ts";
import { TokenBucket } from "./token-bucket.ts";
import { transportFailure } from "./transport-failure.ts";
import { dayMs } from "../market/durations.ts";

export interface HttpClientOptions {
  readonly provider: ProviderIdentity;
  readonly clock: Clock;
  readonly random: Random;
  /** Sustained rate; `Infinity` for no limit. */
  readonly requestsPerSecond: number;
  readonly burst: number;
  /** Requests in a UTC day. */
  readonly requestsPerDay?: number | undefined;
  /** The host that quota and health are remembered under. */
  readonly host: string;
  readonly ledger?: ProviderLedger | undefined;
  readonly headers?: Readonly<Record<string, string>>;
  /** Values that must never appear in an error or a source. */
  readonly secrets?: readonly string[];
  /** Query parameters that carry them. */
  readonly secretParameters?: readonly string[];
  readonly connectTimeoutMs?: number;
  /** How long an answer may send nothing, in milliseconds. */
  readonly silenceTimeoutMs?: number;
  readonly totalTimeoutMs?: number;
  readonly bodyBytesMax?: number;
  /** Tries in a row that must fail for the circuit to open. */
  readonly failuresToOpen?: number;
  /** How long the circuit then stays open, in milliseconds. */
  readonly openMs?: number;
}

/**
 * Turns an answer into what the caller wants. It runs inside a try, so that a transient `ProviderError` it throws
 * (a provider that reports its rate limit with status 200, say) is retried like any other.
 */
export type ReadAnswer<T> = (answer: HttpAnswer) => T;

/**
 * GET requests to one provider: rate limit, timeouts, retries with exponential backoff and full jitter, and a
 * circuit breaker that spares a provider that is down.
 */
export class HttpClient {
  readonly #options: HttpClientOptions;
  readonly #transport: HttpTransport;
  readonly #bucket: TokenBucket;
  readonly #breaker: CircuitBreakerPolicy;
  readonly #redact: Redact;
  readonly #ledger: ProviderLedger;
  /** What the circuit breaker counted last: it tells why nothing is sent any more. */
  #lastOutage: ProviderError | undefined;
  #lastOutageMs: number | undefined;
  #lastSuccessMs: number | undefined;
  #lastNotedMs = Number.NEGATIVE_INFINITY;
  #failureCount = 0;
  /** The last answer was a refusal or a fault. */
  #isRefusing = false;
  /** A pause that the provider asked for and that is too long to wait for here: nothing is sent before its end. */
  #longPause: LongPause | undefined;

  constructor(options: HttpClientOptions) {
    this.#options = options;
    this.#transport = new HttpTransport({
      connectTimeoutMs: options.connectTimeoutMs ?? 10_000,
      silenceTimeoutMs: options.silenceTimeoutMs ?? 30_000,
      totalTimeoutMs: options.totalTimeoutMs ?? 60_000,
      bodyBytesMax: options.bodyBytesMax ?? 32 * 1024 * 1024,
      socketsMax: requestsInFlight(options.requestsPerSecond),
    });
    this.#breaker = circuitBreaker(handleWhen(isOutage), {
      halfOpenAfter: options.openMs ?? circuitOpenMs,
      breaker: new ConsecutiveBreaker(options.failuresToOpen ?? 10),
    });
    this.#redact = redactor((options.secrets ?? []).filter((secret) => secret.length >= secretLengthMin));
    this.#ledger = options.ledger ?? new MemoryLedger();
    this.#bucket = new TokenBucket({
      clock: options.clock,
      ratePerSecond: options.requestsPerSecond,
      burst: options.burst,
      waitingMax: 1000,
      schedule: this.#ledger.tokenScheduleOf(options.host),
    });
  }

  /**
   * Gets an answer and reads it.
   *
   * @param onRetry called before each pause after which the request is sent again.
   * @throws ProviderError of the last try, or CIRCUIT_OPEN, or ABORTED.
   */
  async get<T>(
    url: URL,
    read: ReadAnswer<T>,
    signal?: AbortSignal,
    onRetry?: (retry: ProviderRetry) => void,
  ): Promise<T> {
    const { clock } = this.#options;
    let tries = 0;
    let startedMs = clock.now();
    let failure: ProviderError | undefined;
    const again = (error: Error): boolean =>
      error instanceof ProviderError && mayRetry(error) && tries < triesMax(error);
    // The waits happen on our clock and can be aborted, which the policy's own cannot.
    const policy = retry(handleWhen(again), { maxAttempts: retriesMax, backoff: new ConstantBackoff(0) });
    try {
      return await policy.execute(async () => {
        if (failure !== undefined) {
          const pauseMs = this.#pauseMsAfter(failure, tries);
          this.#tellOfRetry(failure, pauseMs);
          onRetry?.({ reason: failure.message, tookMs: clock.now() - startedMs, pauseMs });
          await clock.sleep(pauseMs, signal);
        }
        tries++;
        startedMs = clock.now();
        try {
          return await this.#breaker.execute(() => this.#notedAttempt(url, read, tries, signal));
        } catch (error) {
          failure = this.#asProviderError(url, error, signal);
          throw failure;
        }
      });
    } catch (error) {
      throw afterTries(this.#asProviderError(url, error, signal), tries);
    }
  }

  /** How the host is doing, as this process saw it. */
  get circuitBreakerStats(): CircuitBreakerStats {
    return {
      state: stateNames[this.#breaker.state],
      failure_count: this.#failureCount,
      last_failure: this.#lastOutage?.message ?? null,
      last_failure_at: timeOf(this.#lastOutageMs),
      last_success_at: timeOf(this.#lastSuccessMs),
    };
  }

  /** The URL as it may be shown and stored. */
  sourceOf(url: URL): string {
    return this.#redact(redactUrl(url, this.#options.secretParameters ?? []));
  }

  close(): void {
    this.#transport.close();
  }

  /** Only what was sent says how the host is doing: an answer of any kind, a refusal too, shows that it is up. */
  async #notedAttempt<T>(
    url: URL,
    read: ReadAnswer<T>,
    attempt: number,
    signal: AbortSignal | undefined,
  ): Promise<T> {
    const request = new RequestCourse(this.#options.clock);
    try {
      const result = await this.#attempt(url, read, request, signal);
      this.#tellOfRequest(url, attempt, request);
      this.#noteAnswer();
      return result;
    } catch (error) {
      const failure = this.#asProviderError(url, error, signal);
      this.#tellOfRequest(url, attempt, request, failure);
      if (isOutage(failure) || failure.code === "WRONG_ADDRESS" || failure.code === "BAD_CERTIFICATE")
        this.#noteOutage(failure);
      else if (answeredCodes.has(failure.code)) this.#noteAnswer();
      throw failure;
    }
  }

  #tellOfRequest(url: URL, attempt: number, course: RequestCourse, failure?: ProviderError): void {
    const { provider } = this.#options;
    if (!course.isSent) return;
    pipelineEvents.request.publish(() => {
      const { host, pathname, search } = new URL(this.sourceOf(url));
      return {
        provider: provider.name,
        host,
        path: `${pathname}${search}`,
        attempt,
        ...course.facts,
        ...(failure === undefined ? {} : { errorCode: failure.code }),
      };
    });
  }

  #tellOfRetry({ code, provider = this.#options.provider.name }: ProviderError, pauseMs: number): void {
    pipelineEvents.wait.publish(() => ({
      provider,
      kind: "retry",
      errorCode: code,
      pauseSeconds: pauseMs / 1000,
    }));
  }

  async #attempt<T>(
    url: URL,
    read: ReadAnswer<T>,
    course: RequestCourse,
    signal: AbortSignal | undefined,
  ): Promise<T> {
    const { clock, provider } = this.#options;
    let answer: HttpAnswer;
    let sentAtMs = clock.now();
    try {
      await this.#bucket.take(signal);
      sentAtMs = clock.now();
      this.#assertNotPaused(sentAtMs);
      this.#spendQuota();
      course.send();
      answer = this.#withoutSecrets(
        await this.#transport.get(url, { ...baseHeaders, ...this.#options.headers }, signal),
      );
      course.end(answer);
    } catch (error) {
      throw this.#asProviderError(url, error, signal);
    }
    const retryAfterMs = parseRetryAfterMs(answer.headers["retry-after"], clock.now());
    if (answer.status === 429 || answer.status >= 500) {
      if (answer.status === 429) this.#bucket.slowDown(sentAtMs);
      // Two in a row: whoever asks next would only hear the same. One alone waits for itself. A pause that is too long to
      // wait for is the caller's to decide on.
      if (this.#isRefusing && retryAfterMs !== undefined && retryAfterMs <= retryAfterMaxMs)
        this.#bucket.hold(retryAfterMs);
      this.#isRefusing = true;
      const failure = statusError({ provider, answer, retryAfterMs });
      if (retryAfterMs !== undefined && retryAfterMs > retryAfterMaxMs)
        this.#longPause = { untilMs: clock.now() + retryAfterMs, failure };
      throw failure;
    }
    this.#isRefusing = false;
    try {
      const result = read(answer);
      this.#bucket.speedUp();
      return result;
    } catch (error) {
      if (error instanceof ProviderError && error.code === "RATE_LIMITED") this.#bucket.slowDown(sentAtMs);
      if (error instanceof ProviderError && error.code === "QUOTA_EXHAUSTED") this.#noteSpent();
      throw error;
    }
  }

  /** @throws ProviderError as the provider's last answer said, without a request that comes before its time. */
  #assertNotPaused(nowMs: number): void {
    const pause = this.#longPause;
    if (pause === undefined || nowMs >= pause.untilMs) return;
    const { code, provider, message, nextStep, transient } = pause.failure;
    const retryAfterMs = pause.untilMs - nowMs;
    throw new ProviderError({
      code,
      provider,
      message,
      nextStep,
      transient,
      retryAfterMs,
      cause: pause.failure,
    });
  }

  /**
   * Providers echo keys, and what they say reaches errors, logs and the dead letter queue. No real key is as short as a
   * price: one that is must not change what was sent.
   */
  #withoutSecrets(answer: HttpAnswer): HttpAnswer {
    return { ...answer, text: this.#redact(answer.text) };
  }

  /** @throws ProviderError QUOTA_EXHAUSTED, without a request that the provider would refuse. */
  #spendQuota(): void {
    const { requestsPerDay, host, provider } = this.#options;
    if (requestsPerDay === undefined) return;
    if (this.#ledger.spend(host, this.#today(), requestsPerDay)) return;
    throw new ProviderError({
      code: "QUOTA_EXHAUSTED",
      provider: provider.name,
      message: `The ${requestsPerDay} requests that ${titleOf(provider)} allows in a day are used up.`,
      nextStep: `They come back at ${formatInstant(this.#tomorrowMs())}; until then use another provider, or a better plan.`,
      transient: false,
    });
  }

  #noteSpent(): void {
    const { requestsPerDay, host } = this.#options;
    if (requestsPerDay !== undefined) this.#ledger.exhaust(host, this.#today(), requestsPerDay);
  }

  #noteAnswer(): void {
    const nowMs = this.#options.clock.now();
    const isNews = this.#failureCount > 0 || nowMs - this.#lastNotedMs >= healthNotedEveryMs;
    this.#failureCount = 0;
    this.#lastSuccessMs = nowMs;
    // Health is for people: a line for each of a thousand requests would only cost time.
    if (isNews) this.#noteHealth();
  }

  #noteOutage(failure: ProviderError): void {
    this.#failureCount += 1;
    this.#lastOutage = failure;
    this.#lastOutageMs = this.#options.clock.now();
    this.#noteHealth();
  }

  #noteHealth(): void {
    const { host, clock, provider } = this.#options;
    // Several providers may be behind one host, such as a proxy.
    const key = healthKey(provider.name, host);
    this.#lastNotedMs = clock.now();
    const known = this.#ledger.healthOf(key);
    const stats = this.circuitBreakerStats;
    this.#ledger.note(key, {
      ...stats,
      last_failure: stats.last_failure ?? known?.last_failure ?? null,
      last_failure_at: stats.last_failure_at ?? known?.last_failure_at ?? null,
      last_success_at: stats.last_success_at ?? known?.last_success_at ?? null,
      at_ms: clock.now(),
    });
  }

  #today(): string {
    return quotaDay(this.#options.clock.now());
  }

  #tomorrowMs(): number {
    return (Math.floor(this.#options.clock.now() / dayMs) + 1) * dayMs;
  }

  #pauseMsAfter(failure: ProviderError, tries: number): number {
    const ceilingMs = Math.min(backoffMaxMs, backoffBaseMs * 2 ** (tries - 1));
    return Math.ceil((failure.retryAfterMs ?? 0) + this.#options.random() * ceilingMs);
  }

  #asProviderError(url: URL, error: unknown, signal: AbortSignal | undefined): ProviderError {
    const { provider } = this.#options;
    if (error instanceof ProviderError) return error;
    const title = titleOf(provider);
    if (signal?.aborted === true) {
      return new ProviderError({
        code: "ABORTED",
        provider: provider.name,
        message: `The request to ${title} was stopped.`,
        nextStep: "Run the same command again; it goes on where it stopped.",
        transient: false,
        cause: error,
      });
    }
    if (error instanceof BrokenCircuitError) {
      const openMs = this.#options.openMs ?? circuitOpenMs;
      const outage = this.#lastOutage;
      // A network that is down is the news, not our reaction to it.
      if (outage?.code === "NETWORK_UNREACHABLE") return outage;
      const why = outage === undefined ? "" : ` The last time: ${outage.message}`;
      return new ProviderError({
        code: "CIRCUIT_OPEN",
        provider: provider.name,
        message: `${title} failed ${this.#options.failuresToOpen ?? 10} times in a row; nothing is sent to it for ${openMs / 1000} s.${why}`,
        nextStep: "Wait for the provider to recover, or use another one.",
        transient: true,
        retryAfterMs: openMs,
        cause: error,
      });
    }
    return transportFailure(provider, url.host, error);
  }
}

interface LongPause {
  readonly untilMs: number;
  readonly failure: ProviderError;
}

function timeOf(ms: number | undefined): string | null {
  return ms === undefined ? null : formatInstant(ms);
}

/** What a provider's health is remembered under. */
export function healthKey(provider: ProviderName, host: string): string {
  return `${provider}@${host}`;
}

/** The day that a quota counts by: providers do not say in which zone theirs begins. */
export function quotaDay(nowMs: number): string {
  return new Date(nowMs).toISOString().slice(0, 10);
}

/** How long an open circuit lets nothing through, unless told otherwise. */
export const circuitOpenMs = 15_000;

const healthNotedEveryMs = 5000;
const secretLengthMin = 8;
const stateNames: Readonly<Record<CircuitState, CircuitBreakerStats["state"]>> = {
  [CircuitState.Closed]: "closed",
  [CircuitState.Open]: "open",
  [CircuitState.HalfOpen]: "half_open",
  // Isolated by hand, which nobody does here.
  [CircuitState.Isolated]: "open",
};

const baseHeaders = { accept: "application/json", "user-agent": "finance-feedback-pipelines" };
const retriesMax = 4;
const backoffBaseMs = 500;
const backoffMaxMs = 30_000;
/** A provider that asks for a longer pause is left to the caller, who may have another one. */
const retryAfterMaxMs = 120_000;

/** Failures that say something about the provider's health rather than about the request. */
function isOutage(error: Error): boolean {
  return error instanceof ProviderError && outageCodes.has(error.code);
}

const outageCodes: ReadonlySet<ProviderErrorCode> = new Set([
  "NETWORK_UNREACHABLE",
  "TIMEOUT",
  "SERVER_ERROR",
]);

/** Failures that are answers of a host that is up. */
const answeredCodes: ReadonlySet<ProviderErrorCode> = new Set([
  "RATE_LIMITED",
  "PREMIUM_REQUIRED",
  "BAD_CREDENTIALS",
  "UNKNOWN_SYMBOL",
  "UNSUPPORTED_TIMEFRAME",
  "BAD_REQUEST",
]);

function mayRetry(error: ProviderError): boolean {
  return error.transient && error.code !== "CIRCUIT_OPEN" && (error.retryAfterMs ?? 0) <= retryAfterMaxMs;
}

/** Without a network, a host or an answer that can be read, waiting seconds helps nobody; silence takes half a minute each. */
function triesMax(error: ProviderError): number {
  return fewTriesCodes.has(error.code) ? 2 : retriesMax + 1;
}

const fewTriesCodes: ReadonlySet<ProviderErrorCode> = new Set([
  "NETWORK_UNREACHABLE",
  "TIMEOUT",
  "WRONG_ADDRESS",
  "MALFORMED_RESPONSE",
]);

function afterTries(error: ProviderError, tries: number): ProviderError {
  if (tries < 2 || error.code === "ABORTED") return error;
  return new ProviderError({
    code: error.code,
    provider: error.provider,
    message: `${error.message.replace(/\.$/, "")} (after ${tries} tries).`,
    nextStep: error.nextStep,
    transient: error.transient,
    ...(error.retryAfterMs === undefined ? {} : { retryAfterMs: error.retryAfterMs }),
    cause: error.cause ?? error,
  });
}
