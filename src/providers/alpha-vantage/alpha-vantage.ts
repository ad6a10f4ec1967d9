import * as z from "zod";
import { abortSignal, kind, optionsOf, required } from "finance-feedback-delta/contract";
import type { OptionKind, OptionTable } from "finance-feedback-delta/contract";

import { kindNames } from "../../market/asset-pair.ts";
import type { AssetPair } from "../../market/asset-pair.ts";
import { formatInstant } from "../../market/time-range.ts";
import type { Timeframe } from "../../market/timeframe.ts";
import { systemClock } from "../../seams/clock.ts";
import type { Clock } from "../../seams/clock.ts";
import { systemRandom } from "../../seams/random.ts";
import { readNews, readSeries } from "./alpha-vantage-answer.ts";
import {
  alphaVantageIdentity,
  callsFor,
  historyDepthMs,
  isOfAnotherMonth,
  stockSymbol,
  type AlphaVantageCall,
} from "./alpha-vantage-functions.ts";
import { assertArguments, assertOptions, secretText } from "../arguments.ts";
import { newsRequestOptions } from "../news.ts";
import type { NewsPage, NewsProvider, NewsRequest } from "../news.ts";
import type { CircuitBreakerStats } from "../http/circuit-stats.ts";
import { assertPair, checkBarRequest, rangeIgnored, selectBars } from "../bar-request.ts";
import type { Surplus } from "../bar-request.ts";
import { connectionSettings } from "../connection-settings.ts";
import type { ConnectionSettings } from "../connection-settings.ts";
import {
  connectionOf,
  connectionOptions,
  memoryOf,
  paceOf,
  requestsInFlight,
  urlBelow,
} from "../connection.ts";
import type { ConnectionOptions } from "../connection.ts";
import { HttpClient } from "../http/http-client.ts";
import type {
  BarPage,
  BarRequest,
  MarketDataProvider,
  ProviderCapabilities,
  ServedBars,
} from "../provider.ts";
import type { ProviderDefinition, ProviderLimits } from "../provider-definition.ts";
import { ProviderError } from "../provider-error.ts";
import { dayMs } from "../../market/durations.ts";
import type { UncheckedBar } from "../../market/unchecked-bar.ts";

export interface AlphaVantageOptions extends ConnectionOptions {
  readonly apiKey: string;
  /** What the key pays for; `free` when left out. */
  readonly plan?: AlphaVantagePlan | undefined;
}

/** `free`, or the requests a minute of a premium plan. */
export type AlphaVantagePlan = "free" | 75 | 150 | 300 | 600 | 1200;

const alphaVantagePlans: readonly AlphaVantagePlan[] = ["free", 75, 150, 300, 600, 1200];

const planKind: OptionKind<AlphaVantagePlan> = kind(`one of ${alphaVantagePlans.join(", ")}`, (value) =>
  alphaVantagePlans.some((plan) => plan === value),
);

const alphaVantageOptions: OptionTable<AlphaVantageOptions> = {
  apiKey: secretText,
  plan: planKind,
  ...connectionOptions,
};

/** The limits of the free plan. Premium plans have no daily quota, and a faster pace says that the plan is not free. */
const freeRequestsPerDay = 25;
const freeRequestsPerSecond = 1;

const baseUrl = "https://www.alphavantage.co";
const keyVariable = "ALPHA_VANTAGE_API_KEY";
const serves: ServedBars = {
  nativeTimeframes: ["1m", "5m", "15m", "1h", "1d"],
  // Thirty-one days of 15-minute bars, four months of hours: no page needs more than six requests.
  barsPerRequestMax: 2976,
  historyDepthMs,
};

interface AlphaVantageSettings extends ConnectionSettings {
  readonly plan: AlphaVantagePlan;
}

export const alphaVantage: ProviderDefinition<AlphaVantageSettings> = {
  ...alphaVantageIdentity,
  baseUrl,
  credentials: [keyVariable],
  assetKinds: ["stock", "fx", "crypto"],
  serves,
  settings: connectionSettings.extend({ plan: z.literal(alphaVantagePlans).default("free") }),
  limits: ({ plan, requests_per_second: perSecond }) => limitsOf(plan, perSecond),
  spellingProblem: ({ kind: assetKind }, spelling) =>
    assetKind === "stock" || /^[^/]+\/[^/]+$/.test(spelling)
      ? undefined
      : "Alpha Vantage takes a pair in two parts; write them with a slash in between, such as BTC/USD",
  create: (context) =>
    new AlphaVantageProvider({
      ...connectionOf(context),
      apiKey: context.credentials[keyVariable] ?? "",
      plan: context.settings.plan,
    }),
};

