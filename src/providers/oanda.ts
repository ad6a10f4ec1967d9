import type { OptionTable } from "finance-feedback-delta/contract";

import { kindNames } from "../market/asset-pair.ts";
import type { AssetPair } from "../market/asset-pair.ts";
import { formatInstant } from "../market/time-range.ts";
import { timeframeMs, type Timeframe } from "../market/timeframe.ts";
import { systemClock } from "../seams/clock.ts";
import type { Clock } from "../seams/clock.ts";
import { systemRandom } from "../seams/random.ts";
import { assertOptions, secretText } from "./arguments.ts";
import type { CircuitBreakerStats } from "./circuit-stats.ts";
import { assertPair, assertRangeKept, checkBarRequest, selectBars } from "./bar-request.ts";
import { connectionSettings } from "./connection-settings.ts";
import type { ConnectionSettings } from "./connection-settings.ts";
import {
  connectionOf,
  connectionOptions,
  memoryOf,
  paceOf,
  requestsInFlight,
  urlBelow,
} from "./connection.ts";
import type { ConnectionOptions } from "./connection.ts";
import { exactUtcTime } from "./exact-time.ts";
import { HttpClient } from "./http-client.ts";
import type { HttpAnswer } from "./http-transport.ts";
import { isRecord, parseExactJson, textOf } from "./json.ts";
import type {
  BarPage,
  BarRequest,
  MarketDataProvider,
  ProviderBar,
  ProviderCapabilities,
  ServedBars,
} from "./provider.ts";
import type { ProviderDefinition } from "./provider-definition.ts";
import { ProviderError } from "./provider-error.ts";
import { malformedAnswer, statusError } from "./status-error.ts";

export interface OandaOptions extends ConnectionOptions {
  /** The API token of the account, for the environment (practice or live) that the base URL names. */
  readonly token: string;
}

const oandaOptions: OptionTable<OandaOptions> = { token: secretText, ...connectionOptions };

const identity = { name: "oanda", title: "Oanda" } as const;
const baseUrl = "https://api-fxpractice.oanda.com";
const tokenVariable = "OANDA_API_TOKEN";
// A hundred and twenty a second are allowed; a little less leaves room for the unevenness of the way there.
const ownPace = { requestsPerSecond: 117.6, burst: 20 };
const serves: ServedBars = {
  nativeTimeframes: ["1m", "5m", "15m", "1h", "4h", "1d"],
  barsPerRequestMax: 5000,
  historyDepthMs: () => undefined,
};

export const oanda: ProviderDefinition<ConnectionSettings> = {
  ...identity,
  baseUrl,
  credentials: [tokenVariable],
  assetKinds: ["fx"],
  serves,
  settings: connectionSettings,
  limits: () => ownPace,
  create: (context) =>
    new OandaProvider({ ...connectionOf(context), token: context.credentials[tokenVariable] ?? "" }),
};

/**
 * Mid-price candles of Oanda's v20 API; volumes are tick counts. Days and four-hour bars are asked for on the UTC
 * grid, since Oanda would align them to New York.
 *
 * Source: https://developer.oanda.com/rest-live-v20/instrument-ep/
 */
export class OandaProvider implements MarketDataProvider {
  readonly name = "oanda";
  readonly title = "Oanda";
  readonly isMock = false;
  readonly capabilities: ProviderCapabilities;
  readonly #baseUrl: string;
  readonly #symbols: ReadonlyMap<string, string>;
  readonly #clock: Clock;
  readonly #client: HttpClient;

