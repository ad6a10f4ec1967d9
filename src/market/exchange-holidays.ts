/**
 * The days on which New York's stock exchanges do not trade, as dates (midnight UTC of the day).
 *
 * A holiday on a Saturday is kept on the Friday before, one on a Sunday on the Monday after; but for New Year's Day on a
 * Saturday, which is not kept. Of closures that no rule foretells those until 2025 are known.
 *
 * Source: NYSE Rule 7.2, "Holidays"; Juneteenth since 2022, Martin Luther King's Day since 1998.
 */
export function exchangeHolidays(year: number): readonly number[] {
  const kept = [
    weekdayOf(year, 1, monday, 3),
    easterMs(year) - 2 * dayMs,
    lastMondayOfMay(year),
    observed(Date.UTC(year, 6, 4)),
    weekdayOf(year, 8, monday, 1),
    weekdayOf(year, 10, thursday, 4),
    observed(Date.UTC(year, 11, 25)),
  ];
  const newYear = Date.UTC(year, 0, 1);
  if (weekday(newYear) !== saturday) kept.push(observed(newYear));
  if (year >= 1998) kept.push(weekdayOf(year, 0, monday, 3));
  if (year >= 2022) kept.push(observed(Date.UTC(year, 5, 19)));
  kept.push(...unforeseen.filter((dateMs) => new Date(dateMs).getUTCFullYear() === year));
  return kept.toSorted((left, right) => left - right);
}

/** After the attacks of 2001, in the hurricane of 2012, and on days of mourning for presidents. */
const unforeseen: readonly number[] = [
  Date.UTC(2001, 8, 11),
  Date.UTC(2001, 8, 12),
  Date.UTC(2001, 8, 13),
  Date.UTC(2001, 8, 14),
  Date.UTC(2004, 5, 11),
  Date.UTC(2007, 0, 2),
  Date.UTC(2012, 9, 29),
  Date.UTC(2012, 9, 30),
  Date.UTC(2018, 11, 5),
  Date.UTC(2025, 0, 9),
];

const dayMs = 86_400_000;
const sunday = 0;
const monday = 1;
const thursday = 4;
const saturday = 6;

function weekday(dateMs: number): number {
  return new Date(dateMs).getUTCDay();
}

function observed(dateMs: number): number {
  if (weekday(dateMs) === saturday) return dateMs - dayMs;
  return weekday(dateMs) === sunday ? dateMs + dayMs : dateMs;
}

/** The so-manieth of a weekday in a month, counted from 1. */
function weekdayOf(year: number, month: number, wanted: number, count: number): number {
  const firstMs = Date.UTC(year, month, 1);
  const daysToFirst = (wanted - weekday(firstMs) + 7) % 7;
  return firstMs + (daysToFirst + 7 * (count - 1)) * dayMs;
}

function lastMondayOfMay(year: number): number {
  const lastMs = Date.UTC(year, 4, 31);
  return lastMs - ((weekday(lastMs) - monday + 7) % 7) * dayMs;
}

/**
 * Easter Sunday of the Gregorian calendar.
 *
 * Source: J. Meeus, "Astronomical Algorithms" (1991), chapter 8.
 */
function easterMs(year: number): number {
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
  return Date.UTC(year, month - 1, day);
}
