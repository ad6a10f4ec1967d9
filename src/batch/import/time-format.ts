import { monthOf } from "./month-names.ts";
import { dayMs } from "../../market/durations.ts";

/** A time as a file writes it. */
export interface WallTime {
  /** The date and the time of day, as though they were UTC. */
  readonly wallMs: number;
  /** What its zone adds to UTC in milliseconds, or the zone's name; `undefined` where the text says nothing of it. */
  readonly zone: number | string | undefined;
}

/** One way to read the times of a file. */
export interface TimeFormat {
  /** What `--time-format` takes for it. */
  readonly name: string;
  /** For the user. */
  readonly title: string;
  readonly isEpoch: boolean;
  read(text: string): WallTime | undefined;
}

/** All that is recognised without being told. */
export const timeFormats: readonly TimeFormat[] = [
  written("%Y-%m-%d", "year, month, day", /^(\d{4})([-/.])(\d{1,2})\2(\d{1,2})/, ([, year, , month, day]) => [
    year,
    month,
    day,
  ]),
  compact(),
  written("%d/%m/%Y", "day, month, year", /^(\d{1,2})([-/.])(\d{1,2})\2(\d{4})(?!\d)/, (part) => [
    part[4],
    part[3],
    part[1],
  ]),
  written("%m/%d/%Y", "month, day, year", /^(\d{1,2})([-/.])(\d{1,2})\2(\d{4})(?!\d)/, (part) => [
    part[4],
    part[1],
    part[3],
  ]),
  written("%d/%m/%y", "day, month, short year", /^(\d{1,2})([-/.])(\d{1,2})\2(\d{2})(?!\d)/, (part) => [
    `20${part[4]}`,
    part[3],
    part[1],
  ]),
  written("%m/%d/%y", "month, day, short year", /^(\d{1,2})([-/.])(\d{1,2})\2(\d{2})(?!\d)/, (part) => [
    `20${part[4]}`,
    part[1],
    part[3],
  ]),
  written("%y/%m/%d", "short year, month, day", /^(\d{2})([-/.])(\d{1,2})\2(\d{1,2})(?!\d)/, (part) => [
    `20${part[1]}`,
    part[3],
    part[4],
  ]),
  written(
    "%d %b %Y",
    "day, name of the month, year",
    /^(?:\p{L}+\.?,? +)?(\d{1,2})\.?[ -](\p{L}+)\.?,?[ -](\d{4}|\d{2}(?!\d))/u,
    ([, day, month, year = ""]) => [year.length === 2 ? `20${year}` : year, monthOf(month), day],
  ),
  written(
    "%b %d %Y",
    "name of the month, day, year",
    /^(?:\p{L}+\.?,? +)?(\p{L}+)\.? (\d{1,2}),? (\d{4})/u,
    ([, month, day, year]) => [year, monthOf(month), day],
  ),
  epoch("s", "seconds since 1970", 1000),
  epoch("ms", "milliseconds since 1970", 1),
  epoch("us", "microseconds since 1970", 1e-3),
  epoch("ns", "nanoseconds since 1970", 1e-6),
];

/** Days since 1899-12-30, as spreadsheets count: only when it is said, since a number of days looks like any number. */
export const spreadsheetDays: TimeFormat = {
  name: "excel",
  title: "days of a spreadsheet",
  isEpoch: false,
  read(text) {
    const days = /^\d{1,6}(?:\.\d+)?$/.test(text) ? Number(text) : Number.NaN;
    // Its fractions of a day are binary: they are meant to the second.
    const wallMs = Date.UTC(1899, 11, 30) + Math.round(days * 86_400) * 1000;
    return Number.isNaN(wallMs) ? undefined : { wallMs, zone: undefined };
  },
};

/**
 * The format of `--time-format`: one of the names, or a pattern of strptime such as `%d/%m/%Y %H:%M`, whose separators
 * may be any of the usual ones; `undefined` for what is neither.
 */
