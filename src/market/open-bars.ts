import type { AssetPair } from "./asset-pair.ts";
import { unionOf, without } from "./range-set.ts";
import type { RangeSet } from "./range-set.ts";
import type { TimeRange } from "./time-range.ts";
import { ceilToTimeframe, countBars, floorToTimeframe, timeframeMs } from "./timeframe.ts";
import type { Timeframe } from "./timeframe.ts";
import { calendarFor } from "./trading-calendar.ts";

/** Bars of a range that are not stored although the market was open in some part of them. */
export function missingBars(
  assetPair: AssetPair,
  timeframe: Timeframe,
  stored: RangeSet,
  lookedAt: TimeRange,
): RangeSet {
  return openBars(assetPair, timeframe, lookedAt).flatMap((range) => without(range, stored));
}

/**
 * The bars of a range that the market should have, as ranges on the grid: those in which it was open in some part. Of days,
 * those in which it was open for half at the least: stocks trade until one in the night of Saturday, UTC, and currencies
 * for two hours of Sunday, and neither makes a daily bar that providers would agree on.
 */
export function openBars(assetPair: AssetPair, timeframe: Timeframe, lookedAt: TimeRange): RangeSet {
  const range = {
    startMs: ceilToTimeframe(lookedAt.startMs, timeframe),
    endMs: ceilToTimeframe(lookedAt.endMs, timeframe),
  };
  const open = calendarFor(assetPair).openRanges(range);
  if (timeframe === "1d" && assetPair.kind !== "crypto") return unionOf(halfOpenDays(open));
  return unionOf(
    open.map(({ startMs, endMs }) => ({
      startMs: floorToTimeframe(startMs, timeframe),
      endMs: ceilToTimeframe(endMs, timeframe),
    })),
  );
}

/** Whether the market should have the bar that opens then. */
export function isExpectedBar(assetPair: AssetPair, timeframe: Timeframe, openTimeMs: number): boolean {
  const bar = { startMs: openTimeMs, endMs: openTimeMs + timeframeMs(timeframe) };
  return openBars(assetPair, timeframe, bar).length > 0;
}

/** The days in which half of the hours or more lie in the ranges. */
function halfOpenDays(open: RangeSet): TimeRange[] {
  const dayMs = timeframeMs("1d");
  const openMs = new Map<number, number>();
  for (const { startMs, endMs } of open) {
    for (let day = floorToTimeframe(startMs, "1d"); day < endMs; day += dayMs) {
      const part = Math.min(endMs, day + dayMs) - Math.max(startMs, day);
      openMs.set(day, (openMs.get(day) ?? 0) + part);
    }
  }
  return [...openMs].flatMap(([day, ms]) => (ms * 2 >= dayMs ? [{ startMs: day, endMs: day + dayMs }] : []));
}

export function countAll(ranges: RangeSet, timeframe: Timeframe): number {
  return ranges.reduce((sum, range) => sum + countBars(range, timeframe), 0);
}
