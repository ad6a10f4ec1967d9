import { newestDueBar } from "./newest-due-bar.ts";
import { openBars } from "./open-bars.ts";
import type { BarSchedule } from "./open-bars.ts";
import { timeframeMs } from "./timeframe.ts";

/** `late` is a warning; `stale` and `missing` are errors; `unknown` means that the hours of the market are not known. */
export type FreshnessStatus = "fresh" | "late" | "stale" | "missing" | "unknown";

export interface Freshness {
  readonly status: FreshnessStatus;
  /** The open of the newest bar that is over now, of those while the market was open. */
  readonly expectedMs: number | undefined;
  /** How long the first missing bar has been over; 0 when none is missing. */
  readonly lateSeconds: number;
}

export interface Lateness {
  readonly warnAfterSeconds: number;
  readonly errorAfterSeconds: number;
}

/**
 * Whether a series has the bars that it should have by now. While its market is closed none is expected, so Friday's last bar
 * is fresh on Sunday.
 *
 * @param newestMs the open of the newest bar that is stored; `undefined` when there are no bars.
 */
export function freshnessOf(
  schedule: BarSchedule,
  newestMs: number | undefined,
  nowMs: number,
  { warnAfterSeconds, errorAfterSeconds }: Lateness,
): Freshness {
  const { known } = schedule.calendar;
  const expectedMs = newestDueBar(schedule, nowMs);
  if (newestMs === undefined) return { status: "missing", expectedMs, lateSeconds: 0 };
  if (nowMs < known.startMs || nowMs >= known.endMs) return { status: "unknown", expectedMs, lateSeconds: 0 };
  const isBehind = (seconds: number): boolean =>
    newestMs < (newestDueBar(schedule, nowMs - seconds * 1000) ?? newestMs);
  if (!isBehind(0)) return { status: "fresh", expectedMs, lateSeconds: 0 };
  const lengthMs = timeframeMs(schedule.timeframe);
  const [missing] = openBars(schedule, { startMs: newestMs + lengthMs, endMs: nowMs });
  const overMs = (missing?.startMs ?? newestMs + lengthMs) + lengthMs;
  return {
    status: isBehind(errorAfterSeconds) ? "stale" : isBehind(warnAfterSeconds) ? "late" : "fresh",
    expectedMs,
    lateSeconds: Math.max(0, Math.round((nowMs - overMs) / 1000)),
  };
}
