import { timeframeMs, floorToTimeframe, type Timeframe } from "../../src/market/timeframe.ts";
import { json, plain, type Api, type ApiAnswer, type ApiWorld } from "./api.ts";

/** `GET /products/{id}/candles` of the Coinbase Exchange. */
export function coinbaseApi(world: ApiWorld): Api {
  return {
    answer({ url }) {
      const match = /^\/products\/([^/]+)\/candles$/.exec(url.pathname);
      if (match === null) return undefined;
      return candles(world, (match[1] ?? "").replace("-", ""), url);
    },
  };
}

const timeframesBySeconds: Readonly<Record<string, Timeframe>> = {
  "60": "1m",
  "300": "5m",
  "900": "15m",
  "3600": "1h",
  "86400": "1d",
};

const aggregationsMax = 300;

function candles(world: ApiWorld, canonical: string, url: URL): ApiAnswer {
  if (!world.series.has(canonical)) return json(404, { message: "NotFound" });
  const timeframe = timeframesBySeconds[url.searchParams.get("granularity") ?? "60"];
  if (timeframe === undefined) return json(400, { message: "Unsupported granularity" });
  const durationMs = timeframeMs(timeframe);
  const nowMs = world.now();
  const endMs = instant(url, "end") ?? nowMs;
  const startMs = instant(url, "start") ?? endMs - aggregationsMax * durationMs;
  if ((endMs - startMs) / durationMs > aggregationsMax) {
    return json(400, {
      message: `granularity too small for the requested time range. Count of aggregations requested exceeds ${aggregationsMax}`,
    });
  }
  // Both ends are inclusive, the bar that holds the start is there, and so is the one in progress.
  const range = {
    startMs: floorToTimeframe(startMs, timeframe),
    endMs: floorToTimeframe(Math.min(endMs, nowMs), timeframe) + durationMs,
  };
  const found = range.startMs < range.endMs ? world.series.candles(canonical, timeframe, range) : [];
  const rows = found.map(
    (bar) =>
      `[${bar.openTimeMs / 1000},${plain(bar.low)},${plain(bar.high)},${plain(bar.open)},${plain(bar.close)},${plain(bar.volume ?? 0n)}]`,
  );
  return { status: 200, body: `[${rows.toReversed().join(",")}]`, lasting: range.endMs <= nowMs };
}

function instant(url: URL, name: string): number | undefined {
  const text = url.searchParams.get(name);
  if (text === null) return undefined;
  return /^\d+$/.test(text) ? Number(text) * 1000 : Date.parse(text);
}
