/** Finds the files of a table that hold rows of the day, by their rows. */
import { join } from "node:path";
import * as z from "zod";
import { DeltaTable, DuckDbEngine } from "finance-feedback-delta";

import { option } from "../contestants/contestant.ts";
import { openDuckDb } from "../contestants/duckdb.ts";
import { queryFilter } from "../contestants/query-text.ts";
import { quoted } from "../contestants/sql.ts";

const folder = option("table");
const engine = new DuckDbEngine();
const { files } = await DeltaTable.at(folder, { engine }).snapshot();
const paths = [...files].map(({ path }) => quoted(join(folder, decodeURIComponent(path))));
await engine.close();

await using connection = await openDuckDb();
const answer = await connection.runAndReadAll(
  `SELECT DISTINCT filename FROM read_parquet([${paths.join(", ")}], filename = true) WHERE ${queryFilter} ORDER BY filename`,
);
const found = answer.getRowsJson().flatMap((row) => row.map((name) => quoted(z.string().parse(name))));
process.stdout.write(`[${found.join(", ")}]\n`);
