import { aFunction, countFromOne, listOf, nonEmptyText, required } from "finance-feedback-delta/contract";
import type { OptionTable } from "finance-feedback-delta/contract";
import type * as z from "zod";

import { kindNames } from "../market/asset-pair.ts";
import type { AssetKind, AssetPair } from "../market/asset-pair.ts";
import { timeframeKind, timeframeMs } from "../market/timeframe.ts";
import type { Timeframe } from "../market/timeframe.ts";
import type { UncheckedBar } from "../market/unchecked-bar.ts";
import { systemClock } from "../seams/clock.ts";
import type { Clock } from "../seams/clock.ts";
import { systemRandom } from "../seams/random.ts";
import { assertOptions } from "./arguments.ts";
import type { CircuitBreakerStats } from "./http/circuit-stats.ts";
import { assertPair, assertRangeKept, checkBarRequest, selectBars } from "./bar-request.ts";
import { connectionSettings } from "./connection-settings.ts";
import { httpAddress, memoryOf, paceOf, requestsInFlight, urlBelow } from "./connection.ts";
import type { ConnectionOptions } from "./connection.ts";
import { assetKindsKind, limitsKind, settingsKind } from "./definition-shape.ts";
import { HttpClient } from "./http/http-client.ts";
import type { HttpAnswer } from "./http/http-transport.ts";
import { parseExactJson } from "./json.ts";
import { providerNameKind } from "./provider-chain.ts";
import type { ProviderContext, ProviderDefinition, ProviderLimits } from "./provider-definition.ts";
import type {
  BarPage,
  BarRequest,
  MarketDataProvider,
  ProviderCapabilities,
  ServedBars,
} from "./provider.ts";
import { ProviderError } from "./provider-error.ts";
import type { ProviderErrorCode } from "./provider-error.ts";
import { malformedAnswer, statusError } from "./http/status-error.ts";

/** What is special about an API that answers a GET request with candles in JSON. */
export interface CandleApi {
  /** Small letters, digits and underscores. */
  readonly name: string;
  /** As people write it. */
  readonly title: string;
  readonly baseUrl: string;
  readonly assetKinds: readonly AssetKind[];
  /** Timeframes that it has itself; coarser ones are resampled from them. */
  readonly nativeTimeframes: readonly Timeframe[];
  /** Bars that one request may span, at most. */
  readonly barsPerRequestMax: number;
  /** How far back it reaches, in milliseconds before now; the whole history when left out. */
  historyDepthMs?(assetPair: AssetPair, timeframe: Timeframe): number | undefined;
  /** How often it may be asked; without a limit when left out. */
  readonly limits?: ProviderLimits | undefined;
  /** The environment variables with its keys; none when left out. */
  readonly credentials?: readonly string[] | undefined;
  /** Headers of each request, with the keys by their variables. */
  headers?(credentials: Readonly<Record<string, string>>): Readonly<Record<string, string>>;
  /** Its section of the configuration; `connectionSettings` when left out. */
  readonly settings?: z.ZodType<object> | undefined;
  /** How it spells an asset, unless `symbols` of the configuration says otherwise. */
  symbolOf(assetPair: AssetPair): string;
  /** The request for a page. The range is half-open and on the timeframe's grid; it may end after the present, `nowMs`. */
  requestOf(request: BarRequest, symbol: string, nowMs: number): CandleRequest;
  /** The bars of an answer with status 200. What it throws says that the answer is malformed. */
  readBars(body: unknown, request: BarRequest): readonly UncheckedBar[];
  /** What the API's own refusal means; `undefined` for an answer that is not a refusal, or whose status says enough. */
  refusalOf?(body: unknown, status: number): ProviderErrorCode | CandleRefusal | undefined;
}

/** A refusal, with what its user can try. */
export interface CandleRefusal {
  readonly code: ProviderErrorCode;
  /** One sentence. */
  readonly nextStep: string;
}

export interface CandleRequest {
  /** Behind the base URL, such as `/api/v3/klines`. */
  readonly path: string;
  readonly parameters: Readonly<Record<string, string | undefined>>;
}

const candleApi: OptionTable<CandleApi> = {
  name: required(providerNameKind),
  title: required(nonEmptyText),
  baseUrl: required(httpAddress),
  assetKinds: required(assetKindsKind),
  nativeTimeframes: required(listOf(timeframeKind, 1)),
  barsPerRequestMax: required(countFromOne),
  historyDepthMs: aFunction,
  limits: limitsKind,
  credentials: listOf(nonEmptyText),
  headers: aFunction,
  settings: settingsKind,
  symbolOf: required(aFunction),
  requestOf: required(aFunction),
  readBars: required(aFunction),
  refusalOf: aFunction,
};

/**
 * The definition of a provider, from what is special about its API. Pace, retries, the circuit breaker, quotas, exact
 * numbers and the selection of complete bars are the same for all of them.
 *
 * @throws ProviderError `INVALID_ARGUMENT`
 * @example
 * export const provider = candleProvider({ name: "my_exchange", … });
 */
export function candleProvider(api: CandleApi): ProviderDefinition {
  assertOptions("candleProvider", api, candleApi);
  const { name, title, baseUrl, assetKinds, limits = {} } = api;
  return {
    name,
    title,
    baseUrl,
    credentials: api.credentials,
    assetKinds,
    serves: servedBy(api),
    settings: api.settings ?? connectionSettings,
    limits: () => limits,
    create: (context) => new CandleProvider(api, context),
  };
}

/** What a candle provider is opened with. */
export type CandleConnection = ConnectionOptions & Pick<ProviderContext, "credentials">;

