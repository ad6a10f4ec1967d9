import { aFunction, countFromOne, listOf, nonEmptyText, required } from "finance-feedback-delta/contract";
import type { OptionTable } from "finance-feedback-delta/contract";
import type * as z from "zod";

import { kindNames } from "../market/asset-pair.ts";
import type { AssetKind, AssetPair } from "../market/asset-pair.ts";
import { timeframeKind } from "../market/timeframe.ts";
import type { Timeframe } from "../market/timeframe.ts";
import { systemClock } from "../seams/clock.ts";
import { systemRandom } from "../seams/random.ts";
import { assertOptions } from "./arguments.ts";
import type { CircuitBreakerStats } from "./circuit-stats.ts";
import { connectionSettings } from "./connection-settings.ts";
import { httpAddress, memoryOf, paceOf, requestsInFlight, urlBelow } from "./connection.ts";
import { assetKindsKind, limitsKind, settingsKind } from "./definition-shape.ts";
import { HttpClient } from "./http-client.ts";
import type { HttpAnswer } from "./http-transport.ts";
import { parseExactJson } from "./json.ts";
import { providerNameKind } from "./provider-chain.ts";
import type { ProviderContext, ProviderDefinition, ProviderLimits } from "./provider-definition.ts";
import type {
  BarPage,
  BarRequest,
  MarketDataProvider,
  ProviderBar,
  ProviderCapabilities,
} from "./provider.ts";
import { ProviderError } from "./provider-error.ts";
import type { ProviderErrorCode } from "./provider-error.ts";
import { malformedAnswer, statusError } from "./status-error.ts";

/** An API that answers a GET request with candles in JSON: all that is its own. */
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
  /** What is asked for. The range is half-open and on the timeframe's grid. */
  requestOf(request: BarRequest, symbol: string): CandleRequest;
  /** The bars of an answer with status 200. What it throws says that the answer is malformed. */
  readBars(body: unknown, request: BarRequest): readonly ProviderBar[];
  /** What the API's own way to say no means; `undefined` for what is none, or for which the status says enough. */
  refusalOf?(body: unknown, status: number): ProviderErrorCode | undefined;
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
 * A provider of the user's own, from what is special about its API. Pace, retries, the circuit breaker, quotas, exact
 * numbers and the selection of complete bars are as in the built-in providers.
 *
 * @throws ProviderError `INVALID_ARGUMENT`
 * @example
 * export const provider = candleProvider({ name: "my_exchange", … });
 */
export function candleProvider(api: CandleApi): ProviderDefinition {
  assertOptions("candleProvider", api, candleApi);
  const { name, title, baseUrl, assetKinds, nativeTimeframes, barsPerRequestMax, limits = {} } = api;
  return {
    name,
    title,
    baseUrl,
    credentials: api.credentials,
    assetKinds,
    serves: {
      nativeTimeframes,
      barsPerRequestMax,
      historyDepthMs: (assetPair, timeframe) => api.historyDepthMs?.(assetPair, timeframe),
    },
    settings: api.settings ?? connectionSettings,
    limits: () => limits,
    create: (context) => new CandleProvider(api, context),
  };
}

class CandleProvider implements MarketDataProvider {
  readonly name: string;
  readonly title: string;
  readonly isMock = false;
  readonly capabilities: ProviderCapabilities;
  readonly #api: CandleApi;
  readonly #baseUrl: string;
  readonly #symbols: ReadonlyMap<string, string>;
  readonly #client: HttpClient;

  constructor(api: CandleApi, context: ProviderContext) {
    const { limits = {} } = api;
    const pace = paceOf(context, {
      requestsPerSecond: limits.requestsPerSecond ?? Number.POSITIVE_INFINITY,
      burst: limits.burst ?? 1,
    });
    this.name = api.name;
    this.title = api.title;
    this.#api = api;
    this.#baseUrl = context.baseUrl ?? api.baseUrl;
    this.#symbols = context.symbols ?? new Map();
    this.#client = new HttpClient({
      provider: api,
      clock: context.clock ?? systemClock,
      random: context.random ?? systemRandom,
      headers: api.headers?.(context.credentials) ?? {},
      secrets: Object.values(context.credentials),
      ...pace,
      requestsPerDay: limits.requestsPerDay,
      ...memoryOf(context, this.#baseUrl),
    });
    this.capabilities = {
      nativeTimeframes: api.nativeTimeframes,
      barsPerRequestMax: api.barsPerRequestMax,
      historyDepthMs: (assetPair, timeframe) => api.historyDepthMs?.(assetPair, timeframe),
      requestsPerSecond: pace.requestsPerSecond,
      concurrentRequestsMax: requestsInFlight(pace.requestsPerSecond),
    };
  }

  unsupportedReason(assetPair: AssetPair): string | undefined {
    if (this.#symbols.has(assetPair.canonical) || this.#api.assetKinds.includes(assetPair.kind))
      return undefined;
    return `it has no ${kindNames[assetPair.kind]}`;
  }

  get host(): string {
    return new URL(this.#baseUrl).host;
  }

  getCircuitBreakerStats(): CircuitBreakerStats {
    return this.#client.circuitBreakerStats;
  }

  async fetchBars(request: BarRequest, signal?: AbortSignal): Promise<BarPage> {
    const { assetPair, range } = request;
    const symbol = this.#symbols.get(assetPair.canonical) ?? this.#api.symbolOf(assetPair);
    const { path, parameters } = this.#api.requestOf(request, symbol);
    const url = urlBelow(this.#baseUrl, path, parameters);
    const source = this.#client.sourceOf(url);
    if (range.startMs === range.endMs) return { bars: [], source };
    const bars = await this.#client.get(
      url,
      (answer) => this.#read(answer, request, symbol),
      signal,
      request.onRetry,
    );
    return { bars, source };
  }

  async close(): Promise<void> {
    this.#client.close();
  }

  #read(answer: HttpAnswer, request: BarRequest, symbol: string): readonly ProviderBar[] {
    const body = jsonOf(answer.text);
    const code = this.#api.refusalOf?.(body, answer.status);
    if (code !== undefined) throw this.#refusal(code, answer, request, symbol);
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

  #refusal(
    code: ProviderErrorCode,
    answer: HttpAnswer,
    { timeframe }: BarRequest,
    symbol: string,
  ): ProviderError {
    return new ProviderError({
      code,
      provider: this.name,
      message: `${this.title} refused ${timeframe} bars of ${symbol} with status ${answer.status}: ${answer.text.slice(0, 200)}`,
      nextStep: nextSteps[code] ?? "Check the asset pair and the timeframe, or use another provider.",
      transient: code === "RATE_LIMITED" || code === "SERVER_ERROR",
    });
  }
}

const nextSteps: Readonly<Partial<Record<ProviderErrorCode, string>>> = {
  UNKNOWN_SYMBOL: "Check the asset pair, or use another provider.",
  RATE_LIMITED: "Wait a moment, or lower requests_per_second.",
  BAD_CREDENTIALS: "Check the provider's credentials.",
};

/** `undefined` for what is no JSON, which has no such value. */
function jsonOf(text: string): unknown {
  try {
    return parseExactJson(text);
  } catch {
    return undefined;
  }
}
