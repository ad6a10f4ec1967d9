import type { DuckDBConnection } from "@duckdb/node-api";

import { DeltaError } from "../../errors.ts";
import type { RowRules } from "../engine.ts";
import { serializeFilter } from "./query-binding.ts";
import { hasSubquery } from "./query-tree.ts";

/**
 * Refuses an expression that looks at more than its row. A table's rules come with the table, from whoever made it, and
 * a subquery in one could read any file that the process may read.
 *
 * @throws DeltaError `INVALID_PREDICATE`
 */
export async function assertRowExpression(
  connection: DuckDBConnection,
  name: string,
  sql: string,
): Promise<void> {
  if (!hasSubquery(await serializeFilter(connection, "t", sql))) return;
  throw new DeltaError(
    "INVALID_PREDICATE",
    `${name} (${sql}) has a subquery: a rule of a table may look at nothing but the row`,
  );
}

/** The same for all that a table demands of its rows. */
export async function assertRowRules(connection: DuckDBConnection, rules: RowRules): Promise<void> {
  for (const { name, sql } of rules.checks) await assertRowExpression(connection, name, sql);
  for (const { column, sql } of rules.generated)
    await assertRowExpression(connection, `The generated column "${column}"`, sql);
}
