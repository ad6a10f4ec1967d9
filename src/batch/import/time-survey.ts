import type { AssetKind } from "../../market/asset-pair.ts";
import type { TimeRange } from "../../market/time-range.ts";
import { CurrencyWeeks } from "./currency-weeks.ts";
import { isTimeZone } from "./local-time.ts";
import { RepeatedHour } from "./repeated-hour.ts";
import { isMidnight, timeFormats } from "./time-format.ts";
import type { TimeFormat, WallTime } from "./time-format.ts";
import { dayMs } from "../../market/durations.ts";

/** No market traded before it: Bitcoin's first block, floating exchange rates, the first prices of stocks that are kept. */
const firstPlausibleMs: Readonly<Record<AssetKind, number>> = {
  crypto: Date.UTC(2009, 0, 3),
  crypto_contract: Date.UTC(2009, 0, 3),
  fx: Date.UTC(1971, 0, 1),
  stock: Date.UTC(1900, 0, 1),
  future: Date.UTC(1900, 0, 1),
  index: Date.UTC(1870, 0, 1),
};

const minuteMs = 60_000;
const yearMs = 365.2425 * dayMs;
/** Years without a row that set what lies beyond them apart. */
const yearsApart = 5;
/** Times that tell how far bars lie apart. */
const firstTimesMax = 10_000;
/** Formats that have read nothing of so many rows are not tried any more. */
const rowsToKnow = 2000;

/** What one format makes of a file's times. */
export interface FormatTally {
  readonly format: TimeFormat;
  /** Times that it reads. */
  read: number;
  /** Times of those that can open a bar: at a whole minute, when there were markets, and not after now. */
  fits: number;
  naive: number;
  sampleNaive: string | undefined;
  /** Naive times that are the start of a day. */
  naiveMidnights: number;
  /** The days of naive times, as the file's own clocks show them. */
  readonly naiveDays: Set<number>;
  /** Of currencies: where the weeks of naive times begin and end. */
  readonly weeks: CurrencyWeeks | undefined;
  isAscending: boolean;
  /** The first and the last of those that fit. */
  firstMs: number;
  finalMs: number;
  sample: string | undefined;
  /** The first that it reads, whether it fits or not. */
  firstText: string | undefined;
  readonly years: Map<number, number>;
  readonly lastMs: Map<string, number>;
  /** The first times of each symbol, as they come. */
  readonly firstTimes: Map<string, number[]>;
  firstTimesCount: number;
  /** Of times in the clocks of a zone, what tells the hours apart that come twice. */
  readonly repeated: RepeatedHour;
}

/** Reads each time of a file in each way that is possible, to find out which is meant. */
export class TimeSurvey {
  readonly tallies: readonly FormatTally[];
  /** A time that two formats read differently, by the formats' names. */
  readonly disagreements: Map<string, string> = new Map();
  unreadable: string | undefined;
  #rows = 0;
  #alive: readonly FormatTally[];
  readonly #range: TimeRange;
  readonly #timeZone: string | undefined;

  /** @param timeZone of times that name none, where it is known. */
  constructor(
    formats: readonly TimeFormat[] | undefined,
    kind: AssetKind,
    nowMs: number,
    timeZone: string | undefined,
  ) {
    this.tallies = (formats ?? timeFormats).map((format) => ({
      format,
      read: 0,
      fits: 0,
      naive: 0,
      sampleNaive: undefined,
      naiveMidnights: 0,
      naiveDays: new Set(),
      weeks: kind === "fx" ? new CurrencyWeeks() : undefined,
      isAscending: true,
      firstMs: Number.POSITIVE_INFINITY,
      finalMs: Number.NEGATIVE_INFINITY,
      sample: undefined,
      firstText: undefined,
      years: new Map(),
      lastMs: new Map(),
      firstTimes: new Map(),
      firstTimesCount: 0,
      repeated: new RepeatedHour(),
    }));
    this.#alive = this.tallies;
    this.#range = { startMs: firstPlausibleMs[kind], endMs: nowMs + 2 * dayMs };
    this.#timeZone = timeZone;
  }

