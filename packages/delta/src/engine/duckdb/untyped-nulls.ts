import { DuckDBListType, DuckDBMapType, DuckDBStructType, DuckDBTypeId } from "@duckdb/node-api";
import type { DuckDBConnection, DuckDBType } from "@duckdb/node-api";
import { randomUUID } from "node:crypto";

import { findField } from "../../protocol/schema.ts";
import type { DataType, StructType } from "../../protocol/schema.ts";
import { quoteName, quoteText, sqlType } from "../sql-text.ts";
import { hasVoid, isLosslessCast } from "./lossless-cast.ts";

/**
 * The schema of a query's result with `void` where a NULL has no type. In a result such a NULL is an integer; only the
 * engine's catalog knows it for what it is.
 *
 * @param schema of the result, with integers in those places.
 */
export async function withUntypedNulls(
  connection: DuckDBConnection,
  sql: string,
  schema: StructType,
): Promise<StructType> {
  if (!schema.fields.some(({ type }) => hasInteger(type))) return schema;
  const names = schema.fields.map((_, index) => `c${index}`).join(", ");
  const view = `described_${randomUUID().replaceAll("-", "")}`;
  await connection.run(`CREATE TEMP VIEW ${view} (${names}) AS ${sql}`);
  const reader = await connection.runAndReadAll(
    `SELECT data_type FROM duckdb_columns() WHERE table_name = ${quoteText(view)} ORDER BY column_index`,
  );
  await connection.run(`DROP VIEW ${view}`);
  const types = reader.getRows().map(([type]) => String(type));
  if (!types.some((type) => untypedNull.test(type))) return schema;
  const marked = types.map((type) => `NULL::${type.replaceAll(untypedNulls, mark)}`);
  const prepared = await connection.prepare(`SELECT ${marked.join(", ")}`);
  try {
    const fields = schema.fields.map((member, index) => ({
      ...member,
      type: withVoids(member.type, prepared.columnType(index)),
    }));
    return { type: "struct", fields };
  } finally {
    prepared.destroySync();
  }
}

/** A query in which NULLs without a type get the types of their columns. The engine would store them as integers. */
export function withTypedNulls(sql: string, given: StructType, wanted: StructType): string {
  const casts = given.fields.flatMap(({ name, type }) => {
    const target = hasVoid(type) ? findField(wanted, name)?.type : undefined;
    if (target === undefined || target === "void" || !isLosslessCast(type, target)) return [];
    return [`${quoteName(name)}::${sqlType(target)} AS ${quoteName(name)}`];
  });
  return casts.length === 0 ? sql : `SELECT * REPLACE (${casts.join(", ")}) FROM (${sql}\n)`;
}

/** A field of a struct may have this name too, but then its type follows. */
const untypedNull = /"NULL"(?=[[\],)]|$)/;
const untypedNulls = new RegExp(untypedNull, "g");
/** A type that no integer column has. */
const mark = "BIT";

function hasInteger(type: DataType): boolean {
  if (typeof type === "string") return type === "integer";
  switch (type.type) {
    case "array":
      return hasInteger(type.elementType);
    case "map":
      return hasInteger(type.keyType) || hasInteger(type.valueType);
    case "struct":
      return type.fields.some((member) => hasInteger(member.type));
  }
}

function withVoids(type: DataType, marked: DuckDBType | undefined): DataType {
  if (typeof type === "string")
    return type === "integer" && marked?.typeId === DuckDBTypeId.BIT ? "void" : type;
  if (type.type === "array" && marked instanceof DuckDBListType)
    return { ...type, elementType: withVoids(type.elementType, marked.valueType) };
  if (type.type === "map" && marked instanceof DuckDBMapType)
    return {
      ...type,
      keyType: withVoids(type.keyType, marked.keyType),
      valueType: withVoids(type.valueType, marked.valueType),
    };
  if (type.type !== "struct" || !(marked instanceof DuckDBStructType)) return type;
  const fields = type.fields.map((member, index) => ({
    ...member,
    type: withVoids(member.type, marked.entryTypes[index]),
  }));
  return { ...type, fields };
}
