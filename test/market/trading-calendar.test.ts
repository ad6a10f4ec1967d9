import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { AssetPair } from "../../src/market/asset-pair.ts";
import { exchangeHolidays } from "../../src/market/exchange-holidays.ts";
import { alwaysOpen, calendarFor, fxWeek, stockExtendedHours } from "../../src/market/trading-calendar.ts";
import { formatInstant, parseInstant } from "../../src/market/time-range.ts";

const wallClock = new Intl.DateTimeFormat("en-US", {
  timeZone: "America/New_York",
  weekday: "short",
  hour: "2-digit",
  hourCycle: "h23",
});

const dayOfNewYork = new Intl.DateTimeFormat("en-US", {
  timeZone: "America/New_York",
  weekday: "short",
  month: "numeric",
  day: "numeric",
});

/** `2024-12-25` */
const dateOfNewYork = new Intl.DateTimeFormat("sv-SE", { timeZone: "America/New_York" });

/** The calendars by the words of their definitions, one slow lookup of the wall clock at a time. */
function slowModel(instantMs: number): { fx: boolean; stock: boolean } {
  const parts = new Map(wallClock.formatToParts(instantMs).map((part) => [part.type, part.value]));
  const weekday = parts.get("weekday") ?? "";
  const hour = Number(parts.get("hour"));
  const isFxWeek =
    weekday === "Sat" ? false : weekday === "Sun" ? hour >= 17 : weekday === "Fri" ? hour < 17 : true;
  // A trading day of foreign exchange begins seven hours before midnight.
  const tradingDay = dayOfNewYork.format(instantMs + 7 * 3_600_000);
  const isHoliday = /, (?:1\/1|12\/25)$|^Mon, 12\/26$/.test(tradingDay);
  const fx = isFxWeek && !isHoliday;
  const date = new Date(`${dateOfNewYork.format(instantMs)}T00:00:00Z`);
  const isTradingDay =
    weekday !== "Sat" &&
    weekday !== "Sun" &&
    !exchangeHolidays(date.getUTCFullYear()).includes(date.getTime());
  const stock = isTradingDay && hour >= 4 && hour < 20;
  return { fx, stock };
}

const instants = fc.integer({ min: Date.UTC(2008, 0, 1), max: Date.UTC(2030, 0, 1) });

test("the calendars agree with the wall clock of New York", () => {
  fc.assert(
    fc.property(instants, (instantMs) => {
      const { fx, stock } = slowModel(instantMs);
      assert.equal(fxWeek.isOpen(instantMs), fx, formatInstant(instantMs));
      assert.equal(stockExtendedHours.isOpen(instantMs), stock, formatInstant(instantMs));
    }),
    { numRuns: 3000 },
  );
});

for (const calendar of [alwaysOpen, fxWeek, stockExtendedHours]) {
  test(`${calendar.name}: open ranges and open instants say the same`, () => {
    const spans = fc.integer({ min: 0, max: 20 * 86_400_000 });
    fc.assert(
      fc.property(instants, spans, fc.double({ min: 0, max: 1, noNaN: true }), (startMs, spanMs, part) => {
        const range = { startMs, endMs: startMs + spanMs };
        const open = calendar.openRanges(range);
        let reachedMs = startMs;
        for (const one of open) {
          assert.ok(one.startMs >= reachedMs && one.startMs < one.endMs && one.endMs <= range.endMs);
          reachedMs = one.endMs;
        }
        const instantMs = startMs + Math.floor(part * spanMs);
        const inside = open.some((one) => instantMs >= one.startMs && instantMs < one.endMs);
        assert.equal(inside, instantMs < range.endMs && calendar.isOpen(instantMs));
      }),
      { numRuns: 500 },
    );
  });
}

test("the foreign exchange week moves by an hour with daylight saving", () => {
  const range = { startMs: parseInstant("2026-03-01"), endMs: parseInstant("2026-03-14") };
  const open = fxWeek.openRanges(range).map((one) => [formatInstant(one.startMs), formatInstant(one.endMs)]);
  assert.deepEqual(open, [
    ["2026-03-01T22:00:00Z", "2026-03-06T22:00:00Z"],
    ["2026-03-08T21:00:00Z", "2026-03-13T21:00:00Z"],
  ]);
});

const closedHours = (start: string, end: string): number => {
  const range = { startMs: parseInstant(start), endMs: parseInstant(end) };
  const open = fxWeek.openRanges(range).reduce((sum, one) => sum + one.endMs - one.startMs, 0);
  return (range.endMs - range.startMs - open) / 3_600_000;
};

test("foreign exchange is closed on Christmas and New Year, and on the Monday behind a Christmas Sunday", () => {
  assert.equal(closedHours("2024-12-24", "2024-12-27"), 24);
  assert.equal(closedHours("2025-12-31", "2026-01-02T12:00:00Z"), 24);
  assert.equal(closedHours("2022-12-26T00:00:00Z", "2022-12-28"), 22);
  assert.equal(fxWeek.isOpen(parseInstant("2020-12-24T22:00:00Z")), false);
  assert.equal(fxWeek.isOpen(parseInstant("2020-12-24T21:00:00Z")), true);
});

test("each kind of pair has its calendar", () => {
  assert.equal(calendarFor(AssetPair.parse("BTCUSD")), alwaysOpen);
  assert.equal(calendarFor(AssetPair.parse("EURUSD")), fxWeek);
  assert.equal(calendarFor(AssetPair.parse("MSFT")), stockExtendedHours);
});
