import type { DuckDBConnection } from "@duckdb/node-api";

import { DeltaError, messageOf } from "../../errors.ts";
import { describeType, findField } from "../../protocol/schema.ts";
import type { StructType } from "../../protocol/schema.ts";
import { quoteName, sqlType } from "../sql-text.ts";
import { isLosslessCast } from "./lossless-cast.ts";
import { dataTypeOf } from "./types.ts";

/**
 * A query as a source of rows: its columns are matched by name, cast only where no value can change, and missing ones
 * are null.
 *
 * @throws DeltaError `SCHEMA_MISMATCH`
 */
export async function querySelect(
  connection: DuckDBConnection,
  sql: string,
  { schema }: { readonly schema: StructType },
): Promise<string> {
  let prepared;
  try {
    prepared = await connection.prepare(`SELECT * FROM (${sql}\n)`);
  } catch (error) {
    throw new DeltaError("INVALID_QUERY", `The query that should give the rows failed: ${messageOf(error)}`, {
      cause: error,
    });
  }
  const given = new Map<string, string>();
  for (let index = 0; index < prepared.columnCount; index += 1) {
    const name = prepared.columnName(index);
    const member = findField(schema, name);
    if (member === undefined) {
      const known = schema.fields.map((column) => column.name).join(", ");
      throw new DeltaError("SCHEMA_MISMATCH", `The table has no column "${name}". Its columns: ${known}`);
    }
    const type = prepared.columnType(index);
    const from = dataTypeOf(type);
    if (from === undefined || !isLosslessCast(from, member.type)) {
      throw new DeltaError(
        "SCHEMA_MISMATCH",
        `Column "${member.name}" is ${describeType(member.type)}, the query gives ${from === undefined ? String(type) : describeType(from)}: cast it in the query`,
      );
    }
    given.set(member.name, name);
  }
  prepared.destroySync();
  const columns = schema.fields.map((member) => {
    const name = given.get(member.name);
    const value = name === undefined ? "NULL" : quoteName(name);
    return `${value}::${sqlType(member.type)} AS ${quoteName(member.name)}`;
  });
  return `SELECT ${columns.join(", ")} FROM (${sql}\n)`;
}
