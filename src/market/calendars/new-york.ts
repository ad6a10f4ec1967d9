import {
  date,
  friday,
  goodFriday,
  lastWeekdayUntil,
  listed,
  monday,
  nearestWorkday,
  nthWeekday,
  saturday,
  sunday,
  sundayToMonday,
  thursday,
  wednesday,
  weekdayOf,
} from "./dates.ts";
import type { DateMs } from "./dates.ts";
import type { Exchange } from "./exchange.ts";
import { dayMs } from "../durations.ts";

/**
 * NYSE and Nasdaq. The extended hours are those that Alpha Vantage serves.
 *
 * Sources: NYSE Rule 7.2 "Holidays"; NYSE's yearly notices of holidays and early closings.
 */
export const newYork: Exchange = {
  name: "new_york",
  city: "New York",
  timeZone: "America/New_York",
  hours: [{ from: "2000-01-01", hours: "09:30-16:00" }],
  extended: { wholeDay: "04:00-20:00", shortDay: "04:00-17:00" },
  closedDays: (year) => [
    // New Year's Day on a Saturday is not kept.
    sundayToMonday(date(year, 1, 1)),
    nthWeekday(3, monday, year, 1),
    nthWeekday(3, monday, year, 2),
    goodFriday(year),
    lastWeekdayUntil(monday, date(year, 5, 31)),
    // Juneteenth
    ...(year >= 2022 ? [nearestWorkday(date(year, 6, 19))] : []),
    nearestWorkday(date(year, 7, 4)),
    nthWeekday(1, monday, year, 9),
    thanksgiving(year),
    nearestWorkday(date(year, 12, 25)),
    ...listed(unforeseen, year),
  ],
  otherHours: (year) => earlyClosings(year).map((dateMs) => ({ dateMs, hours: "09:30-13:00" })),
};

/** After the attacks of 2001, in the hurricane of 2012, and on days of mourning for presidents. */
const unforeseen: Readonly<Record<number, string>> = {
  2001: "09-11 09-12 09-13 09-14",
  2004: "06-11",
  2007: "01-02",
  2012: "10-29 10-30",
  2018: "12-05",
  2025: "01-09",
};

function thanksgiving(year: number): DateMs {
  return nthWeekday(4, thursday, year, 11);
}

function earlyClosings(year: number): DateMs[] {
  const eve = date(year, 12, 24);
  const days = [thanksgiving(year) + dayMs];
  if (weekdayOf(eve) >= monday && weekdayOf(eve) <= thursday) days.push(eve);
  const third = date(year, 7, 3);
  const weekday = weekdayOf(third);
  // Independence Day on a Thursday shortens the Friday behind it, and since 2013 the Wednesday before it.
  if (weekday === wednesday) days.push(year < 2013 ? third + 2 * dayMs : third);
  else if (weekday !== friday && weekday !== saturday && weekday !== sunday) days.push(third);
  return [...days, ...listed({ 2003: "12-26" }, year)];
}
