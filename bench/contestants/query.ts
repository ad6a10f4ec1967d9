/** Ours: opens the table and scans it with a filter into columns; the engine is opened once in a process. */
import { DeltaTable, DuckDbEngine } from "finance-feedback-delta";

import { option } from "./contestant.ts";
import { queryColumns, queryFilter } from "./query-text.ts";
import { measureQueries } from "./repeated-query.ts";

const engine = new DuckDbEngine();

await measureQueries(option("repeated") === "true", async () => {
  const table = await DeltaTable.open(option("table"), { engine });
  const scan = await table.scan({ columns: queryColumns, where: queryFilter });
  const { rowCount } = await scan.toBatch();
  return rowCount;
});
await engine.close();
