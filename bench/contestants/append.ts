/** Ours: one append to a new table, from columns in memory or from a Parquet file by SQL. */
import { join } from "node:path";
import { DeltaTable, LocalStore } from "finance-feedback-delta";
import type { RowSource } from "finance-feedback-delta";

import { loadCandleBatches } from "./candle-batches.ts";
import { candleTable } from "./candle-table.ts";
import { measure, option } from "./contestant.ts";
import { quoted } from "./sql.ts";
import { fileSystemFor } from "./without-fsync.ts";

const candles = option("candles");
const isPartitioned = option("partitioned") === "true";
const createWith = candleTable(isPartitioned);

const source: RowSource =
  option("source") === "columns"
    ? { batches: await loadCandleBatches(candles, isPartitioned) }
    : {
        sql: `SELECT ${createWith.schema.fields.map(({ name }) => name).join(", ")} FROM read_parquet(${quoted(candles)})`,
      };

const table = DeltaTable.at(new LocalStore(join(option("folder"), "table"), fileSystemFor(option("fsync"))));

await measure(async () => {
  const { rowCount, metrics } = await table.append(source, { createWith });
  return { rows: rowCount, bytes: metrics["numOutputBytes"] ?? 0 };
});
