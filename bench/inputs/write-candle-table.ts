/** Writes candles into a table of one of the layouts. */
import { cpSync } from "node:fs";
import { DeltaTable, DuckDbEngine } from "finance-feedback-delta";

import { candleTable } from "../contestants/candle-table.ts";
import { option } from "../contestants/contestant.ts";
import { quoted } from "../contestants/sql.ts";
import { candleAssets } from "./candles.ts";

const timedFiles = 16;
const zOrderedBytes = 16 * 2 ** 20;

const layout = option("layout");
const rowsPerAsset = Number(option("rows-per-asset"));
const smallFiles = Number(option("small-files"));
const folder = option("table");
const engine = new DuckDbEngine();
const createWith = candleTable(false);
const columns = createWith.schema.fields.map(({ name }) => name).join(", ");
const candles = `read_parquet(${quoted(option("candles"))})`;
const minute = (offset: number): string => `TIMESTAMPTZ '2025-01-01 00:00:00+00' + to_minutes(${offset})`;

const from = option("from");
if (from !== "") cpSync(from, folder, { recursive: true });
const table = DeltaTable.at(folder, { engine });

if (layout === "z-ordered") {
  await table.optimize({ zOrderBy: ["asset_pair", "timestamp"], targetSizeBytes: zOrderedBytes });
} else if (layout === "with-vectors") {
  await table.setProperties({ "delta.enableDeletionVectors": "true" });
} else {
  for (const where of filters()) {
    const sql = `SELECT ${columns} FROM ${candles} WHERE ${where} ORDER BY timestamp, asset_pair`;
    await table.append({ sql }, { createWith });
  }
}
await engine.close();

/** The rows of each file. */
function filters(): string[] {
  if (layout === "by-time") return slices(timedFiles).map(within);
  if (layout === "shuffled") {
    const place = `((epoch_us(timestamp) // 60000000 * 2654435761 + ascii(asset_pair) * 40503) % 2147483647)`;
    return slices(smallFiles).map((_, file) => `${place} % ${smallFiles} = ${file}`);
  }
  return candleAssets.flatMap((assetPair) =>
    slices(smallFiles / candleAssets.length).map(
      (slice) => `asset_pair = ${quoted(assetPair)} AND ${within(slice)}`,
    ),
  );
}

interface Slice {
  readonly start: number;
  readonly end: number;
}

function slices(count: number): Slice[] {
  const size = Math.ceil(rowsPerAsset / count);
  return Array.from({ length: Math.ceil(count) }, (_, index) => ({
    start: index * size,
    end: (index + 1) * size,
  })).filter(({ start }) => start < rowsPerAsset);
}

function within({ start, end }: Slice): string {
  return `timestamp >= ${minute(start)} AND timestamp < ${minute(end)}`;
}
