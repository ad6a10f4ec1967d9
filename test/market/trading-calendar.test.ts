import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { AssetPair } from "../../src/market/asset-pair.ts";
import { exchangeCalendar } from "../../src/market/calendars/exchange-calendar.ts";
import { fxWeek } from "../../src/market/calendars/foreign-exchange.ts";
import { stockExchanges } from "../../src/market/calendars/stock-exchanges.ts";
import { calendarFor } from "../../src/market/market-calendars.ts";
import { alwaysOpen, unknownCalendar } from "../../src/market/trading-calendar.ts";
import { formatInstant, parseInstant } from "../../src/market/time-range.ts";
import type { TimeRange } from "../../src/market/time-range.ts";

const wallClock = new Intl.DateTimeFormat("en-US", {
  timeZone: "America/New_York",
  weekday: "short",
  month: "numeric",
  day: "numeric",
  hour: "2-digit",
  hourCycle: "h23",
});

/** The week of foreign exchange by the words of its definition, one slow lookup of the wall clock at a time. */
function isFxOpen(instantMs: number): boolean {
  const parts = new Map(wallClock.formatToParts(instantMs).map((part) => [part.type, part.value]));
  const [weekday, month, day] = [parts.get("weekday"), parts.get("month"), Number(parts.get("day"))];
  const hour = Number(parts.get("hour"));
  if (month === "12" && (day === 24 || day === 31) && hour >= 13) return false;
  const isHoliday =
    (month === "12" && day === 25) ||
    (month === "1" && day === 1) ||
    (month === "12" && day === 26 && weekday === "Mon");
  if (isHoliday && hour < 18) return false;
  // Behind a Christmas Sunday the market stays closed in the evening, too.
  if (month === "12" && day === 25 && weekday === "Sun") return false;
  if (weekday === "Sat") return false;
  if (weekday === "Sun") return hour >= 17;
  return weekday !== "Fri" || hour < 17;
}

const instants = fc.integer({ min: Date.UTC(2008, 0, 1), max: Date.UTC(2030, 0, 1) });
const decembers = fc
  .tuple(fc.integer({ min: 2008, max: 2029 }), fc.integer({ min: 0, max: 14 * 24 * 4 }))
  .map(([year, quarters]) => Date.UTC(year, 11, 22) + quarters * 900_000);

test("the week of foreign exchange agrees with the wall clock of New York, on holidays too", () => {
  fc.assert(
    fc.property(fc.oneof(instants, decembers), (instantMs) => {
      assert.equal(fxWeek.isOpen(instantMs), isFxOpen(instantMs), formatInstant(instantMs));
    }),
    { numRuns: 3000 },
  );
});

const calendars = [
  alwaysOpen,
  fxWeek,
  unknownCalendar,
  ...Object.values(stockExchanges).map((exchange) => exchangeCalendar(exchange, "regular")),
  exchangeCalendar(stockExchanges.new_york, "extended"),
];

for (const calendar of calendars) {
  test(`${calendar.name}: open ranges, open instants and sessions say the same`, () => {
    const spans = fc.integer({ min: 0, max: 20 * 86_400_000 });
    fc.assert(
      fc.property(instants, spans, fc.double({ min: 0, max: 1, noNaN: true }), (startMs, spanMs, part) => {
        const range = { startMs, endMs: startMs + spanMs };
        const open = calendar.openRanges(range);
        const sessions = calendar.sessions(range);
        let reachedMs = startMs;
        for (const one of open) {
          assert.ok(one.startMs >= reachedMs && one.startMs < one.endMs && one.endMs <= range.endMs);
          assert.ok(sessions.some(({ startMs: from, endMs: to }) => from <= one.startMs && to >= one.endMs));
          reachedMs = one.endMs;
        }
        const instantMs = startMs + Math.floor(part * spanMs);
        const inside = open.some((one) => instantMs >= one.startMs && instantMs < one.endMs);
        assert.equal(inside, instantMs < range.endMs && calendar.isOpen(instantMs));
      }),
      { numRuns: 200 },
    );
  });
}

const range = (start: string, end: string): TimeRange => ({
  startMs: parseInstant(start),
  endMs: parseInstant(end),
});

test("the foreign exchange week moves by an hour with daylight saving", () => {
  const open = fxWeek
    .openRanges(range("2026-03-01", "2026-03-14"))
    .map((one) => [formatInstant(one.startMs), formatInstant(one.endMs)]);
  assert.deepEqual(open, [
    ["2026-03-01T22:00:00Z", "2026-03-06T22:00:00Z"],
    ["2026-03-08T21:00:00Z", "2026-03-13T21:00:00Z"],
  ]);
});

const closings = (start: string, end: string): string[] =>
  fxWeek
    .openRanges(range(start, end))
    .map((one) => `${formatInstant(one.startMs).slice(5, 16)} ${formatInstant(one.endMs).slice(5, 16)}`);

