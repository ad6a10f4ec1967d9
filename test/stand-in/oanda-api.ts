import type { Candle } from "../../src/market/candle.ts";
import {
  ceilToTimeframe,
  floorToTimeframe,
  timeframeMs,
  type Timeframe,
} from "../../src/market/timeframe.ts";
import { json, plain, type Api, type ApiAnswer, type ApiWorld } from "./api.ts";

/** `GET /v3/instruments/{instrument}/candles` of Oanda's v20 API, for mid prices. */
export function oandaApi(world: ApiWorld, token: string): Api {
  return {
    answer({ url, headers }) {
      const match = /^\/v3\/instruments\/([^/]+)\/candles$/.exec(url.pathname);
      if (match === null) return undefined;
      if (headers.authorization !== `Bearer ${token}`) {
        return json(401, { errorMessage: "Insufficient authorization to perform request." });
      }
      return candles(world, match[1] ?? "", url);
    },
  };
}

const timeframesByGranularity: Readonly<Record<string, Timeframe>> = {
  M1: "1m",
  M5: "5m",
  M15: "15m",
  H1: "1h",
  H4: "4h",
  D: "1d",
};

const countMax = 5000;

function candles(world: ApiWorld, instrument: string, url: URL): ApiAnswer {
  const canonical = instrument.replace("_", "");
  if (!world.series.has(canonical)) return refuse("Invalid value specified for 'instrument'");
  const granularity = url.searchParams.get("granularity") ?? "S5";
  const timeframe = timeframesByGranularity[granularity];
  if (timeframe === undefined) return refuse("Invalid value specified for 'granularity'");
  if ((url.searchParams.get("price") ?? "M") !== "M") return refuse("Invalid value specified for 'price'");
  const inUtc =
    url.searchParams.get("dailyAlignment") === "0" && url.searchParams.get("alignmentTimezone") === "UTC";
  if ((timeframe === "4h" || timeframe === "1d") && !inUtc) {
    return refuse("This stand-in aligns days to UTC only");
  }
  const window = windowOf(url, timeframe, world.now());
  if (typeof window === "string") return refuse(window);
  const found = world.series.candles(canonical, timeframe, window).slice(-window.countFromEnd);
  const nowMs = world.now();
  const rows = found
    .slice(0, window.count)
    .map((bar) => row(bar, bar.openTimeMs + timeframeMs(timeframe) <= nowMs));
  return {
    status: 200,
    body: `{"instrument":"${instrument}","granularity":"${granularity}","candles":[${rows.join(",")}]}`,
    lasting: window.endMs <= floorToTimeframe(nowMs, timeframe),
  };
}

interface Window {
  readonly startMs: number;
  readonly endMs: number;
  readonly count: number;
  readonly countFromEnd: number;
}

/** The rules about `from`, `to` and `count`; a text when one is broken. */
function windowOf(url: URL, timeframe: Timeframe, nowMs: number): Window | string {
  const durationMs = timeframeMs(timeframe);
  const from = instant(url, "from");
  const to = instant(url, "to");
  const countText = url.searchParams.get("count");
  const count = countText === null ? 500 : Number(countText);
  if (count > countMax) return "Maximum value for 'count' exceeded";
  if (to !== undefined && to > nowMs) return "Invalid value specified for 'to'. Time is in the future";
  if (from !== undefined && from > nowMs) return "Invalid value specified for 'from'. Time is in the future";
  if (from !== undefined && to !== undefined) {
    if (countText !== null) return "'count' cannot be specified when 'to' and 'from' parameters are set";
    if ((to - from) / durationMs > countMax) return "Maximum value for 'count' exceeded";
    return windowFrom(ceilToTimeframe(from, timeframe), ceilToTimeframe(to, timeframe), countMax, countMax);
  }
  const endMs = ceilToTimeframe(to ?? nowMs, timeframe);
  // Closures are skipped over, so that more time than count bars may be needed: a month always is enough here.
  const reachMs = count * durationMs + 31 * timeframeMs("1d");
  if (from === undefined) return windowFrom(endMs - reachMs, endMs, count, count);
  const startMs = ceilToTimeframe(from, timeframe);
  return windowFrom(startMs, Math.min(endMs, startMs + reachMs), count, Number.MAX_SAFE_INTEGER);
}

function windowFrom(startMs: number, endMs: number, count: number, countFromEnd: number): Window {
  return { startMs: Math.min(startMs, endMs), endMs, count, countFromEnd };
}

function row(bar: Candle, complete: boolean): string {
  const time = new Date(bar.openTimeMs).toISOString().replace(".000Z", ".000000000Z");
  const volume = (bar.volume ?? 0n) / 100_000_000n;
  const mid = `{"o":"${plain(bar.open)}","h":"${plain(bar.high)}","l":"${plain(bar.low)}","c":"${plain(bar.close)}"}`;
  return `{"complete":${complete},"volume":${volume},"time":"${time}","mid":${mid}}`;
}

function instant(url: URL, name: string): number | undefined {
  const text = url.searchParams.get(name);
  if (text === null) return undefined;
  return /^\d+(\.\d+)?$/.test(text) ? Number(text) * 1000 : Date.parse(text);
}

function refuse(errorMessage: string): ApiAnswer {
  return json(400, { errorMessage });
}
