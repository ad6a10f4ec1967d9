import * as z from "zod";

import { formatInstant } from "../market/time-range.ts";
import { timeframeMs } from "../market/timeframe.ts";
import type { UncheckedBar } from "../market/unchecked-bar.ts";
import { assertOptions } from "./arguments.ts";
import { candleProvider, CandleProvider } from "./candle-provider.ts";
import type { CandleApi } from "./candle-provider.ts";
import { connectionSettings } from "./connection-settings.ts";
import type { ConnectionKeys } from "./connection-settings.ts";
import { connectionOf, connectionOptions } from "./connection.ts";
import type { ConnectionOptions } from "./connection.ts";
import { decimalOf, isRecord } from "./json.ts";
import type { ProviderDefinition } from "./provider-definition.ts";

type CoinbaseKeys = ConnectionKeys & {
  /** Where the feed is served, for a stand-in or a proxy. */
  readonly stream_url: z.ZodOptional<z.ZodURL>;
};

export const coinbaseSettings: z.ZodObject<CoinbaseKeys, z.core.$strict> = connectionSettings.extend({
  stream_url: z.url({ protocol: /^wss?$/ }).optional(),
});

/**
 * Candles of the Coinbase Exchange, which need no key.
 *
 * Source: https://docs.cdp.coinbase.com/api-reference/exchange-api/rest-api/products/get-product-candles
 */
const api: CandleApi = {
  name: "coinbase",
  title: "Coinbase",
  baseUrl: "https://api.exchange.coinbase.com",
  assetKinds: ["crypto"],
  nativeTimeframes: ["1m", "5m", "15m", "1h", "1d"],
  barsPerRequestMax: 300,
  // Ten a second are allowed; a little less leaves room for uneven delays on the way.
  limits: { requestsPerSecond: 9.8, burst: 10 },
  settings: coinbaseSettings,
  symbolOf: ({ base, quote }) => `${base}-${quote}`,
  requestOf: ({ timeframe, range }, symbol) => ({
    path: `/products/${encodeURIComponent(symbol)}/candles`,
    parameters: {
      granularity: String(timeframeMs(timeframe) / 1000),
      start: formatInstant(range.startMs),
      // Both ends are inclusive there: the second before the end excludes the bar that opens at the end.
      end: formatInstant(Math.max(range.startMs, range.endMs - 1000)),
    },
  }),
  readBars: (body) => {
    if (!Array.isArray(body)) throw new Error("it is not a list of candles");
    return body.map(readRow);
  },
  refusalOf: (body, status) => {
    const message = isRecord(body) ? body["message"] : undefined;
    if (status === 404 && message === "NotFound") return "UNKNOWN_SYMBOL";
    return message === "Unsupported granularity" ? "UNSUPPORTED_TIMEFRAME" : undefined;
  },
};

export const coinbase: ProviderDefinition = candleProvider(api);

export class CoinbaseProvider extends CandleProvider {
  /** @throws ProviderError `INVALID_ARGUMENT` */
  constructor(options: ConnectionOptions = {}) {
    assertOptions("new CoinbaseProvider", options, connectionOptions);
    super(api, { ...connectionOf(options), credentials: {} });
  }
}

/** `[time, low, high, open, close, volume]`, the time in seconds. */
function readRow(raw: unknown): UncheckedBar {
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
