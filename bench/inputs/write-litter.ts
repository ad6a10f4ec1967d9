/** Writes a table of ten files and many small old files beside them. */
import { utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DeltaTable, DuckDbEngine } from "finance-feedback-delta";

import { candleTable } from "../contestants/candle-table.ts";
import { option } from "../contestants/contestant.ts";
import { quoted } from "../contestants/sql.ts";
import { candleAssets } from "./candles.ts";

const orphanBytes = 1024;

const folder = option("table");
const createWith = candleTable(false);
const columns = createWith.schema.fields.map(({ name }) => name).join(", ");
const engine = new DuckDbEngine();
const table = DeltaTable.at(folder, { engine });
for (const assetPair of candleAssets) {
  const sql = `SELECT ${columns} FROM read_parquet(${quoted(option("candles"))}) WHERE asset_pair = ${quoted(assetPair)}`;
  await table.append({ sql }, { createWith });
}
await engine.close();

const content = Buffer.alloc(orphanBytes);
// Older than any retention, and the same on every machine.
const writtenAt = new Date(Date.UTC(2020, 0, 1));
for (let orphan = 0; orphan < Number(option("orphans")); orphan += 1) {
  const path = join(folder, `part-${String(orphan).padStart(5, "0")}-orphan.zstd.parquet`);
  writeFileSync(path, content);
  utimesSync(path, writtenAt, writtenAt);
}
