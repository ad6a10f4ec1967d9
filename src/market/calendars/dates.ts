import { dayMs } from "../durations.ts";

/** A day of the calendar without a zone, as midnight UTC of that day. */
export type DateMs = number;

export const sunday = 0;
export const monday = 1;
export const wednesday = 3;
export const thursday = 4;
export const friday = 5;
export const saturday = 6;

/** @param month from 1 */
export function date(year: number, month: number, day: number): DateMs {
  return Date.UTC(year, month - 1, day);
}

/** `2001-09-11` */
export function readDate(text: string): DateMs {
  const dateMs = Date.parse(`${text}T00:00:00Z`);
  if (Number.isNaN(dateMs)) throw new TypeError(`${text} is not a date`);
  return dateMs;
}

/** The days of a year in a table by year: `{ 2002: "06-03 06-04" }`. */
export function listed(table: Readonly<Record<number, string>>, year: number): DateMs[] {
  return (table[year]?.split(" ") ?? []).map((day) => readDate(`${year}-${day}`));
}

export function weekdayOf(dateMs: DateMs): number {
  return new Date(dateMs).getUTCDay();
}

export function isWeekend(dateMs: DateMs): boolean {
  const weekday = weekdayOf(dateMs);
  return weekday === saturday || weekday === sunday;
}

/** The first, second, ... of a weekday in a month. */
export function nthWeekday(count: number, weekday: number, year: number, month: number): DateMs {
  const firstMs = date(year, month, 1);
  const daysToFirst = (weekday - weekdayOf(firstMs) + 7) % 7;
  return firstMs + (daysToFirst + 7 * (count - 1)) * dayMs;
}

/** The last of a weekday on or before a day. */
export function lastWeekdayUntil(weekday: number, dateMs: DateMs): DateMs {
  return dateMs - ((weekdayOf(dateMs) - weekday + 7) % 7) * dayMs;
}

/** The last day from Monday to Friday on or before a day. */
export function workdayUntil(dateMs: DateMs): DateMs {
  return isWeekend(dateMs) ? lastWeekdayUntil(friday, dateMs) : dateMs;
}

/** The first day from Monday to Friday on or after a day. */
export function workdayFrom(dateMs: DateMs): DateMs {
  return isWeekend(dateMs) ? lastWeekdayUntil(monday, dateMs + 6 * dayMs) : dateMs;
}

/** A holiday on a Sunday is kept on Monday; one on a Saturday is lost. */
export function sundayToMonday(dateMs: DateMs): DateMs {
  return weekdayOf(dateMs) === sunday ? dateMs + dayMs : dateMs;
}

/** A holiday on a Saturday is kept on Friday, one on a Sunday on Monday. */
export function nearestWorkday(dateMs: DateMs): DateMs {
  return weekdayOf(dateMs) === saturday ? dateMs - dayMs : sundayToMonday(dateMs);
}

/** Christmas Day and the day after; those that fall on a weekend are kept on the next days from Monday to Friday. */
export function christmasAndBoxingDay(year: number): DateMs[] {
  const first = workdayFrom(date(year, 12, 25));
  return [first, workdayFrom(Math.max(first + dayMs, date(year, 12, 26)))];
}

export function goodFriday(year: number): DateMs {
  return easter(year) - 2 * dayMs;
}

export function easterMonday(year: number): DateMs {
  return easter(year) + dayMs;
}

export function whitMonday(year: number): DateMs {
  return easter(year) + 50 * dayMs;
}

/**
 * Easter Sunday of the Gregorian calendar.
 *
 * Source: J. Meeus, "Astronomical Algorithms" (1991), chapter 8.
 */
function easter(year: number): DateMs {
  const a = year % 19;
  const b = Math.floor(year / 100);
  const c = year % 100;
  const d = Math.floor(b / 4);
  const e = b % 4;
  const f = Math.floor((b + 8) / 25);
  const g = Math.floor((b - f + 1) / 3);
  const h = (19 * a + b - d - g + 15) % 30;
  const i = Math.floor(c / 4);
  const k = c % 4;
  const l = (32 + 2 * e + 2 * i - h - k) % 7;
  const m = Math.floor((a + 11 * h + 22 * l) / 451);
  const month = Math.floor((h + l - 7 * m + 114) / 31);
  const day = ((h + l - 7 * m + 114) % 31) + 1;
  return date(year, month, day);
}