/** A little less than allowed leaves room for uneven delays on the way. */
function limitsOf(
  plan: AlphaVantagePlan,
  requestsPerSecond: number | undefined,
): ProviderLimits & { readonly requestsPerSecond: number; readonly burst: number } {
  const isFree = plan === "free" && (requestsPerSecond ?? freeRequestsPerSecond) <= freeRequestsPerSecond;
  return {
    requestsPerSecond: plan === "free" ? 0.98 : (plan / 60) * 0.98,
    burst: 1,
    requestsPerDay: isFree ? freeRequestsPerDay : undefined,
    plan: String(plan),
  };
}

/**
 * Stocks, foreign exchange and cryptocurrencies of Alpha Vantage.
 *
 * An answer spans a month or the whole history, far more than one page. The last few answers are kept for a while, so that
 * a month of pages costs one request of a quota that may be 25 a day.
 *
 * Source: https://www.alphavantage.co/documentation/
 */
export class AlphaVantageProvider implements MarketDataProvider, NewsProvider {
  readonly name = "alpha_vantage";
  readonly title = "Alpha Vantage";
  readonly isMock = false;
  readonly capabilities: ProviderCapabilities;
  readonly #baseUrl: string;
  readonly #symbols: ReadonlyMap<string, string>;
  readonly #apiKey: string;
  readonly #plan: AlphaVantagePlan;
  readonly #clock: Clock;
  readonly #client: HttpClient;
  /** By source, oldest first. */
  readonly #answers = new Map<string, KeptAnswer>();

