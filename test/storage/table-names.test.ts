import assert from "node:assert/strict";
import { test } from "node:test";

import { partitionDate, partitionGranularity } from "../../src/tables/market-data.ts";
import { StorageError } from "../../src/storage/storage-error.ts";
import { parseTableName } from "../../src/storage/table-names.ts";
import { marketDataTable } from "../../src/tables/market-data.ts";
import { timeframeOfTable } from "../../src/tables/table-registry.ts";

test("a table's name is enough, its layer in front does no harm", () => {
  assert.deepEqual(parseTableName("raw_market_data_1h"), { layer: "bronze", name: "raw_market_data_1h" });
  assert.deepEqual(parseTableName("bronze.raw_market_data_1h"), {
    layer: "bronze",
    name: "raw_market_data_1h",
  });
  assert.deepEqual(parseTableName("mart_trading_performance"), {
    layer: "gold",
    name: "mart_trading_performance",
  });
  assert.deepEqual(parseTableName("Silver.My_Table"), { layer: "silver", name: "my_table" });
});

test("names that could mean two things, or nothing, are refused", () => {
  for (const text of ["my_table", "silver.raw_market_data_1h", "platinum.x", "../etc", "a.b.c", "", "1x"]) {
    assert.throws(
      () => parseTableName(text),
      (error) => error instanceof StorageError && error.code === "INVALID_TABLE_NAME",
      text,
    );
  }
});

test("a market data table and its timeframe name each other", () => {
  assert.equal(marketDataTable("15m"), "raw_market_data_15m");
  assert.equal(timeframeOfTable("raw_market_data_15m"), "15m");
  assert.equal(timeframeOfTable("raw_market_data_2h"), undefined);
  assert.equal(timeframeOfTable("trade_lifecycle"), undefined);
});

test("a partition is named by its first day", () => {
  const instant = Date.UTC(2026, 7, 19, 23, 59);
  assert.equal(partitionDate(instant, partitionGranularity("1m", "by_timeframe")), "2026-08-19");
  assert.equal(partitionDate(instant, partitionGranularity("5m", "by_timeframe")), "2026-08-01");
  assert.equal(partitionDate(instant, partitionGranularity("4h", "by_timeframe")), "2026-01-01");
  assert.equal(partitionDate(instant, partitionGranularity("1d", "day")), "2026-08-19");
});
