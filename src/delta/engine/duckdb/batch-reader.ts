import {
  DuckDBBlobValue,
  DuckDBDateValue,
  DuckDBDecimalValue,
  DuckDBListValue,
  DuckDBMapValue,
  DuckDBStructValue,
  DuckDBTimestampTZValue,
  DuckDBTimestampValue,
} from "@duckdb/node-api";
import type { DuckDBDataChunk, DuckDBValue } from "@duckdb/node-api";
import duckdb from "@duckdb/node-bindings";

import { decimalShape } from "../../protocol/schema.ts";
import type { DataType, StructType } from "../../protocol/schema.ts";
import { RecordBatch } from "../../record-batch.ts";
import type { Column, TypedValues } from "../../record-batch.ts";
import { formatDate, formatDecimal, toDate } from "../../row-values.ts";
import { variantJson } from "./variant-json.ts";

/** Copies an engine's chunk out into a batch of the given schema. */
export function readBatch(chunk: DuckDBDataChunk, schema: StructType): RecordBatch {
  const rowCount = chunk.rowCount;
  const columns = schema.fields.map((member, position) => readColumn(chunk, position, member.type, rowCount));
  return new RecordBatch(schema, rowCount, columns);
}

function readColumn(chunk: DuckDBDataChunk, position: number, type: DataType, rowCount: number): Column {
  const copy = typedCopy(type);
  if (copy !== undefined) {
    const vector = duckdb.data_chunk_get_vector(chunk.chunk, position);
    const bytes = duckdb.vector_get_data(vector, rowCount * copy.width);
    return { values: copy.make(alignedBuffer(bytes), rowCount), validity: readValidity(vector, rowCount) };
  }
  const vector = chunk.getColumnVector(position);
  const read = nullableReader(type);
  const values: unknown[] = [];
  for (let index = 0; index < rowCount; index += 1) values.push(read(vector.getItem(index)));
  return smallDecimals(type, values) ?? { values };
}

interface TypedCopy {
  readonly width: number;
  make(buffer: ArrayBuffer, length: number): TypedValues;
}

/** Types whose layout in the engine is that of a typed array. */
function typedCopy(type: DataType): TypedCopy | undefined {
  const decimal = decimalShape(type);
  if (decimal !== undefined) return decimal.precision > 9 && decimal.precision <= 18 ? int64 : undefined;
  switch (type) {
    case "long":
    case "timestamp":
    case "timestamp_ntz":
      return int64;
    case "integer":
    case "date":
      return { width: 4, make: (buffer, length) => new Int32Array(buffer, 0, length) };
    case "short":
      return { width: 2, make: (buffer, length) => new Int16Array(buffer, 0, length) };
    case "byte":
      return { width: 1, make: (buffer, length) => new Int8Array(buffer, 0, length) };
    case "double":
      return { width: 8, make: (buffer, length) => new Float64Array(buffer, 0, length) };
    case "float":
      return { width: 4, make: (buffer, length) => new Float32Array(buffer, 0, length) };
    default:
      return undefined;
  }
}

const int64: TypedCopy = { width: 8, make: (buffer, length) => new BigInt64Array(buffer, 0, length) };

/** Decimals of up to 9 digits lie in narrower integers: they take the same typed array as those up to 18. */
function smallDecimals(type: DataType, values: readonly unknown[]): Column | undefined {
  const decimal = decimalShape(type);
  if (decimal === undefined || decimal.precision > 9) return undefined;
  const unscaled = new BigInt64Array(values.length);
  const validity = new Uint8Array(values.length).fill(1);
  let hasNulls = false;
  values.forEach((value, index) => {
    if (typeof value === "string") unscaled[index] = BigInt(value.replace(".", ""));
    else {
      validity[index] = 0;
      hasNulls = true;
    }
  });
  return { values: unscaled, validity: hasNulls ? validity : undefined };
}

function alignedBuffer(bytes: Uint8Array): ArrayBuffer {
  const copy = new Uint8Array(bytes.byteLength);
  copy.set(bytes);
  return copy.buffer;
}

function readValidity(vector: duckdb.Vector, rowCount: number): Uint8Array | undefined {
  const bits = duckdb.vector_get_validity(vector, Math.ceil(rowCount / 64) * 8);
  // The binding's type says it is always there; a vector without nulls has none.
  if (!(bits instanceof Uint8Array)) return undefined;
  const validity = new Uint8Array(rowCount);
  let hasNulls = false;
  for (let index = 0; index < rowCount; index += 1) {
    const isValid = ((bits[index >> 3] ?? 0) >> (index & 7)) & 1;
    validity[index] = isValid;
    if (isValid === 0) hasNulls = true;
  }
  return hasNulls ? validity : undefined;
}

type ValueReader = (value: DuckDBValue) => unknown;

function nullableReader(type: DataType): ValueReader {
  const read = valueReader(type);
  return (value) => (value === null ? null : read(value));
}

/** The engine's value as rows carry it. */
function valueReader(type: DataType): ValueReader {
  if (typeof type === "object") {
    switch (type.type) {
      case "array": {
        const element = nullableReader(type.elementType);
        return (value) => (value instanceof DuckDBListValue ? value.items.map(element) : value);
      }
      case "map": {
        const key = nullableReader(type.keyType);
        const entry = nullableReader(type.valueType);
        return (value) =>
          value instanceof DuckDBMapValue
            ? new Map(value.entries.map((pair) => [key(pair.key), entry(pair.value)]))
            : value;
      }
      case "struct": {
        const members = type.fields.map((member) => ({
          name: member.name,
          read: nullableReader(member.type),
        }));
        return (value) => {
          if (!(value instanceof DuckDBStructValue)) return value;
          const result: Record<string, unknown> = {};
          for (const member of members) result[member.name] = member.read(value.entries[member.name] ?? null);
          return result;
        };
      }
    }
  }
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