export function timeFormatOf(text: string): TimeFormat | undefined {
  const wanted = text.trim();
  if (wanted.toLowerCase() === "excel") return spreadsheetDays;
  if (wanted.toLowerCase() === "iso") return timeFormats[0];
  const named = timeFormats.find(
    ({ name }) => name === wanted || (name.length === 2 && name === wanted.toLowerCase()),
  );
  if (named !== undefined) return named;
  const date = wanted.replace(/[T\s,]*%[HI].*$/, "");
  const separated = date.replaceAll(/[-/.\s,]+/g, "/").replace("%B", "%b");
  if (separated === "%Y%m%d") return timeFormats[1];
  return timeFormats.find(({ name }) => name.replaceAll(/[-/.\s,]+/g, "/") === separated);
}

/** Times of day behind a date, and the zone behind them. */
const timeOfDay =
  /^(?:[T ,]+(\d{1,2})(?::(\d{2})(?::(\d{2})(?:[.,:](\d{1,9}))?)?)?(?:[ -]?([AaPp])\.?[Mm]\.?)?)?(?:\s*(Z|[A-Z]{3,4}|(?:GMT|UTC)?[+-]\d{1,2}(?::?\d{2})?))?(?:\s*(?:\([^)]*\)|\[?([A-Z][A-Za-z_]+\/[A-Za-z_/+-]+)\]?))?$/i;

type DateParts = readonly [string | undefined, string | number | undefined, string | undefined];

function written(
  name: string,
  title: string,
  pattern: RegExp,
  partsOf: (match: RegExpExecArray) => DateParts,
): TimeFormat {
  const read = (text: string): WallTime | undefined => {
    const match = pattern.exec(text);
    if (match === null) return undefined;
    const [year, month, day] = partsOf(match);
    const startMs = dayOf(Number(year), Number(month), Number(day));
    if (startMs === undefined) return undefined;
    return withTime(startMs, text.slice(match[0].length));
  };
  return {
    name,
    title,
    isEpoch: false,
    read: name === "%Y-%m-%d" ? (text) => readUsual(text) ?? read(text) : read,
  };
}

/** `20240313`, `20240313 0930`, `20240313093000`, `20240313T093000Z`, `20240313 09:30`. */
function compact(): TimeFormat {
  const pattern = /^(\d{4})(\d{2})(\d{2})(?:[T ]?(\d{2})(\d{2})(?:(\d{2})(\d{3})?)?(?!\d))?/;
  return {
    name: "%Y%m%d",
    title: "year, month, day without separators",
    isEpoch: false,
    read(text) {
      const match = pattern.exec(text);
      if (match === null) return undefined;
      const [all, year, month, day, hour, minute = "0", second = "0", ms = "0"] = match;
      const startMs = dayOf(Number(year), Number(month), Number(day));
      if (startMs === undefined) return undefined;
      const rest = text.slice(all.length);
      if (hour === undefined) return withTime(startMs, rest);
      if (Number(hour) > 23 || Number(minute) > 59 || Number(second) > 59) return undefined;
      const zone = withTime(0, rest === "" ? "" : ` 00:00${rest}`);
      const wallMs = startMs + clockMs(Number(hour), Number(minute), Number(second)) + Number(ms);
      return zone === undefined ? undefined : { wallMs, zone: zone.zone };
    },
  };
}

function epoch(name: string, title: string, unitMs: number): TimeFormat {
  return {
    name,
    title,
    isEpoch: true,
    read(text) {
      if (!/^-?\d{1,19}(?:\.\d+)?(?:e\+?\d{1,2})?$/i.test(text)) return undefined;
      const wallMs = Number(text) * unitMs;
      return Math.abs(wallMs) > 8.64e15
        ? undefined
        : { wallMs: unitMs < 1 ? Math.round(wallMs) : wallMs, zone: 0 };
    },
  };
}

/** `2024-03-13`, `2024-03-13 09:30[:00]`, with `T` for the space, with `Z` or `+00:00`: nearly all times of all files. */
function readUsual(text: string): WallTime | undefined {
  const length = text.length;
  if (text.charCodeAt(4) !== 45 || text.charCodeAt(7) !== 45 || length > 25) return undefined;
  const startMs = dayOf(digits(text, 0, 4), digits(text, 5, 7), digits(text, 8, 10));
  if (startMs === undefined) return undefined;
  if (length === 10) return { wallMs: startMs, zone: undefined };
  const gap = text.charCodeAt(10);
  if ((gap !== 32 && gap !== 84) || text.charCodeAt(13) !== 58 || length < 16) return undefined;
  const hasSeconds = text.charCodeAt(16) === 58;
  const hour = digits(text, 11, 13);
  const minute = digits(text, 14, 16);
  const second = hasSeconds ? digits(text, 17, 19) : 0;
  if (!(hour < 24 && minute < 60 && second < 60)) return undefined;
  const rest = text.slice(hasSeconds ? 19 : 16);
  if (rest !== "" && rest !== "Z" && rest !== "+00:00") return undefined;
  return { wallMs: startMs + clockMs(hour, minute, second), zone: rest === "" ? undefined : 0 };
}

