import assert from "node:assert/strict";
import { test } from "node:test";

import { AssetPair } from "../../src/market/asset-pair.ts";
import { exchangeHolidays } from "../../src/market/exchange-holidays.ts";
import { countAll, isExpectedBar, missingBars, openBars } from "../../src/market/open-bars.ts";
import { parseInstant } from "../../src/market/time-range.ts";
import type { TimeRange } from "../../src/market/time-range.ts";
import { timeframeMs } from "../../src/market/timeframe.ts";

function range(start: string, end: string): TimeRange {
  return { startMs: parseInstant(start), endMs: parseInstant(end) };
}

function datesOf(ranges: readonly TimeRange[]): string[] {
  return ranges.flatMap(({ startMs, endMs }) => {
    const days: string[] = [];
    for (let day = startMs; day < endMs; day += timeframeMs("1d"))
      days.push(new Date(day).toISOString().slice(0, 10));
    return days;
  });
}

test("a stock has daily bars of the days that its exchange trades, winter and summer", () => {
  const apple = AssetPair.parse("AAPL");
  // In winter the extended hours of a Friday end on Saturday, by UTC.
  assert.deepEqual(datesOf(openBars(apple, "1d", range("2025-01-06", "2025-01-14"))), [
    "2025-01-06",
    "2025-01-07",
    "2025-01-08",
    "2025-01-10",
    "2025-01-13",
  ]);
  assert.deepEqual(datesOf(openBars(apple, "1d", range("2025-07-03", "2025-07-08"))), [
    "2025-07-03",
    "2025-07-07",
  ]);
  // 250 is what the exchange counts for 2023.
  assert.equal(countAll(openBars(apple, "1d", range("2023-01-01", "2024-01-01")), "1d"), 250);
  assert.equal(isExpectedBar(apple, "1h", parseInstant("2025-01-11T00:00:00Z")), true);
});

test("a currency pair has daily bars from Monday to Friday, and hours on Sunday evening", () => {
  const euro = AssetPair.parse("EURUSD");
  const week = range("2023-03-04", "2023-03-12");
  assert.deepEqual(datesOf(openBars(euro, "1d", week)), [
    "2023-03-06",
    "2023-03-07",
    "2023-03-08",
    "2023-03-09",
    "2023-03-10",
  ]);
  assert.equal(isExpectedBar(euro, "1h", parseInstant("2023-03-05T22:00:00Z")), true);
  assert.equal(isExpectedBar(euro, "4h", parseInstant("2023-03-05T20:00:00Z")), true);
});

test("a cryptocurrency has a bar of every day", () => {
  const year = range("2024-01-01", "2025-01-01");
  assert.equal(countAll(openBars(AssetPair.parse("BTCUSD"), "1d", year), "1d"), 366);
});

test("a bar that nobody expects is missing nowhere, and none too many where there is one", () => {
  const apple = AssetPair.parse("AAPL");
  const stored = [range("2025-01-06", "2025-01-12")];
  assert.deepEqual(datesOf(missingBars(apple, "1d", stored, range("2025-01-06", "2025-01-14"))), [
    "2025-01-13",
  ]);
});

const holidays: Readonly<Record<number, string>> = {
  // New Year's Day 2022 was a Saturday and Christmas 2021, too: the one is not kept, the other on Friday.
  2021: "01-01 01-18 02-15 04-02 05-31 07-05 09-06 11-25 12-24",
  2022: "01-17 02-21 04-15 05-30 06-20 07-04 09-05 11-24 12-26",
  2023: "01-02 01-16 02-20 04-07 05-29 06-19 07-04 09-04 11-23 12-25",
  // The 9th of January was a day of mourning.
  2025: "01-01 01-09 01-20 02-17 04-18 05-26 06-19 07-04 09-01 11-27 12-25",
  2024: "01-01 01-15 02-19 03-29 05-27 06-19 07-04 09-02 11-28 12-25",
};

for (const [year, days] of Object.entries(holidays)) {
  test(`the holidays of ${year} are those that the exchange kept`, () => {
    const found = exchangeHolidays(Number(year)).map((dateMs) => new Date(dateMs).toISOString().slice(5, 10));
    assert.deepEqual(found, days.split(" "));
  });
}
