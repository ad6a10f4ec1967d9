import { decimalShape } from "./schema.ts";
import type { DataType, StructType } from "./schema.ts";

/** A schema with doubles in place of its decimals. */
export function numberSchema(schema: StructType): StructType {
  return { ...schema, fields: schema.fields.map((member) => ({ ...member, type: numberType(member.type) })) };
}

/** A type with doubles in place of its decimals, at any depth. */
export function numberType(type: DataType): DataType {
  if (typeof type === "string") return decimalShape(type) === undefined ? type : "double";
  switch (type.type) {
    case "struct":
      return { ...type, ...numberSchema(type) };
    case "array":
      return { ...type, elementType: numberType(type.elementType) };
    case "map":
      return { ...type, keyType: numberType(type.keyType), valueType: numberType(type.valueType) };
  }
}

export function hasDecimals(type: DataType): boolean {
  if (typeof type === "string") return decimalShape(type) !== undefined;
  switch (type.type) {
    case "struct":
      return type.fields.some((member) => hasDecimals(member.type));
    case "array":
      return hasDecimals(type.elementType);
    case "map":
      return hasDecimals(type.keyType) || hasDecimals(type.valueType);
  }
}
