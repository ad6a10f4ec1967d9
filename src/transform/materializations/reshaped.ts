import { quoteName } from "finance-feedback-delta";
import type { DeltaTable, StructType } from "finance-feedback-delta";

import { columnNamed } from "../relations/columns.ts";
import { sqlTypeName } from "../relations/sql-type-name.ts";
import { materialized, progressOf } from "./materialize.ts";
import type { Materialization, Materialized } from "./materialize.ts";
import { sourceAlias, targetAlias } from "./merge-aliases.ts";

/** What becomes of rows that are there, when rows of a model come. */
export interface Reshaping {
  readonly strategy: "append" | "merge" | "delete+insert";
  /** When a row that is there and one that comes belong together. */
  readonly on: string;
  /** The columns that a row that is there takes from the one that comes. */
  readonly updated: readonly string[];
}

const ownRows = "__own_rows";
const rowColumn = quoteName("__own_row");
const newColumn = quoteName("__is_new");

/**
 * Gives a table the columns and types of the rows that come, and these rows, in one commit. The rows that are there are written
 * anew: what both have keeps its values, what is new is null. A failure leaves the table with the columns that it had.
 */
export async function reshape(
  work: Materialization,
  table: DeltaTable,
  sql: string,
  columns: StructType,
  reshaping: Reshaping,
): Promise<Materialized> {
  const { schema } = await table.snapshot();
  const result = await table.overwrite(
    { sql: reshapedSql(schema, sql, columns, reshaping) },
    {
      tables: async (reference) =>
        reference.name.toLowerCase() === ownRows
          ? table.relation({}, reference.predicate)
          : work.reads.resolve(reference),
      overwriteSchema: true,
      sourceSchema: columns,
      ...progressOf(work),
    },
  );
  return materialized("REPLACE TABLE", result, ["numOutputRows"]);
}

function reshapedSql(
  schema: StructType,
  sql: string,
  columns: StructType,
  { strategy, on, updated }: Reshaping,
): string {
  const names = columns.fields.map(({ name }) => name);
  const own = columns.fields.map(({ name, type }) => {
    const column = columnNamed(schema, name) === undefined ? "NULL" : quoteName(name);
    return `CAST(${column} AS ${sqlTypeName(type)}) AS ${quoteName(name)}`;
  });
  const list = names.map(quoteName).join(", ");
  // A view of the rows that come would ask the model's SQL twice, and it may answer differently.
  const sources = `WITH new_rows AS MATERIALIZED (SELECT ${list} FROM (\n${sql}\n)), own_rows AS (SELECT ${own.join(", ")}, row_number() OVER () AS ${rowColumn} FROM ${ownRows})`;
  const all = `SELECT ${list} FROM new_rows`;
  const unmatched = (from: string, alias: string, other: string, otherAlias: string): string =>
    `SELECT ${list} FROM ${from} AS ${alias} WHERE NOT EXISTS (SELECT 1 FROM ${other} AS ${otherAlias} WHERE ${on})`;
  switch (strategy) {
    case "append":
      return `${sources} SELECT ${list} FROM own_rows UNION ALL ${all}`;
    case "delete+insert":
      return `${sources} ${unmatched("own_rows", targetAlias, "new_rows", sourceAlias)} UNION ALL ${all}`;
    case "merge":
      return `${sources} ${mergedRows(names, on, updated)} UNION ALL ${unmatched("new_rows", sourceAlias, "own_rows", targetAlias)}`;
  }
}

/** The rows that are there, with what matching rows bring. */
function mergedRows(names: readonly string[], on: string, updated: readonly string[]): string {
  const takes = new Set(updated);
  const values = names.map((name) => {
    const column = quoteName(name);
    const kept = `${targetAlias}.${column}`;
    return takes.has(name)
      ? `CASE WHEN ${sourceAlias}.${newColumn} THEN ${sourceAlias}.${column} ELSE ${kept} END AS ${column}`
      : `${kept} AS ${column}`;
  });
  const counted = `SELECT ${values.join(", ")}, count(*) OVER (PARTITION BY ${targetAlias}.${rowColumn}) AS ${rowColumn} FROM own_rows AS ${targetAlias} LEFT JOIN (SELECT *, true AS ${newColumn} FROM new_rows) AS ${sourceAlias} ON ${on}`;
  return `SELECT * EXCLUDE (${rowColumn}) FROM (${counted}) WHERE CASE WHEN ${rowColumn} > 1 THEN error('Several rows of the model have one unique_key, and would change one row of the table') ELSE true END`;
}
