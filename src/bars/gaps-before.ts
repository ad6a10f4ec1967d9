import type { AssetPair } from "../market/asset-pair.ts";
import { exchangeYears } from "../market/calendars/exchange.ts";
import { usualCalendars } from "../market/market-calendars.ts";
import { countAll, openBars } from "../market/open-bars.ts";
import { ceilToTimeframe, floorToTimeframe, timeframeMs } from "../market/timeframe.ts";
import type { Timeframe } from "../market/timeframe.ts";

/** The days that `int_market_days` of the dbt project has. */
const knownDays = {
  startMs: Date.UTC(exchangeYears.first, 0, 1),
  endMs: Date.UTC(exchangeYears.last + 1, 0, 1),
};

/**
 * How many bars of a series were due between two of its bars, by the hours in which the market trades for sure; null where
 * that is not known. Bars that do not lie on the UTC grid miss those that fit between them whole.
 */
export function gapsBefore(
  assetPair: AssetPair,
  timeframe: Timeframe,
): (closedBeforeMs: number, openTimeMs: number) => number | null {
  const calendar = usualCalendars.surely(assetPair);
  return (closedBeforeMs, openTimeMs) => {
    if (openTimeMs <= closedBeforeMs) return 0;
    if (calendar.name === "unknown") return null;
    if (calendar.name === "24/7") return Math.floor((openTimeMs - closedBeforeMs) / timeframeMs(timeframe));
    if (closedBeforeMs < knownDays.startMs || openTimeMs >= knownDays.endMs) return null;
    const startMs =
      timeframe === "1d"
        ? floorToTimeframe(closedBeforeMs, timeframe)
        : ceilToTimeframe(closedBeforeMs, timeframe);
    const endMs = floorToTimeframe(openTimeMs, timeframe);
    if (startMs >= endMs) return 0;
    return countAll(openBars({ calendar, timeframe, grid: "utc" }, { startMs, endMs }), timeframe);
  };
}