  /** Whether any format reads the time. */
  add(text: string, symbol: string): boolean {
    this.#rows += 1;
    if (this.#rows === rowsToKnow) {
      const most = Math.max(...this.tallies.map(({ fits }) => fits));
      if (most > 0) this.#alive = this.tallies.filter(({ fits }) => fits * 10 > most);
    }
    let isRead = false;
    let first: { readonly tally: FormatTally; readonly time: WallTime } | undefined;
    for (const tally of this.#alive) {
      const time = tally.format.read(text);
      if (time === undefined) continue;
      isRead = true;
      if (!this.#count(tally, time, text, symbol)) continue;
      if (first === undefined) first = { tally, time };
      else if (first.time.wallMs !== time.wallMs)
        this.disagreements.set(`${first.tally.format.name} ${tally.format.name}`, text);
    }
    if (!isRead) this.unreadable ??= text;
    return isRead;
  }

  /** Counts a time; returns whether it fits. */
  #count(tally: FormatTally, time: WallTime, text: string, symbol: string): boolean {
    const { wallMs, zone } = time;
    tally.read += 1;
    tally.firstText ??= text;
    const year = Math.floor(wallMs / yearMs);
    tally.years.set(year, (tally.years.get(year) ?? 0) + 1);
    const orderMs = typeof zone === "number" ? wallMs - zone : wallMs;
    if (orderMs < (tally.lastMs.get(symbol) ?? Number.NEGATIVE_INFINITY)) tally.isAscending = false;
    tally.lastMs.set(symbol, orderMs);
    keepFirst(tally, symbol, orderMs);
    const isEarlyEpoch = tally.format.isEpoch && wallMs >= 0 && wallMs < yearMs;
    const fits =
      wallMs % minuteMs === 0 && wallMs >= this.#range.startMs && wallMs < this.#range.endMs && !isEarlyEpoch;
    if (fits) {
      tally.fits += 1;
      tally.sample ??= text;
      if (wallMs < tally.firstMs) tally.firstMs = wallMs;
      if (wallMs > tally.finalMs) tally.finalMs = wallMs;
    }
    const clocks = zone ?? this.#timeZone;
    if (fits && typeof clocks === "string" && clocks !== "UTC" && isTimeZone(clocks))
      tally.repeated.add(symbol, clocks, wallMs);
    if (zone !== undefined) return fits;
    tally.naive += 1;
    tally.sampleNaive ??= text;
    if (isMidnight(wallMs)) tally.naiveMidnights += 1;
    if (!fits) return false;
    tally.naiveDays.add(Math.floor(wallMs / dayMs) * dayMs);
    tally.weeks?.add(wallMs);
    return true;
  }
}

function keepFirst(tally: FormatTally, symbol: string, timeMs: number): void {
  if (tally.firstTimesCount >= firstTimesMax) return;
  tally.firstTimesCount += 1;
  const times = tally.firstTimes.get(symbol);
  if (times === undefined) tally.firstTimes.set(symbol, [timeMs]);
  else times.push(timeMs);
}

/**
 * The years in which most of a file's times lie, as far as no more than a few empty ones part them. What a handful of rows
 * has beyond, such as 1970 or 2062, comes from a damaged file and not from a market.
 */
export function plausibleRange(years: ReadonlyMap<number, number>): TimeRange {
  const groups: { first: number; last: number; rows: number }[] = [];
  for (const [year, rows] of [...years].toSorted(([one], [other]) => one - other)) {
    const group = groups.at(-1);
    if (group !== undefined && year - group.last <= yearsApart) {
      group.last = year;
      group.rows += rows;
    } else groups.push({ first: year, last: year, rows });
  }
  const most = Math.max(...groups.map(({ rows }) => rows));
  const kept = groups.filter(({ rows }) => rows === most || rows > Math.max(1, most / 100));
  const startMs = Math.min(...kept.map(({ first }) => first)) * yearMs;
  const endMs = (Math.max(...kept.map(({ last }) => last)) + 1) * yearMs;
  // Time zones move a year's ends by hours.
  return kept.length === 0
    ? { startMs: Number.NEGATIVE_INFINITY, endMs: Number.POSITIVE_INFINITY }
    : { startMs: startMs - dayMs, endMs: endMs + dayMs };
}

/** Whether a market of this kind existed then. */
export function isMarketTime(kind: AssetKind, ms: number): boolean {
  return ms >= firstPlausibleMs[kind];
}
