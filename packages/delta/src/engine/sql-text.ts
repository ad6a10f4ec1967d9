import { anyText, required } from "../contract/option-kinds.ts";
import { assertArguments } from "../arguments.ts";
import { decimalShape } from "../protocol/schema.ts";
import type { DataType, StructField, StructType } from "../protocol/schema.ts";

/** A SQL identifier, quoted. */
export function quoteName(name: string): string {
  if (typeof name !== "string") assertArguments("quoteName", { name }, { name: required(anyText) });
  return `"${name.replaceAll('"', '""')}"`;
}

/** A name for a column of our own beside those of some tables: none of theirs begins with it, in small letters or large. */
export function freeName(wanted: string, schemas: readonly StructType[]): string {
  const taken = schemas.flatMap(({ fields }) => fields.map((member) => member.name.toLowerCase()));
  let name = wanted;
  while (taken.some((other) => other.startsWith(name.toLowerCase()))) name += "_";
  return name;
}

/** A SQL string literal. The engine's parser ends a query at a NUL: a text that has one is put together of its parts. */
export function quoteText(text: string): string {
  if (typeof text !== "string") assertArguments("quoteText", { text }, { text: required(anyText) });
  const parts = text.split("\0").map((part) => `'${part.replaceAll("'", "''")}'`);
  return parts.length === 1 ? parts.join("") : `(${parts.join(" || chr(0) || ")})`;
}

/** The name of a file as a SQL string literal. The engine takes it for a pattern: `[*]` stands for a star itself. */
export function quoteFile(path: string): string {
  if (typeof path !== "string") assertArguments("quoteFile", { path }, { path: required(anyText) });
  return quoteText(path.replaceAll(/[[*?]/g, "[$&]"));
}

/**
 * The engine's name of a type.
 *
 * @param nameOf the names of the fields inside it; their own when left out.
 */
export function sqlType(type: DataType, nameOf: (member: StructField) => string = ownName): string {
  if (typeof type === "object") {
    switch (type.type) {
      case "array":
        return `${sqlType(type.elementType, nameOf)}[]`;
      case "map":
        return `MAP(${sqlType(type.keyType, nameOf)}, ${sqlType(type.valueType, nameOf)})`;
      case "struct":
        return `STRUCT(${type.fields.map((member) => `${quoteName(nameOf(member))} ${sqlType(member.type, nameOf)}`).join(", ")})`;
    }
  }
  const decimal = decimalShape(type);
  if (decimal !== undefined) return `DECIMAL(${decimal.precision},${decimal.scale})`;
  switch (type) {
    case "string":
      return "VARCHAR";
    case "long":
      return "BIGINT";
    case "integer":
      return "INTEGER";
    case "short":
      return "SMALLINT";
    case "byte":
      return "TINYINT";
    case "float":
      return "FLOAT";
    case "double":
      return "DOUBLE";
    case "boolean":
      return "BOOLEAN";
    case "binary":
      return "BLOB";
    case "date":
      return "DATE";
    case "timestamp":
      return "TIMESTAMP WITH TIME ZONE";
    case "timestamp_ntz":
      return "TIMESTAMP";
    // Always null: any type will do.
    case "void":
      return "INTEGER";
    case "variant":
      return "VARIANT";
    default:
      throw new Error(`No SQL type for ${type}`);
  }
}

function ownName(member: StructField): string {
  return member.name;
}
