import { isObject, kind as kindOf, optionsOf, required } from "finance-feedback-delta/contract";
import type { OptionKind, OptionTable } from "finance-feedback-delta/contract";

import { assertArguments } from "./arguments.ts";
import { readPairKind } from "./asset-pair.ts";
import type { AssetPair } from "./asset-pair.ts";
import { exchangeCalendar, sessionNames } from "./calendars/exchange-calendar.ts";
import type { SessionName } from "./calendars/exchange-calendar.ts";
import type { ExchangeName } from "./calendars/exchange.ts";
import { exchangeNames, exchangesBySuffix, stockExchanges } from "./calendars/stock-exchanges.ts";
import { fxWeek } from "./calendars/foreign-exchange.ts";
import { MarketError } from "./errors.ts";
import type { BarGrid, BarSchedule } from "./open-bars.ts";
import { lengthOf } from "./open-bars.ts";
import { within, without } from "./range-set.ts";
import type { RangeSet } from "./range-set.ts";
import type { TimeRange } from "./time-range.ts";
import { ceilToTimeframe, floorToTimeframe, isOnGrid, timeframeMs } from "./timeframe.ts";
import type { Timeframe } from "./timeframe.ts";
import { alwaysOpen, calendarOf, unknownCalendar } from "./trading-calendar.ts";
import type { TradingCalendar } from "./trading-calendar.ts";

/** The calendars that a configuration can name. */
export type CalendarName = ExchangeName | "foreign_exchange" | "always_open";
export const calendarNames: readonly CalendarName[] = [...exchangeNames, "foreign_exchange", "always_open"];

/** The user's settings of markets, by asset or by a pattern of assets: `SAP.DE`, `*.L`, `*`. An exact name goes first. */
export interface CalendarSettings {
  readonly calendars?: Readonly<Record<string, CalendarName>> | undefined;
  readonly sessions?: Readonly<Record<string, SessionName>> | undefined;
}

const settingsTable: OptionTable<CalendarSettings> = {
  calendars: byAsset("calendars", calendarNames),
  sessions: byAsset("sessions", sessionNames),
};

/** The kind of these options. */
export const calendarSettingsKind: OptionKind<CalendarSettings> = optionsOf(settingsTable);

function byAsset<Name extends string>(
  what: string,
  known: readonly Name[],
): OptionKind<Readonly<Record<string, Name>>> {
  const names: ReadonlySet<unknown> = new Set(known);
  return kindOf(
    `an object of ${what} by asset, each one of ${known.join(", ")}`,
    (value) => isObject(value) && Object.values(value).every((name) => names.has(name)),
  );
}

/** The calendar of each asset: from the configuration, or else by its kind and the suffix of its symbol. */
export class MarketCalendars {
  readonly #settings: CalendarSettings;

  /** @throws MarketError INVALID_CALENDAR */
  constructor(settings: CalendarSettings = {}) {
    assertKnown("calendar", settings.calendars, calendarNames);
    assertKnown("session", settings.sessions, sessionNames);
    this.#settings = settings;
  }

