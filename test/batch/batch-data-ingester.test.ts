import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { after, test } from "node:test";

import type { BackfillRequest } from "../../src/batch/backfill-request.ts";
import { IngestionError } from "../../src/bronze/ingestion-error.ts";
import { readWatermark } from "../../src/bronze/watermark.ts";
import { parseInstant } from "../../src/market/time-range.ts";
import { timeframes } from "../../src/market/timeframe.ts";
import { DemoProvider } from "../../src/providers/demo/demo.ts";
import type { MarketDataProvider } from "../../src/providers/provider.ts";
import { demoSource } from "../stand-in/candle-source.ts";
import { startStandIn } from "../stand-in/server.ts";
import { TemporaryFolder } from "../temporary-folder.ts";
import { bound, revisedHour, spoiltHour } from "./altered-provider.ts";
import {
  deadLetterRecords,
  marketRows,
  openWorkshop,
  pairs,
  range,
  sharedEngine,
  testClock,
  testNowMs,
} from "./workshop.ts";

after(() => sharedEngine.close());

const week = {
  assetPairs: pairs("BTCUSD", "ETHUSD"),
  timeframes,
  range: range("2026-01-01", "2026-01-08"),
  provider: "demo",
} satisfies BackfillRequest;

const hours = { ...week, assetPairs: pairs("BTCUSD"), timeframes: ["1h"] } satisfies BackfillRequest;

/** 2 x (10,080 + 2,016 + 672 + 168 + 42 + 7) */
const barsOfWeek = 25_970;

test("work is committed as it goes on, so that a process that is killed again and again comes to an end", async () => {
  using folder = new TemporaryFolder();
  let nowMs = testClock.now();
  const clock = { ...testClock, now: () => nowMs };
  const demo = bound(new DemoProvider({ clock: testClock, seed: 7, dirtyRows: false }));
  const provider: MarketDataProvider = {
    ...demo,
    capabilities: { ...demo.capabilities, barsPerRequestMax: 24, concurrentRequestsMax: 1 },
    async fetchBars(request, signal) {
      nowMs += 500;
      return demo.fetchBars(request, signal);
    },
  };
  const { ingester, lake } = openWorkshop({ root: folder.path, clock, provider });
  await ingester.backfill({
    assetPairs: pairs("BTCUSD"),
    timeframes: ["1h"],
    range: range("2025-01-01", "2025-07-01"),
    provider: "demo",
  });
  const history = (await lake.getTableHistory("raw_market_data_1h")).toReversed();
  const rows = history.map(({ operationMetrics }) => Number(operationMetrics["numOutputRows"]));
  // 181 pages in 90 seconds.
  assert.equal(
    rows.reduce((all, count) => all + count, 0),
    181 * 24,
  );
  assert.ok(rows.length >= 4 && rows.length <= 12, rows.join());
  let before = 0;
  for (const count of rows.slice(0, -1)) {
    assert.ok(before === 0 || count <= 3 * before, `no more is lost than was kept: ${rows.join()}`);
    before += count;
  }
});

test("a week of two assets in six timeframes is 25,970 rows, and the second run adds none", async () => {
  using folder = new TemporaryFolder();
  const { ingester, lake } = openWorkshop({ root: folder.path });
  const first = await ingester.backfill(week);
  assert.equal(sum(first.series.map((series) => series.rowsIngested)), barsOfWeek);
  const second = await ingester.backfill(week);
  assert.equal(sum(second.series.map((series) => series.rowsIngested)), 0);
  assert.deepEqual(
    second.series.map((series) => series.tableVersion),
    second.series.map(() => 1),
  );
  assert.equal((await marketRows(lake, "raw_market_data_1m")).length, 2 * 10_080);
});

test("dirty rows go to the dead letter queue instead, and the sum stays the same", async () => {
  using folder = new TemporaryFolder();
  const { ingester, deadLetters } = openWorkshop({ root: folder.path, dirtyRows: true });
  const { series } = await ingester.backfill(week);
  const rejected = sum(series.map((one) => one.rowsRejected));
  assert.ok(rejected > 0);
  assert.equal(sum(series.map((one) => one.rowsIngested)) + rejected, barsOfWeek);
  const records = await deadLetterRecords(deadLetters);
  assert.equal(records.length, rejected);
  assert.ok(
    records.every(
      (record) => record.reason !== "" && record.raw !== undefined && record.source_file.startsWith("demo:"),
    ),
  );
});

