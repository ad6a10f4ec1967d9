import { instantMs as instant, required } from "finance-feedback-delta/contract";

import { assertArguments } from "./arguments.ts";
import { timeRangeKind } from "./time-range.ts";
import { floorToTimeframe, timeframeMs } from "./timeframe.ts";
import { unionOf } from "./range-set.ts";
import type { RangeSet } from "./range-set.ts";
import type { TimeRange } from "./time-range.ts";

/** When a market trades: tells an expected closure from a gap. */
export interface TradingCalendar {
  readonly name: string;
  /** For which time the calendar can be relied on; before and behind it a closure cannot be told from a gap. */
  readonly known: TimeRange;
  /** Whether the market is open at the instant. */
  isOpen(instantMs: number): boolean;
  /** The parts of a range in which the market is open: ascending, apart from each other, none empty. */
  openRanges(range: TimeRange): TimeRange[];
  /** The same, each as a whole: from its opening to its close, also where the range has only a part of it. */
  sessions(range: TimeRange): TimeRange[];
  /** The days, by UTC, that open in a range and should have a daily bar. */
  tradingDays(range: TimeRange): RangeSet;
}

/**
 * Makes a calendar of its sessions: whole ones, ascending, all that touch a range. Its methods take shapes of any kind and
 * refuse wrong ones.
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

/** @throws MarketError INVALID_ARGUMENT: an end that is no instant would close the market for good. */
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
 * A market that nobody described, taken to be open on any weekday at any time. Of a bar that is missing there nobody can say
 * whether the market was closed.
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
