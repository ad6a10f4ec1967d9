import type { Candle } from "../../src/market/candle.ts";
import { newYorkZone, zoneClock } from "../../src/market/zone-clock.ts";
import type { TimeRange } from "../../src/market/time-range.ts";
import { floorToTimeframe, timeframeMs, type Timeframe } from "../../src/market/timeframe.ts";
import { newsSentiment } from "./alpha-vantage-news.ts";
import { json, plain, type Api, type ApiAnswer, type ApiWorld } from "./api.ts";

const newYork = zoneClock(newYorkZone);

/** `GET /query` of Alpha Vantage: price series and news. Errors have status 200, as there. */
export function alphaVantageApi(world: ApiWorld, apiKey: string): Api {
  return {
    answer({ url }) {
      if (url.pathname !== "/query") return undefined;
      if (url.searchParams.get("apikey") !== apiKey) {
        return json(200, {
          "Error Message":
            "the parameter apikey is invalid or missing. Please claim your free API key on (https://www.alphavantage.co/support/#api-key). It should take less than 20 seconds.",
        });
      }
      if (url.searchParams.get("function") === "NEWS_SENTIMENT") return newsSentiment(url, world);
      const query = queryOf(url);
      if (query === undefined || !world.series.has(query.canonical)) return invalidCall(url);
      return series(world, query, url.searchParams.get("outputsize") === "full");
    },
  };
}

const dayMs = timeframeMs("1d");
const trailingMs = 30 * dayMs;
/** The real series go back for decades; two years of days serve as well here. */
const dailyMs = 730 * dayMs;
const cryptoDailyMs = 350 * dayMs;

interface Query {
  readonly canonical: string;
  readonly timeframe: Timeframe;
  readonly key: string;
  readonly labels: "utc" | "new-york" | "date";
  /** A fixed range, or how far the series trails behind the present. */
  readonly month?: TimeRange;
  readonly depthMs: number;
  readonly volume: "text" | "number" | "none";
}

const intervals: Readonly<Record<string, Timeframe>> = {
  "1min": "1m",
  "5min": "5m",
  "15min": "15m",
  "60min": "1h",
};

function queryOf(url: URL): Query | undefined {
  const parameter = (name: string): string => url.searchParams.get(name) ?? "";
  const interval = parameter("interval");
  const timeframe = intervals[interval];
  const fxPair = parameter("from_symbol") + parameter("to_symbol");
  const cryptoPair = parameter("symbol") + parameter("market");
  const stock = parameter("symbol");
  switch (parameter("function")) {
    case "TIME_SERIES_DAILY":
      return daily(stock, "Time Series (Daily)", dailyMs, "text");
    case "FX_DAILY":
      return daily(fxPair, "Time Series FX (Daily)", dailyMs, "none");
    case "DIGITAL_CURRENCY_DAILY":
      return daily(cryptoPair, "Time Series (Digital Currency Daily)", cryptoDailyMs, "text");
    case "TIME_SERIES_INTRADAY": {
      const month = monthOf(parameter("month"));
      if (timeframe === undefined) return undefined;
      return {
        ...intraday(stock, timeframe, `Time Series (${interval})`),
        labels: "new-york",
        ...(month === undefined ? {} : { month }),
      };
    }
    case "FX_INTRADAY":
      if (timeframe === undefined) return undefined;
      return { ...intraday(fxPair, timeframe, `Time Series FX (${interval})`), volume: "none" };
    case "CRYPTO_INTRADAY":
      if (timeframe === undefined) return undefined;
      return { ...intraday(cryptoPair, timeframe, `Time Series Crypto (${interval})`), volume: "number" };
    default:
      return undefined;
  }
}

function daily(canonical: string, key: string, depthMs: number, volume: Query["volume"]): Query {
  return { canonical, timeframe: "1d", key, labels: "date", depthMs, volume };
}

function intraday(canonical: string, timeframe: Timeframe, key: string): Query {
  return { canonical, timeframe, key, labels: "utc", depthMs: trailingMs, volume: "text" };
}

function series(world: ApiWorld, query: Query, full: boolean): ApiAnswer {
  const nowMs = world.now();
  const { timeframe } = query;
  const presentMs = floorToTimeframe(nowMs, timeframe) + timeframeMs(timeframe);
  const range = query.month ?? {
    startMs: floorToTimeframe(nowMs - query.depthMs, timeframe),
    endMs: presentMs,
  };
  const found = world.series.candles(query.canonical, timeframe, {
    startMs: range.startMs,
    endMs: Math.max(range.startMs, Math.min(range.endMs, presentMs)),
  });
  const everything = full || query.key.includes("Digital");
  const rows = (everything ? found : found.slice(-100)).toReversed().map((bar) => row(bar, query));
  const meta = {
    "1. Information": "A stand-in",
    "4. Last Refreshed": new Date(nowMs).toISOString().slice(0, 19).replace("T", " "),
    "7. Time Zone": query.labels === "new-york" ? "US/Eastern" : "UTC",
  };
  const mark = query.volume === "none" ? "\uFEFF" : "";
  return {
    status: 200,
    body: `${mark}{"Meta Data":${JSON.stringify(meta)},${JSON.stringify(query.key)}:{${rows.join(",")}}}`,
    lasting: query.month !== undefined && query.month.endMs <= nowMs,
  };
}

function row(bar: Candle, query: Query): string {
  const wallMs =
    query.labels === "new-york" ? bar.openTimeMs + newYork.offsetMs(bar.openTimeMs) : bar.openTimeMs;
  const time = new Date(wallMs).toISOString();
  const label = query.labels === "date" ? time.slice(0, 10) : time.slice(0, 19).replace("T", " ");
  const prices = `"1. open":"${plain(bar.open)}","2. high":"${plain(bar.high)}","3. low":"${plain(bar.low)}","4. close":"${plain(bar.close)}"`;
  const volume = plain(bar.volume ?? 0n);
  const volumeField = { none: "", number: `,"5. volume":${volume}`, text: `,"5. volume":"${volume}"` }[
    query.volume
  ];
  return `"${label}":{${prices}${volumeField}}`;
}

/** A month of New York's calendar. */
function monthOf(text: string): TimeRange | undefined {
  const match = /^(\d{4})-(\d{2})$/.exec(text);
  if (match === null) return undefined;
  const year = Number(match[1]);
  const month = Number(match[2]);
  return {
    startMs: newYork.toUtc(Date.UTC(year, month - 1, 1)),
    endMs: newYork.toUtc(Date.UTC(year, month, 1)),
  };
}

function invalidCall(url: URL): ApiAnswer {
  const name = url.searchParams.get("function") ?? "";
  return json(200, {
    "Error Message": `Invalid API call. Please retry or visit the documentation (https://www.alphavantage.co/documentation/) for ${name}.`,
  });
}