test("the watermark is the open of the last bar, and lies in the table's own log", async () => {
  using folder = new TemporaryFolder();
  const { ingester, lake } = openWorkshop({ root: folder.path });
  const result = await ingester.ingestHistoricalData({
    assetPair: "BTC-USD",
    timeframe: "1h",
    startDate: "2026-01-01",
    endDate: "2026-01-08",
    provider: "demo",
  });
  assert.equal(result.watermarkMs, parseInstant("2026-01-07T23:00:00Z"));
  const snapshot = await lake.table("raw_market_data_1h").snapshot();
  assert.equal(readWatermark(snapshot, result.plan.assetPair, true), result.watermarkMs);
  assert.equal(
    readWatermark(snapshot, result.plan.assetPair, false),
    undefined,
    "made-up bars are not real progress",
  );
});

test("a later end fetches what is new, and an earlier start what lies before", async () => {
  using folder = new TemporaryFolder();
  const { ingester, lake } = openWorkshop({ root: folder.path });
  await ingester.backfill(hours);
  const [plan] = await ingester.plan({ ...hours, range: range("2026-01-09", "2026-01-10") });
  assert.deepEqual(plan?.range, range("2026-01-08", "2026-01-10"));
  const later = await ingester.backfill({ ...hours, range: range("2026-01-03", "2026-01-10") });
  assert.equal(later.series[0]?.rowsIngested, 48);
  const earlier = await ingester.backfill({ ...hours, range: range("2025-12-30", "2026-01-05") });
  assert.deepEqual(earlier.series[0]?.plan.range, range("2025-12-30", "2026-01-01"));
  assert.equal(earlier.series[0].rowsIngested, 48);
  assert.equal(earlier.series[0].watermarkMs, parseInstant("2026-01-09T23:00:00Z"));
  const whole = await ingester.backfill({ ...hours, range: range("2025-12-30", "2026-01-10") });
  assert.equal(whole.series[0]?.plan.pieces.length, 0);
  assert.equal((await marketRows(lake, "raw_market_data_1h")).length, 11 * 24);
});

test("only bars that are complete now are stored", async () => {
  using folder = new TemporaryFolder();
  const clock = { ...testClock, now: () => parseInstant("2026-01-01T05:59:59Z") };
  const { ingester, lake } = openWorkshop({ root: folder.path, clock });
  const result = await ingester.backfill(hours);
  assert.equal(result.series[0]?.rowsIngested, 5);
  assert.equal(result.series[0].watermarkMs, parseInstant("2026-01-01T04:00:00Z"));
  assert.equal((await marketRows(lake, "raw_market_data_1h")).length, 5);
});

test("Bronze holds exactly what the provider sent", async () => {
  using folder = new TemporaryFolder();
  const { ingester, lake } = openWorkshop({ root: folder.path });
  await ingester.backfill(hours);
  const provider = new DemoProvider({ clock: testClock, seed: 7, dirtyRows: false });
  const [assetPair] = hours.assetPairs;
  assert.ok(assetPair !== undefined);
  const { bars } = await provider.fetchBars({ assetPair, timeframe: "1h", range: hours.range });
  const rows = await marketRows(lake, "raw_market_data_1h");
  assert.equal(rows.length, bars.length);
  bars.forEach((bar, index) => {
    assert.equal(Number(rows[index]?.["close"]), Number(bar.close));
    assert.equal(Number(rows[index]?.["volume"]), Number(bar.volume));
    assert.deepEqual(rows[index]?.["timestamp"], new Date(bar.openTimeMs ?? 0));
  });
});

