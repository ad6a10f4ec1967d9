import { openBars } from "./open-bars.ts";
import type { BarSchedule } from "./open-bars.ts";
import { unionOf, within } from "./range-set.ts";
import type { RangeSet } from "./range-set.ts";
import { floorToTimeframe, timeframeMs } from "./timeframe.ts";
import type { Timeframe } from "./timeframe.ts";
import { dayMs } from "./durations.ts";

/** How far back the newest bar of a market that is closed is looked for. */
export const newestBarWithinMs: number = 14 * dayMs;

/** Half an hour: fine enough to tell regular hours of stocks from extended ones. */
export const stretchMs = 1_800_000;

/**
 * The open of the last bar that was over by an instant, while its market was open: what a series that is fresh has.
 * `undefined` where the market was closed all the time, or its calendar is not known.
 */
export function newestDueBar({ calendar, timeframe, grid }: BarSchedule, byMs: number): number | undefined {
  const stepMs = timeframeMs(timeframe);
  const range = { startMs: byMs - newestBarWithinMs, endMs: floorToTimeframe(byMs, timeframe) };
  const open = openBars({ calendar, timeframe, grid }, range)
    .flatMap((bars) => within(bars, [calendar.known]))
    .flatMap(({ startMs, endMs }) => {
      // On a grid of its own a bar may reach behind the range.
      const over = Math.floor((Math.min(endMs, byMs) - startMs) / stepMs);
      return over > 0 ? [startMs + (over - 1) * stepMs] : [];
    });
  return open.at(-1);
}

/** Stretches of time in which there are bars, from the numbers of them: an instant's is its time divided by `stretchMs`. */
export function stretchesFrom(numbers: unknown, timeframe: Timeframe): RangeSet {
  const spanMs = Math.max(stretchMs, timeframeMs(timeframe));
  const starts = Array.isArray(numbers) ? numbers.map((number) => Number(number) * stretchMs) : [];
  return unionOf(starts.map((startMs) => ({ startMs, endMs: startMs + spanMs })));
}
