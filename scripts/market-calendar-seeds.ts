// Writes the seeds by which the dbt project knows when markets are open, from src/market/calendars: `node scripts/market-calendar-seeds.ts`.
import { writeFileSync } from "node:fs";
import { join } from "node:path";

import { exchangeCalendar } from "../src/market/calendars/exchange-calendar.ts";
import { exchangeYears } from "../src/market/calendars/exchange.ts";
import { fxWeek } from "../src/market/calendars/foreign-exchange.ts";
import { exchangeNames, exchangesBySuffix, stockExchanges } from "../src/market/calendars/stock-exchanges.ts";
import { fiatCurrencies, joinedQuotes, separatedQuotes } from "../src/market/currencies.ts";
import { dayMs } from "../src/market/durations.ts";
import { exchangesOfIndices } from "../src/market/exchanges.ts";
import { shortestBase } from "../src/market/pair-symbols.ts";
import type { TradingCalendar } from "../src/market/trading-calendar.ts";

/** One UTC day of a market: its open minutes and whether it has a daily bar. */
interface Day {
  readonly dateMs: number;
  /** From 1 for Monday to 7 for Sunday. */
  readonly weekday: number;
  /** `570,960,,,true`: the minutes of up to two openings and closings. */
  readonly hours: string;
}

/** Hours that hold on a weekday for some weeks. */
interface Rule {
  readonly weekday: number;
  readonly fromMs: number;
  toMs: number;
  readonly hours: string;
}

const folder = join(import.meta.dirname, "..", "dbt", "seeds");
const hoursHeader = "opens_1,closes_1,opens_2,closes_2,has_daily_bar";

/** The files by name, as text. */
export function marketCalendarSeeds(): Readonly<Record<string, string>> {
  const weeks = [`market,from_date,to_date,from_weekday,to_weekday,${hoursHeader}`];
  const exceptions = [`market,day,${hoursHeader}`];
  for (const [market, calendar] of calendars()) {
    const days = daysOf(calendar);
    const rules = [1, 2, 3, 4, 5, 6, 7].flatMap((weekday) =>
      rulesOf(days.filter((day) => day.weekday === weekday)),
    );
    for (const rule of weekly(rules)) weeks.push(`${market},${rule}`);
    const ruled = new Map(rules.flatMap((rule) => datesOf(rule).map((date) => [date, rule.hours])));
    for (const { dateMs, hours } of days)
      if (ruled.get(dateMs) !== hours) exceptions.push(`${market},${dateText(dateMs)},${hours}`);
  }
  return {
    "market_weeks.csv": `${weeks.join("\n")}\n`,
    "market_exceptions.csv": `${exceptions.join("\n")}\n`,
    "fiat_currencies.csv": `currency\n${[...fiatCurrencies].toSorted().join("\n")}\n`,
    "symbol_endings.csv": `ending,market,shortest_symbol\n${symbolEndings().join("\n")}\n`,
  };
}

/** How the longest of the endings that fit tells a symbol's market; `unknown` where its calendar is. dbt-spark makes a text of nothing. */
function symbolEndings(): readonly string[] {
  return [
    ...[...exchangesBySuffix]
      .filter(([suffix]) => suffix !== "US")
      .map(([suffix, market]) => `.${suffix},${market},1`),
    ...[...exchangesOfIndices].map(
      ([index, suffix]) => `${index}.INDEX,${exchangesBySuffix.get(suffix) ?? "unknown"},1`,
    ),
    ".INDEX,unknown,1",
    ".FUTURE,unknown,1",
    "-PERP,always_open,1",
    ...[...separatedQuotes].map((quote) => `-${quote},always_open,1`),
    ...[...joinedQuotes].map((quote) => `${quote},always_open,${quote.length + shortestBase(quote)}`),
  ].toSorted();
}

function calendars(): readonly (readonly [string, TradingCalendar])[] {
  return [
    ["foreign_exchange", fxWeek],
    ...exchangeNames.map((name) => [name, exchangeCalendar(stockExchanges[name], "regular")] as const),
  ];
}

function daysOf(calendar: TradingCalendar): readonly Day[] {
  const days: Day[] = [];
  const endMs = Date.UTC(exchangeYears.last + 1, 0, 1);
  for (let dateMs = Date.UTC(exchangeYears.first, 0, 1); dateMs < endMs; dateMs += dayMs) {
    const range = { startMs: dateMs, endMs: dateMs + dayMs };
    const minutes = calendar.openRanges(range).flatMap((part) => [part.startMs, part.endMs]);
    if (minutes.length > 4)
      throw new TypeError(`${calendar.name} opens more than twice on ${dateText(dateMs)}`);
    const columns = [0, 1, 2, 3].map((at) => {
      const instantMs = minutes[at];
      return instantMs === undefined ? "" : String((instantMs - dateMs) / 60_000);
    });
    const hours = [...columns, calendar.tradingDays(range).length > 0].join(",");
    days.push({ dateMs, weekday: new Date(dateMs).getUTCDay() || 7, hours });
  }
  return days;
}

/** Hours become a rule when they hold for this many weeks; else they are exceptions. */
const shortestRule = 3;

function rulesOf(days: readonly Day[]): readonly Rule[] {
  const rules: Rule[] = [];
  for (const [index, day] of days.entries()) {
    const rule = rules.at(-1);
    if (rule?.hours === day.hours) rule.toMs = day.dateMs;
    else if (
      rule === undefined ||
      days.slice(index, index + shortestRule).every(({ hours }) => hours === day.hours)
    ) {
      if (rule !== undefined) rule.toMs = day.dateMs - 7 * dayMs;
      rules.push({ weekday: day.weekday, fromMs: day.dateMs, toMs: day.dateMs, hours: day.hours });
    }
  }
  const last = rules.at(-1);
  if (last !== undefined) last.toMs = days.at(-1)?.dateMs ?? last.toMs;
  return rules;
}

/** Neighbouring weekdays with the same hours in the same weeks share a row. */
function weekly(rules: readonly Rule[]): readonly string[] {
  const weeks = new Map<string, { from: number; to: number }[]>();
  for (const { weekday, fromMs, toMs, hours } of rules) {
    const monday = (instantMs: number): string => dateText(instantMs - (weekday - 1) * dayMs);
    const key = `${monday(fromMs)},${dateText(toMs + (7 - weekday) * dayMs)}|${hours}`;
    const spans = weeks.get(key) ?? [];
    const span = spans.at(-1);
    if (span?.to === weekday - 1) span.to = weekday;
    else spans.push({ from: weekday, to: weekday });
    weeks.set(key, spans);
  }
  return [...weeks]
    .flatMap(([key, spans]) => {
      const [dates = "", hours = ""] = key.split("|");
      return spans.map(({ from, to }) => `${dates},${from},${to},${hours}`);
    })
    .toSorted();
}

function datesOf({ fromMs, toMs }: Rule): readonly number[] {
  return Array.from({ length: (toMs - fromMs) / (7 * dayMs) + 1 }, (_, week) => fromMs + week * 7 * dayMs);
}

function dateText(instantMs: number): string {
  return new Date(instantMs).toISOString().slice(0, 10);
}

if (import.meta.main) {
  for (const [name, text] of Object.entries(marketCalendarSeeds())) writeFileSync(join(folder, name), text);
}
