import { field, quoteName, structType } from "finance-feedback-delta";
import type { DeltaTable, StructType } from "finance-feedback-delta";

import { asList, pythonText } from "../project/plain.ts";
import type { ResourceConfig } from "../project/resource-config.ts";
import { columnNamed, isSameName } from "../relations/columns.ts";
import { TransformError } from "../transform-error.ts";
import { storedQuery } from "./bound-query.ts";
import { fitSchema } from "./changed-schema.ts";
import { materialized, progressOf } from "./materialize.ts";
import type { Materialization, Materialized } from "./materialize.ts";
import { sourceAlias, targetAlias } from "./merge-aliases.ts";
import { reshape } from "./reshaped.ts";
import { materializeTable } from "./table.ts";

const strategies = ["merge", "append", "delete+insert"] as const;
type Strategy = (typeof strategies)[number];

/** Puts the rows of a SELECT into the table that there is, in one commit by the model's strategy; the first run makes it. */
export async function materializeIncremental(work: Materialization): Promise<Materialized> {
  const { lake, place, config } = work;
  const strategy = strategyOf(config);
  const table = lake.tableIn(place);
  if (work.isFullRefresh || !(await table.exists())) return materializeTable(work);
  const query = await storedQuery(work);
  const { columns, change } = await fitSchema(work, query.schema, table);
  if (change === "reshaped")
    return reshape(work, table, query.sql, columns, {
      strategy: strategy === "merge" && keysOf(config).length === 0 ? "append" : strategy,
      on: conditionOf(config),
      updated: updatedColumns(config, columns),
    });
  const source = { sql: `SELECT ${listOf(columns)} FROM (\n${query.sql}\n)` };
  const options = progressOf(work);
  const tables = work.reads.resolve;
  // Columns that are added come with the rows, in one commit.
  const mergeSchema = change === "added";
  switch (strategy) {
    case "append": {
      const result = await table.append(source, { tables, mergeSchema, ...options });
      return materialized("INSERT", result, ["numOutputRows"]);
    }
    case "merge": {
      const merge = mergeOf(work, table, { source, mergeSchema }, columns);
      return materialized("MERGE", await merge.execute(options), changedRows);
    }
    case "delete+insert": {
      const merge = replacementOf(work, table, { source, mergeSchema }, columns);
      return materialized("MERGE", await merge.execute(options), changedRows);
    }
  }
}

const changedRows = ["numTargetRowsInserted", "numTargetRowsUpdated"];

function strategyOf(config: ResourceConfig): Strategy {
  const asked = config.text("incremental_strategy") ?? (keysOf(config).length === 0 ? "append" : "merge");
  const strategy = strategies.find((candidate) => candidate === asked);
  if (strategy !== undefined) return strategy;
  throw new TransformError(
    "NOT_SUPPORTED",
    `incremental_strategy ${JSON.stringify(asked)} is none of this engine's: there are ${strategies.join(", ")}`,
  );
}

function keysOf(config: ResourceConfig): readonly string[] {
  return asList(config.get("unique_key")).map(pythonText);
}

/** The rows of the model, and whether they bring columns. */
interface GivenRows {
  readonly source: { readonly sql: string };
  readonly mergeSchema: boolean;
}

/** Without keys no row matches, so that all are inserted, as dbt has it. */
function mergeOf(
  work: Materialization,
  table: DeltaTable,
  given: GivenRows,
  columns: StructType,
): ReturnType<DeltaTable["merge"]> {
  const { config, reads } = work;
  const merge = table
    .merge({
      ...given,
      sourceSchema: columns,
      tables: reads.resolve,
      on: conditionOf(config),
      targetAlias,
      sourceAlias,
    })
    .whenNotMatchedInsert({ values: assignments(columns.fields.map(({ name }) => name)) });
  if (keysOf(config).length === 0) return merge;
  const updated = updatedColumns(config, columns);
  return updated.length === 0 ? merge : merge.whenMatchedUpdate({ set: assignments(updated) });
}

/**
 * Deletes all rows that have a key of the source, and inserts the source's rows, which may have a key more than once: one
 * merge, of a source that has its keys once as well, for what they delete.
 */
function replacementOf(
  { config, reads }: Materialization,
  table: DeltaTable,
  { source: rows, mergeSchema }: GivenRows,
  columns: StructType,
): ReturnType<DeltaTable["merge"]> {
  const keys = keysOf(config);
  if (keys.length === 0)
    throw new TransformError("INVALID_CONFIG", "incremental_strategy delete+insert needs a unique_key");
  const flag = quoteName(flagName(columns));
  const keyed = keys.map(quoteName).join(", ");
  const source = {
    sql: `WITH new_rows AS (\n${rows.sql}\n) SELECT *, false AS ${flag} FROM new_rows UNION ALL BY NAME SELECT DISTINCT ${keyed}, true AS ${flag} FROM new_rows`,
  };
  const flagged = structType([...columns.fields, field(flagName(columns), "boolean")]);
  const on = `${sourceAlias}.${flag} AND ${conditionOf(config)}`;
  return table
    .merge({
      source,
      sourceSchema: flagged,
      mergeSchema,
      tables: reads.resolve,
      on,
      targetAlias,
      sourceAlias,
    })
    .whenMatchedDelete()
    .whenNotMatchedInsert({
      condition: `NOT ${sourceAlias}.${flag}`,
      values: assignments(columns.fields.map(({ name }) => name)),
    });
}

function flagName(columns: StructType): string {
  let name = "__deletes";
  while (columnNamed(columns, name) !== undefined) name = `_${name}`;
  return name;
}

function conditionOf(config: ResourceConfig): string {
  const keys = keysOf(config).map(
    (key) => `${targetAlias}.${quoteName(key)} = ${sourceAlias}.${quoteName(key)}`,
  );
  const predicates = [
    ...asList(config.get("incremental_predicates")),
    ...asList(config.get("predicates")),
  ].map((predicate) => `(${pythonText(predicate)}\n)`);
  return keys.length === 0 ? "false" : [...keys, ...predicates].join(" AND ");
}

function updatedColumns(config: ResourceConfig, columns: StructType): readonly string[] {
  const only = config.texts("merge_update_columns");
  const excluded = config.texts("merge_exclude_columns") ?? [];
  if (only !== undefined && excluded.length > 0)
    throw new TransformError(
      "INVALID_CONFIG",
      "merge_update_columns and merge_exclude_columns cannot be given together",
    );
  const names = columns.fields.map(({ name }) => name);
  if (only !== undefined) return names.filter((name) => has(only, name));
  const keys = keysOf(config);
  return names.filter((name) => !has(excluded, name) && !has(keys, name));
}

function has(names: readonly string[], wanted: string): boolean {
  return names.some((name) => isSameName(name, wanted));
}

function assignments(names: readonly string[]): Readonly<Record<string, string>> {
  return Object.fromEntries(names.map((name) => [name, `${sourceAlias}.${quoteName(name)}`]));
}

function listOf(columns: StructType): string {
  return columns.fields.map(({ name }) => quoteName(name)).join(", ");
}
