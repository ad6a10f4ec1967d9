import assert from "node:assert/strict";
import { after, test } from "node:test";

import * as fc from "fast-check";
import * as z from "zod";
import { field, structType } from "finance-feedback-delta";
import type { Row } from "finance-feedback-delta";

import { DataQualityFramework } from "../../src/data-quality/data-quality-framework.ts";
import type { ExpectationResult } from "../../src/data-quality/result.ts";
import { readSuite } from "../../src/data-quality/suite.ts";
import type { Kwargs } from "../../src/data-quality/suite.ts";
import { DeltaLakeManager } from "../../src/storage/delta-lake-manager.ts";
import { openWorkshop, pairs, range, sharedEngine } from "../batch/workshop.ts";
import { TemporaryFolder } from "../temporary-folder.ts";
import { runsOf } from "../sampled.ts";
import { JumpingClock } from "../providers/fake-clock.ts";

after(() => sharedEngine.close());

const price = "decimal(18,8)";
const schema = structType([
  field("asset_pair", "string"),
  field("timestamp", "timestamp"),
  field("open", price),
  field("high", price),
  field("low", price),
  field("close", price),
  field("source_provider", "string"),
  field("_extracted_at", "timestamp"),
  field("is_mock", "boolean"),
]);

interface Bar {
  readonly at: string;
  readonly close: number;
  readonly assetPair?: string;
  readonly provider?: string;
  readonly extractedAt?: string;
  readonly isMock?: boolean;
}

function rowOf({
  at,
  close,
  assetPair = "BTCUSD",
  provider = "coinbase",
  extractedAt,
  isMock = false,
}: Bar): Row {
  const text = close.toFixed(8);
  return {
    asset_pair: assetPair,
    timestamp: new Date(at),
    open: text,
    high: text,
    low: text,
    close: text,
    source_provider: provider,
    _extracted_at: new Date(extractedAt ?? "2026-01-05T00:00:00Z"),
    is_mock: isMock,
  };
}

async function check(
  type: string,
  kwargs: Kwargs,
  given: readonly Bar[],
  now = "2026-01-05T12:00:00Z",
): Promise<ExpectationResult & { readonly found: readonly Row[] }> {
  const lake = new DeltaLakeManager({ storagePath: "none", engine: sharedEngine });
  const quality = new DataQualityFramework(lake, { clock: new JumpingClock(Date.parse(now)) });
  const suite = readSuite({ name: "market", expectations: [{ type, kwargs }] }, "market");
  const { results } = await quality.validateRows({
    rows: given.map(rowOf),
    schema,
    suite,
    resultFormat: "COMPLETE",
  });
  const [result] = results;
  assert.ok(result !== undefined);
  assert.equal(result.exception_info.exception_message, null);
  const details = z
    .object({ unexpected_rows: z.array(z.record(z.string(), z.unknown())) })
    .safeParse(result.result["details"]);
  return { ...result, found: details.success ? details.data.unexpected_rows : [] };
}

const hours = (count: number, closeOf: (hour: number) => number): Bar[] =>
  Array.from({ length: count }, (_, hour) => ({
    at: new Date(Date.UTC(2026, 0, 5, hour)).toISOString(),
    close: closeOf(hour),
  }));

test("bars are fresh when each asset has the last bar that was over five minutes ago", async () => {
  const type = "expect_bars_to_be_fresh";
  const kwargs = { timeframe: "1h" };
  const given = hours(11, () => 1);
  // The bar of 11:00 was over at 12:00.
  assert.equal((await check(type, kwargs, given, "2026-01-05T12:04:59Z")).success, true);
  const late = await check(type, kwargs, given, "2026-01-05T12:05:00Z");
  assert.deepEqual(late.found, [
    {
      asset_pair: "BTCUSD",
      newest_bar: "2026-01-05T10:00:00.000Z",
      expected_bar: "2026-01-05T11:00:00.000Z",
      lag_seconds: 3900,
    },
  ]);
  assert.equal(
    (await check(type, { ...kwargs, max_lag_seconds: 600 }, given, "2026-01-05T12:05:00Z")).success,
    true,
  );
  assert.equal((await check(type, kwargs, [])).success, false, "nothing is not fresh");
});

