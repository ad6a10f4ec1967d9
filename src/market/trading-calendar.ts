import type { AssetKind, AssetPair } from "./asset-pair.ts";
import { newYorkOffsetMs, newYorkToUtc } from "./new-york-time.ts";
import type { TimeRange } from "./time-range.ts";

/** When a market trades: tells an expected closure from a gap. */
export interface TradingCalendar {
  readonly name: string;
  /** Whether the market is open at the instant. */
  isOpen(instantMs: number): boolean;
  /** The parts of a range in which the market is open: ascending, apart from each other, none empty. */
  openRanges(range: TimeRange): TimeRange[];
}

/** Cryptocurrencies: around the clock, every day. */
export const alwaysOpen: TradingCalendar = {
  name: "24/7",
  isOpen: () => true,
  openRanges: (range) => (range.startMs < range.endMs ? [range] : []),
};

/**
 * Foreign exchange: from Sunday 17:00 to Friday 17:00 in New York, so in UTC the week's ends move by an hour with
 * daylight saving. Holidays are not known.
 */
export const fxWeek: TradingCalendar = newYorkWeek("foreign exchange week", [
  { startMinute: at(0, 17), endMinute: at(5, 17) },
]);

/**
 * Stocks: weekdays from 04:00 to 20:00 in New York, the extended hours that Alpha Vantage serves. Neither
 * exchange holidays nor the regular session (09:30 to 16:00) are known.
 */
export const stockExtendedHours: TradingCalendar = newYorkWeek(
  "stocks, extended hours",
  [1, 2, 3, 4, 5].map((weekday) => ({ startMinute: at(weekday, 4), endMinute: at(weekday, 20) })),
);

/** The calendar of the market that a pair trades on. */
export function calendarFor(assetPair: AssetPair): TradingCalendar {
  return calendars[assetPair.kind];
}

const calendars: Readonly<Record<AssetKind, TradingCalendar>> = {
  crypto: alwaysOpen,
  fx: fxWeek,
  stock: stockExtendedHours,
};

/** Minutes of the New York week, which starts on Sunday at midnight. */
interface Session {
  readonly startMinute: number;
  readonly endMinute: number;
}

const minuteMs = 60_000;
const dayMs = 1440 * minuteMs;
const weekMs = 7 * dayMs;
/** 1970-01-04 was a Sunday. */
const firstSundayMs = 3 * dayMs;

function at(weekday: number, hour: number): number {
  return weekday * 1440 + hour * 60;
}

function newYorkWeek(name: string, sessions: readonly Session[]): TradingCalendar {
  return {
    name,
    isOpen(instantMs) {
      const wallMs = instantMs + newYorkOffsetMs(instantMs);
      const minute = (wallMs - weekStart(wallMs)) / minuteMs;
      return sessions.some((session) => minute >= session.startMinute && minute < session.endMinute);
    },
    openRanges(range) {
      const ranges: TimeRange[] = [];
      const firstWallMs = weekStart(range.startMs + newYorkOffsetMs(range.startMs));
      for (let wallMs = firstWallMs; wallMs - dayMs < range.endMs; wallMs += weekMs) {
        for (const session of sessions) {
          const startMs = Math.max(range.startMs, newYorkToUtc(wallMs + session.startMinute * minuteMs));
          const endMs = Math.min(range.endMs, newYorkToUtc(wallMs + session.endMinute * minuteMs));
          if (startMs < endMs) ranges.push({ startMs, endMs });
        }
      }
      return ranges;
    },
  };
}

/** Midnight of the Sunday at or before a wall-clock time, itself a wall-clock time. */
function weekStart(wallMs: number): number {
  return Math.floor((wallMs - firstSundayMs) / weekMs) * weekMs + firstSundayMs;
}
