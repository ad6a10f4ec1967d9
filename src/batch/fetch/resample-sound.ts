import type { RejectedRow } from "../../dead-letters/rejected-rows.ts";
import type { Candle } from "../../market/candle.ts";
import { resample } from "../../market/resample.ts";
import { floorToTimeframe, timeframeMs } from "../../market/timeframe.ts";
import type { Timeframe } from "../../market/timeframe.ts";
import type { TimeRange } from "../../market/time-range.ts";

/**
 * Coarser bars of a window, without those of which a part was rejected: they would be passed off as complete. A
 * rejected row whose time is unreadable may belong anywhere, so then only buckets with all their parts come out.
 */
export function resampleSound(
  candles: readonly Candle[],
  rejected: readonly RejectedRow[],
  plan: { readonly timeframe: Timeframe; readonly sourceTimeframe: Timeframe },
  window: TimeRange,
): Candle[] {
  const { timeframe, sourceTimeframe } = plan;
  const spoiled = new Set<number>();
  let isTimeUnknown = false;
  for (const { openTimeMs } of rejected) {
    if (openTimeMs === undefined) isTimeUnknown = true;
    else spoiled.add(floorToTimeframe(openTimeMs, timeframe));
  }
  const parts = new Map<number, number>();
  for (const { openTimeMs } of candles) {
    const bucketMs = floorToTimeframe(openTimeMs, timeframe);
    parts.set(bucketMs, (parts.get(bucketMs) ?? 0) + 1);
  }
  const fullCount = timeframeMs(timeframe) / timeframeMs(sourceTimeframe);
  return resample(candles, timeframe, window).filter(
    ({ openTimeMs }) => !spoiled.has(openTimeMs) && (!isTimeUnknown || parts.get(openTimeMs) === fullCount),
  );
}
