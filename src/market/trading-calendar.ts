import { instantMs as instant, required } from "finance-feedback-delta/contract";

import { assertArguments } from "./arguments.ts";
import { timeRangeKind } from "./time-range.ts";
import { floorToTimeframe, timeframeMs } from "./timeframe.ts";
import { unionOf } from "./range-set.ts";
import type { RangeSet } from "./range-set.ts";
import type { TimeRange } from "./time-range.ts";

/** When a market trades. It tells an expected closure from a gap. */
export interface TradingCalendar {
  readonly name: string;
  /** The time for which the calendar is known. Outside it a closure cannot be told from a gap. */
  readonly known: TimeRange;
  /** Whether the market is open at the instant. */
  isOpen(instantMs: number): boolean;
  /** The parts of a range in which the market is open: ascending, with gaps in between, none empty. */
  openRanges(range: TimeRange): TimeRange[];
  /** The sessions that a range touches, each whole: from its opening to its close. */
  sessions(range: TimeRange): TimeRange[];
  /** The days, by UTC, that open in a range and should have a daily bar. */
  tradingDays(range: TimeRange): RangeSet;
}

/**
 * Makes a calendar from a function that returns all sessions that touch a range, whole and ascending. Its methods refuse wrong
 * arguments.
 */
export function calendarOf(
  name: string,
  known: TimeRange,
  sessions: (range: TimeRange) => TimeRange[],
  tradingDays: (range: TimeRange) => RangeSet,
): TradingCalendar {
  const openParts = (range: TimeRange): TimeRange[] =>
    sessions(range)
      .map(({ startMs, endMs }) => ({
        startMs: Math.max(startMs, range.startMs),
        endMs: Math.min(endMs, range.endMs),
      }))
      .filter(({ startMs, endMs }) => startMs < endMs);
  return {
    name,
    known,
    isOpen: (instantMs) => {
      assertArguments("isOpen", { instantMs }, { instantMs: required(instant) });
      return openParts({ startMs: instantMs, endMs: instantMs + 1 }).length > 0;
    },
    openRanges: (range) => openParts(checked("openRanges", range)),
    sessions: (range) => sessions(checked("sessions", range)),
    tradingDays: (range) => tradingDays(checked("tradingDays", range)),
  };
}

/** @throws MarketError INVALID_ARGUMENT: with an end that is not an instant the market would seem closed for good. */
function checked(method: string, range: TimeRange): TimeRange {
  assertArguments(method, { range }, { range: required(timeRangeKind) });
  return range;
}

export const allTime: TimeRange = { startMs: Number.NEGATIVE_INFINITY, endMs: Number.POSITIVE_INFINITY };

/** Cryptocurrencies: around the clock, every day. */
export const alwaysOpen: TradingCalendar = calendarOf(
  "24/7",
  allTime,
  (range) => (range.startMs < range.endMs ? [range] : []),
  (range) => daysOf(range),
);

/**
 * An unknown market. It counts as open on weekdays at any time, and a missing bar there may be a closure or a gap.
 */
export const unknownCalendar: TradingCalendar = calendarOf(
  "unknown",
  { startMs: 0, endMs: 0 },
  (range) => weekdaysOf(range),
  (range) => weekdaysOf(range),
);

const dayMs = timeframeMs("1d");

/** The days that open in a range. */
function daysOf(range: TimeRange): RangeSet {
  const startMs = Math.ceil(range.startMs / dayMs) * dayMs;
  const endMs = Math.ceil(range.endMs / dayMs) * dayMs;
  return startMs < endMs ? [{ startMs, endMs }] : [];
}

function weekdaysOf({ startMs, endMs }: TimeRange): TimeRange[] {
  const days: TimeRange[] = [];
  for (let at = floorToTimeframe(startMs, "1d"); at < endMs; at += dayMs) {
    const weekday = new Date(at).getUTCDay();
    if (weekday !== 0 && weekday !== 6) days.push({ startMs: at, endMs: at + dayMs });
  }
  return [...unionOf(days)];
}