test("nothing new is expected of a market that is closed", async () => {
  // Friday's last hour of foreign exchange in winter is 21:00 UTC.
  const friday = [{ at: "2026-01-09T21:00:00Z", close: 1, assetPair: "EURUSD" }];
  const kwargs = { timeframe: "1h" };
  const type = "expect_bars_to_be_fresh";
  assert.equal((await check(type, kwargs, friday, "2026-01-11T21:00:00Z")).success, true);
  assert.equal((await check(type, kwargs, friday, "2026-01-12T01:00:00Z")).success, false);
});

test("gaps are bars that are missing while the market was open, and not explained", async () => {
  const type = "expect_no_unexplained_gaps";
  const kwargs = { timeframe: "1h" };
  const given = hours(12, () => 1).filter((_, hour) => hour !== 3 && hour !== 4);
  const { success, found, result } = await check(type, kwargs, given);
  assert.deepEqual([success, result["observed_value"]], [false, 2]);
  assert.deepEqual(found, [
    {
      asset_pair: "BTCUSD",
      start: "2026-01-05T03:00:00.000Z",
      end: "2026-01-05T05:00:00.000Z",
      missing_bars: 2,
    },
  ]);
  const outage = { asset_pair: "BTCUSD", start: "2026-01-05T03:00:00Z", end: "2026-01-05T05:00:00Z" };
  assert.equal((await check(type, { ...kwargs, explained: [outage] }, given)).success, true);
  assert.equal((await check(type, { ...kwargs, max_missing_bars: 2 }, given)).success, true);
  const weekend = ["2026-01-09T21:00:00Z", "2026-01-11T22:00:00Z"].map((at) => ({
    at,
    close: 1,
    assetPair: "EURUSD",
  }));
  assert.equal((await check(type, kwargs, weekend)).success, true);
});

/** Hours of Apple on Monday 5 January 2026, the first at 14:00 UTC and the last at 20:00. */
const regularHours = Array.from({ length: 7 }, (_, index) => ({
  at: new Date(Date.UTC(2026, 0, 5, 14 + index)).toISOString(),
  close: 1,
  assetPair: "AAPL",
}));

test("nothing is expected of hours that a stock's provider does not serve", async () => {
  const fresh = "expect_bars_to_be_fresh";
  const kwargs = { timeframe: "1h" };
  assert.equal((await check(fresh, kwargs, regularHours, "2026-01-06T13:00:00Z")).success, true);
  const late = await check(fresh, kwargs, regularHours.slice(0, -1), "2026-01-06T13:00:00Z");
  assert.deepEqual(
    late.found.map((row) => row["expected_bar"]),
    ["2026-01-05T20:00:00.000Z"],
  );
  const tuesday = regularHours.map((bar) => ({ ...bar, at: bar.at.replace("-05T", "-06T") }));
  const gaps = "expect_no_unexplained_gaps";
  assert.equal((await check(gaps, kwargs, [...regularHours, ...tuesday])).success, true);
  assert.equal((await check(gaps, kwargs, [...regularHours.slice(0, -1), ...tuesday])).success, false);
});

