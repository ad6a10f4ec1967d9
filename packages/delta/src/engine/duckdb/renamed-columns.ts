import { physicalNameOf } from "../../protocol/column-mapping.ts";
import type { ColumnMappingMode } from "../../protocol/column-mapping.ts";
import type { DataType, StructField } from "../../protocol/schema.ts";
import { quoteName } from "../sql-text.ts";

/** The name of a field on one side of a renaming. */
export type FieldNames = (member: StructField) => string;

export const logicalNames: FieldNames = (member) => member.name;

export function physicalNames(mode: ColumnMappingMode): FieldNames {
  return (member) => physicalNameOf(member, mode);
}

/**
 * An expression's value with its nested fields renamed; the expression itself when no field changes. Fields of type void
 * are dropped: data files do not have them.
 */
export function renamed(expression: string, type: DataType, from: FieldNames, to: FieldNames): string {
  if (typeof type === "string" || !changesInside(type, from, to)) return expression;
  switch (type.type) {
    case "struct": {
      const members = type.fields
        .filter((member) => member.type !== "void")
        .map((member) => {
          const inner = `${expression}.${quoteName(from(member))}`;
          return `${quoteName(to(member))} := ${renamed(inner, member.type, from, to)}`;
        });
      return `CASE WHEN ${expression} IS NOT NULL THEN struct_pack(${members.join(", ")}) END`;
    }
    case "array":
      return `list_transform(${expression}, lambda e: ${renamed("e", type.elementType, from, to)})`;
    case "map": {
      const key = renamed("e.key", type.keyType, from, to);
      const value = renamed("e.value", type.valueType, from, to);
      return `map_from_entries(list_transform(map_entries(${expression}), lambda e: struct_pack(k := ${key}, v := ${value})))`;
    }
  }
}

function changesInside(type: DataType, from: FieldNames, to: FieldNames): boolean {
  if (typeof type === "string") return false;
  switch (type.type) {
    case "struct":
      return type.fields.some(
        (member) =>
          member.type === "void" || from(member) !== to(member) || changesInside(member.type, from, to),
      );
    case "array":
      return changesInside(type.elementType, from, to);
    case "map":
      return changesInside(type.keyType, from, to) || changesInside(type.valueType, from, to);
  }
}
