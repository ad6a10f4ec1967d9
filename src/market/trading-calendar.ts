import type { AssetKind, AssetPair } from "./asset-pair.ts";
import { exchangeHolidays } from "./exchange-holidays.ts";
import { newYorkOffsetMs, newYorkToUtc } from "./new-york-time.ts";
import { without } from "./range-set.ts";
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
 * daylight saving; closed on the trading days of Christmas (of Monday the 26th when the 25th is a Sunday) and New Year.
 * A trading day begins at 17:00 of the day before.
 *
 * Source: OANDA's candles of EUR_USD from 2020 to 2023.
 */
export const fxWeek: TradingCalendar = newYorkWeek(
  "foreign exchange week",
  [{ startMinute: at(0, 17), endMinute: at(5, 17) }],
  fxHolidays,
);

/**
 * Stocks: weekdays from 04:00 to 20:00 in New York, the extended hours that Alpha Vantage serves, but for the holidays of
 * the exchanges. Days that end early, and the regular session (09:30 to 16:00), are not known.
 */
export const stockExtendedHours: TradingCalendar = newYorkWeek(
  "stocks, extended hours",
  [1, 2, 3, 4, 5].map((weekday) => ({ startMinute: at(weekday, 4), endMinute: at(weekday, 20) })),
  (year) => exchangeHolidays(year).map((dateMs) => ({ startMs: dateMs, endMs: dateMs + dayMs })),
);

/** The calendar of the market that a pair trades on. */
export function calendarFor(assetPair: AssetPair): TradingCalendar {
  return calendars[assetPair.kind];
}

const calendars: Readonly<Record<AssetKind, TradingCalendar>> = {
  crypto: alwaysOpen,
  crypto_contract: alwaysOpen,
  fx: fxWeek,
  stock: stockExtendedHours,
  index: stockExtendedHours,
  future: fxWeek,
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

/** The holidays of a year as wall-clock times of New York. */
function fxHolidays(year: number): TimeRange[] {
  const christmasMs = Date.UTC(year, 11, 25);
  const isSunday = new Date(christmasMs).getUTCDay() === 0;
  return [Date.UTC(year, 0, 1), isSunday ? christmasMs + dayMs : christmasMs].map((dayStartMs) => ({
    startMs: dayStartMs - 7 * 60 * minuteMs,
    endMs: dayStartMs + 17 * 60 * minuteMs,
  }));
}

function newYorkWeek(
  name: string,
  sessions: readonly Session[],
  holidaysOf: (year: number) => readonly TimeRange[] = () => [],
): TradingCalendar {
  /** Those that a range may touch, as instants. */
  const holidaysWithin = ({ startMs, endMs }: TimeRange): TimeRange[] => {
    const holidays: TimeRange[] = [];
    const lastYear = new Date(endMs + dayMs).getUTCFullYear();
    for (let year = new Date(startMs - dayMs).getUTCFullYear(); year <= lastYear; year += 1) {
      for (const holiday of holidaysOf(year))
        holidays.push({ startMs: newYorkToUtc(holiday.startMs), endMs: newYorkToUtc(holiday.endMs) });
    }
    return holidays;
  };
  return {
    name,
    isOpen(instantMs) {
      const wallMs = instantMs + newYorkOffsetMs(instantMs);
      const minute = (wallMs - weekStart(wallMs)) / minuteMs;
      const isHoliday = holidaysWithin({ startMs: instantMs, endMs: instantMs }).some(
        (holiday) => instantMs >= holiday.startMs && instantMs < holiday.endMs,
      );
      return (
        !isHoliday && sessions.some((session) => minute >= session.startMinute && minute < session.endMinute)
      );
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
      const holidays = holidaysWithin(range);
      return holidays.length === 0 ? ranges : ranges.flatMap((open) => without(open, holidays));
    },
  };
}

/** Midnight of the Sunday at or before a wall-clock time, itself a wall-clock time. */
function weekStart(wallMs: number): number {
  return Math.floor((wallMs - firstSundayMs) / weekMs) * weekMs + firstSundayMs;
}