  /** @throws ProviderError `INVALID_ARGUMENT` */
  constructor(options: OandaOptions) {
    assertOptions("new OandaProvider", options, oandaOptions);
    const pace = paceOf(options, ownPace);
    this.#symbols = options.symbols ?? new Map();
    this.#baseUrl = options.baseUrl ?? baseUrl;
    this.#clock = options.clock ?? systemClock;
    this.#client = new HttpClient({
      provider: identity,
      clock: this.#clock,
      random: options.random ?? systemRandom,
      headers: { authorization: `Bearer ${options.token}` },
      secrets: [options.token],
      ...pace,
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
    if (this.#symbols.has(assetPair.canonical)) return undefined;
    // Its BTC_USD is a contract for difference: prices that no spot market had.
    return assetPair.kind === "fx" ? undefined : `it has no ${kindNames[assetPair.kind]}`;
  }

  get host(): string {
    return new URL(this.#baseUrl).host;
  }

  getCircuitBreakerStats(): CircuitBreakerStats {
    return this.#client.circuitBreakerStats;
  }

  async fetchBars(request: BarRequest, signal?: AbortSignal): Promise<BarPage> {
    checkBarRequest(this, request, signal);
    const { range } = request;
    // A range that reaches past the present is refused there; no bar in that part is complete anyway.
    const nowMs = Math.floor(this.#clock.now() / 1000) * 1000;
    const endMs = Math.min(range.endMs, nowMs);
    const url = this.#urlOf(request, Math.max(range.startMs, endMs));
    const source = this.#client.sourceOf(url);
    if (range.startMs >= endMs) return { bars: [], source };
    const candles = await this.#client.get(
      url,
      (answer) => readCandles(answer, this.#symbolOf(request.assetPair)),
      signal,
      request.onRetry,
    );
    const complete = candles.filter((candle) => !isRecord(candle) || candle["complete"] !== false);
    const answered = complete.map(readCandle);
    const barMs = timeframeMs(request.timeframe);
    const surplus = { beforeMs: barMs, afterMs: barMs };
    assertRangeKept(identity, answered, request, this.#clock.now(), surplus);
    return { bars: selectBars(answered, request, this.#clock.now(), surplus), source };
  }

  async close(): Promise<void> {
    this.#client.close();
  }

  #symbolOf({ canonical, base, quote }: AssetPair): string {
    return this.#symbols.get(canonical) ?? `${base}_${quote}`;
  }

  #urlOf({ assetPair, timeframe, range }: BarRequest, endMs: number): URL {
    return urlBelow(
      this.#baseUrl,
      `/v3/instruments/${encodeURIComponent(this.#symbolOf(assetPair))}/candles`,
      {
        price: "M",
        granularity: granularities[timeframe],
        from: formatInstant(range.startMs),
        to: formatInstant(endMs),
        smooth: "false",
        dailyAlignment: "0",
        alignmentTimezone: "UTC",
      },
    );
  }
}

const granularities: Readonly<Record<Timeframe, string>> = {
  "5s": "S5",
  "1m": "M1",
  "5m": "M5",
  "15m": "M15",
  "1h": "H1",
  "4h": "H4",
  "1d": "D",
};

function readCandles(answer: HttpAnswer, symbol: string): readonly unknown[] {
  if (answer.status !== 200) throw answerError(answer, symbol);
  let body: unknown;
  try {
    body = parseExactJson(answer.text);
  } catch {
    throw malformedAnswer(identity, answer, "is not JSON");
  }
  const candles = isRecord(body) ? body["candles"] : undefined;
  if (!Array.isArray(candles)) throw malformedAnswer(identity, answer, "has no list of candles");
  return candles;
}

function readCandle(raw: unknown): ProviderBar {
  const candle = isRecord(raw) ? raw : {};
  const mid = isRecord(candle["mid"]) ? candle["mid"] : {};
  const time = candle["time"];
  return {
    openTimeMs: typeof time === "string" ? exactUtcTime(time) : undefined,
    open: textOf(mid["o"]),
    high: textOf(mid["h"]),
    low: textOf(mid["l"]),
    close: textOf(mid["c"]),
    volume: textOf(candle["volume"]),
    raw,
  };
}

function answerError(answer: HttpAnswer, symbol: string): ProviderError {
  if (answer.status === 401 || answer.status === 403) {
    return new ProviderError({
      code: "BAD_CREDENTIALS",
      provider: "oanda",
      message: `Oanda refused the token with status ${answer.status}: ${messageIn(answer.text)}`,
      nextStep:
        "Set OANDA_API_TOKEN to a token of the environment, practice or live, that the base URL names.",
      transient: false,
    });
  }
  if (messageIn(answer.text).includes("'instrument'")) {
    return new ProviderError({
      code: "UNKNOWN_SYMBOL",
      provider: "oanda",
      message: `Oanda has no instrument ${symbol}.`,
      nextStep: "Check the asset pair, or use another provider.",
      transient: false,
    });
  }
  return statusError({ provider: identity, answer });
}

function messageIn(text: string): string {
  try {
    const body: unknown = JSON.parse(text);
    return (isRecord(body) ? textOf(body["errorMessage"]) : undefined) ?? text.slice(0, 200);
  } catch {
    return text.slice(0, 200);
  }
}
