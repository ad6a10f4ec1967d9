import { calendarOf, allTime } from "../trading-calendar.ts";
import type { TradingCalendar } from "../trading-calendar.ts";
import { unionOf, without } from "../range-set.ts";
import type { RangeSet } from "../range-set.ts";
import type { TimeRange } from "../time-range.ts";
import { newYorkZone, zoneClock } from "../zone-clock.ts";
import { date, friday, sunday, weekdayOf } from "./dates.ts";
import type { DateMs } from "./dates.ts";
import { dayMs } from "../durations.ts";

/**
 * Foreign exchange: from Sunday 17:00 to Friday 17:00 in New York, so in UTC the week's ends move by an hour with daylight
 * saving. It is closed on Christmas (on Monday the 26th when the 25th is a Sunday) and New Year, until 18:00 of the holiday. On
 * 24 and 31 December brokers close at different times: from 13:00 on no bar is expected, and every bar is allowed.
 *
 * Source: OANDA's candles of EUR_USD from 2020 to 2023; brokers' notices of their hours over the holidays.
 */
export const fxWeek: TradingCalendar = calendarOf(
  "foreign exchange week",
  allTime,
  sessionsOf,
  ({ startMs, endMs }) => {
    const days = { startMs, endMs: Math.ceil(endMs / dayMs) * dayMs };
    return unionOf(
      halfOpenDays(sessionsOf(days)).filter((day) => day.startMs >= startMs && day.startMs < endMs),
    );
  },
);

const hourMs = 3_600_000;
const weekOpensMs = 17 * hourMs;
const weekClosesMs = 17 * hourMs;
const eveClosesMs = 13 * hourMs;
const holidayEndsMs = 18 * hourMs;

/** Whole weeks, except for the holidays in them. */
function sessionsOf(range: TimeRange): TimeRange[] {
  const weeks: TimeRange[] = [];
  const beforeMs = Math.floor(range.startMs / dayMs) * dayMs - 7 * dayMs;
  const firstSundayMs = beforeMs + ((7 - weekdayOf(beforeMs)) % 7) * dayMs;
  for (let sundayMs = firstSundayMs; sundayMs < range.endMs + dayMs; sundayMs += 7 * dayMs) {
    const week = {
      startMs: inNewYork(sundayMs + weekOpensMs),
      endMs: inNewYork(sundayMs + friday * dayMs + weekClosesMs),
    };
    weeks.push(...without(week, holidaysIn(week)));
  }
  return weeks.filter(({ startMs, endMs }) => startMs < range.endMs && endMs > range.startMs);
}

function holidaysIn(week: TimeRange): RangeSet {
  const year = new Date(week.startMs).getUTCFullYear();
  return unionOf([...holidaysOf(year), ...holidaysOf(year + 1)]);
}

/** From the eve to the evening of the holiday itself. */
function holidaysOf(year: number): TimeRange[] {
  const newYear = date(year, 1, 1);
  const christmas = date(year, 12, 25);
  return [newYear, christmas].map((day) => ({
    startMs: inNewYork(day - dayMs + eveClosesMs),
    endMs: inNewYork(lastDay(day) + holidayEndsMs),
  }));
}

/** Christmas on a Sunday is kept on Monday; New Year's Day is not. */
function lastDay(day: DateMs): DateMs {
  const isChristmas = new Date(day).getUTCMonth() === 11;
  return isChristmas && weekdayOf(day) === sunday ? day + dayMs : day;
}

/** The days with at least half of their hours open: providers do not agree on a daily bar of the two hours of a Sunday. */
function halfOpenDays(open: RangeSet): RangeSet {
  const openMs = new Map<number, number>();
  for (const { startMs, endMs } of open) {
    for (let day = Math.floor(startMs / dayMs) * dayMs; day < endMs; day += dayMs) {
      const part = Math.min(endMs, day + dayMs) - Math.max(startMs, day);
      openMs.set(day, (openMs.get(day) ?? 0) + part);
    }
  }
  return [...openMs].flatMap(([day, ms]) => (ms * 2 >= dayMs ? [{ startMs: day, endMs: day + dayMs }] : []));
}

/** Looked up when it is needed: the rules of a zone take as long to load as all calendars. */
function inNewYork(wallMs: number): number {
  return zoneClock(newYorkZone).toUtc(wallMs);
}
