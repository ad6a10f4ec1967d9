import type { AssetPair } from "./asset-pair.ts";
import { unionOf, without } from "./range-set.ts";
import type { RangeSet } from "./range-set.ts";
import type { TimeRange } from "./time-range.ts";
import { ceilToTimeframe, countBars, floorToTimeframe } from "./timeframe.ts";
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

/** The bars of a range in which the market was open in some part, as ranges on the grid. */
export function openBars(assetPair: AssetPair, timeframe: Timeframe, lookedAt: TimeRange): RangeSet {
  const range = {
    startMs: ceilToTimeframe(lookedAt.startMs, timeframe),
    endMs: ceilToTimeframe(lookedAt.endMs, timeframe),
  };
  const open = calendarFor(assetPair).openRanges(range);
  return unionOf(
    open.map(({ startMs, endMs }) => ({
      startMs: floorToTimeframe(startMs, timeframe),
      endMs: ceilToTimeframe(endMs, timeframe),
    })),
  );
}

export function countAll(ranges: RangeSet, timeframe: Timeframe): number {
  return ranges.reduce((sum, range) => sum + countBars(range, timeframe), 0);
}