  /**
   * The calendar of a pair's market, whatever its bars are. For stocks in New York it has the extended hours, unless the
   * configuration or the call says otherwise.
   */
  of(assetPair: AssetPair, session?: SessionName): TradingCalendar {
    const market = this.#marketOf(assetPair);
    if (market === undefined) return unknownCalendar;
    if (!isExchange(market)) return otherMarkets[market];
    return calendarOfExchange(market, session ?? this.#sessionOf(assetPair) ?? usualSession(assetPair));
  }

  /** The hours in which a pair trades for sure: for stocks the regular ones, unless the configuration says otherwise. */
  surely(assetPair: AssetPair): TradingCalendar {
    return this.of(assetPair, this.#sessionOf(assetPair) ?? "regular");
  }

  /** Which bars a series should have, as far as that can be told without its bars. */
  scheduleOf(assetPair: AssetPair, timeframe: Timeframe): BarSchedule {
    return { calendar: this.of(assetPair), timeframe, grid: "utc" };
  }

  /**
   * Which bars a series should have, by those that it has. Unless the configuration says so, they tell for each month whether
   * the provider serves extended hours; and they tell where bars begin.
   */
  scheduleSeen(
    assetPair: AssetPair,
    timeframe: Timeframe,
    stored: RangeSet,
    session?: SessionName,
  ): BarSchedule {
    const market = this.#marketOf(assetPair);
    const said = session ?? this.#sessionOf(assetPair);
    const calendar =
      market === undefined || !isExchange(market) || said !== undefined || timeframe === "1d"
        ? this.of(assetPair, session)
        : seenSessions(market, stored);
    return { calendar, timeframe, grid: gridOf(timeframe, stored) };
  }

  #marketOf(assetPair: AssetPair): CalendarName | undefined {
    const said = settingFor(this.#settings.calendars, assetPair);
    if (said !== undefined) return said;
    switch (assetPair.kind) {
      case "crypto":
      case "crypto_contract":
        return "always_open";
      case "fx":
        return "foreign_exchange";
      case "stock":
      case "index":
        return exchangesBySuffix.get(assetPair.exchange ?? "");
      case "future":
        return undefined;
    }
  }

  #sessionOf(assetPair: AssetPair): SessionName | undefined {
    return settingFor(this.#settings.sessions, assetPair);
  }
}

/** The calendars without any configuration. */
export const usualCalendars: MarketCalendars = new MarketCalendars();

/**
 * The calendar of the market that a pair trades on.
 *
 * @throws MarketError INVALID_ARGUMENT
 */
export function calendarFor(assetPair: AssetPair): TradingCalendar {
  assertArguments("calendarFor", { assetPair }, { assetPair: required(readPairKind) });
  return usualCalendars.of(assetPair);
}

/** Alpha Vantage serves extended hours of stocks; an index is computed in regular ones. */
function usualSession({ kind }: AssetPair): SessionName {
  return kind === "index" ? "regular" : "extended";
}

const otherMarkets = { foreign_exchange: fxWeek, always_open: alwaysOpen } as const;

function isExchange(name: CalendarName): name is ExchangeName {
  return exchangeNames.some((known) => known === name);
}

function assertKnown(
  what: string,
  settings: Readonly<Record<string, string>> | undefined,
  known: readonly string[],
): void {
  for (const [pattern, name] of Object.entries(settings ?? {})) {
    if (!known.includes(name))
      throw new MarketError(
        "INVALID_CALENDAR",
        `"${name}" is not a ${what} for ${pattern}; use one of ${known.join(", ")}.`,
      );
  }
}

function settingFor<Value>(
  settings: Readonly<Record<string, Value>> | undefined,
  { canonical }: AssetPair,
): Value | undefined {
  const [found] = Object.entries(settings ?? {})
    .filter(([pattern]) => matches(pattern.toUpperCase(), canonical.toUpperCase()))
    // The pattern with the most letters besides wildcards is the most exact one.
    .toSorted(([one], [other]) => lettersOf(other) - lettersOf(one));
  return found?.[1];
}

function lettersOf(pattern: string): number {
  return pattern.includes("*") ? pattern.replaceAll("*", "").length : Number.POSITIVE_INFINITY;
}

function matches(pattern: string, symbol: string): boolean {
  const parts = pattern.split("*").map((part) => part.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`));
  return new RegExp(`^${parts.join(".*")}$`).test(symbol);
}

const calendarsMade = new Map<string, TradingCalendar>();

function calendarOfExchange(name: ExchangeName, session: SessionName): TradingCalendar {
  const key = `${name} ${session}`;
  let calendar = calendarsMade.get(key);
  if (calendar === undefined) {
    calendar = exchangeCalendar(stockExchanges[name], session);
    calendarsMade.set(key, calendar);
  }
  return calendar;
}

/** The share of the extended hours with bars from which on a provider counts as serving them. */
const servedShareMin = 0.25;

/** Extended hours in the months that have bars in them, regular hours in all others. */
function seenSessions(market: ExchangeName, stored: RangeSet): TradingCalendar {
  const regular = calendarOfExchange(market, "regular");
  const [first] = stored;
  const last = stored.at(-1);
  if (stockExchanges[market].extended === undefined || first === undefined || last === undefined)
    return regular;
  const extended = calendarOfExchange(market, "extended");
  const days = { startMs: floorToTimeframe(first.startMs, "1d"), endMs: ceilToTimeframe(last.endMs, "1d") };
  const months = monthsOf(days).map((month) => {
    const beyond = extended.openRanges(month).flatMap((open) => without(open, regular.openRanges(open)));
    const served = lengthOf(beyond.flatMap((range) => within(range, stored)));
    return { ...month, isExtended: served > 0 && served >= servedShareMin * lengthOf(beyond) };
  });
  if (months.every(({ isExtended }) => isExtended)) return extended;
  if (!months.some(({ isExtended }) => isExtended)) return regular;
  // The time before the first bar and behind the last is like the bars next to it.
  const calendarAt = (instantMs: number): TradingCalendar =>
    (months.find(({ endMs }) => instantMs < endMs) ?? months.at(-1))?.isExtended === true
      ? extended
      : regular;
  return calendarOf(
    `${stockExchanges[market].city}, extended hours where there are bars of them`,
    regular.known,
    (range) =>
      extended
        .sessions(range)
        .flatMap((session) => calendarAt(session.startMs).sessions(session))
        .filter(({ startMs, endMs }) => startMs < range.endMs && endMs > range.startMs),
    (range) => regular.tradingDays(range),
  );
}

/** The months of a range. The first and the last are cut at its ends. */
function monthsOf(range: TimeRange): TimeRange[] {
  const months: TimeRange[] = [];
  let { startMs } = range;
  while (startMs < range.endMs) {
    const start = new Date(startMs);
    const endMs = Math.min(range.endMs, Date.UTC(start.getUTCFullYear(), start.getUTCMonth() + 1, 1));
    months.push({ startMs, endMs });
    startMs = endMs;
  }
  return months;
}

/** Behind a break bars may be on the UTC grid again, so this share of bars off it shows that bars count from openings. */
const offGridShareMin = 0.25;

/** Only hours and more can lie off the UTC grid where a market opens at half past. */
function gridOf(timeframe: Timeframe, stored: RangeSet): BarGrid {
  if (timeframeMs(timeframe) <= timeframeMs("15m") || timeframe === "1d") return "utc";
  const off = stored.filter(({ startMs }) => !isOnGrid(startMs, timeframe));
  return off.length > 0 && lengthOf(off) >= offGridShareMin * lengthOf(stored) ? "session" : "utc";
}
