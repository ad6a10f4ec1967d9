/** Ours: opens the table and plans a scan, in a process that has not opened the engine before. */
import { DeltaTable } from "finance-feedback-delta";

import { measure, option } from "./contestant.ts";
import { queryFilter } from "./query-text.ts";

const path = option("table");

await measure(async () => {
  const scan = await DeltaTable.at(path).scan({ where: queryFilter });
  return { rows: (await scan.explain()).filesRead };
});
