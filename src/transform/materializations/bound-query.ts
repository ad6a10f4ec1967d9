import { quoteName, structType } from "finance-feedback-delta";
import type { DataType, StructType } from "finance-feedback-delta";

import type { Materialization } from "./materialize.ts";

/**
 * The columns of a node's rows. Finding them out reads of every table that the SQL names, so that their versions are known
 * before anything is committed.
 */
export async function columnsOfQuery({
  lake,
  sql,
  reads,
}: Pick<Materialization, "lake" | "sql" | "reads">): Promise<StructType> {
  const session = await lake.engine.openSession();
  try {
    return storable(await session.schemaOf(await session.bind(sql, reads.shapes)));
  } finally {
    await session.close();
  }
}

/** A query whose rows a table can take, and their columns. */
export interface StoredQuery {
  readonly sql: string;
  readonly schema: StructType;
}

/**
 * The query of a node's rows with the types that its table gets. Times are instants, in UTC as all sessions are: SQL's
 * TIMESTAMP is one in Spark and has no zone in DuckDB, and one project makes one table.
 */
export async function storedQuery(
  work: Pick<Materialization, "lake" | "sql" | "reads">,
): Promise<StoredQuery> {
  const given = await columnsOfQuery(work);
  const zoneless = given.fields.filter(({ type }) => type === "timestamp_ntz");
  if (zoneless.length === 0) return { sql: work.sql, schema: given };
  const casts = zoneless.map(
    ({ name }) => `CAST(${quoteName(name)} AS TIMESTAMP WITH TIME ZONE) AS ${quoteName(name)}`,
  );
  return {
    sql: `SELECT * REPLACE (${casts.join(", ")}) FROM (\n${work.sql}\n)`,
    schema: structType(
      given.fields.map((member) => (zoneless.includes(member) ? { ...member, type: "timestamp" } : member)),
    ),
  };
}

/** A column of nothing but an untyped NULL becomes one of integers, as in DuckDB. */
function storable(schema: StructType): StructType {
  return structType(schema.fields.map((member) => ({ ...member, type: storableType(member.type) })));
}

function storableType(type: DataType): DataType {
  if (typeof type === "string") return type === "void" ? "integer" : type;
  switch (type.type) {
    case "array":
      return { ...type, elementType: storableType(type.elementType) };
    case "map":
      return { ...type, keyType: storableType(type.keyType), valueType: storableType(type.valueType) };
    case "struct":
      return {
        ...type,
        fields: type.fields.map((member) => ({ ...member, type: storableType(member.type) })),
      };
  }
}
