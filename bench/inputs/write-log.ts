/** Writes the log of a table of candles as its writer would, with statistics, but no data files. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DeltaTable, DuckDbEngine } from "finance-feedback-delta";

import { candleTable } from "../contestants/candle-table.ts";
import { option } from "../contestants/contestant.ts";
import { candleAssets } from "./candles.ts";

const rowsPerFile = 500;
const minuteMs = 60_000;
const startMs = Date.UTC(2025, 0, 1);

const commitCount = Number(option("commits"));
const filesPerCommit = Number(option("files-per-commit"));
const checkpointInterval = Number(option("checkpoint-interval"));
const folder = option("table");

const engine = new DuckDbEngine();
const properties = { "delta.checkpointInterval": String(Math.max(checkpointInterval, 1)) };
const table = await DeltaTable.create(folder, { ...candleTable(false), properties, engine });
mkdirSync(join(folder, "_delta_log"), { recursive: true });

// The table's creation is the first commit.
for (let version = 1; version < commitCount; version += 1) {
  const first = (version - 1) * filesPerCommit;
  const adds = Array.from({ length: filesPerCommit }, (_, index) => addOf(first + index));
  const commitInfo = {
    timestamp: startMs + version * minuteMs,
    operation: "WRITE",
    operationParameters: { mode: "Append" },
    operationMetrics: { numFiles: String(filesPerCommit) },
    engineInfo: "bench",
  };
  const lines = [{ commitInfo }, ...adds].map((action) => JSON.stringify(action));
  const name = `${String(version).padStart(20, "0")}.json`;
  writeFileSync(join(folder, "_delta_log", name), `${lines.join("\n")}\n`);
  if (version % checkpointInterval === 0) await table.checkpoint();
}
await engine.close();

/** A file of one asset's minutes; the assets take turns. */
function addOf(number: number): object {
  const asset = number % candleAssets.length;
  const firstMs = startMs + Math.floor(number / candleAssets.length) * rowsPerFile * minuteMs;
  const bounds = (timeMs: number, base: number): object => ({
    asset_pair: candleAssets[asset],
    timestamp: new Date(timeMs).toISOString(),
    open: base + 0.25,
    high: base + 1.5,
    low: base - 1.5,
    close: base + 0.75,
    volume: base / 1000,
  });
  const base = 50_000 * (1 + asset) + (number % 1000);
  const stats = {
    numRecords: rowsPerFile,
    minValues: bounds(firstMs, base),
    maxValues: bounds(firstMs + (rowsPerFile - 1) * minuteMs, base + 100),
    nullCount: { asset_pair: 0, timestamp: 0, open: 0, high: 0, low: 0, close: 0, volume: 0 },
  };
  const path = `part-${String(number).padStart(5, "0")}-${uuidLike(number)}.zstd.parquet`;
  return {
    add: {
      path,
      partitionValues: {},
      size: 12_345 + (number % 1000),
      modificationTime: startMs + number,
      dataChange: true,
      stats: JSON.stringify(stats),
    },
  };
}

function uuidLike(number: number): string {
  const digits = (((number + 1) * 2_654_435_761) % 2 ** 48).toString(16).padStart(12, "0");
  return `${digits.slice(0, 8)}-${digits.slice(8, 12)}-4000-8000-${digits}`;
}
