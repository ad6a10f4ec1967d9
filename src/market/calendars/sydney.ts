import {
  christmasAndBoxingDay,
  date,
  easterMonday,
  goodFriday,
  listed,
  monday,
  nthWeekday,
  workdayFrom,
  workdayUntil,
} from "./dates.ts";
import type { Exchange } from "./exchange.ts";

/**
 * Australian Securities Exchange.
 *
 * Source: ASX's trading calendars. In 2022 the days before Christmas and New Year were whole ones.
 */
export const sydney: Exchange = {
  name: "sydney",
  city: "Sydney",
  timeZone: "Australia/Sydney",
  hours: [{ from: "2000-01-01", hours: "10:00-16:00" }],
  closedDays: (year) => [
    workdayFrom(date(year, 1, 1)),
    workdayFrom(date(year, 1, 26)),
    goodFriday(year),
    easterMonday(year),
    // Anzac Day is not moved; once it was, and once Easter Monday fell on it.
    date(year, 4, 25),
    ...listed({ 2010: "04-26", 2011: "04-26" }, year),
    // The sovereign's birthday
    nthWeekday(2, monday, year, 6),
    ...christmasAndBoxingDay(year),
    // The mourning of Queen Elizabeth II
    ...listed({ 2022: "09-22" }, year),
  ],
  otherHours: (year) =>
    year < 2010 || year === 2022
      ? []
      : [date(year, 12, 24), date(year, 12, 31)].map((dateMs) => ({
          dateMs: workdayUntil(dateMs),
          hours: "10:00-14:10",
        })),
};
