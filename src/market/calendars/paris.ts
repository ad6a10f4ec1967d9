import { date, easterMonday, goodFriday, listed } from "./dates.ts";
import type { Exchange } from "./exchange.ts";

/**
 * Euronext Paris.
 *
 * Source: Euronext's trading calendars.
 */
export const paris: Exchange = {
  name: "paris",
  city: "Paris",
  timeZone: "Europe/Paris",
  hours: [{ from: "2000-01-01", hours: "09:00-17:30" }],
  closedDays: (year) => [
    date(year, 1, 1),
    goodFriday(year),
    easterMonday(year),
    date(year, 5, 1),
    date(year, 12, 25),
    date(year, 12, 26),
    ...listed(before2002, year),
  ],
  otherHours: (year) =>
    [date(year, 12, 24), date(year, 12, 31)].map((dateMs) => ({ dateMs, hours: "09:00-14:05" })),
};

/** National holidays that Euronext no longer keeps, and the eve of the euro. */
const before2002: Readonly<Record<number, string>> = { 2000: "06-12 07-14", 2001: "06-04 12-31" };
