import type { DataType } from "finance-feedback-delta";

const names: ReadonlyMap<string, string> = new Map([
  ["string", "VARCHAR"],
  ["long", "BIGINT"],
  ["integer", "INTEGER"],
  ["short", "SMALLINT"],
  ["byte", "TINYINT"],
  ["float", "FLOAT"],
  ["double", "DOUBLE"],
  ["boolean", "BOOLEAN"],
  ["binary", "BLOB"],
  ["date", "DATE"],
  ["timestamp", "TIMESTAMP WITH TIME ZONE"],
  ["timestamp_ntz", "TIMESTAMP"],
]);

/** A column's type as DuckDB calls it: what templates and catalogs of dbt show. */
export function sqlTypeName(type: DataType): string {
  if (typeof type === "string") return names.get(type) ?? type.toUpperCase();
  switch (type.type) {
    case "array":
      return `${sqlTypeName(type.elementType)}[]`;
    case "map":
      return `MAP(${sqlTypeName(type.keyType)}, ${sqlTypeName(type.valueType)})`;
    case "struct":
      return `STRUCT(${type.fields.map((member) => `"${member.name}" ${sqlTypeName(member.type)}`).join(", ")})`;
  }
}