/** NaN where there is anything but digits. */
function digits(text: string, start: number, end: number): number {
  let value = 0;
  for (let index = start; index < end; index += 1) {
    const digit = text.charCodeAt(index) - 48;
    if (!(digit >= 0 && digit <= 9)) return Number.NaN;
    value = value * 10 + digit;
  }
  return value;
}

function clockMs(hour: number, minute: number, second: number): number {
  return ((hour * 60 + minute) * 60 + second) * 1000;
}

function withTime(startMs: number, rest: string): WallTime | undefined {
  if (rest === "") return { wallMs: startMs, zone: undefined };
  const match = timeOfDay.exec(rest);
  if (match === null) return undefined;
  const [, hourText, minute = "0", second = "0", fraction = "0", half, zoneText, zoneName] = match;
  let hour = Number(hourText ?? 0);
  // An hour alone says nothing, unless it is one of a half day.
  if (hourText !== undefined && match[2] === undefined && half === undefined) return undefined;
  if (hourText === undefined && zoneText !== undefined && zoneText !== "Z") return undefined;
  if (half !== undefined) {
    if (hour < 1 || hour > 12) return undefined;
    hour = (hour % 12) + (half.toLowerCase() === "p" ? 12 : 0);
  }
  if (hour > 23 || Number(minute) > 59 || Number(second) > 59) return undefined;
  const zone = zoneText === undefined ? zoneName : offsetOf(zoneText);
  if (zoneText !== undefined && zone === undefined) return undefined;
  const wallMs = startMs + clockMs(hour, Number(minute), Number(second)) + Number(`0.${fraction}`) * 1000;
  return { wallMs, zone };
}

/** Names of zones that mean one offset everywhere; `CST`, `BST` and `IST` do not. */
const hoursOfNames: ReadonlyMap<string, number> = new Map([
  ["Z", 0],
  ["UTC", 0],
  ["GMT", 0],
  ["EST", -5],
  ["EDT", -4],
  ["MDT", -6],
  ["PST", -8],
  ["PDT", -7],
  ["CET", 1],
  ["CEST", 2],
  ["EET", 2],
  ["EEST", 3],
  ["MSK", 3],
  ["HKT", 8],
  ["JST", 9],
  ["AEST", 10],
  ["AEDT", 11],
]);

function offsetOf(text: string): number | undefined {
  const name = text.toUpperCase();
  const hours = hoursOfNames.get(name);
  if (hours !== undefined) return hours * 3_600_000;
  const match = /^(?:GMT|UTC)?([+-])(\d{1,2}):?(\d{2})?$/.exec(name);
  if (match === null) return undefined;
  const [, sign, hour, minute = "0"] = match;
  if (Number(hour) > 14 || Number(minute) > 59) return undefined;
  return (Number(hour) * 60 + Number(minute)) * (sign === "-" ? -60_000 : 60_000);
}

let lastDay = Number.NaN;
let lastDayMs = 0;

/** The start of a day; `undefined` for days that no calendar has. Rows of one day follow each other. */
function dayOf(year: number, month: number, day: number): number | undefined {
  const key = (year * 16 + month) * 32 + day;
  if (key === lastDay) return lastDayMs;
  if (!(month >= 1 && month <= 12 && day >= 1 && day <= 31 && year >= 1000)) return undefined;
  const startMs = Date.UTC(year, month - 1, day);
  if (new Date(startMs).getUTCDate() !== day) return undefined;
  lastDay = key;
  lastDayMs = startMs;
  return startMs;
}

/** Whether a wall time is the start of a day. */
export function isMidnight(wallMs: number): boolean {
  return wallMs % dayMs === 0;
}
