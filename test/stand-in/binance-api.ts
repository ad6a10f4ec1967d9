import { floorToTimeframe, parseTimeframe, timeframeMs } from "../../src/market/timeframe.ts";
import { json, plain, type Api, type ApiAnswer, type ApiWorld } from "./api.ts";

/** `GET /api/v3/klines` of Binance's spot market. */
export function binanceApi(world: ApiWorld): Api {
  return {
    answer: ({ url }) => (url.pathname === "/api/v3/klines" ? klines(world, url) : undefined),
  };
}

const limitMax = 1000;

function klines(world: ApiWorld, { searchParams }: URL): ApiAnswer {
  const { series } = world;
  const symbol = searchParams.get("symbol") ?? "";
  if (!series.has(symbol)) return json(400, { code: -1121, msg: "Invalid symbol." });
  const timeframe = parseTimeframe(searchParams.get("interval") ?? "");
  const durationMs = timeframeMs(timeframe);
  // Both ends are inclusive, and the bar in progress is there.
  const endMs = Math.min(
    Number(searchParams.get("endTime")) + 1,
    floorToTimeframe(world.now(), timeframe) + durationMs,
  );
  const startMs = Number(searchParams.get("startTime"));
  const bars = startMs < endMs ? series.candles(symbol, timeframe, { startMs, endMs }) : [];
  const rows = bars
    .slice(0, Math.min(limitMax, Number(searchParams.get("limit") ?? 500)))
    .map((bar) => [
      bar.openTimeMs,
      plain(bar.open),
      plain(bar.high),
      plain(bar.low),
      plain(bar.close),
      plain(bar.volume ?? 0n),
      bar.openTimeMs + durationMs - 1,
      "0",
      1,
      "0",
      "0",
      "0",
    ]);
  return json(200, rows);
}
