import assert from "node:assert/strict";
import { test } from "node:test";

import * as fc from "fast-check";

import { AssetPair } from "../../src/market/asset-pair.ts";
import { MarketCalendars, usualCalendars } from "../../src/market/market-calendars.ts";
import { countAll, isClosure, isExpectedBar, missingBars, openBars } from "../../src/market/open-bars.ts";
import type { BarSchedule } from "../../src/market/open-bars.ts";
import { unionOf, without } from "../../src/market/range-set.ts";
import type { RangeSet } from "../../src/market/range-set.ts";
import { formatInstant, parseInstant } from "../../src/market/time-range.ts";
import type { TimeRange } from "../../src/market/time-range.ts";
import { timeframeMs } from "../../src/market/timeframe.ts";
import type { Timeframe } from "../../src/market/timeframe.ts";

function range(start: string, end: string): TimeRange {
  return { startMs: parseInstant(start), endMs: parseInstant(end) };
}

function schedule(symbol: string, timeframe: Timeframe): BarSchedule {
  return usualCalendars.scheduleOf(AssetPair.parse(symbol), timeframe);
}

function opensOf(ranges: readonly TimeRange[], timeframe: Timeframe): string[] {
  const length = timeframe === "1d" ? 10 : 16;
  return ranges.flatMap(({ startMs, endMs }) => {
    const opens: string[] = [];
    for (let at = startMs; at < endMs; at += timeframeMs(timeframe))
      opens.push(formatInstant(at).slice(0, length));
    return opens;
  });
}

/** Bars by their opens. */
function bars(timeframe: Timeframe, opens: readonly string[]): RangeSet {
  return unionOf(
    opens.map((open) => {
      const startMs = parseInstant(open);
      return { startMs, endMs: startMs + timeframeMs(timeframe) };
    }),
  );
}

test("a stock has daily bars of the days that its exchange trades, winter and summer", () => {
  const apple = schedule("AAPL", "1d");
  // In winter the extended hours of a Friday end on Saturday, by UTC. The 9th was a day of mourning.
  assert.deepEqual(opensOf(openBars(apple, range("2025-01-06", "2025-01-14")), "1d"), [
    "2025-01-06",
    "2025-01-07",
    "2025-01-08",
    "2025-01-10",
    "2025-01-13",
  ]);
  assert.deepEqual(opensOf(openBars(apple, range("2025-07-03", "2025-07-08")), "1d"), [
    "2025-07-03",
    "2025-07-07",
  ]);
  // 250 is what the exchange counts for 2023.
  assert.equal(countAll(openBars(apple, range("2023-01-01", "2024-01-01")), "1d"), 250);
  assert.equal(isExpectedBar(schedule("AAPL", "1h"), parseInstant("2025-01-11T00:00:00Z")), true);
});

test("a daily bar of the far east is one of its exchange's own day", () => {
  // Sydney opens on the evening before, by UTC.
  const week = range("2025-01-24", "2025-01-29");
  assert.deepEqual(opensOf(openBars(schedule("BHP.AX", "1d"), week), "1d"), ["2025-01-24", "2025-01-28"]);
  assert.deepEqual(opensOf(openBars(schedule("7203.T", "1d"), range("2024-11-01", "2024-11-06")), "1d"), [
    "2024-11-01",
    "2024-11-05",
  ]);
});

test("a currency pair has daily bars from Monday to Friday, and hours on Sunday evening", () => {
  const week = range("2023-03-04", "2023-03-12");
  assert.deepEqual(opensOf(openBars(schedule("EURUSD", "1d"), week), "1d"), [
    "2023-03-06",
    "2023-03-07",
    "2023-03-08",
    "2023-03-09",
    "2023-03-10",
  ]);
  assert.equal(isExpectedBar(schedule("EURUSD", "1h"), parseInstant("2023-03-05T22:00:00Z")), true);
  assert.equal(isExpectedBar(schedule("EURUSD", "4h"), parseInstant("2023-03-05T20:00:00Z")), true);
});

test("a cryptocurrency has a bar of every day", () => {
  const year = range("2024-01-01", "2025-01-01");
  assert.equal(countAll(openBars(schedule("BTCUSD", "1d"), year), "1d"), 366);
});

test("a bar that nobody expects is missing nowhere, and none too many where there is one", () => {
  const stored = [range("2025-01-06", "2025-01-12")];
  const looked = range("2025-01-06", "2025-01-14");
  assert.deepEqual(opensOf(missingBars(schedule("AAPL", "1d"), stored, looked), "1d"), ["2025-01-13"]);
});

/** 4 March 2024 in New York, by the hour from 09:30. */
const hoursFromOpening = ["14:30", "15:30", "16:30", "17:30", "18:30", "19:30", "20:30"].map(
  (time) => `2024-03-04T${time}:00Z`,
);

test("hours that begin with the session are seen as such, and none is missing", () => {
  const apple = AssetPair.parse("AAPL");
  const stored = bars("1h", hoursFromOpening);
  const seen = usualCalendars.scheduleSeen(apple, "1h", stored);
  assert.equal(seen.grid, "session");
  assert.equal(seen.calendar.name, "New York, regular hours");
  const days = range("2024-03-04", "2024-03-06");
  assert.deepEqual(opensOf(missingBars(seen, stored, range("2024-03-04", "2024-03-05")), "1h"), []);
  assert.equal(countAll(missingBars(seen, stored, days), "1h"), 7);
  const withoutNoon = bars(
    "1h",
    hoursFromOpening.filter((open) => !open.includes("17:30")),
  );
  assert.deepEqual(opensOf(missingBars(seen, withoutNoon, range("2024-03-04", "2024-03-05")), "1h"), [
    "2024-03-04T17:30",
  ]);
});

