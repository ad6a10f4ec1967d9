import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";

import { rsi } from "../../src/indicators/index.ts";
import type { BarTimeframe } from "../../src/index.ts";
import { isWhole, runsOf } from "../sampled.ts";
import { arrivals } from "../transform/support/arrivals.ts";
import { BuiltInDesk } from "../transform/support/built-in-desk.ts";
import type { BronzeBar } from "../transform/support/bronze-bar.ts";
import { assetPairsOf, barsOf, manyBars, planned, stillBar, timeframesOf } from "./support/bars-of.ts";
import type { PlainBar } from "./support/bars-of.ts";

const runs = runsOf(2, 40);
const some = arrivals(isWhole ? 1500 : 300);
const share = fc.double({ min: 0, max: 1, noNaN: true });

test("the newest bars are the rows of market_data_enriched, bit for bit", async (t) => {
  await fc.assert(
    fc.asyncProperty(arrivals(isWhole ? 3000 : 600), async (parts) => {
      const desk = await BuiltInDesk.open(t);
      const bronze = [...parts.flat(), ...largeBars];
      await desk.add(bronze);
      await desk.run("seed", []);
      await desk.run("run", ["+market_data_enriched"]);
      const silver = await desk.rows(
        `SELECT * EXCLUDE (_indicator_state, partition_date) FROM market_data_enriched
        ORDER BY closed_at, list_position(['1m', '5m', '15m', '1h', '4h', '1d'], timeframe), asset_pair`,
      );
      const found = await barsOf(desk.lake, everythingOf(bronze));
      assert.deepEqual(
        found,
        silver.map((row) => ({ ...row })),
      );
    }),
    { numRuns: runsOf(1, 20) },
  );
});

/** Prices and volumes that are wider than a double, and a volume that is wider than 18 digits. */
const largeBars: readonly BronzeBar[] = Array.from({ length: 60 }, (_, index) => ({
  assetPair: "SHIBUSD",
  timeframe: "1h",
  openTimeMs: Date.UTC(2026, 0, 1) + index * 3_600_000,
  open: 95_000_000_12345678n + BigInt(index),
  high: 95_000_009_12345679n,
  low: 95_000_000_00000001n,
  close: 95_000_001_87654321n - BigInt(index * index),
  volume: 12_345_678_901_234_00000001n * BigInt(index),
  provider: "coinbase",
  isMock: false,
  extractedAtMs: Date.UTC(2026, 2, 1),
}));

test("what was known at an instant is what a lake gives that never received a later row", async (t) => {
  await fc.assert(
    fc.asyncProperty(some, share, async (parts, when) => {
      const bronze = parts.flat();
      const instants = bronze.map(({ extractedAtMs }) => extractedAtMs).toSorted((one, other) => one - other);
      const knownAtMs = instants[Math.floor(when * (instants.length - 1))] ?? 0;
      const known = bronze.filter(({ extractedAtMs }) => extractedAtMs <= knownAtMs);
      const desk = await BuiltInDesk.open(t);
      const honest = await BuiltInDesk.open(t);
      await desk.add(bronze);
      await honest.add(known);
      const options = everythingOf(known);
      const closed = (await barsOf(honest.lake, options)).filter((bar) => closedAt(bar) <= knownAtMs);
      assert.deepEqual(await barsOf(desk.lake, { ...options, knownAt: new Date(knownAtMs) }), closed);
      const text = new Date(knownAtMs).toISOString();
      assert.deepEqual(await barsOf(desk.lake, { ...options, knownAt: text }), closed);
    }),
    { numRuns: runs },
  );
});

test("a range gives the bars that close in it, with the indicators of the whole series", async (t) => {
  await fc.assert(
    fc.asyncProperty(some, share, share, async (parts, one, other) => {
      const desk = await BuiltInDesk.open(t);
      await desk.add(parts.flat());
      const options = everythingOf(parts.flat());
      const all = await barsOf(desk.lake, options);
      const at = (part: number): number => closedAt(all[Math.floor(part * (all.length - 1))]);
      const [startMs = 0, endMs = 0] = [at(one), at(other)].toSorted((first, second) => first - second);
      const within = all.filter((bar) => closedAt(bar) > startMs && closedAt(bar) <= endMs);
      assert.deepEqual(await barsOf(desk.lake, { ...options, range: { startMs, endMs } }), within);
      const behind = all.filter((bar) => closedAt(bar) > startMs);
      assert.deepEqual(await barsOf(desk.lake, { ...options, range: { startMs } }), behind);
    }),
    { numRuns: runs },
  );
});

