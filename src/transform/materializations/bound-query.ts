import { structType } from "finance-feedback-delta";
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

/** A column of nothing but an untyped NULL becomes one of integers, as it does in DuckDB. */
function storable(schema: StructType): StructType {
  return structType(schema.fields.map((member) => ({ ...member, type: withoutVoid(member.type) })));
}

function withoutVoid(type: DataType): DataType {
  if (typeof type === "string") return type === "void" ? "integer" : type;
  switch (type.type) {
    case "array":
      return { ...type, elementType: withoutVoid(type.elementType) };
    case "map":
      return { ...type, keyType: withoutVoid(type.keyType), valueType: withoutVoid(type.valueType) };
    case "struct":
      return {
        ...type,
        fields: type.fields.map((member) => ({ ...member, type: withoutVoid(member.type) })),
      };
  }
}
