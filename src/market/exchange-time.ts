import type { AssetPair } from "./asset-pair.ts";
import { exchangesBySuffix, stockExchanges } from "./calendars/stock-exchanges.ts";
import { usualCalendars } from "./market-calendars.ts";
import type { TimeRange } from "./time-range.ts";
import { timeframeMs } from "./timeframe.ts";
import type { Timeframe } from "./timeframe.ts";

/** The time zone of a pair's exchange; `undefined` for an unknown exchange, and for markets without one. */
export function exchangeZoneOf({ kind, exchange }: AssetPair): string | undefined {
  if (kind !== "stock" && kind !== "index") return undefined;
  const name = exchangesBySuffix.get(exchange ?? "");
  return name === undefined ? undefined : stockExchanges[name].timeZone;
}

/** The regular session of a pair's exchange that an instant lies in. */
export function sessionAt(assetPair: AssetPair, instantMs: number): TimeRange | undefined {
  if (exchangeZoneOf(assetPair) === undefined) return undefined;
  return usualCalendars
    .surely(assetPair)
    .sessions({ startMs: instantMs, endMs: instantMs + 1 })
    .find(({ startMs, endMs }) => startMs <= instantMs && instantMs < endMs);
}

/**
 * Whether a bar that is counted from the opening of its exchange opens at an instant. The hours of a stock in New York begin
 * at 09:30, 10:30 and so on, half an hour off the UTC grid.
 */
export function isOnSessionGrid(assetPair: AssetPair, timeframe: Timeframe, instantMs: number): boolean {
  const session = timeframe === "1d" ? undefined : sessionAt(assetPair, instantMs);
  return session !== undefined && (instantMs - session.startMs) % timeframeMs(timeframe) === 0;
}
