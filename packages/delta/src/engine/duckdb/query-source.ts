import type { DuckDBConnection } from "@duckdb/node-api";

import { DeltaError, messageOf } from "../../errors.ts";
import { describeType, field, findField } from "../../protocol/schema.ts";
import type { DataType, StructField, StructType } from "../../protocol/schema.ts";
import { quoteName, sqlType } from "../sql-text.ts";
import { isLosslessCast } from "./lossless-cast.ts";
import { dataTypeOf } from "./types.ts";
import { withUntypedNulls } from "./untyped-nulls.ts";

/**
 * A query as a source of rows. Columns match by name, and missing ones are null. A column is cast only when the cast can
 * change no value.
 *
 * @throws DeltaError `SCHEMA_MISMATCH`
 */
export async function querySelect(
  connection: DuckDBConnection,
  sql: string,
  { schema }: { readonly schema: StructType },
): Promise<string> {
  const columns = (await columnsOf(connection, sql)).map((column) => ({
    ...column,
    member: memberOf(schema, column.name),
  }));
  const isFitting = columns.every(
    ({ type, member }) => type !== undefined && isLosslessCast(type, member.type),
  );
  if (!isFitting) await assertFitting(connection, sql, columns);
  const given = new Map(columns.map(({ name, member }) => [member.name, name]));
  const list = schema.fields.map((member) => {
    const name = given.get(member.name);
    const value = name === undefined ? "NULL" : quoteName(name);
    return `${value}::${sqlType(member.type)} AS ${quoteName(member.name)}`;
  });
  return `SELECT ${list.join(", ")} FROM (${sql}\n)`;
}

interface GivenColumn {
  readonly name: string;
  /** `undefined` for a type that tables do not have. */
  readonly type: DataType | undefined;
  /** The engine's name of the type. */
  readonly typeName: string;
}

async function columnsOf(connection: DuckDBConnection, sql: string): Promise<readonly GivenColumn[]> {
  let prepared;
  try {
    prepared = await connection.prepare(`SELECT * FROM (${sql}\n)`);
  } catch (error) {
    throw new DeltaError("INVALID_QUERY", `The query that should give the rows failed: ${messageOf(error)}`, {
      cause: error,
    });
  }
  const columns: GivenColumn[] = [];
  for (let index = 0; index < prepared.columnCount; index += 1) {
    const type = prepared.columnType(index);
    columns.push({ name: prepared.columnName(index), type: dataTypeOf(type), typeName: String(type) });
  }
  prepared.destroySync();
  return columns;
}

function memberOf(schema: StructType, name: string): StructField {
  const member = findField(schema, name);
  if (member !== undefined) return member;
  const known = schema.fields.map((column) => column.name).join(", ");
  throw new DeltaError("SCHEMA_MISMATCH", `The table has no column "${name}". Its columns: ${known}`);
}

/** An untyped NULL fits every column. Only a query tells it from an integer, so it runs only when a column does not fit. */
async function assertFitting(
  connection: DuckDBConnection,
  sql: string,
  columns: readonly (GivenColumn & { readonly member: StructField })[],
): Promise<void> {
  const fields = columns.map(({ name, type = "string" }) => field(name, type));
  const exact = await withUntypedNulls(connection, `SELECT * FROM (${sql}\n)`, { type: "struct", fields });
  for (const [index, { type, typeName, member }] of columns.entries()) {
    const from = type === undefined ? undefined : (exact.fields[index]?.type ?? type);
    if (from !== undefined && isLosslessCast(from, member.type)) continue;
    if (from === undefined && typeName === "INTERVAL")
      throw new DeltaError(
        "SCHEMA_MISMATCH",
        `Column "${member.name}" is an INTERVAL, which no Delta table holds: keep its seconds, epoch("${member.name}"), or its text, CAST("${member.name}" AS VARCHAR)`,
      );
    throw new DeltaError(
      "SCHEMA_MISMATCH",
      `Column "${member.name}" is ${describeType(member.type)}, the query gives ${from === undefined ? typeName : describeType(from)}: cast it in the query`,
    );
  }
}
