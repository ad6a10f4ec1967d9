import { kindNames } from "../market/asset-pair.ts";
import type { AssetPair } from "../market/asset-pair.ts";
import { formatInstant } from "../market/time-range.ts";
import { timeframeMs, type Timeframe } from "../market/timeframe.ts";
import { systemClock } from "../seams/clock.ts";
import type { Clock } from "../seams/clock.ts";
import { systemRandom } from "../seams/random.ts";
import { assertOptions } from "./arguments.ts";
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
import { HttpClient } from "./http-client.ts";
import type { HttpAnswer } from "./http-transport.ts";
import { decimalOf, isRecord, parseExactJson, textOf } from "./json.ts";
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

const identity = { name: "coinbase", title: "Coinbase" } as const;
const baseUrl = "https://api.exchange.coinbase.com";
// Ten a second are allowed; a little less leaves room for the unevenness of the way there.
const ownPace = { requestsPerSecond: 9.8, burst: 10 };
const serves: ServedBars = {
  nativeTimeframes: ["1m", "5m", "15m", "1h", "1d"],
  barsPerRequestMax: 300,
  historyDepthMs: () => undefined,
};

export const coinbase: ProviderDefinition<ConnectionSettings> = {
  ...identity,
  baseUrl,
  assetKinds: ["crypto"],
  serves,
  settings: connectionSettings,
  limits: () => ownPace,
  create: (context) => new CoinbaseProvider(connectionOf(context)),
};

/**
 * Candles of the Coinbase Exchange, which need no key.
 *
 * Source: https://docs.cdp.coinbase.com/api-reference/exchange-api/rest-api/products/get-product-candles
 */
export class CoinbaseProvider implements MarketDataProvider {
  readonly name = "coinbase";
  readonly title = "Coinbase";
  readonly isMock = false;
  readonly capabilities: ProviderCapabilities;
  readonly #baseUrl: string;
  readonly #symbols: ReadonlyMap<string, string>;
  readonly #clock: Clock;
  readonly #client: HttpClient;

  /** @throws ProviderError `INVALID_ARGUMENT` */
  constructor(options: ConnectionOptions = {}) {
    assertOptions("new CoinbaseProvider", options, connectionOptions);
    const pace = paceOf(options, ownPace);
    this.#symbols = options.symbols ?? new Map();
    this.#baseUrl = options.baseUrl ?? baseUrl;
    this.#clock = options.clock ?? systemClock;
    this.#client = new HttpClient({
      provider: identity,
      clock: this.#clock,
      random: options.random ?? systemRandom,
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
    return assetPair.kind === "crypto"
      ? undefined
      : `it trades cryptocurrencies on the spot market only, no ${kindNames[assetPair.kind]}`;
  }

  get host(): string {
    return new URL(this.#baseUrl).host;
  }

  getCircuitBreakerStats(): CircuitBreakerStats {
    return this.#client.circuitBreakerStats;
  }

  async fetchBars(request: BarRequest, signal?: AbortSignal): Promise<BarPage> {
    checkBarRequest(this, request, signal);
    const url = this.#urlOf(request);
    const source = this.#client.sourceOf(url);
    if (request.range.startMs === request.range.endMs) return { bars: [], source };
    const rows = await this.#client.get(
      url,
      (answer) => readRows(answer, request, this.#symbolOf(request.assetPair)),
      signal,
      request.onRetry,
    );
    const answered = rows.map(readRow);
    const barMs = timeframeMs(request.timeframe);
    // As it says itself, some of a page's bars may precede the start.
    const surplus = { beforeMs: this.capabilities.barsPerRequestMax * barMs, afterMs: barMs };
    assertRangeKept(identity, answered, request, this.#clock.now(), surplus);
    return { bars: selectBars(answered, request, this.#clock.now(), surplus), source };
  }

  async close(): Promise<void> {
    this.#client.close();
  }

  #symbolOf({ canonical, base, quote }: AssetPair): string {
    return this.#symbols.get(canonical) ?? `${base}-${quote}`;
  }

  #urlOf({ assetPair, timeframe, range }: BarRequest): URL {
    return urlBelow(this.#baseUrl, `/products/${encodeURIComponent(this.#symbolOf(assetPair))}/candles`, {
      granularity: String(timeframeMs(timeframe) / 1000),
      start: formatInstant(range.startMs),
      // Both ends are inclusive there: the second before the end excludes the bar that opens at the end.
      end: formatInstant(Math.max(range.startMs, range.endMs - 1000)),
    });
  }
}

function readRows(answer: HttpAnswer, request: BarRequest, symbol: string): readonly unknown[] {
  if (answer.status !== 200) throw answerError(answer, symbol, request.timeframe);
  let body: unknown;
  try {
    body = parseExactJson(answer.text);
  } catch {
    throw malformedAnswer(identity, answer, "is not JSON");
  }
  if (!Array.isArray(body)) throw malformedAnswer(identity, answer, "is not a list of candles");
  return body;
}

/** `[time, low, high, open, close, volume]`, the time in seconds. */
function readRow(raw: unknown): ProviderBar {
  const row: readonly unknown[] = Array.isArray(raw) ? raw : [];
  const [time, low, high, open, close, volume] = row;
  return {
    openTimeMs: Number.isSafeInteger(time) ? Number(time) * 1000 : undefined,
    open: decimalOf(open),
    high: decimalOf(high),
    low: decimalOf(low),
    close: decimalOf(close),
    volume: decimalOf(volume),
    raw,
  };
}

function answerError(answer: HttpAnswer, symbol: string, timeframe: Timeframe): ProviderError {
  const message = messageIn(answer.text);
  if (answer.status === 404 && message === "NotFound") {
    return new ProviderError({
      code: "UNKNOWN_SYMBOL",
      provider: "coinbase",
      message: `Coinbase has no product ${symbol}.`,
      nextStep: "Check the asset pair, or use another provider.",
      transient: false,
    });
  }
  if (message === "Unsupported granularity") {
    return new ProviderError({
      code: "UNSUPPORTED_TIMEFRAME",
      provider: "coinbase",
      message: `Coinbase refused ${timeframe} bars: ${message}.`,
      nextStep: "Ask for a finer timeframe and resample it.",
      transient: false,
    });
  }
  return statusError({ provider: identity, answer });
}

function messageIn(text: string): string | undefined {
  try {
    const body: unknown = JSON.parse(text);
    return isRecord(body) ? textOf(body["message"]) : undefined;
  } catch {
    return undefined;
  }
}
