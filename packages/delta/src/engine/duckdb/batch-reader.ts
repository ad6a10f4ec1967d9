import type { DuckDBDataChunk } from "@duckdb/node-api";
import duckdb from "@duckdb/node-bindings";

import { decimalShape } from "../../protocol/schema.ts";
import type { DataType, StructType } from "../../protocol/schema.ts";
import { RecordBatch } from "../record-batch.ts";
import type { Column, TypedValues } from "../record-batch.ts";
import { namingColumn } from "../row-values.ts";
import { vectorValidity, vectorValues } from "./vector-values.ts";

/** Copies an engine's chunk out into a batch of the given schema. */
export function readBatch(chunk: DuckDBDataChunk, schema: StructType): RecordBatch {
  const rowCount = chunk.rowCount;
  const columns = schema.fields.map(({ name, type }, position) =>
    namingColumn(name, () => readColumn(chunk, position, type, rowCount)),
  );
  return new RecordBatch(schema, rowCount, columns);
}

function readColumn(chunk: DuckDBDataChunk, position: number, type: DataType, rowCount: number): Column {
  const copy = typedCopy(type);
  const vector = duckdb.data_chunk_get_vector(chunk.chunk, position);
  if (copy !== undefined) {
    const bytes = duckdb.vector_get_data(vector, rowCount * copy.width);
    const values = copy.make(alignedBuffer(bytes), rowCount);
    const validity = vectorValidity(vector, rowCount);
    return { values: withoutLeftovers(values, validity), validity };
  }
  const values = vectorValues(vector, rowCount, type);
  return smallDecimals(type, values) ?? { values };
}

/** A null becomes NaN: what the engine leaves in its place would silently count in a sum. */
function withoutLeftovers(values: TypedValues, validity: Uint8Array | undefined): TypedValues {
  if (validity === undefined || !(values instanceof Float64Array || values instanceof Float32Array))
    return values;
  for (let index = 0; index < validity.length; index += 1)
    if (validity[index] === 0) values[index] = Number.NaN;
  return values;
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

/** Decimals of up to 9 digits are narrower integers in the engine. They get the same typed array as those up to 18. */
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