test("hours of stocks may begin with the session, those of other markets may not", async () => {
  const type = "expect_timestamps_to_be_on_grid";
  const isFine = async (assetPair: string, time: string, timeframe = "1h"): Promise<boolean> => {
    const bars = [{ at: `2026-01-05T${time}:00Z`, close: 1, assetPair }];
    return (await check(type, { timeframe }, bars)).success;
  };
  for (const stock of ["AAPL", "BRK.B", "0700.HK", "GSPC.INDEX"]) {
    assert.equal(await isFine(stock, "14:30"), true, stock);
    assert.equal(await isFine(stock, "14:20"), false, stock);
  }
  for (const other of ["BTCUSD", "EURUSD", "BTCUSDT-PERP", "ES.FUTURE"])
    assert.equal(await isFine(other, "14:30"), false, other);
  // 17:00 in New York, from which currencies count.
  for (const [pair, time, expected] of [
    ["EURUSD", "22:00", true],
    ["EURUSD", "01:00", true],
    ["EURUSD", "23:00", false],
    ["BTCUSD", "22:00", false],
    ["ES.FUTURE", "23:00", true],
    ["RELIANCE.NS", "03:45", true],
  ] as const)
    assert.equal(await isFine(pair, time, "4h"), expected, `${pair} ${time}`);
});

test("a market whose calendar is unknown is late in nothing, and named", async () => {
  const bars = [{ at: "2026-01-02T00:00:00Z", close: 1, assetPair: "PETR4.SA" }];
  const { success, result } = await check(
    "expect_bars_to_be_fresh",
    { timeframe: "1d" },
    bars,
    "2026-01-09T12:00:00Z",
  );
  assert.equal(success, true);
  assert.deepEqual(result["calendar_unknown"], ["PETR4.SA"]);
});

async function countOf(type: string, kwargs: Kwargs, bars: readonly Bar[]): Promise<number> {
  return (await check(type, kwargs, bars)).found.length;
}

test("made-up bars stand for none that are missing, late or different, and are looked at where there are no others", async () => {
  const real = hours(12, () => 100).filter((_, hour) => hour !== 5 && hour < 9);
  const madeUp = hours(12, () => 200).map((bar) => ({ ...bar, provider: "demo", isMock: true }));
  const hourly = { timeframe: "1h" };
  assert.equal(await countOf("expect_no_unexplained_gaps", hourly, [...real, ...madeUp]), 1);
  assert.equal(await countOf("expect_bars_to_be_fresh", hourly, [...real, ...madeUp]), 1);
  assert.equal(await countOf("expect_providers_to_agree", {}, [...real, ...madeUp]), 0);
  assert.equal(await countOf("expect_no_unexplained_gaps", hourly, madeUp), 0);
  assert.equal(await countOf("expect_bars_to_be_fresh", hourly, madeUp.slice(0, 5)), 1);
});

test("a daily bar of a stock is fresh through the weekend", async () => {
  const bar = { at: "2026-01-09T00:00:00Z", close: 250, assetPair: "AAPL", provider: "alpha_vantage" };
  const daily = { timeframe: "1d" };
  for (const now of ["2026-01-10T12:00:00Z", "2026-01-11T12:00:00Z", "2026-01-12T12:00:00Z"])
    assert.equal((await check("expect_bars_to_be_fresh", daily, [bar], now)).success, true, now);
  assert.equal((await check("expect_bars_to_be_fresh", daily, [bar], "2026-01-13T12:00:00Z")).success, false);
});

test("a return beyond what is usual is found, by deviations and by true ranges", async () => {
  const type = "expect_returns_to_be_within";
  const calm = hours(24, (hour) => 100 + (hour % 3));
  assert.equal((await check(type, { max_sigma: 6, max_atr: 6, window: 10 }, calm)).success, true);
  const jump = hours(24, (hour) => (hour === 20 ? 150 : 100 + (hour % 3)));
  const hoursFound = async (kwargs: Kwargs): Promise<readonly unknown[]> => {
    const { found } = await check(type, { ...kwargs, window: 10 }, jump);
    return found.map((row) => [row["timestamp"], row["close"]]);
  };
  const there = ["2026-01-05T20:00:00.000Z", 150];
  const back = ["2026-01-05T21:00:00.000Z", 100];
  assert.deepEqual(await hoursFound({ max_sigma: 6 }), [there], "the way back is usual after it");
  assert.deepEqual(await hoursFound({ max_atr: 6 }), [there, back]);
  assert.equal(
    (await check(type, { max_sigma: 6, window: 21 }, jump)).success,
    true,
    "too few bars before it",
  );
});

