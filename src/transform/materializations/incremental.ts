import { field, quoteName, structType } from "finance-feedback-delta";
import type { DeltaTable, StructType } from "finance-feedback-delta";

import { asList, isTruthy, pythonText } from "../project/plain.ts";
import type { ResourceConfig } from "../project/resource-config.ts";
import { isSameName } from "../relations/columns.ts";
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
      on: conditionOf(config, quoteName),
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
  if (strategy === "delete+insert" && keysOf(config).length === 0)
    throw new TransformError("INVALID_CONFIG", "incremental_strategy delete+insert needs a unique_key");
  if (strategy !== undefined) return strategy;
  throw new TransformError(
    "NOT_SUPPORTED",
    `incremental_strategy ${JSON.stringify(asked)} is not a strategy of this engine; it has ${strategies.join(", ")}`,
  );
}

/** An empty text is no key, as in dbt. */
function keysOf(config: ResourceConfig): readonly string[] {
  const keys = config.get("unique_key");
  return isTruthy(keys) ? asList(keys).map(pythonText) : [];
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
      on: conditionOf(config, quoteName),
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
 * merge, of a source that has its keys once as well, for what they delete. The source's columns get other names, because a
 * predicate of dbt that names a column means the table's.
 */
function replacementOf(
  { config, reads }: Materialization,
  table: DeltaTable,
  { source: rows, mergeSchema }: GivenRows,
  columns: StructType,
): ReturnType<DeltaTable["merge"]> {
  const keys = keysOf(config);
  const flag = newPrefix(columns);
  // A merge that adds columns knows them by the source's names.
  const prefix = mergeSchema ? "" : flag;
  const newName = (name: string): string => quoteName(`${prefix}${name}`);
  const names = columns.fields.map(({ name }) => name);
  const renamed = names.map((name) => `${quoteName(name)} AS ${newName(name)}`).join(", ");
  const keyed = keys.map((key) => `${quoteName(key)} AS ${newName(key)}`).join(", ");
  const source = {
    sql: `WITH new_rows AS (\n${rows.sql}\n) SELECT ${renamed}, false AS ${quoteName(flag)} FROM new_rows UNION ALL BY NAME SELECT DISTINCT ${keyed}, true AS ${quoteName(flag)} FROM new_rows`,
  };
  const sourceColumns = columns.fields.map((member) => ({ ...member, name: `${prefix}${member.name}` }));
  const flagged = structType([...sourceColumns, field(flag, "boolean")]);
  const on = `${sourceAlias}.${quoteName(flag)} AND ${conditionOf(config, newName)}`;
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
      condition: `NOT ${sourceAlias}.${quoteName(flag)}`,
      values: Object.fromEntries(names.map((name) => [name, `${sourceAlias}.${newName(name)}`])),
    });
}

/** What no column's name begins with. */
function newPrefix({ fields }: StructType): string {
  let prefix = "__new_";
  while (fields.some(({ name }) => name.toLowerCase().startsWith(prefix))) prefix = `_${prefix}`;
  return prefix;
}

/** @param sourceName how the source calls a column, quoted */
function conditionOf(config: ResourceConfig, sourceName: (name: string) => string): string {
  const keys = keysOf(config).map(
    (key) => `${targetAlias}.${quoteName(key)} = ${sourceAlias}.${sourceName(key)}`,
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