/** The provider that a `CandleApi` describes. */
export class CandleProvider implements MarketDataProvider {
  readonly name: string;
  readonly title: string;
  readonly isMock = false;
  readonly capabilities: ProviderCapabilities;
  readonly #api: CandleApi;
  readonly #baseUrl: string;
  readonly #symbols: ReadonlyMap<string, string>;
  readonly #clock: Clock;
  readonly #client: HttpClient;

  constructor(api: CandleApi, connection: CandleConnection) {
    const { limits = {} } = api;
    const pace = paceOf(connection, {
      requestsPerSecond: limits.requestsPerSecond ?? Number.POSITIVE_INFINITY,
      burst: limits.burst ?? 1,
    });
    this.name = api.name;
    this.title = api.title;
    this.#api = api;
    this.#baseUrl = connection.baseUrl ?? api.baseUrl;
    this.#symbols = connection.symbols ?? new Map();
    this.#clock = connection.clock ?? systemClock;
    this.#client = new HttpClient({
      provider: api,
      clock: this.#clock,
      random: connection.random ?? systemRandom,
      headers: api.headers?.(connection.credentials) ?? {},
      secrets: Object.values(connection.credentials),
      ...pace,
      requestsPerDay: limits.requestsPerDay,
      ...memoryOf(connection, this.#baseUrl),
    });
    this.capabilities = {
      ...servedBy(api),
      requestsPerSecond: pace.requestsPerSecond,
      concurrentRequestsMax: requestsInFlight(pace.requestsPerSecond),
    };
  }

  unsupportedReason(assetPair: AssetPair): string | undefined {
    assertPair("unsupportedReason", assetPair);
    const { assetKinds } = this.#api;
    if (this.#symbols.has(assetPair.canonical) || assetKinds.includes(assetPair.kind)) return undefined;
    return `it has no ${kindNames[assetPair.kind]}, only ${assetKinds.map((kind) => kindNames[kind]).join(" and ")}`;
  }

  get host(): string {
    return new URL(this.#baseUrl).host;
  }

  getCircuitBreakerStats(): CircuitBreakerStats {
    return this.#client.circuitBreakerStats;
  }

  async fetchBars(request: BarRequest, signal?: AbortSignal): Promise<BarPage> {
    checkBarRequest(this, request, signal);
    const { assetPair, timeframe, range } = request;
    const barMs = timeframeMs(timeframe);
    const nowMs = this.#clock.now();
    const symbol = this.#symbols.get(assetPair.canonical) ?? this.#api.symbolOf(assetPair);
    const { path, parameters } = this.#api.requestOf(request, symbol, nowMs);
    const url = urlBelow(this.#baseUrl, path, parameters);
    const source = this.#client.sourceOf(url);
    // No bar of the range is over yet.
    if (range.startMs === range.endMs || range.startMs + barMs > nowMs) return { bars: [], source };
    const answered = await this.#client.get(
      url,
      (answer) => this.#read(answer, request, symbol),
      signal,
      request.onRetry,
    );
    // Some APIs send a whole page although only its end was asked for.
    const surplus = { beforeMs: this.#api.barsPerRequestMax * barMs, afterMs: barMs };
    assertRangeKept(this.#api, answered, request, this.#clock.now(), surplus);
    return { bars: selectBars(answered, request, this.#clock.now(), surplus), source };
  }

  async close(): Promise<void> {
    this.#client.close();
  }

  #read(answer: HttpAnswer, request: BarRequest, symbol: string): readonly UncheckedBar[] {
    const body = jsonOf(answer.text);
    const refusal = this.#api.refusalOf?.(body, answer.status);
    if (refusal !== undefined) throw this.#refused(refusal, answer, request, symbol);
    if (answer.status !== 200) throw statusError({ provider: this.#api, answer });
    if (body === undefined) throw malformedAnswer(this.#api, answer, "is not JSON");
    try {
      return this.#api.readBars(body, request);
    } catch (error) {
      if (error instanceof ProviderError) throw error;
      const words = error instanceof Error ? error.message : String(error);
      throw malformedAnswer(this.#api, answer, `cannot be read (${words})`);
    }
  }

  #refused(
    refusal: ProviderErrorCode | CandleRefusal,
    answer: HttpAnswer,
    { timeframe }: BarRequest,
    symbol: string,
  ): ProviderError {
    const { code, nextStep } =
      typeof refusal === "string" ? { code: refusal, nextStep: nextSteps[refusal] } : refusal;
    return new ProviderError({
      code,
      provider: this.name,
      message: `${this.title} refused ${timeframe} bars of ${symbol} with status ${answer.status}: ${answer.text.slice(0, 200)}`,
      nextStep: nextStep ?? "Check the asset pair and the timeframe, or use another provider.",
      transient: code === "RATE_LIMITED" || code === "SERVER_ERROR",
    });
  }
}

function servedBy(api: CandleApi): ServedBars {
  return {
    nativeTimeframes: api.nativeTimeframes,
    barsPerRequestMax: api.barsPerRequestMax,
    historyDepthMs: (assetPair, timeframe) => api.historyDepthMs?.(assetPair, timeframe),
  };
}

const nextSteps: Readonly<Partial<Record<ProviderErrorCode, string>>> = {
  UNKNOWN_SYMBOL: "Check the asset pair, or use another provider.",
  UNSUPPORTED_TIMEFRAME: "Ask for a finer timeframe and resample it.",
  RATE_LIMITED: "Wait a moment, or lower requests_per_second.",
  BAD_CREDENTIALS: "Check the provider's credentials.",
};

/** `undefined` when the text is not JSON: JSON itself has no such value. */
function jsonOf(text: string): unknown {
  try {
    return parseExactJson(text);
  } catch {
    return undefined;
  }
}
