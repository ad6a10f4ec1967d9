/** Ours: a table's newest state, in a process that has not opened the engine before. */
import { DeltaTable } from "finance-feedback-delta";

import { measure, option } from "./contestant.ts";

const path = option("table");

await measure(async () => {
  const snapshot = await DeltaTable.at(path).snapshot();
  return { rows: snapshot.fileCount };
});
