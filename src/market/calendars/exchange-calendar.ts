import { calendarOf } from "../trading-calendar.ts";
import type { TradingCalendar } from "../trading-calendar.ts";
import type { TimeRange } from "../time-range.ts";
import { unionOf } from "../range-set.ts";
import { zoneClock } from "../zone-clock.ts";
import { date, isWeekend, readDate } from "./dates.ts";
import type { DateMs } from "./dates.ts";
import { exchangeYears } from "./exchange.ts";
import type { Exchange } from "./exchange.ts";
import { dayMs } from "../durations.ts";

/** The hours of a stock exchange: its regular trading, or also the hours before and after it. */
export type SessionName = "regular" | "extended";
export const sessionNames: readonly SessionName[] = ["regular", "extended"];

/** The open parts of a trading day, as instants. A day with a break has more than one. */
export interface TradingDay {
  readonly dateMs: DateMs;
  readonly parts: readonly TimeRange[];
}

/** The days on which an exchange trades, by its own calendar, ascending. */
export function tradingDaysOf(exchange: Exchange, session: SessionName, year: number): readonly TradingDay[] {
  const closed = new Set(exchange.closedDays(year));
  const otherHours = new Map(exchange.otherHours(year).map(({ dateMs, hours }) => [dateMs, hours]));
  const clock = zoneClock(exchange.timeZone);
  const days: TradingDay[] = [];
  for (let dateMs = date(year, 1, 1); dateMs < date(year + 1, 1, 1); dateMs += dayMs) {
    if (isWeekend(dateMs) || closed.has(dateMs)) continue;
    const parts = readHours(hoursOf(exchange, session, dateMs, otherHours)).map(({ startMs, endMs }) => ({
      startMs: clock.toUtc(dateMs + startMs),
      endMs: clock.toUtc(dateMs + endMs),
    }));
    days.push({ dateMs, parts });
  }
  return days;
}

/** The calendar of an exchange. Without known extended hours the regular ones stand for them. */
export function exchangeCalendar(exchange: Exchange, session: SessionName): TradingCalendar {
  const byYear = new Map<number, readonly TradingDay[]>();
  const daysOfYear = (year: number): readonly TradingDay[] => {
    let days = byYear.get(year);
    if (days === undefined) {
      days = tradingDaysOf(exchange, session, year);
      byYear.set(year, days);
    }
    return days;
  };
  /** The trading days that a range may touch: each lies within the UTC day of the same date. */
  const daysAround = function* (range: TimeRange): Generator<TradingDay> {
    const [fromMs, untilMs] = [range.startMs - 2 * dayMs, range.endMs + dayMs];
    const lastYear = new Date(untilMs).getUTCFullYear();
    for (let year = new Date(fromMs).getUTCFullYear(); year <= lastYear; year += 1) {
      const days = daysOfYear(year);
      for (let at = firstFrom(days, fromMs); at < days.length; at += 1) {
        const day = days[at];
        if (day === undefined || day.dateMs > untilMs) break;
        yield day;
      }
    }
  };
  const title = exchange.extended === undefined ? exchange.city : `${exchange.city}, ${session} hours`;
  return calendarOf(
    title,
    { startMs: date(exchangeYears.first, 1, 1), endMs: date(exchangeYears.last + 1, 1, 1) },
    (range) =>
      [...daysAround(range)]
        .flatMap(({ parts }) => parts)
        .filter(({ startMs, endMs }) => startMs < range.endMs && endMs > range.startMs),
    (range) =>
      unionOf(
        [...daysAround(range)]
          .filter(({ dateMs }) => dateMs >= range.startMs && dateMs < range.endMs)
          .map(({ dateMs }) => ({ startMs: dateMs, endMs: dateMs + dayMs })),
      ),
  );
}

function hoursOf(
  exchange: Exchange,
  session: SessionName,
  dateMs: DateMs,
  otherHours: ReadonlyMap<DateMs, string>,
): string {
  const other = otherHours.get(dateMs);
  if (session === "extended" && exchange.extended !== undefined)
    return other === undefined ? exchange.extended.wholeDay : exchange.extended.shortDay;
  if (other !== undefined) return other;
  const known = exchange.hours.findLast(({ from }) => readDate(from) <= dateMs) ?? exchange.hours[0];
  return known?.hours ?? "";
}

/** `09:00-11:30 12:30-15:30` as times since midnight. */
function readHours(hours: string): readonly TimeRange[] {
  let parts = hoursRead.get(hours);
  if (parts === undefined) {
    parts = hours.split(" ").map((part) => {
      const match = /^(\d\d):(\d\d)-(\d\d):(\d\d)$/.exec(part);
      if (match === null) throw new TypeError(`${part} is not a part of a trading day`);
      const [fromHour = 0, fromMinute = 0, toHour = 0, toMinute = 0] = match.slice(1).map(Number);
      return {
        startMs: (fromHour * 60 + fromMinute) * minuteMs,
        endMs: (toHour * 60 + toMinute) * minuteMs,
      };
    });
    hoursRead.set(hours, parts);
  }
  return parts;
}

/** The index of the first day on or after an instant. */
function firstFrom(days: readonly TradingDay[], instantMs: number): number {
  let [low, high] = [0, days.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((days[middle]?.dateMs ?? Number.POSITIVE_INFINITY) >= instantMs) high = middle;
    else low = middle + 1;
  }
  return low;
}

const hoursRead = new Map<string, readonly TimeRange[]>();
const minuteMs = 60_000;