test("of several versions of a bar the newest counts", async () => {
  const revised = { at: "2026-01-05T20:00:00Z", close: 101, extractedAt: "2026-01-06T00:00:00Z" };
  const jump = hours(24, (hour) => (hour === 20 ? 150 : 100 + (hour % 3)));
  const { success } = await check("expect_returns_to_be_within", { max_sigma: 6, window: 10 }, [
    ...jump,
    revised,
  ]);
  assert.equal(success, true);
});

test("providers that disagree by more than they may are named", async () => {
  const given: Bar[] = [
    { at: "2026-01-05T00:00:00Z", close: 100 },
    { at: "2026-01-05T00:00:00Z", close: 100.9, provider: "alpha_vantage" },
    { at: "2026-01-05T01:00:00Z", close: 100 },
    { at: "2026-01-05T01:00:00Z", close: 102, provider: "alpha_vantage" },
    { at: "2026-01-05T02:00:00Z", close: 500 },
  ];
  const { found } = await check("expect_providers_to_agree", {}, given);
  assert.deepEqual(
    found.map((row) => [row["timestamp"], row["disagreement"], row["providers"]]),
    [["2026-01-05T01:00:00.000Z", 0.02, "alpha_vantage, coinbase"]],
  );
  assert.equal((await check("expect_providers_to_agree", { tolerance: 0.02 }, given)).success, true);
});

test("coarser bars equal what finer ones add up to, and one that does not is found", async () => {
  using folder = new TemporaryFolder();
  const { lake, ingester } = openWorkshop({ root: folder.path });
  await ingester.backfill({
    assetPairs: pairs("BTCUSD"),
    timeframes: ["1h", "4h"],
    range: range("2026-01-01", "2026-01-03"),
    provider: "demo",
  });
  const quality = new DataQualityFramework(lake);
  const kwargs = { finer_table: "raw_market_data_1h", timeframe: "4h", finer_timeframe: "1h" };
  const suite = readSuite(
    { name: "sums", expectations: [{ type: "expect_bars_to_equal_aggregate_of", kwargs }] },
    "sums",
  );
  const tableName = "raw_market_data_4h";
  const good = await quality.validateTable({ tableName, suite, store: false });
  assert.equal(good.success, true, JSON.stringify(good.results[0]));
  const table = await lake.existingTable(tableName);
  const revised = `SELECT * REPLACE ((close + 1)::DECIMAL(18,8) AS close, _extracted_at + INTERVAL 1 HOUR AS _extracted_at)
    FROM bars WHERE "timestamp" = '2026-01-02T04:00:00Z'`;
  await table.append({ sql: revised }, { tables: { bars: table } });
  const { results } = await quality.validateTable({ tableName, suite });
  const [kept] = await (await lake.readTable({ tableName: "ops.quality_results" })).rows();
  assert.match(String(kept?.["samples"]), /"timestamp":"2026-01-02T04:00:00.000Z"/, "the evidence is kept");
  assert.deepEqual([results[0]?.success, results[0]?.result["unexpected_count"]], [false, 1]);
});

