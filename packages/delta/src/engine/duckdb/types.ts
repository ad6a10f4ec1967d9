import {
  BIGINT,
  BLOB,
  BOOLEAN,
  DATE,
  DECIMAL,
  DOUBLE,
  DuckDBDecimalType,
  DuckDBListType,
  DuckDBMapType,
  DuckDBStructType,
  DuckDBTypeId,
  FLOAT,
  INTEGER,
  LIST,
  MAP,
  SMALLINT,
  STRUCT,
  TIMESTAMP,
  TIMESTAMPTZ,
  TINYINT,
  VARCHAR,
  VARIANT,
} from "@duckdb/node-api";
import type { DuckDBType } from "@duckdb/node-api";

import { decimalShape, field } from "../../protocol/schema.ts";
import type { DataType } from "../../protocol/schema.ts";

/** The engine's type for a type of a table. */
export function duckType(type: DataType): DuckDBType {
  if (typeof type === "object") {
    switch (type.type) {
      case "array":
        return LIST(duckType(type.elementType));
      case "map":
        return MAP(duckType(type.keyType), duckType(type.valueType));
      case "struct":
        return STRUCT(Object.fromEntries(type.fields.map((member) => [member.name, duckType(member.type)])));
    }
  }
  const decimal = decimalShape(type);
  if (decimal !== undefined) return DECIMAL(decimal.precision, decimal.scale);
  switch (type) {
    case "string":
      return VARCHAR;
    case "long":
      return BIGINT;
    case "integer":
      return INTEGER;
    case "short":
      return SMALLINT;
    case "byte":
      return TINYINT;
    case "float":
      return FLOAT;
    case "double":
      return DOUBLE;
    case "boolean":
      return BOOLEAN;
    case "binary":
      return BLOB;
    case "date":
      return DATE;
    case "timestamp":
      return TIMESTAMPTZ;
    case "timestamp_ntz":
      return TIMESTAMP;
    case "void":
      return INTEGER;
    case "variant":
      return VARIANT;
    default:
      throw new Error(`No engine type for ${type}`);
  }
}

/**
 * The type of tables that holds every value of a type of the engine. `undefined` when there is none, as for intervals,
 * times and unions: the result of a query has those as text.
 */
export function dataTypeOf(type: DuckDBType): DataType | undefined {
  if (type instanceof DuckDBDecimalType) return `decimal(${type.width},${type.scale})`;
  if (type instanceof DuckDBListType) {
    const elementType = dataTypeOf(type.valueType);
    return elementType === undefined ? undefined : { type: "array", elementType, containsNull: true };
  }
  if (type instanceof DuckDBMapType) {
    const keyType = dataTypeOf(type.keyType);
    const valueType = dataTypeOf(type.valueType);
    if (keyType === undefined || valueType === undefined) return undefined;
    return { type: "map", keyType, valueType, valueContainsNull: true };
  }
  if (type instanceof DuckDBStructType) {
    const fields = type.entryNames.map((name, index) => {
      const entryType = type.entryTypes[index];
      const inner = entryType === undefined ? undefined : dataTypeOf(entryType);
      return inner === undefined ? undefined : field(name, inner);
    });
    const known = fields.filter((member) => member !== undefined);
    return known.length === fields.length ? { type: "struct", fields: known } : undefined;
  }
  switch (type.typeId) {
    case DuckDBTypeId.VARCHAR:
    case DuckDBTypeId.ENUM:
      return "string";
    case DuckDBTypeId.BIGINT:
    case DuckDBTypeId.UINTEGER:
      return "long";
    case DuckDBTypeId.INTEGER:
    case DuckDBTypeId.USMALLINT:
      return "integer";
    case DuckDBTypeId.SMALLINT:
    case DuckDBTypeId.UTINYINT:
      return "short";
    case DuckDBTypeId.TINYINT:
      return "byte";
    case DuckDBTypeId.UBIGINT:
      return "decimal(20,0)";
    case DuckDBTypeId.HUGEINT:
      return "decimal(38,0)";
    case DuckDBTypeId.FLOAT:
      return "float";
    case DuckDBTypeId.DOUBLE:
      return "double";
    case DuckDBTypeId.BOOLEAN:
      return "boolean";
    case DuckDBTypeId.BLOB:
      return "binary";
    case DuckDBTypeId.DATE:
      return "date";
    case DuckDBTypeId.TIMESTAMP_TZ:
      return "timestamp";
    case DuckDBTypeId.TIMESTAMP:
    case DuckDBTypeId.TIMESTAMP_S:
    case DuckDBTypeId.TIMESTAMP_MS:
      return "timestamp_ntz";
    case DuckDBTypeId.VARIANT:
      return "variant";
    default:
      return undefined;
  }
}
