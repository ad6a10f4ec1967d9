import { date, easterMonday, goodFriday, listed, whitMonday, workdayUntil } from "./dates.ts";
import type { Exchange } from "./exchange.ts";

/**
 * Xetra and the Frankfurt Stock Exchange. The floor's longer hours are not known.
 *
 * Sources: Deutsche Börse's trading calendars; its notice of 2003 that Xetra closes at 17:30 again instead of 20:00.
 */
export const frankfurt: Exchange = {
  name: "frankfurt",
  city: "Frankfurt",
  timeZone: "Europe/Berlin",
  hours: [
    { from: "2000-01-01", hours: "09:00-17:30" },
    { from: "2000-06-02", hours: "09:00-20:00" },
    { from: "2003-11-03", hours: "09:00-17:30" },
  ],
  closedDays: (year) => [
    date(year, 1, 1),
    goodFriday(year),
    easterMonday(year),
    date(year, 5, 1),
    ...(year === 2007 || (year >= 2015 && year <= 2021) ? [whitMonday(year)] : []),
    // The Day of German Unity
    ...(year >= 2014 && year <= 2021 ? [date(year, 10, 3)] : []),
    // 500 years of the Reformation
    ...listed({ 2017: "10-31" }, year),
    date(year, 12, 24),
    date(year, 12, 25),
    date(year, 12, 26),
    date(year, 12, 31),
  ],
  otherHours: (year) =>
    year < 2010 ? [] : [{ dateMs: workdayUntil(date(year, 12, 30)), hours: "09:00-14:00" }],
};