test("partitions follow the timeframe: days of 1m, months of 1h, years of 1d", async () => {
  using folder = new TemporaryFolder();
  const { ingester, lake } = openWorkshop({ root: folder.path });
  await ingester.backfill({ ...week, assetPairs: pairs("BTCUSD"), range: range("2025-12-30", "2026-01-02") });
  const dates = async (table: string): Promise<unknown[]> => {
    const rows = await marketRows(lake, table);
    return [...new Set(rows.map((row) => row["partition_date"]))];
  };
  assert.deepEqual(await dates("raw_market_data_1m"), ["2025-12-30", "2025-12-31", "2026-01-01"]);
  assert.deepEqual(await dates("raw_market_data_1h"), ["2025-12-01", "2026-01-01"]);
  assert.deepEqual(await dates("raw_market_data_1d"), ["2025-01-01", "2026-01-01"]);
});

test("with force the range is fetched again, and only what is new or revised is added", async () => {
  using folder = new TemporaryFolder();
  const { ingester, lake } = openWorkshop({ root: folder.path });
  await ingester.backfill({ ...hours, range: range("2026-01-01", "2026-01-05") });
  const again = await ingester.backfill({ ...hours, force: true });
  assert.deepEqual([again.series[0]?.rowsIngested, again.series[0]?.rowsUnchanged], [72, 96]);
  const third = await ingester.backfill({ ...hours, force: true });
  assert.deepEqual([third.series[0]?.rowsIngested, third.series[0]?.rowsUnchanged], [0, 168]);
  assert.equal(third.series[0]?.tableVersion, again.series[0]?.tableVersion, "nothing new makes no commit");
  const revised = openWorkshop({ root: folder.path, provider: revisedHour("2026-01-03T12:00:00Z") });
  const { series } = await revised.ingester.backfill({ ...hours, force: true });
  assert.equal(series[0]?.rowsIngested, 1);
  assert.equal(
    (await marketRows(lake, "raw_market_data_1h")).length,
    169,
    "Bronze keeps the old bar and the new one",
  );
});

test("a timeframe that the provider lacks is resampled from its next finer one", async () => {
  using folder = new TemporaryFolder();
  const market = demoSource(3, ["BTCUSD"]);
  const standIn = await startStandIn({ series: market, now: () => testNowMs });
  try {
    const { ingester, lake } = openWorkshop({ root: folder.path, baseUrl: standIn.url });
    const request = { ...hours, timeframes: ["4h"], provider: "coinbase" } satisfies BackfillRequest;
    const [plan] = await ingester.plan(request);
    assert.equal(plan?.pieces[0]?.sourceTimeframe, "1h");
    await ingester.backfill(request);
    const rows = await marketRows(lake, "raw_market_data_4h");
    const expected = market.candles("BTCUSD", "4h", request.range);
    assert.equal(rows.length, 42);
    rows.forEach((row, index) => {
      assert.equal(unscaled(row["volume"]), expected[index]?.volume);
      assert.equal(unscaled(row["high"]), expected[index]?.high);
      assert.equal(unscaled(row["close"]), expected[index]?.close);
    });
  } finally {
    await standIn.close();
  }
});

test("a coarser bar with a rejected part is not passed off as complete", async () => {
  using folder = new TemporaryFolder();
  const spoilt = spoiltHour("2026-01-03T13:00:00Z");
  const provider: MarketDataProvider = {
    ...bound(spoilt),
    capabilities: { ...spoilt.capabilities, nativeTimeframes: ["1h"] },
  };
  const { ingester, lake, deadLetters } = openWorkshop({ root: folder.path, provider });
  await ingester.backfill({ ...hours, timeframes: ["4h"] });
  const opens = (await marketRows(lake, "raw_market_data_4h")).map((row) => row["timestamp"]);
  assert.equal(opens.length, 41);
  assert.ok(!opens.some((open) => open instanceof Date && open.toISOString() === "2026-01-03T12:00:00.000Z"));
  assert.deepEqual(
    (await deadLetterRecords(deadLetters)).map((record) => [record.date, record.reason]),
    [["2026-01-03 13:00:00", "high < low"]],
  );
});

