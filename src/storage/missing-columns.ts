import type { DeltaTable } from "finance-feedback-delta";

import type { TableDefinition } from "../tables/table-definition.ts";

/** Gives a table from an earlier version the columns that its definition has got since; one that is not there stays so. */
export async function addMissingColumns(table: DeltaTable, { schema }: TableDefinition): Promise<void> {
  if (!(await table.exists())) return;
  const known = new Set((await table.snapshot()).schema.fields.map(({ name }) => name));
  const missing = schema.fields.filter(({ name }) => !known.has(name));
  if (missing.length > 0) await table.addColumns(missing);
}
