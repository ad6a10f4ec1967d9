import { countAll, missingBars, openBars } from "../../market/open-bars.ts";
import { unionOf, within } from "../../market/range-set.ts";
import type { TimeRange } from "../../market/time-range.ts";
import type { SeriesGaps } from "./gap-report.ts";

/**
 * What there is of a series in a stretch of time: which share of the bars that were to be expected, from 0 to 1, or why none
 * is there:
 * - `closed`: the market does not trade then;
 * - `not_fetched`: no provider was asked for it;
 * - `not_yet`: no bar of it is complete by now;
 * - `calendar_unknown`: no bar is there, and it is unknown whether the market was open.
 */
export type HeatCell = number | "closed" | "not_fetched" | "not_yet" | "calendar_unknown";

export function heatCell(report: SeriesGaps, cell: TimeRange): HeatCell {
  const { schedule, range, stored, covered, gaps, completeUntilMs } = report;
  const { timeframe } = schedule;
  if (openBars(schedule, cell).length === 0) return "closed";
  if (cell.startMs >= completeUntilMs) return "not_yet";
  const [lookedAt] = within({ startMs: cell.startMs, endMs: Math.min(cell.endMs, completeUntilMs) }, [range]);
  if (lookedAt === undefined) return "not_fetched";
  const open = openBars(schedule, lookedAt);
  if (open.length === 0) return "closed";
  const missing = missingBars(schedule, stored, lookedAt);
  const asked = missing.flatMap((part) => within(part, covered));
  const unjudged = within(
    lookedAt,
    unionOf(gaps.filter(({ kind }) => kind === "calendar_unknown").map((gap) => gap.range)),
  );
  const expected = countAll(open, timeframe) - countAll(unjudged, timeframe);
  if (expected === 0) return "calendar_unknown";
  const lacking = countAll(missing, timeframe) - countAll(unjudged, timeframe);
  if (lacking === expected && asked.length === 0) return "not_fetched";
  return 1 - lacking / expected;
}