test("a range in which no bar closes gives none", async (t) => {
  const desk = await BuiltInDesk.open(t);
  await desk.add(largeBars);
  // The last of them has just closed.
  const startMs = Date.UTC(2026, 0, 1) + largeBars.length * 3_600_000;
  assert.deepEqual(
    await barsOf(desk.lake, { ...everythingOf(largeBars), range: { startMs, endMs: startMs + 1 } }),
    [],
  );
});

test("a bar carries the last bar of a higher timeframe that had closed when it closed", async (t) => {
  await fc.assert(
    fc.asyncProperty(some, share, async (parts, from) => {
      const bronze = parts.flat();
      const desk = await BuiltInDesk.open(t);
      await desk.add(bronze);
      const all = await barsOf(desk.lake, { ...everythingOf(bronze), indicators: ["rsi_14", "regime"] });
      const [finest = "1m", ...higher] = timeframesOf(bronze);
      const startMs = closedAt(all[Math.floor(from * (all.length - 1))]);
      const found = await barsOf(desk.lake, {
        assetPairs: assetPairsOf(bronze),
        timeframes: [finest],
        withHigher: higher,
        indicators: ["rsi_14", "regime"],
        range: { startMs },
      });
      const lastOf = (bar: PlainBar, timeframe: BarTimeframe): PlainBar | null =>
        all.findLast(
          (one) =>
            one["timeframe"] === timeframe &&
            one["asset_pair"] === bar["asset_pair"] &&
            closedAt(one) <= closedAt(bar),
        ) ?? null;
      const expected = all
        .filter((bar) => bar["timeframe"] === finest && closedAt(bar) > startMs)
        .map((bar) => ({
          ...bar,
          ...Object.fromEntries(higher.map((name) => [`bar_${name}`, lastOf(bar, name)])),
        }));
      assert.deepEqual(found, expected);
    }),
    { numRuns: runs },
  );
});

test("bars come as they close; of those that close at once the finer goes first, then the asset by its name", async (t) => {
  const desk = await BuiltInDesk.open(t);
  const hour = Date.UTC(2026, 0, 5);
  const five = [0, 5, 10, 55].map((minute) => stillBar("5m", hour + minute * 60_000));
  await desk.add([stillBar("1h", hour), ...five, ...five.map((one) => ({ ...one, assetPair: "AAVEUSD" }))]);
  const found = await barsOf(desk.lake, {
    assetPairs: ["ETHUSD", "AAVEUSD"],
    timeframes: ["1h", "5m"],
    indicators: [],
  });
  assert.deepEqual(
    found.map(
      (one) =>
        `${new Date(closedAt(one)).toISOString().slice(11, 16)} ${String(one["timeframe"])} ${String(one["asset_pair"])}`,
    ),
    [
      ...["00:05", "00:10", "00:15", "01:00"].flatMap((at) => [`${at} 5m AAVEUSD`, `${at} 5m ETHUSD`]),
      "01:00 1h ETHUSD",
    ],
  );
});

test("bars of more than one window go on where the window before ended", async (t) => {
  const desk = await BuiltInDesk.open(t);
  const count = 70_000;
  await desk.lake.createOrUpdateTable({
    tableName: "raw_market_data_1m",
    rows: { sql: manyBars(count) },
  });
  const { close, rsi_14, bar_seq, obv } = await planned(desk.lake, {
    assetPairs: ["ETHUSD"],
    timeframes: ["1m"],
    indicators: ["rsi_14", "obv"],
    decimals: "number",
  }).columns();
  assert.equal(bar_seq?.values.length, count);
  assert.equal(bar_seq?.values.at(-1), BigInt(count - 1));
  assert.ok(close?.values instanceof Float64Array);
  const expected = rsi(close.values, { period: 14 });
  assert.deepEqual(rsi_14?.values, expected);
  let sum = 10;
  for (let index = 1; index < count; index += 1)
    sum += 10 * Math.sign((close.values[index] ?? 0) - (close.values[index - 1] ?? 0));
  assert.equal(obv?.values.at(-1), sum);
});

function everythingOf(bronze: readonly BronzeBar[]): {
  readonly assetPairs: readonly string[];
  readonly timeframes: readonly BarTimeframe[];
} {
  return { assetPairs: assetPairsOf(bronze), timeframes: timeframesOf(bronze) };
}

function closedAt(row: PlainBar | undefined): number {
  return Number(row?.["closed_at"]);
}
