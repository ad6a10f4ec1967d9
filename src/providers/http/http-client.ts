/**
 * Requests to providers. What this folder guarantees:
 * - No request goes out faster than the provider's rate, over its quota, or before the end of a pause that it asked for.
 * - A failure that a pause of seconds can heal is retried; every other one is a `ProviderError` at once.
 * - A host that fails ten times in a row is left alone for a while.
 * - No secret reaches an error, a source or a row.
 */
import { pipelineEvents } from "../../events/pipeline-events.ts";
import type { Clock } from "../../seams/clock.ts";
import type { Random } from "../../seams/random.ts";
import { requestsInFlight } from "../connection.ts";
import { ProviderError } from "../provider-error.ts";
import { MemoryLedger } from "../provider-ledger.ts";
import type { ProviderLedger } from "../provider-ledger.ts";
import type { ProviderIdentity, ProviderRetry } from "../provider.ts";
import { Circuit, CircuitOpen } from "./circuit.ts";
import type { CircuitBreakerStats } from "./circuit-stats.ts";
import { DailyQuota } from "./daily-quota.ts";
import { HostHealth } from "./host-health.ts";
import { HttpTransport, type HttpAnswer } from "./http-transport.ts";
import { redactor, redactUrl, type Redact } from "./redact.ts";
import { RequestCourse } from "./request-course.ts";
import { circuitFailure, requestFailure } from "./request-failure.ts";
import { RequestPace } from "./request-pace.ts";
import { afterTries, isOutage, mayRetry, pauseMsAfter } from "./retries.ts";
import { parseRetryAfterMs } from "./retry-after.ts";
import { statusError } from "./status-error.ts";

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
  /** Failed tries in a row that open the circuit. */
  readonly failuresToOpen?: number;
  /** How long the circuit then stays open, in milliseconds. */
  readonly openMs?: number;
}

/**
 * Turns an answer into what the caller wants. It runs inside a try: a transient `ProviderError` that it throws is retried
 * like any other. Some providers report their rate limit with status 200.
 */
export type ReadAnswer<T> = (answer: HttpAnswer) => T;

/** GET requests to one provider. */
export class HttpClient {
  readonly #options: HttpClientOptions;
  readonly #transport: HttpTransport;
  readonly #pace: RequestPace;
  readonly #quota: DailyQuota;
  readonly #circuit: Circuit;
  readonly #health: HostHealth;
  readonly #redact: Redact;
  readonly #failuresToOpen: number;
  readonly #openMs: number;

