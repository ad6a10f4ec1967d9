import type { AssetPair } from "../../market/asset-pair.ts";
import { exchangeZoneOf, sessionAt } from "../../market/exchange-time.ts";
import { zoneClock } from "../../market/zone-clock.ts";
import { dayMs } from "../../market/durations.ts";

const hourMs = 3_600_000;
const newYork = zoneClock("America/New_York");

/**
 * The open, on the grid of days, of a daily bar that is labelled in its market's own way: at the midnight of its exchange or
 * of the zone that the label names, at the opening of the session, or for currencies at 17:00 in New York, when the next
 * trading day begins; for futures at the midnight of New York or Chicago, or at 18:00 in New York, when theirs begins. Any
 * other label stays what it is.
 *
 * @param wallMs the label as its own zone reads.
 */
export function dailyOpen(assetPair: AssetPair, instantMs: number, wallMs: number): number {
  if (instantMs % dayMs === 0) return instantMs;
  switch (assetPair.kind) {
    case "fx": {
      const local = instantMs + newYork.offsetMs(instantMs);
      return mod(local, dayMs) === 17 * hourMs ? local - 17 * hourMs + dayMs : instantMs;
    }
    case "stock":
    case "index": {
      if (wallMs % dayMs === 0) return wallMs;
      const zone = exchangeZoneOf(assetPair);
      if (zone === undefined) return instantMs;
      const local = instantMs + zoneClock(zone).offsetMs(instantMs);
      const ofDay = mod(local, dayMs);
      return ofDay === 0 || sessionAt(assetPair, instantMs)?.startMs === instantMs
        ? local - ofDay
        : instantMs;
    }
    case "future": {
      if (wallMs % dayMs === 0) return wallMs;
      const local = instantMs + newYork.offsetMs(instantMs);
      const hour = mod(local, dayMs) / hourMs;
      if (hour === 18) return local - 18 * hourMs + dayMs;
      // An hour after midnight there it is midnight in Chicago.
      return hour === 0 || hour === 1 ? local - hour * hourMs : instantMs;
    }
    case "crypto":
    case "crypto_contract":
      return instantMs;
  }
}

function mod(value: number, divisor: number): number {
  return ((value % divisor) + divisor) % divisor;
}
