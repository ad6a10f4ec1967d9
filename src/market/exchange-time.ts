import type { AssetPair } from "./asset-pair.ts";
import { exchangesBySuffix, stockExchanges } from "./calendars/stock-exchanges.ts";
import { usualCalendars } from "./market-calendars.ts";
import type { TimeRange } from "./time-range.ts";
import { timeframeMs } from "./timeframe.ts";
import type { Timeframe } from "./timeframe.ts";
import { newYorkZone, zoneClock } from "./zone-clock.ts";

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

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;

/**
 * Whether a bar that is counted from the opening of its market opens at an instant. The hours of a stock in New York begin at
 * 09:30, 10:30 and so on, half an hour off the UTC grid. Bars of four hours of currencies count from 17:00 in New York. Where
 * the hours of an exchange are unknown, its sessions may begin at any quarter of an hour, and those of futures at any hour.
 */
export function isOnMarketGrid(assetPair: AssetPair, timeframe: Timeframe, instantMs: number): boolean {
  const stepMs = timeframeMs(timeframe);
  if (timeframe === "1d" || stepMs < hourMs || Number.isNaN(instantMs)) return false;
  switch (assetPair.kind) {
    case "stock":
    case "index": {
      if (exchangeZoneOf(assetPair) === undefined) return instantMs % (15 * minuteMs) === 0;
      const session = sessionAt(assetPair, instantMs);
      return session !== undefined && (instantMs - session.startMs) % stepMs === 0;
    }
    case "fx":
      return (instantMs + zoneClock(newYorkZone).offsetMs(instantMs) - 17 * hourMs) % stepMs === 0;
    case "future":
      return instantMs % hourMs === 0;
    case "crypto":
    case "crypto_contract":
      return false;
  }
}
