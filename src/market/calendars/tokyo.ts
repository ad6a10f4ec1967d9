import {
  date,
  listed,
  monday,
  nthWeekday,
  sunday,
  sundayToMonday,
  weekdayOf,
  workdayFrom,
  workdayUntil,
} from "./dates.ts";
import type { DateMs } from "./dates.ts";
import type { Exchange, OtherHours } from "./exchange.ts";
import { dayMs } from "../durations.ts";

/**
 * Tokyo Stock Exchange.
 *
 * Sources: the Act on National Holidays (1948, with its changes of 2000, 2003, 2007, 2016 and 2018, and the laws on the
 * Olympic years 2020 and 2021); the exchange's notices on its hours: the morning to 11:30 since 21 November 2011, the
 * afternoon to 15:30 since 5 November 2024, whole first and last days of the year since 30 December 2009.
 */
export const tokyo: Exchange = {
  name: "tokyo",
  city: "Tokyo",
  timeZone: "Asia/Tokyo",
  hours: [
    { from: "2000-01-01", hours: "09:00-11:00 12:30-15:00" },
    // The trading systems were short of capacity after the fall of Livedoor.
    { from: "2006-01-19", hours: "09:00-11:00 13:00-15:00" },
    { from: "2006-04-24", hours: "09:00-11:00 12:30-15:00" },
    { from: "2011-11-21", hours: "09:00-11:30 12:30-15:00" },
    { from: "2024-11-05", hours: "09:00-11:30 12:30-15:30" },
  ],
  closedDays: (year) => [
    date(year, 1, 1),
    date(year, 1, 2),
    date(year, 1, 3),
    date(year, 12, 31),
    nthWeekday(2, monday, year, 1),
    sundayToMonday(date(year, 2, 11)),
    ...emperorsBirthday(year),
    sundayToMonday(springEquinox(year)),
    sundayToMonday(date(year, 4, 29)),
    ...goldenWeek(year),
    ...summerDays(year),
    ...respectForTheAged(year),
    sundayToMonday(autumnEquinox(year)),
    sundayToMonday(date(year, 11, 3)),
    sundayToMonday(date(year, 11, 23)),
    ...listed(unforeseen, year),
  ],
  otherHours: halfDays,
};

/** The change of emperors; the day on which the trading system failed. */
const unforeseen: Readonly<Record<number, string>> = { 2019: "04-30 05-01 05-02 10-22", 2020: "10-01" };

/** Marine Day, Mountain Day and Sports Day; in the Olympic years near the games. */
function summerDays(year: number): DateMs[] {
  if (year === 2020) return listed({ 2020: "07-23 07-24 08-10" }, year);
  if (year === 2021) return listed({ 2021: "07-22 07-23 08-09" }, year);
  return [
    year < 2003 ? sundayToMonday(date(year, 7, 20)) : nthWeekday(3, monday, year, 7),
    ...(year < 2016 ? [] : [sundayToMonday(date(year, 8, 11))]),
    nthWeekday(2, monday, year, 10),
  ];
}

/** Akihito's until 2018, Naruhito's since 2020. */
function emperorsBirthday(year: number): DateMs[] {
  if (year === 2019) return [];
  return [sundayToMonday(year < 2019 ? date(year, 12, 23) : date(year, 2, 23))];
}

/** Three holidays in a row. One on a Sunday is made up for behind them; before 2007 only the last one was. */
function goldenWeek(year: number): DateMs[] {
  const days = [date(year, 5, 3), date(year, 5, 4), date(year, 5, 5)];
  const madeUpFor = year < 2007 ? days.slice(2) : days;
  return madeUpFor.some((day) => weekdayOf(day) === sunday) ? [...days, date(year, 5, 6)] : days;
}

/** With the day between it and the equinox, when there is only one. */
function respectForTheAged(year: number): DateMs[] {
  const day = year < 2003 ? sundayToMonday(date(year, 9, 15)) : nthWeekday(3, monday, year, 9);
  return autumnEquinox(year) - day === 2 * dayMs ? [day, day + dayMs] : [day];
}

/** Right from 1980 to 2099 by the calculation of Japan's coast guard for the holidays. */
function springEquinox(year: number): DateMs {
  return equinox(year, 3, 20.8431);
}

function autumnEquinox(year: number): DateMs {
  return equinox(year, 9, 23.2488);
}

function equinox(year: number, month: number, base: number): DateMs {
  const years = year - 1980;
  return date(year, month, Math.floor(base + 0.242194 * years - Math.floor(years / 4)));
}

/** The first and the last day of trading of a year had no afternoon. */
function halfDays(year: number): OtherHours[] {
  const days = [
    ...(year < 2010 ? [workdayFrom(date(year, 1, 4))] : []),
    ...(year < 2009 ? [workdayUntil(date(year, 12, 30))] : []),
  ];
  return days.map((dateMs) => ({ dateMs, hours: "09:00-11:00" }));
}
