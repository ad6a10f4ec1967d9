import type { OptionTable } from "finance-feedback-delta/contract";

import { formatInstant } from "../market/time-range.ts";
import type { TimeRange } from "../market/time-range.ts";
import type { Timeframe } from "../market/timeframe.ts";
import type { UncheckedBar } from "../market/unchecked-bar.ts";
import { assertOptions, secretText } from "./arguments.ts";
import { candleProvider, CandleProvider } from "./candle-provider.ts";
import type { CandleApi } from "./candle-provider.ts";
import { connectionOf, connectionOptions } from "./connection.ts";
import type { ConnectionOptions } from "./connection.ts";
import { exactUtcTime } from "./exact-time.ts";
import { isRecord, textOf } from "./json.ts";
import type { ProviderDefinition } from "./provider-definition.ts";

export interface OandaOptions extends ConnectionOptions {
  /** The API token of the account, for the environment (practice or live) that the base URL names. */
  readonly token: string;
}

const oandaOptions: OptionTable<OandaOptions> = { token: secretText, ...connectionOptions };

const tokenVariable = "OANDA_API_TOKEN";

const granularities: Readonly<Record<Timeframe, string>> = {
  "5s": "S5",
  "1m": "M1",
  "5m": "M5",
  "15m": "M15",
  "1h": "H1",
  "4h": "H4",
  "1d": "D",
};

/**
 * Mid-price candles of Oanda's v20 API; volumes are tick counts. Days and four-hour bars are asked for on the UTC
 * grid, since Oanda would align them to New York. Its BTC_USD is a contract for difference, whose prices no spot market
 * has, so foreign exchange is all that is taken from it.
 *
 * Source: https://developer.oanda.com/rest-live-v20/instrument-ep/
 */
const api: CandleApi = {
  name: "oanda",
  title: "Oanda",
  baseUrl: "https://api-fxpractice.oanda.com",
  assetKinds: ["fx"],
  nativeTimeframes: ["1m", "5m", "15m", "1h", "4h", "1d"],
  barsPerRequestMax: 5000,
  // A hundred and twenty a second are allowed; a little less leaves room for uneven delays on the way.
  limits: { requestsPerSecond: 117.6, burst: 20 },
  credentials: [tokenVariable],
  headers: ({ [tokenVariable]: token = "" }) => ({ authorization: `Bearer ${token}` }),
  symbolOf: ({ base, quote }) => `${base}_${quote}`,
  requestOf: ({ timeframe, range }, symbol, nowMs) => ({
    path: `/v3/instruments/${encodeURIComponent(symbol)}/candles`,
    parameters: {
      price: "M",
      granularity: granularities[timeframe],
      from: formatInstant(range.startMs),
      to: formatInstant(endOf(range, nowMs)),
      smooth: "false",
      dailyAlignment: "0",
      alignmentTimezone: "UTC",
    },
  }),
  readBars: (body) => {
    const candles = isRecord(body) ? body["candles"] : undefined;
    if (!Array.isArray(candles)) throw new Error("it has no list of candles");
    return candles.filter((candle) => !isRecord(candle) || candle["complete"] !== false).map(readCandle);
  },
  refusalOf: (body, status) => {
    if (status === 401 || status === 403)
      return {
        code: "BAD_CREDENTIALS",
        nextStep: `Set ${tokenVariable} to a token of the environment, practice or live, that the base URL names.`,
      };
    const message = isRecord(body) ? textOf(body["errorMessage"]) : undefined;
    return message?.includes("'instrument'") === true ? "UNKNOWN_SYMBOL" : undefined;
  },
};

export const oanda: ProviderDefinition = candleProvider(api);

export class OandaProvider extends CandleProvider {
  /** @throws ProviderError `INVALID_ARGUMENT` */
  constructor(options: OandaOptions) {
    assertOptions("new OandaProvider", options, oandaOptions);
    super(api, { ...connectionOf(options), credentials: { [tokenVariable]: options.token } });
  }
}

/** A range that ends after the present is refused there, to the second. No bar in that part is complete anyway. */
function endOf({ startMs, endMs }: TimeRange, nowMs: number): number {
  return Math.max(startMs, Math.min(endMs, Math.floor(nowMs / 1000) * 1000));
}

function readCandle(raw: unknown): UncheckedBar {
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
