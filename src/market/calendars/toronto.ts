import {
  christmasAndBoxingDay,
  date,
  goodFriday,
  lastWeekdayUntil,
  listed,
  monday,
  nthWeekday,
  workdayFrom,
} from "./dates.ts";
import type { Exchange } from "./exchange.ts";

/**
 * Toronto Stock Exchange and TSX Venture.
 *
 * Source: TMX Group's calendar of market holidays.
 */
export const toronto: Exchange = {
  name: "toronto",
  city: "Toronto",
  timeZone: "America/Toronto",
  hours: [{ from: "2000-01-01", hours: "09:30-16:00" }],
  closedDays: (year) => [
    workdayFrom(date(year, 1, 1)),
    // Family Day
    ...(year >= 2008 ? [nthWeekday(3, monday, year, 2)] : []),
    goodFriday(year),
    // Victoria Day
    lastWeekdayUntil(monday, date(year, 5, 24)),
    workdayFrom(date(year, 7, 1)),
    nthWeekday(1, monday, year, 8),
    nthWeekday(1, monday, year, 9),
    nthWeekday(2, monday, year, 10),
    ...christmasAndBoxingDay(year),
    // After the attacks on New York
    ...listed({ 2001: "09-11 09-12" }, year),
  ],
  otherHours: (year) => (year < 2010 ? [] : [{ dateMs: date(year, 12, 24), hours: "09:30-13:00" }]),
};
