import assert from "node:assert/strict";
import { test } from "node:test";

import { checkBars } from "../../src/bronze/row-checks.ts";
import { AssetPair } from "../../src/market/asset-pair.ts";
import { parseInstant } from "../../src/market/time-range.ts";
import { valueLimits } from "../../src/market/value-limits.ts";
import type { UncheckedBar } from "../../src/market/unchecked-bar.ts";
import { range } from "../batch/workshop.ts";

const openTimeMs = parseInstant("2026-01-01T10:00:00Z");
const day = range("2026-01-01", "2026-01-02");
const usual = valueLimits(AssetPair.parse("BTCUSD"));
const good: UncheckedBar = {
  openTimeMs,
  open: "100",
  high: "110",
  low: "90",
  close: "105",
  volume: "12.5",
  raw: { id: 1 },
};

function reasonOf(change: Partial<UncheckedBar>): string | undefined {
  const { rejected } = checkBars({ bars: [{ ...good, ...change }], source: "here" }, "1h", day, usual);
  return rejected[0]?.reason;
}

test("a good bar becomes a candle with exact decimals", () => {
  const { candles, rejected } = checkBars({ bars: [good], source: "here" }, "1h", day, usual);
  assert.deepEqual(rejected, []);
  assert.deepEqual(candles, [
    {
      openTimeMs,
      open: 10_000_000_000n,
      high: 11_000_000_000n,
      low: 9_000_000_000n,
      close: 10_500_000_000n,
      volume: 1_250_000_000n,
    },
  ]);
});

test("each fault has its reason", () => {
  const cases: readonly (readonly [Partial<UncheckedBar>, string])[] = [
    [{ openTimeMs: undefined }, "timestamp missing or unreadable"],
    [{ openTimeMs: openTimeMs + 1 }, "timestamp not on the 1h grid"],
    [{ openTimeMs: day.endMs }, "timestamp outside the asked range"],
    [{ openTimeMs: day.startMs - 3_600_000 }, "timestamp outside the asked range"],
    [{ open: undefined }, "open missing"],
    [{ close: "" }, "close missing"],
    [{ high: "NaN" }, "high is not a finite number"],
    [{ high: "Infinity" }, "high is not a finite number"],
    [{ low: "0x10" }, "low is not a finite number"],
    [{ low: "-5" }, "negative price"],
    [{ open: "100.123456789" }, "open has more than 8 decimals"],
    [{ low: "0.0001" }, "price out of range (0.0001, 1000000)"],
    [{ high: "1000000" }, "price out of range (0.0001, 1000000)"],
    [{ high: "1e40" }, "price out of range (0.0001, 1000000)"],
    [{ high: "89", open: "89", close: "89" }, "high < low"],
    [{ open: "111" }, "open not in range"],
    [{ close: "89.99999999" }, "close not in range"],
    [{ volume: undefined }, "volume missing"],
    [{ volume: "-1" }, "negative volume"],
    [{ volume: "lots" }, "volume is not a finite number"],
    [{ volume: "1e21" }, "volume out of range, not below 100000000000000000000"],
  ];
  for (const [change, reason] of cases) assert.equal(reasonOf(change), reason, JSON.stringify(change));
});

test("the bounds themselves and what lies just inside them are told apart", () => {
  assert.equal(reasonOf({ low: "0.00010001" }), undefined);
  assert.equal(reasonOf({ high: "999999.99999999" }), undefined);
  assert.equal(reasonOf({ open: "110", close: "90" }), undefined, "open and close may touch high and low");
  assert.equal(reasonOf({ volume: null }), undefined, "a market may have no volume");
  assert.equal(reasonOf({ volume: "0" }), undefined);
});

test("volumes are rounded to eight decimals, half to even", () => {
  const { candles } = checkBars(
    { bars: [{ ...good, volume: "21.339999999999996" }], source: "here" },
    "1h",
    day,
    usual,
  );
  assert.equal(candles[0]?.volume, 2_134_000_000n);
});

test("a second bar of one time is rejected, with its raw record and source", () => {
  const { candles, rejected } = checkBars(
    { bars: [good, { ...good, raw: { id: 2 } }], source: "page 7" },
    "1h",
    day,
    usual,
  );
  assert.equal(candles.length, 1);
  assert.deepEqual(
    rejected.map(({ reason, raw, sourceFile }) => ({ reason, raw, sourceFile })),
    [{ reason: "duplicate timestamp", raw: { id: 2 }, sourceFile: "page 7" }],
  );
});

test("bars out of order come out in order", () => {
  const later = { ...good, openTimeMs: openTimeMs + 3_600_000 };
  const { candles } = checkBars({ bars: [later, good], source: "here" }, "1h", day, usual);
  assert.deepEqual(
    candles.map((candle) => candle.openTimeMs),
    [openTimeMs, later.openTimeMs],
  );
});
