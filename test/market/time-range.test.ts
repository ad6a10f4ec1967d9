import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { MarketError } from "../../src/market/errors.ts";
import { formatInstant, parseInstant, splitRange, timeRange } from "../../src/market/time-range.ts";

function hasCode(code: string): (error: unknown) => boolean {
  return (error) => error instanceof MarketError && error.code === code;
}

test("a date is its UTC midnight", () => {
  assert.equal(parseInstant("2026-01-08"), Date.UTC(2026, 0, 8));
});

test("a date-time without a zone is UTC, and with one is what it says", () => {
  const expected = Date.UTC(2026, 0, 8, 13, 30);
  for (const text of [
    "2026-01-08T13:30",
    "2026-01-08 13:30:00",
    "2026-01-08T13:30:00Z",
    "2026-01-08T14:30+01:00",
  ]) {
    assert.equal(parseInstant(text), expected, text);
  }
  assert.equal(parseInstant("2026-01-08T08:30:00-0500"), expected);
});

test("what no calendar has is refused", () => {
  for (const text of [
    "",
    "yesterday",
    "2026-02-30",
    "2026-13-01",
    "2026-1-8",
    "2026-01-08T25:00",
    "1767830400",
  ]) {
    assert.throws(() => parseInstant(text), hasCode("INVALID_INSTANT"), text);
  }
});

test("milliseconds are shown only when there are any", () => {
  assert.equal(formatInstant(Date.UTC(2026, 0, 8)), "2026-01-08T00:00:00Z");
  assert.equal(formatInstant(Date.UTC(2026, 0, 8) + 5), "2026-01-08T00:00:00.005Z");
});

test("every instant reads back as it was written", () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 4e12 }), (instantMs) => {
      assert.equal(parseInstant(formatInstant(instantMs)), instantMs);
    }),
  );
});

test("a range cannot end before it starts nor have ends that are no numbers", () => {
  assert.throws(() => timeRange(2, 1), hasCode("INVALID_RANGE"));
  assert.throws(() => timeRange(Number.NaN, 1), hasCode("INVALID_RANGE"));
  assert.deepEqual(timeRange(1, 1), { startMs: 1, endMs: 1 });
});

test("windows follow each other without gap or overlap and are no longer than asked", () => {
  const ranges = fc.tuple(fc.integer({ min: 0, max: 1000 }), fc.integer({ min: 0, max: 1000 }));
  fc.assert(
    fc.property(ranges, fc.integer({ min: 1, max: 400 }), ([startMs, lengthMs], spanMs) => {
      const range = timeRange(startMs, startMs + lengthMs);
      let reachedMs = range.startMs;
      for (const window of splitRange(range, spanMs)) {
        assert.equal(window.startMs, reachedMs);
        assert.ok(window.endMs > window.startMs && window.endMs - window.startMs <= spanMs);
        reachedMs = window.endMs;
      }
      assert.equal(reachedMs, range.endMs);
    }),
  );
});

test("windows without a length are refused", () => {
  assert.throws(() => splitRange(timeRange(0, 10), 0), hasCode("INVALID_RANGE"));
});