  /** @throws ProviderError `INVALID_ARGUMENT` */
  constructor(options: AlphaVantageOptions) {
    assertOptions("new AlphaVantageProvider", options, alphaVantageOptions);
    const plan = options.plan ?? "free";
    const limits = limitsOf(plan, options.requestsPerSecond);
    const pace = paceOf(options, limits);
    this.#plan = plan;
    this.#symbols = options.symbols ?? new Map();
    this.#baseUrl = options.baseUrl ?? baseUrl;
    this.#apiKey = options.apiKey;
    this.#clock = options.clock ?? systemClock;
    this.#client = new HttpClient({
      provider: alphaVantageIdentity,
      clock: this.#clock,
      random: options.random ?? systemRandom,
      secrets: [options.apiKey],
      secretParameters: ["apikey"],
      requestsPerSecond: pace.requestsPerSecond,
      burst: pace.burst,
      requestsPerDay: limits.requestsPerDay,
      ...memoryOf(options, this.#baseUrl),
    });
    this.capabilities = {
      ...serves,
      requestsPerSecond: pace.requestsPerSecond,
      concurrentRequestsMax: requestsInFlight(pace.requestsPerSecond),
    };
  }

  unsupportedReason(assetPair: AssetPair): string | undefined {
    assertPair("unsupportedReason", assetPair);
    const isSpelled = this.#symbols.has(assetPair.canonical);
    switch (assetPair.kind) {
      case "fx":
        return undefined;
      case "stock":
        return !isSpelled && stockSymbol(assetPair) === undefined
          ? `no suffix of Alpha Vantage is known for the exchange .${assetPair.exchange}`
          : undefined;
      case "crypto":
        return stablecoins.has(assetPair.quote)
          ? "it prices cryptocurrencies in currencies of states, not in stablecoins"
          : undefined;
      default:
        return `it has no ${kindNames[assetPair.kind]}`;
    }
  }

  paidReason(assetPair: AssetPair, timeframe: Timeframe): string | undefined {
    assertPair("paidReason", assetPair, timeframe);
    if (this.#plan !== "free" || timeframe === "1d") return undefined;
    return "its free plan has no intraday bars (providers.alpha_vantage.plan says which plan it is)";
  }

  get host(): string {
    return new URL(this.#baseUrl).host;
  }

  getCircuitBreakerStats(): CircuitBreakerStats {
    return this.#client.circuitBreakerStats;
  }

  async fetchBars(request: BarRequest, signal?: AbortSignal): Promise<BarPage> {
    checkBarRequest(this, request, signal);
    this.#checkDepth(request);
    const { assetPair, timeframe, range } = request;
    const bars: UncheckedBar[] = [];
    const sources: string[] = [];
    let answeredFromMs = range.startMs;
    for (const call of callsFor(assetPair, timeframe, range, this.#symbols.get(assetPair.canonical))) {
      const url = urlBelow(this.#baseUrl, "/query", { ...call.parameters, apikey: this.#apiKey });
      const source = this.#client.sourceOf(url);
      sources.push(source);
      if (range.startMs === range.endMs) continue;
      const answered = await this.#answerTo(url, source, call, request, signal);
      const times = answered.flatMap(({ openTimeMs }) => openTimeMs ?? []);
      if (isOfAnotherMonth(call, times)) throw rangeIgnored(alphaVantageIdentity, request, times);
      // An answer without a month has the whole history, or the last hundred bars when the plan has no more.
      if (call.parameters["month"] === undefined)
        answeredFromMs = times.reduce((first, ms) => Math.min(first, ms), range.endMs);
      bars.push(...selectBars(answered, request, this.#clock.now(), answerReach));
    }
    return {
      bars: selectBars(bars, request, this.#clock.now(), answerReach),
      answeredFromMs,
      source: sources.join(" "),
    };
  }

  async fetchNews(request: NewsRequest, signal?: AbortSignal): Promise<NewsPage> {
    assertArguments(
      "fetchNews",
      { request, signal },
      { request: required(optionsOf(newsRequestOptions)), signal: abortSignal },
    );
    const { ticker, range, onRetry } = request;
    const url = urlBelow(this.#baseUrl, "/query", {
      function: "NEWS_SENTIMENT",
      tickers: ticker,
      time_from: newsMinute(range.startMs),
      time_to: newsMinute(range.endMs + minuteMs - 1),
      sort: "EARLIEST",
      limit: String(articlesMax),
      apikey: this.#apiKey,
    });
    const { text, articles } = await this.#client.get(url, readNews, signal, onRetry);
    return {
      text,
      mayBeCut: articles >= articlesMax || articles === articlesUsual,
      source: this.#client.sourceOf(url),
    };
  }

  async close(): Promise<void> {
    this.#answers.clear();
    this.#client.close();
  }

  async #answerTo(
    url: URL,
    source: string,
    call: AlphaVantageCall,
    { range, onRetry }: BarRequest,
    signal: AbortSignal | undefined,
  ): Promise<readonly UncheckedBar[]> {
    const nowMs = this.#clock.now();
    const kept = this.#answers.get(source);
    // An answer lacks the bars that were completed after it.
    if (kept !== undefined && range.endMs <= kept.askedAtMs && nowMs - kept.askedAtMs < keptForMs)
      return kept.bars;
    const bars = await this.#client.get(url, (answer) => readSeries(answer, call), signal, onRetry);
    this.#answers.delete(source);
    this.#answers.set(source, { askedAtMs: nowMs, bars });
    const [oldest] = this.#answers.keys();
    if (this.#answers.size > answersKeptMax && oldest !== undefined) this.#answers.delete(oldest);
    return bars;
  }

  /** An answer that does not reach back far enough would look like a market without trades. */
  #checkDepth({ assetPair, timeframe, range }: BarRequest): void {
    const depthMs = historyDepthMs(assetPair, timeframe);
    if (depthMs === undefined) return;
    const earliestMs = this.#clock.now() - depthMs;
    if (range.startMs >= earliestMs - depthSlackMs) return;
    throw new ProviderError({
      code: "BAD_REQUEST",
      provider: this.name,
      message: `Alpha Vantage has ${timeframe} bars of ${assetPair.canonical} only since ${formatInstant(earliestMs)}; ${formatInstant(range.startMs)} was asked for.`,
      nextStep: "Ask for a later start, or use another provider for the older bars.",
      transient: false,
    });
  }
}

/** Articles that an answer may have, and has when it does not keep to the limit that it was given. */
const articlesMax = 1000;
const articlesUsual = 50;
const minuteMs = 60_000;

/** `20260423T1617`: the minute of an instant. */
function newsMinute(instantMs: number): string {
  return new Date(instantMs).toISOString().slice(0, 16).replaceAll(/[-:]/g, "");
}

interface KeptAnswer {
  readonly askedAtMs: number;
  readonly bars: readonly UncheckedBar[];
}

/** An answer spans a month of minutes, or a year or twenty of days. */
const answerReachMs = 25 * 366 * dayMs;
const answerReach: Surplus = { beforeMs: answerReachMs, afterMs: answerReachMs };
const stablecoins: ReadonlySet<string> = new Set([
  "USDT",
  "USDC",
  "DAI",
  "FDUSD",
  "PYUSD",
  "BUSD",
  "TUSD",
  "USDE",
]);
const answersKeptMax = 6;
const keptForMs = 5 * 60_000;
/** Time passes between a plan and its requests. */
const depthSlackMs = dayMs;