test("only what later versions added is validated, and is unique among all rows", async () => {
  using folder = new TemporaryFolder();
  const lake = new DeltaLakeManager({ storagePath: folder.path, engine: sharedEngine });
  const tableName = "silver.bars";
  const append = async (given: readonly Bar[]): Promise<void> => {
    await lake.createOrUpdateTable({ tableName, rows: { rows: given.map(rowOf) }, createWith: { schema } });
  };
  const quality = new DataQualityFramework(lake);
  const suite = readSuite(
    {
      name: "unique",
      expectations: [
        {
          type: "expect_compound_columns_to_be_unique",
          kwargs: { column_list: ["asset_pair", "timestamp"] },
        },
        { type: "expect_column_values_to_be_between", kwargs: { column: "close", min_value: 2 } },
      ],
    },
    "unique",
  );
  const validateSince = async (sinceVersion?: number): Promise<readonly unknown[]> => {
    const { results } = await quality.validateTable({
      tableName,
      suite,
      sinceVersion,
      store: false,
      resultFormat: "COMPLETE",
    });
    return results.map(({ result }) => [result["element_count"], result["unexpected_count"]]);
  };
  await append(hours(3, () => 1));
  await append([{ at: "2026-01-05T05:00:00Z", close: 5 }]);
  assert.deepEqual(await validateSince(0), [
    [1, 0],
    [1, 0],
  ]);
  await append([
    { at: "2026-01-05T01:00:00Z", close: 1 },
    { at: "2026-01-05T06:00:00Z", close: 6 },
  ]);
  assert.deepEqual(await validateSince(1), [
    [2, 1],
    [2, 1],
  ]);
  assert.deepEqual(await validateSince(), [
    [6, 2],
    [6, 4],
  ]);
  assert.deepEqual(await validateSince(2), [
    [0, 0],
    [0, 0],
  ]);
});

test("new rows are unique among all rows, whatever their keys are", async () => {
  const values = {
    text: ["a", "it's", "ü", "", "z".repeat(50), `${"z".repeat(50)}!`, null],
    whole: [-1n, 0n, 9_007_199_254_740_993n, null],
    amount: ["0.10", "-0.10", "99999999.99", null],
    at: ["1969-12-31T23:59:59.999999Z", "2026-01-05T00:00:00Z", "9999-12-31T00:00:00Z", null],
    ratio: [0.5, Number.NaN, Number.NEGATIVE_INFINITY, null],
  } as const;
  const keySchema = structType([
    field("text", "string"),
    field("whole", "long"),
    field("amount", "decimal(10,2)"),
    field("at", "timestamp"),
    field("ratio", "double"),
  ]);
  const names = ["text", "whole", "amount", "at", "ratio"] as const;
  const rowsOf = (length: number): fc.Arbitrary<Row[]> =>
    fc.array(fc.record(Object.fromEntries(names.map((name) => [name, fc.constantFrom(...values[name])]))), {
      minLength: length,
      maxLength: 12,
    });
  const keys = fc.subarray([...names], { minLength: 2 });
  await fc.assert(
    fc.asyncProperty(rowsOf(1), rowsOf(1), keys, async (old, added, key) => {
      using folder = new TemporaryFolder();
      const lake = new DeltaLakeManager({ storagePath: folder.path, engine: sharedEngine });
      const tableName = "silver.keys";
      // A file for each row: what is ruled out by its bounds is not read.
      for (const row of [...old, ...added])
        await lake.createOrUpdateTable({
          tableName,
          rows: { rows: [row] },
          createWith: { schema: keySchema },
        });
      const kwargs = { column_list: key, ignore_row_if: "never" };
      const suite = readSuite(
        { name: "keys", expectations: [{ type: "expect_compound_columns_to_be_unique", kwargs }] },
        "keys",
      );
      const sinceVersion = old.length - 1;
      const { results } = await new DataQualityFramework(lake).validateTable({
        tableName,
        suite,
        sinceVersion,
        store: false,
      });
      const textOf = (row: Row): string => key.map((name) => String(row[name])).join("|");
      const all = [...old, ...added].map(textOf);
      const repeated = added.filter((row) => all.filter((text) => text === textOf(row)).length > 1);
      assert.equal(results[0]?.result["unexpected_count"], repeated.length, JSON.stringify(results[0]));
      assert.equal(results[0]?.result["element_count"], added.length);
    }),
    { numRuns: runsOf(3, 50) },
  );
});
