import { AssetPair } from "../market/asset-pair.ts";
import { dayMs } from "../market/durations.ts";
import type { MarketCalendars } from "../market/market-calendars.ts";
import { openBars } from "../market/open-bars.ts";
import { timeframeMs } from "../market/timeframe.ts";
import type { Timeframe } from "../market/timeframe.ts";

/** How far ahead the next bar is looked for: no market is closed for longer. */
const closureMs = 14 * dayMs;

/** When the bar after the newest stored one is complete; `undefined` where the hours of the market are not known. */
export function nextDueMsOf(
  calendars: MarketCalendars,
  {
    assetPair,
    timeframe,
    latestMs,
  }: { readonly assetPair: string; readonly timeframe: Timeframe; readonly latestMs: number },
): number | undefined {
  // Of stocks the hours in which they trade for sure: not every provider serves the others.
  const calendar = calendars.surely(AssetPair.parse(assetPair));
  const stepMs = timeframeMs(timeframe);
  const range = { startMs: latestMs + stepMs, endMs: latestMs + stepMs + closureMs };
  const [next] = openBars({ calendar, timeframe, grid: "utc" }, range);
  const isKnown = range.startMs >= calendar.known.startMs && range.startMs < calendar.known.endMs;
  return next === undefined || !isKnown ? undefined : Math.max(next.startMs, range.startMs) + stepMs;
}