test("with force a value that was revised back to what it was before is added again", async () => {
  using folder = new TemporaryFolder();
  let nowMs = testNowMs;
  const clock = { ...testClock, now: () => (nowMs += 1000) };
  const original = openWorkshop({ root: folder.path, clock });
  const revised = openWorkshop({ root: folder.path, clock, provider: revisedHour("2026-01-03T12:00:00Z") });
  await original.ingester.backfill(hours);
  const counts: unknown[] = [];
  for (const { ingester } of [revised, original, original]) {
    counts.push((await ingester.backfill({ ...hours, force: true })).series[0]?.rowsIngested);
  }
  assert.deepEqual(counts, [1, 1, 0]);
});

test("force beyond the watermark leaves no hole behind it", async () => {
  using folder = new TemporaryFolder();
  const { ingester, lake } = openWorkshop({ root: folder.path });
  await ingester.backfill({ ...hours, range: range("2026-01-01", "2026-01-02") });
  const beyond = await ingester.backfill({ ...hours, range: range("2026-01-07", "2026-01-08"), force: true });
  assert.match(beyond.series[0]?.plan.notes[0] ?? "", /so that no gap is left/);
  assert.equal((await marketRows(lake, "raw_market_data_1h")).length, 168);
});

test("the plan says what may surprise, and nothing else", async () => {
  using folder = new TemporaryFolder();
  const { ingester } = openWorkshop({ root: folder.path });
  await ingester.backfill(hours);
  const [again] = await ingester.plan(hours);
  assert.deepEqual(again?.notes, [], "running the same command again is no surprise");
  const [future] = await ingester.plan({ ...hours, range: range("2030-01-01", "2030-02-01") });
  assert.match(future?.notes.join() ?? "", /future/);
});

test("made-up bars in the table of real ones are pointed out", async () => {
  using folder = new TemporaryFolder();
  const standIn = await startStandIn({ series: demoSource(3, ["BTCUSD"]), now: () => testNowMs });
  try {
    const { ingester } = openWorkshop({ root: folder.path, baseUrl: standIn.url });
    await ingester.backfill(hours);
    const real = await ingester.backfill({ ...hours, provider: "coinbase" });
    assert.equal(real.series[0]?.rowsIngested, 168, "the demo's progress hides nothing");
    assert.match(real.series[0].plan.notes.join(), /NOT is_mock/);
  } finally {
    await standIn.close();
  }
});

test("an empty range and a pair that the provider does not have are refused before anything happens", async () => {
  using folder = new TemporaryFolder();
  const { ingester } = openWorkshop({ root: folder.path });
  await assert.rejects(
    ingester.backfill({ ...week, range: range("2026-01-08", "2026-01-08") }),
    isCode("INVALID_RANGE"),
  );
  await assert.rejects(
    ingester.backfill({ ...week, assetPairs: pairs("EURUSD"), provider: "coinbase" }),
    isCode("UNSUPPORTED_SERIES"),
  );
  assert.ok(!existsSync(folder.at("bronze")));
});

function isCode(code: string): (error: unknown) => boolean {
  return (error) => error instanceof IngestionError && error.code === code;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}

function unscaled(value: unknown): bigint {
  return BigInt(String(value).replace(".", ""));
}

test("one series alone uses all requests that its provider may have under way", async () => {
  using folder = new TemporaryFolder();
  const demo = new DemoProvider({ clock: testClock, seed: 7, dirtyRows: false });
  const atOnce = 9;
  let underWay = 0;
  let most = 0;
  const waiting: (() => void)[] = [];
  const provider: MarketDataProvider = {
    ...bound(demo),
    capabilities: { ...demo.capabilities, barsPerRequestMax: 10, concurrentRequestsMax: atOnce },
    async fetchBars(request, signal) {
      underWay += 1;
      most = Math.max(most, underWay);
      // Nobody is answered before as many have asked as may ask at once: with fewer, this would wait for ever.
      if (most < atOnce) await new Promise<void>((resolve) => waiting.push(resolve));
      for (const answer of waiting.splice(0)) answer();
      underWay -= 1;
      return demo.fetchBars(request, signal);
    },
  };
  const { ingester } = openWorkshop({ root: folder.path, provider });
  const { series } = await ingester.backfill(hours);
  assert.equal(sum(series.map((one) => one.rowsIngested)), 168);
  assert.equal(most, atOnce);
});
