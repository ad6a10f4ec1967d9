import { unionOf, within, without } from "./range-set.ts";
import type { RangeSet } from "./range-set.ts";
import type { TimeRange } from "./time-range.ts";
import { ceilToTimeframe, countBars, floorToTimeframe, isOnGrid, timeframeMs } from "./timeframe.ts";
import type { Timeframe } from "./timeframe.ts";
import type { TradingCalendar } from "./trading-calendar.ts";

/**
 * Where bars begin: on the UTC grid of their timeframe, or counted from each opening of the market. Some providers do so with
 * hours of stocks (09:30, 10:30, ... in New York); the last one before a close may then be short.
 */
export type BarGrid = "utc" | "session";

/** Which bars a series should have. */
export interface BarSchedule {
  readonly calendar: TradingCalendar;
  readonly timeframe: Timeframe;
  readonly grid: BarGrid;
}

/** The bars of a range that the market should have, as ranges: bars in which it was open for some time, or its own days. */
export function openBars(schedule: BarSchedule, lookedAt: TimeRange): RangeSet {
  const { calendar, timeframe, grid } = schedule;
  if (grid === "session" && timeframe !== "1d") return unionOf(sessionBars(schedule, lookedAt));
  const range = {
    startMs: ceilToTimeframe(lookedAt.startMs, timeframe),
    endMs: ceilToTimeframe(lookedAt.endMs, timeframe),
  };
  if (timeframe === "1d") return calendar.tradingDays(range);
  return unionOf(
    calendar.openRanges(range).map(({ startMs, endMs }) => ({
      startMs: floorToTimeframe(startMs, timeframe),
      endMs: ceilToTimeframe(endMs, timeframe),
    })),
  );
}

/**
 * The bars of a range that are not stored although the market was open for some of their time. Where stored bars lie across
 * the grid, a bar counts as stored when they fill at least half of its open time.
 */
export function missingBars(schedule: BarSchedule, stored: RangeSet, lookedAt: TimeRange): RangeSet {
  const { calendar, timeframe, grid } = schedule;
  const expected = openBars(schedule, lookedAt);
  const isAligned = stored.every(
    ({ startMs, endMs }) => isOnGrid(startMs, timeframe) && isOnGrid(endMs, timeframe),
  );
  if (timeframe === "1d" || (grid === "utc" && isAligned))
    return expected.flatMap((range) => without(range, stored));
  const bars = grid === "session" ? sessionBars(schedule, lookedAt) : expected.flatMap(barsOf(timeframe));
  return unionOf(
    bars.filter((bar) => {
      const open = calendar.openRanges(bar);
      const filled = open.flatMap((part) => within(part, stored));
      return 2 * lengthOf(filled) < lengthOf(open);
    }),
  );
}

/** Whether the market should have the bar that opens then. */
export function isExpectedBar(schedule: BarSchedule, openTimeMs: number): boolean {
  const bar = { startMs: openTimeMs, endMs: openTimeMs + timeframeMs(schedule.timeframe) };
  return openBars(schedule, bar).length > 0;
}

/** Whether the market was closed during all of a hole between two bars, as at night. */
export function isClosure(calendar: TradingCalendar, timeframe: Timeframe, hole: TimeRange): boolean {
  return (timeframe === "1d" ? calendar.tradingDays(hole) : calendar.openRanges(hole)).length === 0;
}

export function countAll(ranges: RangeSet, timeframe: Timeframe): number {
  return ranges.reduce((sum, range) => sum + countBars(range, timeframe), 0);
}

/** The length of some ranges together, in milliseconds. */
export function lengthOf(ranges: RangeSet): number {
  return ranges.reduce((sum, { startMs, endMs }) => sum + endMs - startMs, 0);
}

/** The bars in a range that count from each opening. A bar that reaches over a break delays the next. */
function sessionBars({ calendar, timeframe }: BarSchedule, range: TimeRange): TimeRange[] {
  const stepMs = timeframeMs(timeframe);
  const bars: TimeRange[] = [];
  let reachedMs = Number.NEGATIVE_INFINITY;
  // A session that began before the range may delay the first one in it.
  for (const session of calendar.sessions({ startMs: range.startMs - stepMs, endMs: range.endMs })) {
    for (let at = Math.max(session.startMs, reachedMs); at < session.endMs; at += stepMs) {
      reachedMs = at + stepMs;
      if (at >= range.startMs && at < range.endMs) bars.push({ startMs: at, endMs: reachedMs });
    }
  }
  return bars;
}

function barsOf(timeframe: Timeframe): (range: TimeRange) => TimeRange[] {
  const stepMs = timeframeMs(timeframe);
  return ({ startMs, endMs }) =>
    Array.from({ length: Math.round((endMs - startMs) / stepMs) }, (_, index) => ({
      startMs: startMs + index * stepMs,
      endMs: startMs + (index + 1) * stepMs,
    }));
}