  constructor(options: HttpClientOptions) {
    const { provider, host, clock, requestsPerSecond, burst, requestsPerDay } = options;
    const ledger = options.ledger ?? new MemoryLedger();
    this.#options = options;
    this.#failuresToOpen = options.failuresToOpen ?? 10;
    this.#openMs = options.openMs ?? circuitOpenMs;
    this.#transport = new HttpTransport({
      connectTimeoutMs: options.connectTimeoutMs ?? 10_000,
      silenceTimeoutMs: options.silenceTimeoutMs ?? 30_000,
      totalTimeoutMs: options.totalTimeoutMs ?? 60_000,
      bodyBytesMax: options.bodyBytesMax ?? 32 * 1024 * 1024,
      socketsMax: requestsInFlight(requestsPerSecond),
    });
    this.#pace = new RequestPace({ clock, requestsPerSecond, burst, schedule: ledger.tokenScheduleOf(host) });
    this.#quota = new DailyQuota({ provider, host, clock, ledger, requestsPerDay });
    this.#circuit = new Circuit({
      clock,
      failuresToOpen: this.#failuresToOpen,
      openMs: this.#openMs,
      isOutage,
    });
    this.#health = new HostHealth({ provider, host, clock, ledger, circuit: this.#circuit });
    this.#redact = redactor((options.secrets ?? []).filter((secret) => secret.length >= secretLengthMin));
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
    const { clock, random } = this.#options;
    for (let tries = 1; ; tries += 1) {
      const startedMs = clock.now();
      try {
        return await this.#attempt(url, read, tries, signal);
      } catch (error) {
        const failure = this.#failureOf(url, error, signal);
        if (!mayRetry(failure, tries)) throw afterTries(failure, tries);
        const pauseMs = pauseMsAfter(failure, tries, random);
        this.#tellOfRetry(failure, pauseMs);
        onRetry?.({ reason: failure.message, tookMs: clock.now() - startedMs, pauseMs });
        await this.#sleep(url, pauseMs, signal);
      }
    }
  }

  /** How the host is doing, as this process saw it. */
  get circuitBreakerStats(): CircuitBreakerStats {
    return this.#health.stats;
  }

  /** The URL as it may be shown and stored. */
  sourceOf(url: URL): string {
    return this.#redact(redactUrl(url, this.#options.secretParameters ?? []));
  }

  close(): void {
    this.#transport.close();
  }

  /** One try. Only a request that was sent says how the host is doing. */
  async #attempt<T>(
    url: URL,
    read: ReadAnswer<T>,
    attempt: number,
    signal: AbortSignal | undefined,
  ): Promise<T> {
    const course = new RequestCourse(this.#options.clock);
    const exchange = async (): Promise<T> => {
      try {
        return await this.#exchange(url, read, course, signal);
      } catch (error) {
        throw this.#failureOf(url, error, signal);
      }
    };
    try {
      const result = await this.#circuit.run(exchange);
      this.#tellOfRequest(url, attempt, course);
      this.#health.noteAnswer();
      return result;
    } catch (error) {
      if (course.isSent && error instanceof ProviderError) {
        this.#tellOfRequest(url, attempt, course, error);
        this.#health.noteFailure(error);
      }
      throw error;
    }
  }

  async #exchange<T>(
    url: URL,
    read: ReadAnswer<T>,
    course: RequestCourse,
    signal: AbortSignal | undefined,
  ): Promise<T> {
    const { clock, provider } = this.#options;
    const sentAtMs = await this.#pace.take(signal);
    this.#quota.spend();
    course.send();
    const answer = this.#withoutSecrets(
      await this.#transport.get(url, { ...baseHeaders, ...this.#options.headers }, signal),
    );
    course.end(answer);
    if (answer.status === 429 || answer.status >= 500) {
      if (answer.status === 429) this.#pace.slowDown(sentAtMs);
      const retryAfterMs = parseRetryAfterMs(answer.headers["retry-after"], clock.now());
      const failure = statusError({ provider, answer, retryAfterMs });
      this.#pace.noteRefusal(failure);
      throw failure;
    }
    this.#pace.noteAnswer();
    try {
      const result = read(answer);
      this.#pace.speedUp();
      return result;
    } catch (error) {
      if (error instanceof ProviderError && error.code === "RATE_LIMITED") this.#pace.slowDown(sentAtMs);
      if (error instanceof ProviderError && error.code === "QUOTA_EXHAUSTED") this.#quota.exhaust();
      throw error;
    }
  }

  /**
   * Providers echo keys, and their words reach errors, logs and the dead letter queue. A secret that is as short as a
   * price stays: no real key is, and to take it out would change numbers.
   */
  #withoutSecrets(answer: HttpAnswer): HttpAnswer {
    return { ...answer, text: this.#redact(answer.text) };
  }

  async #sleep(url: URL, pauseMs: number, signal: AbortSignal | undefined): Promise<void> {
    try {
      await this.#options.clock.sleep(pauseMs, signal);
    } catch (error) {
      throw this.#failureOf(url, error, signal);
    }
  }

  #failureOf(url: URL, error: unknown, signal: AbortSignal | undefined): ProviderError {
    const { provider } = this.#options;
    if (!(error instanceof CircuitOpen) || signal?.aborted === true)
      return requestFailure(provider, url.host, error, signal);
    return circuitFailure(provider, this.#health.lastOutage, error, {
      failuresToOpen: this.#failuresToOpen,
      openMs: this.#openMs,
    });
  }

  #tellOfRequest(url: URL, attempt: number, course: RequestCourse, failure?: ProviderError): void {
    const { provider } = this.#options;
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
}

/** How long an open circuit lets nothing through, unless told otherwise. */
export const circuitOpenMs = 15_000;

const baseHeaders = { accept: "application/json", "user-agent": "finance-feedback-pipelines" };
const secretLengthMin = 8;
