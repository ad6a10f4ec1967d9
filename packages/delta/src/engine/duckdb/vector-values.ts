import {
  DuckDBBlobValue,
  DuckDBDateValue,
  DuckDBDecimalValue,
  DuckDBTimestampTZValue,
  DuckDBTimestampValue,
  DuckDBVector,
} from "@duckdb/node-api";
import type { DuckDBValue } from "@duckdb/node-api";
import duckdb from "@duckdb/node-bindings";

import { setMember } from "../../contract/own-members.ts";
import { DeltaError } from "../../errors.ts";
import type { DataType, StructType } from "../../protocol/schema.ts";
import { formatDate, formatDecimal, toDate } from "../row-values.ts";
import { variantJson } from "./variant-json.ts";

/**
 * The values of a vector of the engine in the form that rows have. Structs, lists and maps are read here, because the
 * binding's own structs lose a member called `__proto__`.
 */
export function vectorValues(vector: duckdb.Vector, count: number, type: DataType): unknown[] {
  if (count === 0) return [];
  if (typeof type === "object") {
    switch (type.type) {
      case "array": {
        const items = vectorValues(...listChild(vector), type.elementType);
        return listRanges(vector, count).map((range) => (range === null ? null : items.slice(...range)));
      }
      case "map": {
        const [child, size] = listChild(vector);
        const keys = vectorValues(duckdb.struct_vector_get_child(child, 0), size, type.keyType);
        const entries = vectorValues(duckdb.struct_vector_get_child(child, 1), size, type.valueType);
        return listRanges(vector, count).map((range) =>
          range === null ? null : mapOf(keys, entries, range),
        );
      }
      case "struct":
        return structValues(vector, count, type);
    }
  }
  if (type === "variant") assertReadableMembers(vector);
  const read = scalarReader(type);
  const values = DuckDBVector.create(vector, count);
  return Array.from({ length: count }, (_, index) => {
    const value = values.getItem(index);
    return value === null ? null : read(value);
  });
}

/**
 * The binding turns the objects of a variant into plain ones by assignment, which loses a member called `__proto__`. The first
 * child of the vector has the names of all members, one list for each row.
 *
 * @throws DeltaError `INVALID_VALUE`
 */
function assertReadableMembers(vector: duckdb.Vector): void {
  const [names, count] = listChild(duckdb.struct_vector_get_child(vector, 0));
  const members = DuckDBVector.create(names, count);
  for (let index = 0; index < count; index += 1)
    if (members.getItem(index) === "__proto__")
      throw new DeltaError(
        "INVALID_VALUE",
        "A variant has a member called __proto__, which DuckDB's binding for Node loses. Read the column as text: CAST(... AS JSON)",
      );
}

/** Which rows have a value; `undefined` when all have one. */
export function vectorValidity(vector: duckdb.Vector, count: number): Uint8Array | undefined {
  const bits = duckdb.vector_get_validity(vector, Math.ceil(count / 64) * 8);
  // The binding's type says that it always exists, but a vector without nulls has none.
  if (!(bits instanceof Uint8Array)) return undefined;
  const validity = new Uint8Array(count);
  let hasNulls = false;
  for (let index = 0; index < count; index += 1) {
    const isValid = ((bits[index >> 3] ?? 0) >> (index & 7)) & 1;
    validity[index] = isValid;
    if (isValid === 0) hasNulls = true;
  }
  return hasNulls ? validity : undefined;
}

function structValues(vector: duckdb.Vector, count: number, type: StructType): unknown[] {
  const validity = vectorValidity(vector, count);
  const members = type.fields.map((member, position) => ({
    name: member.name,
    values: vectorValues(duckdb.struct_vector_get_child(vector, position), count, member.type),
  }));
  return Array.from({ length: count }, (_, index) => {
    if (validity?.[index] === 0) return null;
    const value: Record<string, unknown> = {};
    for (const { name, values } of members) setMember(value, name, values[index] ?? null);
    return value;
  });
}

/** The elements of all lists of a vector, one list after the other. */
function listChild(vector: duckdb.Vector): readonly [duckdb.Vector, number] {
  return [duckdb.list_vector_get_child(vector), duckdb.list_vector_get_size(vector)];
}

/** Where each list's elements begin and end; null for a list that is null. */
function listRanges(vector: duckdb.Vector, count: number): (readonly [number, number] | null)[] {
  const validity = vectorValidity(vector, count);
  const bytes = duckdb.vector_get_data(vector, count * 16);
  const entries = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Array.from({ length: count }, (_, index) => {
    if (validity?.[index] === 0) return null;
    const start = Number(entries.getBigUint64(index * 16, true));
    return [start, start + Number(entries.getBigUint64(index * 16 + 8, true))];
  });
}

function mapOf(
  keys: readonly unknown[],
  values: readonly unknown[],
  [start, end]: readonly [number, number],
): ReadonlyMap<unknown, unknown> {
  const map = new Map<unknown, unknown>();
  for (let index = start; index < end; index += 1) map.set(keys[index], values[index]);
  return map;
}

function scalarReader(type: Extract<DataType, string>): (value: DuckDBValue) => unknown {
  if (type === "variant") return variantJson;
  return (value) => {
    if (value instanceof DuckDBDecimalValue) return formatDecimal(value.value, value.scale);
    if (value instanceof DuckDBTimestampTZValue || value instanceof DuckDBTimestampValue) {
      return toDate(value.micros);
    }
    if (value instanceof DuckDBDateValue) return formatDate(value.days);
    if (value instanceof DuckDBBlobValue) return Uint8Array.from(value.bytes);
    if (typeof value === "bigint" && (type === "integer" || type === "short" || type === "byte"))
      return Number(value);
    return value;
  };
}