test("bars of four hours of currencies that count from 17:00 in New York are seen as such", () => {
  const week = ["2024-03-03T22:00", "2024-03-04T02:00", "2024-03-04T06:00", "2024-03-04T14:00"].map(
    (open) => `${open}:00Z`,
  );
  const stored = bars("4h", week);
  const seen = usualCalendars.scheduleSeen(AssetPair.parse("EURUSD"), "4h", stored);
  assert.equal(seen.grid, "session");
  const looked = range("2024-03-03T22:00:00Z", "2024-03-04T18:00:00Z");
  assert.deepEqual(opensOf(missingBars(seen, stored, looked), "4h"), ["2024-03-04T10:00"]);
});

test("hours of a session with a break begin again behind it", () => {
  const hours = ["01:30", "02:30", "03:30", "05:00", "06:00", "07:00"].map(
    (time) => `2024-03-04T${time}:00Z`,
  );
  const stored = bars("1h", hours);
  const seen = usualCalendars.scheduleSeen(AssetPair.parse("0700.HK"), "1h", stored);
  assert.deepEqual(
    opensOf(openBars(seen, range("2024-03-04", "2024-03-05")), "1h"),
    hours.map((open) => open.slice(0, 16)),
  );
  assert.deepEqual(missingBars(seen, stored, range("2024-03-04", "2024-03-05")), []);
});

test("whether a provider serves extended hours is found month by month, unless it is said", () => {
  const apple = AssetPair.parse("AAPL");
  const february = range("2024-02-01T14:30:00Z", "2024-03-01");
  const march = range("2024-03-01", "2024-04-01");
  const regular = usualCalendars.of(apple, "regular");
  const extended = usualCalendars.of(apple, "extended");
  const stored = unionOf([...regular.openRanges(february), ...extended.openRanges(march)]);
  const seen = usualCalendars.scheduleSeen(apple, "1m", stored);
  assert.deepEqual(missingBars(seen, stored, { startMs: february.startMs, endMs: march.endMs }), []);
  const said = new MarketCalendars({ sessions: { AAPL: "extended" } }).scheduleSeen(apple, "1m", stored);
  assert.equal(said.calendar.name, "New York, extended hours");
  assert.ok(missingBars(said, stored, february).length > 0);
  assert.deepEqual(
    missingBars(usualCalendars.scheduleSeen(apple, "1m", stored, "regular"), stored, march),
    [],
  );
});

test("a print at the close does not make extended hours", () => {
  const apple = AssetPair.parse("AAPL");
  const month = range("2024-03-01", "2024-04-01");
  const minutes = usualCalendars
    .of(apple, "regular")
    .openRanges(month)
    .map(({ startMs, endMs }) => ({ startMs, endMs: endMs + 60_000 }));
  assert.equal(usualCalendars.scheduleSeen(apple, "1m", minutes).calendar.name, "New York, regular hours");
});

test("the configuration names calendars by asset or by pattern; the most exact one counts", () => {
  const calendars = new MarketCalendars({
    calendars: { "*": "london", "*.SA": "new_york", "PETR4.SA": "paris", btcusd: "foreign_exchange" },
  });
  const nameOf = (symbol: string): string => calendars.of(AssetPair.parse(symbol), "regular").name;
  assert.equal(nameOf("ES=F"), "London");
  assert.equal(nameOf("VALE3.SA"), "New York, regular hours");
  assert.equal(nameOf("PETR4.SA"), "Paris");
  assert.equal(nameOf("BTCUSD"), "foreign exchange week");
});

test("a hole is a closure when the market was closed all the while", () => {
  const apple = usualCalendars.surely(AssetPair.parse("AAPL"));
  // Friday's close to Monday's opening, and an hour of Monday too.
  assert.equal(isClosure(apple, "1h", range("2025-01-10T21:00:00Z", "2025-01-13T14:30:00Z")), true);
  assert.equal(isClosure(apple, "1h", range("2025-01-10T21:00:00Z", "2025-01-13T15:30:00Z")), false);
  // A day of mourning, and a day of trading.
  assert.equal(isClosure(apple, "1d", range("2025-01-09", "2025-01-10")), true);
  assert.equal(isClosure(apple, "1d", range("2025-01-08", "2025-01-10")), false);
});

test("what is missing and what is stored make up what is expected, on every grid", () => {
  const cases = fc.record({
    symbol: fc.constantFrom("AAPL", "0700.HK", "7203.T", "EURUSD", "BTCUSD"),
    timeframe: fc.constantFrom<Timeframe>("15m", "1h", "4h"),
    grid: fc.constantFrom("utc" as const, "session" as const),
    dropped: fc.array(fc.nat({ max: 400 }), { maxLength: 30 }),
  });
  const looked = range("2024-10-28", "2024-11-12");
  fc.assert(
    fc.property(cases, ({ symbol, timeframe, grid, dropped }) => {
      const calendar = usualCalendars.of(AssetPair.parse(symbol), "regular");
      const series = { calendar, timeframe, grid };
      const stepMs = timeframeMs(timeframe);
      const expected = openBars(series, looked);
      const all = expected.flatMap(({ startMs, endMs }) =>
        Array.from({ length: (endMs - startMs) / stepMs }, (_, index) => startMs + index * stepMs),
      );
      const gone = new Set(dropped.map((index) => all[index]));
      const stored = unionOf(
        all.filter((open) => !gone.has(open)).map((startMs) => ({ startMs, endMs: startMs + stepMs })),
      );
      const missing = missingBars(series, stored, looked);
      assert.deepEqual(missing, unionOf(expected.flatMap((part) => without(part, stored))));
    }),
    { numRuns: 150 },
  );
});