test("foreign exchange closes early on 24 and 31 December, and is closed on Christmas and New Year", () => {
  assert.deepEqual(closings("2024-12-24", "2024-12-27"), [
    "12-24T00:00 12-24T18:00",
    "12-25T23:00 12-27T00:00",
  ]);
  assert.deepEqual(closings("2025-12-31", "2026-01-02T12:00:00Z"), [
    "12-31T00:00 12-31T18:00",
    "01-01T23:00 01-02T12:00",
  ]);
  // Christmas on a Sunday is kept on Monday; after New Year's Day on a Sunday the week begins in the evening.
  assert.deepEqual(closings("2022-12-23T12:00:00Z", "2022-12-27"), [
    "12-23T12:00 12-23T22:00",
    "12-26T23:00 12-27T00:00",
  ]);
  assert.deepEqual(closings("2022-12-31", "2023-01-02"), ["01-01T23:00 01-02T00:00"]);
});

/** The parts of trading days, by UTC. */
const parts = (symbol: string, start: string, end: string): string[] =>
  calendarFor(AssetPair.parse(symbol))
    .openRanges(range(start, end))
    .map((one) => `${formatInstant(one.startMs).slice(5, 16)} ${formatInstant(one.endMs).slice(11, 16)}`);

test("the sessions of an exchange are those of its clocks, with its break and its half days", () => {
  // The close of Tokyo moved from 15:00 to 15:30 on 5 November 2024; the day before was a holiday.
  assert.deepEqual(parts("7203.T", "2024-11-01", "2024-11-06"), [
    "11-01T00:00 02:30",
    "11-01T03:30 06:00",
    "11-05T00:00 02:30",
    "11-05T03:30 06:30",
  ]);
  assert.deepEqual(parts("0700.HK", "2024-02-08", "2024-02-15"), [
    "02-08T01:30 04:00",
    "02-08T05:00 08:00",
    // The eve of the lunar new year has no afternoon.
    "02-09T01:30 04:00",
    "02-14T01:30 04:00",
    "02-14T05:00 08:00",
  ]);
  assert.deepEqual(parts("VOD.L", "2024-12-23", "2024-12-28"), [
    "12-23T08:00 16:30",
    "12-24T08:00 12:30",
    "12-27T08:00 16:30",
  ]);
  assert.deepEqual(parts("SAP.DE", "2024-12-23", "2024-12-28"), ["12-23T08:00 16:30", "12-27T08:00 16:30"]);
  // Sydney's summer: its morning is the evening before by UTC.
  assert.deepEqual(parts("BHP.AX", "2025-01-23", "2025-01-28"), [
    "01-23T00:00 05:00",
    "01-23T23:00 05:00",
    "01-27T23:00 00:00",
  ]);
});

test("the half days of New York end at one, their extended hours at five", () => {
  const regular = exchangeCalendar(stockExchanges.new_york, "regular");
  const extended = exchangeCalendar(stockExchanges.new_york, "extended");
  const day = range("2024-11-29", "2024-11-30");
  assert.deepEqual(regular.openRanges(day), [range("2024-11-29T14:30:00Z", "2024-11-29T18:00:00Z")]);
  assert.deepEqual(extended.openRanges(day), [range("2024-11-29T09:00:00Z", "2024-11-29T22:00:00Z")]);
});

const isOpenOn = (symbol: string, day: string): boolean =>
  calendarFor(AssetPair.parse(symbol)).tradingDays(range(day, `${day}T23:00:00Z`)).length > 0;

test("closures that no rule foretells are known", () => {
  for (const [symbol, day] of [
    ["AAPL", "2001-09-11"],
    ["AAPL", "2012-10-29"],
    ["AAPL", "2025-01-09"],
    ["VOD.L", "2022-09-19"],
    ["7203.T", "2020-10-01"],
    ["0700.HK", "2023-09-01"],
    ["RY.TO", "2001-09-12"],
    ["BHP.AX", "2022-09-22"],
  ] as const)
    assert.equal(isOpenOn(symbol, day), false, `${symbol} ${day}`);
  assert.equal(isOpenOn("AAPL", "2001-09-17"), true);
});

for (const [symbol, calendar] of [
  ["BTCUSD", "24/7"],
  ["BTC-PERP", "24/7"],
  ["EURUSD=X", "foreign exchange week"],
  ["MSFT", "New York, extended hours"],
  ["BRK.B", "New York, extended hours"],
  ["^GSPC", "New York, regular hours"],
  ["VOD.L", "London"],
  ["8TRA.DE", "Frankfurt"],
  ["SAP.F", "Frankfurt"],
  ["AIR.PA", "Paris"],
  ["7203.T", "Tokyo"],
  ["1398.HK", "Hong Kong"],
  ["^HSI", "Hong Kong"],
  ["SHOP.TO", "Toronto"],
  ["BHP.AX", "Sydney"],
  ["PETR4.SA", "unknown"],
  ["ES=F", "unknown"],
] as const) {
  test(`${symbol} trades by the calendar: ${calendar}`, () => {
    assert.equal(calendarFor(AssetPair.parse(symbol)).name, calendar);
  });
}
