/** The floor of a query: DuckDB on the one file that holds the rows, or on all files of the table without its log. */
import { readdirSync } from "node:fs";
import { join } from "node:path";

import { option } from "./contestant.ts";
import { openDuckDb } from "./duckdb.ts";
import type { OpenDuckDb } from "./duckdb.ts";
import { queryAssetPair, queryColumns, queryDay, queryFilter } from "./query-text.ts";
import { measureQueries } from "./repeated-query.ts";
import { quoted } from "./sql.ts";

const table = option("table");
const partition = join(table, `partition_date=${queryDay}`, `partition_asset_pair=${queryAssetPair}`);
const files =
  option("files") === "right"
    ? `[${readdirSync(partition)
        .map((name) => quoted(join(partition, name)))
        .join(", ")}]`
    : quoted(join(table, "*", "*", "*.parquet"));

let opened: OpenDuckDb | undefined;

await measureQueries(option("repeated") === "true", async () => {
  opened ??= await openDuckDb();
  const answer = await opened.runAndReadAll(
    `SELECT ${queryColumns.join(", ")} FROM read_parquet(${files}, hive_partitioning = false) WHERE ${queryFilter}`,
  );
  return answer.currentRowCount;
});
await opened?.[Symbol.asyncDispose]();
