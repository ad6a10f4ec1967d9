import type { RejectedRow } from "../../dead-letters/rejected-rows.ts";
import { unionOf } from "../../market/range-set.ts";
import type { RangeSet } from "../../market/range-set.ts";
import type { TimeRange } from "../../market/time-range.ts";
import { floorToTimeframe, timeframeMs } from "../../market/timeframe.ts";
import type { Timeframe } from "../../market/timeframe.ts";
import type { SourcedCandle } from "../../bronze/candle-columns.ts";

/** What came of one request, checked. */
export interface AnsweredWindow {
  readonly window: TimeRange;
  readonly rows: readonly SourcedCandle[];
  readonly rejected: readonly RejectedRow[];
}

/**
 * Rejected bars in a row that are no chance any more, but a provider or a limit that is wrong. To cover no rejected bar at all
 * would need no number, and costs too much: each would be a range of its own in the log and a request of its own in every
 * run, of which a free plan has 25 a day, and a run that asks for nothing else would have all of its rows rejected. Single
 * ones are missing bars, which `ffe gaps` lists and `--repair` asks for.
 */
const stretchBarsMin = 5;

/**
 * The parts of some windows that were asked for and not answered with anything usable: windows of which all rows were
 * rejected, and runs of five bars or more that were rejected without one between them that passed. Such a part is not
 * covered, so that the next run asks for it again. Single bad rows are in the dead letter queue and are covered: asking
 * for them again in every run would never end.
 */
export function rejectedStretches(windows: readonly AnsweredWindow[], timeframe: Timeframe): RangeSet {
  const whole = windows.filter(isUnusable).map(({ window }) => window);
  const rows = windows.flatMap((one) => one.rows);
  const rejected = windows.flatMap(({ window, rejected: all }) =>
    all.filter(
      ({ openTimeMs }) =>
        openTimeMs !== undefined && openTimeMs >= window.startMs && openTimeMs < window.endMs,
    ),
  );
  return unionOf([...whole, ...rejectedRuns({ rows, rejected }, timeframe)]);
}

/** Five bars or more in a row that were rejected without one between them that passed. */
export function rejectedRuns(
  { rows, rejected: rejectedRows }: Pick<AnsweredWindow, "rows" | "rejected">,
  timeframe: Timeframe,
): RangeSet {
  const barMs = timeframeMs(timeframe);
  const passed = new Set(rows.map(({ candle }) => candle.openTimeMs));
  const rejected = new Set<number>();
  for (const { openTimeMs } of rejectedRows)
    if (openTimeMs !== undefined) rejected.add(floorToTimeframe(openTimeMs, timeframe));
  const runs: TimeRange[] = [];
  let run: number[] = [];
  const endRun = (): void => {
    const [first, last] = [run[0], run.at(-1)];
    if (run.length >= stretchBarsMin && first !== undefined && last !== undefined)
      runs.push({ startMs: first, endMs: last + barMs });
    run = [];
  };
  for (const openTimeMs of [...passed, ...[...rejected].filter((ms) => !passed.has(ms))].toSorted(byNumber)) {
    if (passed.has(openTimeMs)) endRun();
    else run.push(openTimeMs);
  }
  endRun();
  return unionOf(runs);
}

/** No row passed, or so many have no readable time that their bars are unknown. */
function isUnusable({ rows, rejected }: AnsweredWindow): boolean {
  if (rejected.length === 0) return false;
  const timeless = rejected.filter(({ openTimeMs }) => openTimeMs === undefined).length;
  return rows.length === 0 || timeless >= stretchBarsMin;
}

function byNumber(left: number, right: number): number {
  return left - right;
}
