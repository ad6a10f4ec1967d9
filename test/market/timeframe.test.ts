import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { MarketError } from "../../src/market/errors.ts";
import {
  ceilToTimeframe,
  countBars,
  floorToTimeframe,
  isOnGrid,
  nextOpen,
  parseTimeframe,
  timeframeMs,
  timeframes,
} from "../../src/market/timeframe.ts";

const instants = fc.integer({ min: -1e12, max: 4e12 });
const anyTimeframe = fc.constantFrom(...timeframes);

test("a timeframe is read whatever its case and surrounding space", () => {
  assert.equal(parseTimeframe(" 1H "), "1h");
});

test("an unknown timeframe is refused with the allowed ones", () => {
  for (const text of ["2h", "", "1 h", "5s", "toString"]) {
    assert.throws(
      () => parseTimeframe(text),
      (error) =>
        error instanceof MarketError &&
        error.code === "INVALID_TIMEFRAME" &&
        error.message.includes("1m, 5m, 15m, 1h, 4h, 1d"),
    );
  }
});

test("days and four-hour bars start at UTC midnight", () => {
  const instantMs = Date.UTC(2026, 0, 8, 13, 37);
  assert.equal(floorToTimeframe(instantMs, "1d"), Date.UTC(2026, 0, 8));
  assert.equal(floorToTimeframe(instantMs, "4h"), Date.UTC(2026, 0, 8, 12));
});

test("an instant lies in exactly the bar that its floor opens", () => {
  fc.assert(
    fc.property(instants, anyTimeframe, (instantMs, timeframe) => {
      const openMs = floorToTimeframe(instantMs, timeframe);
      assert.ok(openMs <= instantMs && instantMs < openMs + timeframeMs(timeframe));
      assert.ok(isOnGrid(openMs, timeframe));
      assert.equal(nextOpen(instantMs, timeframe), openMs + timeframeMs(timeframe));
    }),
  );
});

test("rounding up gives the instant itself on the grid and the next open elsewhere", () => {
  fc.assert(
    fc.property(instants, anyTimeframe, (instantMs, timeframe) => {
      const expected = isOnGrid(instantMs, timeframe) ? instantMs : nextOpen(instantMs, timeframe);
      assert.equal(ceilToTimeframe(instantMs, timeframe) - expected, 0);
    }),
  );
});

test("the bars of two adjacent ranges add up to those of both", () => {
  fc.assert(
    fc.property(fc.array(instants, { minLength: 3, maxLength: 3 }), anyTimeframe, (points, timeframe) => {
      const [a = 0, b = 0, c = 0] = points.toSorted((x, y) => x - y);
      const left = countBars({ startMs: a, endMs: b }, timeframe);
      const right = countBars({ startMs: b, endMs: c }, timeframe);
      assert.equal(left + right, countBars({ startMs: a, endMs: c }, timeframe));
    }),
  );
});

test("a range's end is no bar of it", () => {
  assert.equal(countBars({ startMs: 0, endMs: 120_000 }, "1m"), 2);
  assert.equal(countBars({ startMs: 1, endMs: 60_000 }, "1m"), 0);
});
