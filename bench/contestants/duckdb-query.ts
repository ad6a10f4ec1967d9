/** The floor of a query: DuckDB on the one file that holds the rows, or on all files of the table without its log. */
import { readdirSync } from "node:fs";
import { join } from "node:path";

import { option } from "./contestant.ts";
import { openDuckDb } from "./duckdb.ts";
import type { OpenDuckDb } from "./duckdb.ts";
import { queryAssetPair, queryColumns, queryDay, queryFilter } from "./query-text.ts";
import { measureQueries } from "./repeated-query.ts";
import { quoted } from "./sql.ts";

const files = option("files");
const table = option("table");

/** `right` and `all` are of the partitioned table; else the files themselves, as a list of SQL. */
function filesSql(): string {
  if (files === "all") return quoted(join(table, "*", "*", "*.parquet"));
  if (files !== "right") return files;
  const partition = join(table, `partition_date=${queryDay}`, `partition_asset_pair=${queryAssetPair}`);
  const paths = readdirSync(partition).map((name) => quoted(join(partition, name)));
  return `[${paths.join(", ")}]`;
}

const sql = `SELECT ${queryColumns.join(", ")} FROM read_parquet(${filesSql()}, hive_partitioning = false) WHERE ${queryFilter}`;
let opened: OpenDuckDb | undefined;

await measureQueries(option("repeated") === "true", async () => {
  opened ??= await openDuckDb();
  const answer = await opened.runAndReadAll(sql);
  return answer.currentRowCount;
});
await opened?.[Symbol.asyncDispose]();
