/** The floor of an append: DuckDB's own COPY with the same options, from memory or from the Parquet file. No log, no fsync. */
import { join } from "node:path";

import { candleTable } from "./candle-table.ts";
import { measure, option } from "./contestant.ts";
import { openDuckDb } from "./duckdb.ts";
import { quoted } from "./sql.ts";

const { schema, partitionBy } = candleTable(option("partitioned") === "true");
const fromFile = `SELECT ${schema.fields.map(({ name }) => name).join(", ")} FROM read_parquet(${quoted(option("candles"))})`;
const layout =
  partitionBy === undefined ? "FILE_SIZE_BYTES 134217728" : `PARTITION_BY (${partitionBy.join(", ")})`;

await using connection = await openDuckDb();
const isInMemory = option("source") === "memory";
if (isInMemory) await connection.run(`CREATE TABLE candles AS ${fromFile}`);
const select = isInMemory ? "FROM candles" : fromFile;

await measure(async () => {
  const written = await connection.runAndReadAll(
    `COPY (${select}) TO ${quoted(join(option("folder"), "files"))}
     (FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 1, PARQUET_VERSION v1, RETURN_STATS, ${layout})`,
  );
  const [rows = 0, bytes = 0] = ["count", "file_size_bytes"].map((name) =>
    written
      .getRowObjectsJson()
      .map((row) => Number(row[name]))
      .reduce((sum, value) => sum + value, 0),
  );
  return { rows, bytes };
});
