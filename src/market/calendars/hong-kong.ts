import {
  date,
  easterMonday,
  goodFriday,
  isWeekend,
  listed,
  readDate,
  saturday,
  sunday,
  sundayToMonday,
  weekdayOf,
} from "./dates.ts";
import type { DateMs } from "./dates.ts";
import type { Exchange, OtherHours } from "./exchange.ts";

/**
 * Hong Kong Stock Exchange.
 *
 * Sources: the General Holidays Ordinance (Cap. 149) with its changes of 2011; HKEX's news releases on its hours (from 7
 * March 2011 and 5 March 2012) and its market communications on days of typhoons and black rainstorms.
 */
export const hongKong: Exchange = {
  name: "hong_kong",
  city: "Hong Kong",
  timeZone: "Asia/Hong_Kong",
  hours: [
    { from: "2000-01-01", hours: "10:00-12:30 14:30-16:00" },
    { from: "2011-03-07", hours: "09:30-12:00 13:30-16:00" },
    { from: "2012-03-05", hours: "09:30-12:00 13:00-16:00" },
  ],
  closedDays: (year) => [
    sundayToMonday(date(year, 1, 1)),
    goodFriday(year),
    easterMonday(year),
    sundayToMonday(date(year, 5, 1)),
    // The establishment of the Special Administrative Region; National Day
    sundayToMonday(date(year, 7, 1)),
    sundayToMonday(date(year, 10, 1)),
    ...christmas(year),
    ...listed(lunarHolidays, year),
    ...listed(stormDays, year),
    // 70 years after the war
    ...listed({ 2015: "09-03" }, year),
  ],
  otherHours: (year) => [...eves(year), ...afternoons(year)],
};

/**
 * The holidays from Monday to Friday, as they were kept: the lunar new year, Ching Ming, the Buddha's birthday, Tuen Ng, the day after
 * the mid-autumn festival, Chung Yeung.
 */
const lunarHolidays: Readonly<Record<number, string>> = {
  2000: "02-04 02-07 04-04 05-11 06-06 09-13 10-06",
  2001: "01-24 01-25 01-26 04-05 04-30 06-25 10-02 10-25",
  2002: "02-12 02-13 02-14 04-05 05-20 10-14",
  2003: "01-31 02-03 05-08 06-04 09-12",
  2004: "01-22 01-23 04-05 05-26 06-22 09-29 10-22",
  2005: "02-09 02-10 02-11 04-05 05-16 09-19 10-11",
  2006: "01-30 01-31 04-05 05-05 05-31 10-30",
  2007: "02-19 02-20 04-05 05-24 06-19 09-26 10-19",
  2008: "02-07 02-08 04-04 05-12 06-09 09-15 10-07",
  2009: "01-26 01-27 01-28 05-28 10-26",
  2010: "02-15 02-16 04-06 05-21 06-16 09-23",
  2011: "02-03 02-04 04-05 05-10 06-06 09-13 10-05",
  2012: "01-23 01-24 01-25 04-04 10-02 10-23",
  2013: "02-11 02-12 02-13 04-04 05-17 06-12 09-20 10-14",
  2014: "01-31 02-03 05-06 06-02 09-09 10-02",
  2015: "02-19 02-20 04-07 05-25 09-28 10-21",
  2016: "02-08 02-09 02-10 04-04 06-09 09-16 10-10",
  2017: "01-30 01-31 04-04 05-03 05-30 10-05",
  2018: "02-16 02-19 04-05 05-22 06-18 09-25 10-17",
  2019: "02-05 02-06 02-07 04-05 05-13 06-07 10-07",
  2020: "01-27 01-28 04-30 06-25 10-02 10-26",
  2021: "02-12 02-15 04-06 05-19 06-14 09-22 10-14",
  2022: "02-01 02-02 02-03 04-05 05-09 06-03 09-12 10-04",
  2023: "01-23 01-24 01-25 04-05 05-26 06-22 10-23",
  2024: "02-12 02-13 04-04 05-15 06-10 09-18 10-11",
  2025: "01-29 01-30 01-31 04-04 05-05 10-07 10-29",
  2026: "02-17 02-18 02-19 04-07 05-25 06-19 10-19",
  2027: "02-08 02-09 04-05 05-13 06-09 09-16 10-08",
  2028: "01-26 01-27 01-28 04-04 05-02 05-29 10-04 10-26",
  2029: "02-13 02-14 02-15 04-04 05-21 09-24 10-16",
  2030: "02-04 02-05 02-06 04-05 05-09 06-05 09-13",
};

/** Typhoons and black rainstorms with no trading all day. Since 23 September 2024 the exchange trades in any weather. */
const stormDays: Readonly<Record<number, string>> = {
  2001: "07-06 07-25",
  2008: "08-06 08-22",
  2011: "09-29",
  2013: "08-14",
  2016: "08-02 10-21",
  2017: "08-23",
  2020: "10-13",
  2021: "10-13",
  2023: "07-17 09-01 09-08",
  2024: "09-06",
};

/** Storms that were over by noon: trading began in the afternoon. */
const lateOpenings: readonly (readonly [day: string, hours: string])[] = [
  ["2008-06-25", "14:30-16:00"],
  ["2009-09-15", "14:30-16:00"],
  ["2012-07-24", "13:00-16:00"],
  ["2013-05-22", "13:00-16:00"],
  ["2013-09-23", "13:00-16:00"],
  ["2014-09-16", "13:00-16:00"],
  ["2020-08-19", "13:30-16:00"],
  ["2021-06-28", "13:30-16:00"],
  ["2023-10-09", "14:00-16:00"],
];

/** The eves of the lunar new year with trading in the morning. */
const lunarEves: Readonly<Record<number, string>> = {
  2001: "01-23",
  2002: "02-11",
  2004: "01-21",
  2005: "02-08",
  2008: "02-06",
  2011: "02-02",
  2014: "01-30",
  2015: "02-18",
  2017: "01-27",
  2018: "02-15",
  2019: "02-04",
  2020: "01-24",
  2021: "02-11",
  2022: "01-31",
  2024: "02-09",
  2025: "01-28",
  2026: "02-16",
  2027: "02-05",
  2028: "01-25",
  2029: "02-12",
};

/** Christmas Day and the first weekday after it, which may be a Saturday. */
function christmas(year: number): DateMs[] {
  const day = date(year, 12, 25);
  if (weekdayOf(day) === saturday) return [date(year, 12, 27)];
  return weekdayOf(day) === sunday
    ? [date(year, 12, 26), date(year, 12, 27)]
    : [day, sundayToMonday(date(year, 12, 26))];
}

/** The eves of Christmas, New Year and the lunar new year have no afternoon. */
function eves(year: number): OtherHours[] {
  const days = [date(year, 12, 24), date(year, 12, 31), ...listed(lunarEves, year)];
  return days
    .filter((day) => !isWeekend(day))
    .map((dateMs) => ({
      dateMs,
      hours: dateMs < date(2011, 3, 7) ? "10:00-12:30" : "09:30-12:00",
    }));
}

function afternoons(year: number): OtherHours[] {
  return lateOpenings
    .filter(([day]) => day.startsWith(`${year}-`))
    .map(([day, hours]) => ({ dateMs: readDate(day), hours }));
}
