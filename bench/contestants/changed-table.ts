import { join } from "node:path";
import { DeltaTable, LocalStore } from "finance-feedback-delta";

import type { Outcome } from "./contestant.ts";
import { option } from "./contestant.ts";
import { fileSystemFor } from "./without-fsync.ts";

/** The run's own copy of the table that the work changes. */
export function changedTable(): DeltaTable {
  return DeltaTable.at(new LocalStore(join(option("folder"), "table"), fileSystemFor(option("fsync"))));
}

/** The rows that the table has when the work is done. */
export async function rowsLeft(table: DeltaTable): Promise<Outcome> {
  const { rowCount } = await table.snapshot();
  if (rowCount === undefined) throw new Error("The table has files without statistics");
  return { rows: rowCount };
}
