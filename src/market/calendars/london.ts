import {
  christmasAndBoxingDay,
  date,
  easterMonday,
  goodFriday,
  lastWeekdayUntil,
  listed,
  monday,
  nthWeekday,
  workdayFrom,
  workdayUntil,
} from "./dates.ts";
import type { Exchange } from "./exchange.ts";

/**
 * London Stock Exchange.
 *
 * Sources: the bank holidays of England and Wales (gov.uk); the exchange's business days.
 */
export const london: Exchange = {
  name: "london",
  city: "London",
  timeZone: "Europe/London",
  hours: [{ from: "2000-01-01", hours: "08:00-16:30" }],
  closedDays: (year) => [
    workdayFrom(date(year, 1, 1)),
    goodFriday(year),
    easterMonday(year),
    // In 2020 it moved to the anniversary of Victory in Europe.
    ...(year === 2020 ? [date(year, 5, 8)] : [nthWeekday(1, monday, year, 5)]),
    ...(year in jubilees ? listed(jubilees, year) : [lastWeekdayUntil(monday, date(year, 5, 31))]),
    lastWeekdayUntil(monday, date(year, 8, 31)),
    ...christmasAndBoxingDay(year),
    ...listed(royalDays, year),
  ],
  otherHours: (year) =>
    [date(year, 12, 24), date(year, 12, 31)].map((dateMs) => ({
      dateMs: workdayUntil(dateMs),
      hours: "08:00-12:30",
    })),
};

/** The Queen's jubilees: two days in place of the last Monday of May. */
const jubilees: Readonly<Record<number, string>> = {
  2002: "06-03 06-04",
  2012: "06-04 06-05",
  2022: "06-02 06-03",
};

/** A wedding, a funeral, a coronation. */
const royalDays: Readonly<Record<number, string>> = { 2011: "04-29", 2022: "09-19", 2023: "05-08" };
