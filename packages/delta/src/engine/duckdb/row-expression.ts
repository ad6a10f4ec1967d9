import type { DuckDBConnection } from "@duckdb/node-api";

import { DeltaError, messageOf } from "../../errors.ts";
import { findField } from "../../protocol/schema.ts";
import type { DataType, StructType } from "../../protocol/schema.ts";
import type { RowRules } from "../engine.ts";
import { quoteName, quoteText, sqlType } from "../sql-text.ts";
import { serializeFilter } from "./query-text.ts";
import { columnsWithin, filterOf, hasSubquery, namesWithin } from "./query-tree.ts";
import { foreignPart } from "./spark-compatibility.ts";

/**
 * Refuses an expression that reads more than its row, or that another writer would evaluate differently. The rules of a
 * table come from whoever made it, and a subquery in one could read any file that the process may read.
 *
 * @throws DeltaError `INVALID_PREDICATE`
 */
async function assertRowExpression(
  connection: DuckDBConnection,
  schema: StructType,
  name: string,
  sql: string,
): Promise<void> {
  const serialized = await serializeFilter(connection, "t", sql);
  if (hasSubquery(serialized))
    throw new DeltaError(
      "INVALID_PREDICATE",
      `${name} (${sql}) has a subquery: a rule of a table may read only its row`,
    );
  const typeOf = (column: string): DataType | undefined => findField(schema, column)?.type;
  const foreign = foreignPart(filterOf(serialized), typeOf);
  if (foreign !== undefined)
    throw new DeltaError(
      "INVALID_PREDICATE",
      `${name} (${sql}) has ${foreign}, which Spark and this engine evaluate differently: a rule of a table must give every writer the same result`,
    );
}

/** The same for all rules of a table. */
export async function assertRowRules(
  connection: DuckDBConnection,
  schema: StructType,
  rules: RowRules,
): Promise<void> {
  for (const { kind, name, sql } of rules.checks)
    if (kind === "rule") await assertRowExpression(connection, schema, name, sql);
  for (const { column, sql } of rules.generated)
    await assertRowExpression(connection, schema, `The generated column "${column}"`, sql);
}

/** See `Engine.assertUsableRules`. */
export async function assertUsableRules(
  connection: DuckDBConnection,
  schema: StructType,
  rules: RowRules,
): Promise<void> {
  const typeOf = new Map(schema.fields.map((member) => [member.name, sqlType(member.type)]));
  const columns = schema.fields.map(
    (member) =>
      `NULL${member.type === "void" ? "" : `::${sqlType(member.type)}`} AS ${quoteName(member.name)}`,
  );
  const all = [
    ...rules.checks.map(({ name, sql }) => ({ name, sql, type: "BOOLEAN" })),
    ...rules.generated.map(({ column, sql }) => ({
      name: `The generated column "${column}"`,
      sql,
      type: typeOf.get(column) ?? "BOOLEAN",
    })),
  ];
  const names = new Set([...typeOf.keys()].map((key) => key.toLowerCase()));
  for (const { name, sql } of all) await assertSameEachTime(connection, name, sql, names);
  await assertRowRules(connection, schema, rules);
  await assertNotChained(connection, rules);
  for (const { name, sql, type } of all) {
    const from = `(SELECT ${columns.join(", ")})`;
    try {
      if (type === "BOOLEAN") await assertBoolean(connection, `SELECT (${sql}\n) FROM ${from}`);
      await connection.run(`SELECT CAST((${sql}\n) AS ${type}) FROM ${from}`);
    } catch (error) {
      throw new DeltaError("INVALID_PREDICATE", `${name} (${sql}) cannot be evaluated: ${messageOf(error)}`, {
        cause: error,
      });
    }
  }
}

/** All generated columns are computed in one step, from the given columns. None can read another, or itself. */
async function assertNotChained(connection: DuckDBConnection, { generated }: RowRules): Promise<void> {
  for (const { column, sql } of generated) {
    const read = columnsWithin(filterOf(await serializeFilter(connection, "t", sql)));
    const other = generated.find((rule) => read.has(rule.column.toLowerCase()));
    if (other !== undefined)
      throw new DeltaError(
        "INVALID_SCHEMA",
        `The generated column "${column}" (${sql}) depends on "${other.column}", which is generated as well`,
      );
  }
}

/** Spark refuses a constraint that is not a boolean, and then cannot write the table. */
async function assertBoolean(connection: DuckDBConnection, select: string): Promise<void> {
  const prepared = await connection.prepare(select);
  const type = String(prepared.columnType(0));
  prepared.destroySync();
  if (type !== "BOOLEAN") throw new Error(`it is ${type}, and a constraint is true or false`);
}

/** A row must pass on every day alike, and a generated value must be the same each time. */
async function assertSameEachTime(
  connection: DuckDBConnection,
  name: string,
  sql: string,
  columns: ReadonlySet<string>,
): Promise<void> {
  const names = [...namesWithin(await serializeFilter(connection, "t", sql))].filter(
    (candidate) => !columns.has(candidate),
  );
  if (names.length === 0) return;
  const reader = await connection.runAndReadAll(
    `SELECT DISTINCT function_name FROM duckdb_functions() WHERE stability <> 'CONSISTENT' AND function_name IN (${names.map(quoteText).join(", ")})`,
  );
  const changing = [
    ...reader.getRows().map(([found]) => String(found)),
    ...names.filter((found) => clocks.has(found)),
  ];
  const [first] = changing;
  if (first === undefined) return;
  throw new DeltaError(
    "INVALID_PREDICATE",
    `${name} (${sql}) uses ${first}, which gives another value each time: a rule of a table must always give the same result for a row`,
  );
}

/** These are calls although they have no parentheses. */
const clocks: ReadonlySet<string> = new Set([
  "current_date",
  "current_time",
  "current_timestamp",
  "localtime",
  "localtimestamp",
  "today",
]);
