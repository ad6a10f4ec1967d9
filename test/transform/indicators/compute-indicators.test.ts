import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";

import type { BarSeries } from "../../../src/transform/indicators/bar-series.ts";
import { computeIndicators, stretchBars } from "../../../src/transform/indicators/compute-indicators.ts";
import { indicatorColumns } from "../../../src/transform/indicators/indicator-columns.ts";
import { usualIndicatorOptions as usual } from "../../../src/transform/indicators/indicator-options.ts";
import { arrivals } from "../support/arrivals.ts";
import { seriesOf } from "../support/bronze-bar.ts";
import { plainEnriched } from "../support/plain-enriched.ts";
import type { EnrichedRow } from "../support/plain-enriched.ts";

test("the columns are those of the plain model, bit for bit", () => {
  fc.assert(
    fc.property(arrivals(400), (parts) => {
      const rows = [...plainEnriched(parts.flat()).values()];
      for (const series of Map.groupBy(rows, ({ bar }) => seriesOf(bar)).values()) {
        const { doubles, obv } = computeIndicators(seriesFrom(series, 0, null), usual);
        for (const [index, row] of series.entries()) {
          for (const [column, values] of doubles)
            assert.ok(Object.is(values[index], row.doubles[column]), `${column} of bar ${index}`);
          assert.equal(obv[index], row.obv);
        }
      }
    }),
    { numRuns: 10 },
  );
});

test("a run that goes on from any saved state gives the same bits and the same states", () => {
  const rows = someRows(3 * stretchBars + 100);
  const whole = computeIndicators(seriesFrom(rows, 0, null), usual);
  const saved = whole.state.flatMap((state, index) => (state === null ? [] : [{ index, state }]));
  assert.deepEqual(
    saved.map(({ index }) => index),
    [1023, 2047, 3071],
  );
  for (const { index, state } of saved) {
    const resumed = computeIndicators(seriesFrom(rows, index, state), usual);
    assert.equal(resumed.obv[0], null);
    assert.deepEqual(resumed.obv.slice(1), whole.obv.slice(index + 1));
    assert.deepEqual(resumed.state.slice(1), whole.state.slice(index + 1));
    for (const [column, values] of resumed.doubles) {
      assert.ok(Number.isNaN(values[0]));
      assert.deepEqual(values.subarray(1), whole.doubles.get(column)?.subarray(index + 1), column);
    }
  }
});

test("the columns that it fills are those that the enriched table has of it", () => {
  const { doubles } = computeIndicators(seriesFrom(someRows(1), 0, null), usual);
  const filled = [...doubles.keys(), "obv", "_indicator_state"].toSorted();
  assert.deepEqual(filled, indicatorColumns.toSorted());
});

test("a series without bars has columns without values", () => {
  const { doubles, obv, state } = computeIndicators(seriesFrom([], 0, null), usual);
  assert.deepEqual([doubles.get("sma_20")?.length, obv, state], [0, [], []]);
});

const rows = someRows(stretchBars + 10);
const { state: states } = computeIndicators(seriesFrom(rows, 0, null), usual);
const saved = states[stretchBars - 1] ?? "";
const refused: readonly (readonly [string, () => unknown, RegExp])[] = [
  ["no saved state", () => computeIndicators(seriesFrom(rows, 1023, null), usual), /at bar 1023 is missing/],
  ["a state of another bar", () => computeIndicators(seriesFrom(rows, 1024, saved), usual), /is of bar 1023/],
  [
    "a text that is no state",
    () => computeIndicators(seriesFrom(rows, 1023, "{"), usual),
    /not what this release/,
  ],
  [
    "a state of other periods",
    () => computeIndicators(seriesFrom(rows, 1023, saved), { ...usual, volatilityBaseline: 50 }),
    /other periods of volatility_ratio/,
  ],
];
for (const [what, run, message] of refused) {
  test(`going on from ${what} is refused, and the message says how to compute anew`, () => {
    assert.throws(run, (error) => {
      assert.ok(error instanceof Error);
      assert.match(error.message, message);
      assert.match(error.message, /BTCUSD 1h.*--full-refresh/);
      return true;
    });
  });
}

function someRows(count: number): readonly EnrichedRow[] {
  const bars = Array.from({ length: count }, (_, index) => {
    const close = BigInt(Math.round(1e10 * (1 + 0.2 * Math.sin(index / 9) + 0.001 * ((index * 7919) % 101))));
    const volume = index % 50 === 17 ? null : BigInt(index % 97) * 12_345_678n;
    return {
      assetPair: "BTCUSD",
      timeframe: "1h" as const,
      openTimeMs: index * 3_600_000,
      open: close,
      high: close + 50_000_000n,
      low: close - 70_000_000n,
      close,
      volume,
      provider: "coinbase",
      isMock: false,
      extractedAtMs: 0,
    };
  });
  return [...plainEnriched(bars).values()];
}

function seriesFrom(all: readonly EnrichedRow[], firstSeq: number, savedState: string | null): BarSeries {
  const bars = all.slice(firstSeq).map(({ bar }) => bar);
  return {
    name: "BTCUSD 1h",
    firstSeq,
    savedState,
    timestamp: bars.map(({ openTimeMs }) => BigInt(openTimeMs) * 1000n),
    high: bars.map(({ high }) => high),
    low: bars.map(({ low }) => low),
    close: bars.map(({ close }) => close),
    volume: bars.map(({ volume }) => volume),
  };
}
