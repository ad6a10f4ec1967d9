import { openBars } from "./open-bars.ts";
import type { BarSchedule } from "./open-bars.ts";
import { unionOf, within } from "./range-set.ts";
import type { RangeSet } from "./range-set.ts";
import { floorToTimeframe, timeframeMs } from "./timeframe.ts";
import type { Timeframe } from "./timeframe.ts";
import { dayMs } from "./durations.ts";

/** How far back the search goes for the newest bar of a closed market. */
export const newestBarWithinMs: number = 14 * dayMs;

/** Half an hour: fine enough to tell regular hours of stocks from extended ones. */
export const stretchMs = 1_800_000;

/**
 * The open of the last bar of the open market that is over by an instant: a fresh series has it. `undefined` when the market
 * was closed all the time, or its calendar is unknown.
 */
export function newestDueBar({ calendar, timeframe, grid }: BarSchedule, byMs: number): number | undefined {
  const stepMs = timeframeMs(timeframe);
  const range = { startMs: byMs - newestBarWithinMs, endMs: floorToTimeframe(byMs, timeframe) };
  const open = openBars({ calendar, timeframe, grid }, range)
    .flatMap((bars) => within(bars, [calendar.known]))
    .flatMap(({ startMs, endMs }) => {
      // On the grid of a session a bar may reach behind the range.
      const over = Math.floor((Math.min(endMs, byMs) - startMs) / stepMs);
      return over > 0 ? [startMs + (over - 1) * stepMs] : [];
    });
  return open.at(-1);
}

/** Stretches of time with bars, from their numbers: an instant's number is its time divided by `stretchMs`. */
export function stretchesFrom(numbers: unknown, timeframe: Timeframe): RangeSet {
  const spanMs = Math.max(stretchMs, timeframeMs(timeframe));
  const starts = Array.isArray(numbers) ? numbers.map((number) => Number(number) * stretchMs) : [];
  return unionOf(starts.map((startMs) => ({ startMs, endMs: startMs + spanMs })));
}
