import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import type { Candle } from "../../src/market/candle.ts";
import { MarketError } from "../../src/market/errors.ts";
import { resample } from "../../src/market/resample.ts";

const minuteMs = 60_000;
const startMs = Date.UTC(2026, 0, 8);
const threeHours = { startMs, endMs: startMs + 180 * minuteMs };

function candle(minute: number, open: bigint, close: bigint, volume: bigint | null): Candle {
  const [low, high] = open < close ? [open, close] : [close, open];
  return { openTimeMs: startMs + minute * minuteMs, open, high: high + 1n, low: low - 1n, close, volume };
}

/** Minutes with holes in them, over three hours. */
const minutes = fc
  .array(
    fc.option(fc.tuple(fc.bigInt(2n, 1000n), fc.bigInt(2n, 1000n), fc.option(fc.bigInt(0n, 10n ** 20n))), {
      freq: 4,
    }),
    { minLength: 180, maxLength: 180 },
  )
  .map((bars) =>
    bars.flatMap((bar, minute) => (bar === null ? [] : [candle(minute, bar[0], bar[1], bar[2])])),
  );

test("a bar takes the first open, the last close, the extremes and the sum", () => {
  const [bar, ...others] = resample(
    [candle(0, 5n, 9n, 2n), candle(2, 9n, 3n, null), candle(4, 3n, 4n, 5n)],
    "5m",
    threeHours,
  );
  assert.deepEqual(others, []);
  assert.deepEqual(bar, { openTimeMs: startMs, open: 5n, high: 10n, low: 2n, close: 4n, volume: 7n });
});

test("the sum is null only when no source bar has a volume", () => {
  const bars = resample(
    [candle(0, 5n, 9n, null), candle(1, 9n, 3n, null), candle(5, 3n, 3n, 0n)],
    "5m",
    threeHours,
  );
  assert.deepEqual(
    bars.map((bar) => bar.volume),
    [null, 0n],
  );
});

test("going over 5m gives the same hours as going straight from 1m", () => {
  fc.assert(
    fc.property(minutes, (bars) => {
      const direct = resample(bars, "1h", threeHours);
      assert.deepEqual(resample(resample(bars, "5m", threeHours), "1h", threeHours), direct);
    }),
    { numRuns: 40 },
  );
});

test("nothing comes out of buckets that the coverage cuts", () => {
  const bars = Array.from({ length: 30 }, (_, minute) => candle(minute, 5n, 6n, 1n));
  const coverage = { startMs: startMs + minuteMs, endMs: startMs + 29 * minuteMs };
  const opens = resample(bars, "5m", coverage).map((bar) => (bar.openTimeMs - startMs) / minuteMs);
  assert.deepEqual(opens, [5, 10, 15, 20]);
});

test("bars that do not ascend are refused", () => {
  const twice = [candle(1, 5n, 6n, 1n), candle(1, 5n, 6n, 1n)];
  assert.throws(
    () => resample(twice, "5m", threeHours),
    (error) => error instanceof MarketError && error.code === "UNSORTED_CANDLES",
  );
});

test("the source bars stay as they were", () => {
  const first = candle(0, 5n, 9n, 2n);
  const copy = { ...first };
  resample([first, candle(1, 9n, 30n, 2n)], "5m", threeHours);
  assert.deepEqual(first, copy);
});
