import { DuckDBDataChunk } from "@duckdb/node-api";
import type { DuckDBAppender, DuckDBType } from "@duckdb/node-api";
import duckdb from "@duckdb/node-bindings";

import { DeltaError } from "../../errors.ts";
import { decimalShape, describeType } from "../../protocol/schema.ts";
import type { DataType, StructField, StructType } from "../../protocol/schema.ts";
import type { ColumnValues, Row, TypedValues } from "../record-batch.ts";
import { shown } from "../../contract/shown.ts";
import { formatDecimal } from "../row-values.ts";
import { assertRowCount } from "../row-source.ts";
import type { ColumnInput, RowBatch } from "../row-source.ts";
import { duckType } from "./types.ts";
import { ValueProblem, valueWriter } from "./value-writer.ts";
import type { ValueWriter } from "./value-writer.ts";
import { ownMember } from "../../contract/own-members.ts";

/** Rows of a chunk: the engine's vector size. */
const chunkRows = 2048;
/** A chunk keeps all its texts until it is dropped. After this many fillings we take a new chunk. */
const fillingsPerChunk = 64;

/**
 * Feeds batches of rows to an appender, checked against the schema. Numeric typed arrays are copied as they are; all
 * else goes value by value.
 */
export class ChunkLoader {
  readonly #schema: StructType;
  readonly #appender: DuckDBAppender;
  readonly #types: readonly DuckDBType[];
  readonly #writers: readonly ValueWriter[];
  /** The number of rows in earlier batches, so that an error counts rows as the caller does. */
  #rowsLoaded = 0;

  constructor(schema: StructType, appender: DuckDBAppender) {
    this.#schema = schema;
    this.#appender = appender;
    this.#types = schema.fields.map((member) => duckType(member.type));
    this.#writers = schema.fields.map((member) => valueWriter(member.type));
  }

  /** @throws DeltaError `SCHEMA_MISMATCH` or `INVALID_VALUE` naming column and row. */
  load(batch: RowBatch): number {
    if (typeof batch !== "object" || batch === null || !("rows" in batch || "columns" in batch))
      throw new DeltaError("INVALID_ARGUMENT", `A batch is { rows } or { columns }, not ${shown(batch)}`);
    const { rowCount, inputs } =
      "rows" in batch ? this.#inputsOfRows(batch.rows) : this.#inputsOfColumns(batch.columns);
    let chunk: DuckDBDataChunk | undefined;
    let fillings = 0;
    for (let offset = 0; offset < rowCount; offset += chunkRows) {
      const count = Math.min(chunkRows, rowCount - offset);
      if (chunk === undefined || chunk.rowCount !== count || fillings >= fillingsPerChunk) {
        chunk = DuckDBDataChunk.create(this.#types, count);
        fillings = 0;
      }
      const isFirstFilling = fillings === 0;
      fillings += 1;
      for (let position = 0; position < this.#schema.fields.length; position += 1) {
        const input = inputs[position];
        if (input !== undefined) this.#fill(chunk, position, input, offset, count, isFirstFilling);
      }
      this.#appender.appendDataChunk(chunk);
    }
    this.#rowsLoaded += rowCount;
    return rowCount;
  }

  #fill(
    chunk: DuckDBDataChunk,
    position: number,
    input: NormalInput,
    offset: number,
    count: number,
    isFirstFilling: boolean,
  ): void {
    const member = this.#schema.fields[position];
    const write = this.#writers[position];
    if (member === undefined || write === undefined) return;
    if (input.kind === "constant") {
      // The value stays in the vector from one filling to the next.
      if (!isFirstFilling) return;
      const vector = chunk.getColumnVector(position);
      const value = this.#convert(write, member, input.value, offset);
      for (let index = 0; index < count; index += 1) vector.setItem(index, value);
      vector.flush();
      return;
    }
    if (input.kind === "typed") {
      copyTyped(chunk, position, input, offset, count);
      return;
    }
    const vector = chunk.getColumnVector(position);
    for (let index = 0; index < count; index += 1) {
      vector.setItem(index, this.#convert(write, member, input.at(offset + index), offset + index));
    }
    vector.flush();
  }

  #convert(
    write: ValueWriter,
    member: StructField,
    value: unknown,
    rowIndex: number,
  ): ReturnType<ValueWriter> {
    if (value === null || value === undefined) {
      if (member.nullable) return null;
      throw new DeltaError(
        "INVALID_VALUE",
        `Row ${this.#rowsLoaded + rowIndex}: "${member.name}" must not be null`,
      );
    }
    try {
      return write(value);
    } catch (error) {
      if (!(error instanceof ValueProblem)) throw error;
      throw new DeltaError(
        "INVALID_VALUE",
        `Row ${this.#rowsLoaded + rowIndex}, column "${member.name}": ${error.message}`,
        {
          cause: error,
        },
      );
    }
  }

  #inputsOfRows(rows: readonly Row[]): {
    readonly rowCount: number;
    readonly inputs: readonly NormalInput[];
  } {
    const known = new Map(this.#schema.fields.map((member) => [member.name.toLowerCase(), member.name]));
    const exact = new Set(this.#schema.fields.map((member) => member.name));
    const spellings = new Map<string, Set<string>>();
    rows.forEach((row: unknown, index) => {
      if (!isRow(row))
        throw new DeltaError(
          "INVALID_VALUE",
          `Row ${this.#rowsLoaded + index} must be an object of values by column, not ${shown(row)}`,
        );
      const keys = Object.keys(row);
      let isExact = true;
      for (const key of keys) {
        if (exact.has(key)) continue;
        isExact = false;
        const name = known.get(key.toLowerCase());
        if (name === undefined) throw unknownColumn(key, this.#schema, `row ${this.#rowsLoaded + index}`);
        spellings.set(name, (spellings.get(name) ?? new Set()).add(key));
      }
      if (!isExact) assertGivenOnce(keys, `row ${this.#rowsLoaded + index}`);
    });
    return {
      rowCount: rows.length,
      inputs: this.#schema.fields.map((member) => {
        const { name } = member;
        const others = [...(spellings.get(name) ?? [])];
        return {
          kind: "values",
          at: (index) => {
            const row = rows[index] ?? {};
            const own = ownMember(row, name);
            if (own !== undefined || others.length === 0) return own;
            const other = others.find((key) => Object.hasOwn(row, key));
            return other === undefined ? undefined : ownMember(row, other);
          },
        };
      }),
    };
  }

  #inputsOfColumns(set: {
    readonly rowCount: number;
    readonly columns: Readonly<Record<string, ColumnInput>>;
  }): { readonly rowCount: number; readonly inputs: readonly NormalInput[] } {
    assertRowCount(set);
    assertKnownColumns(Object.keys(set.columns), this.#schema, "the columns");
    const byName = new Map(Object.entries(set.columns).map(([name, input]) => [name.toLowerCase(), input]));
    return {
      rowCount: set.rowCount,
      inputs: this.#schema.fields.map((member) =>
        normalize(byName.get(member.name.toLowerCase()), member, set.rowCount),
      ),
    };
  }
}

/** A value without members would become a row of nulls. */
function isRow(value: unknown): value is object {
  if (typeof value !== "object" || value === null || Array.isArray(value) || ArrayBuffer.isView(value))
    return false;
  return !(value instanceof Date || value instanceof Map || value instanceof Set);
}

type NormalInput =
  | { readonly kind: "constant"; readonly value: unknown }
  | { readonly kind: "values"; readonly at: (index: number) => unknown }
  | TypedInput;

interface TypedInput {
  readonly kind: "typed";
  readonly values: TypedValues;
  readonly validity: Uint8Array | undefined;
  /** The engine holds this decimal in 128 bits. */
  readonly isWide: boolean;
}

function normalize(input: ColumnInput | undefined, member: StructField, rowCount: number): NormalInput {
  if (input === undefined) return { kind: "constant", value: null };
  if (ArrayBuffer.isView(input) || isPlainArray(input))
    return normalizeValues(input, undefined, member, rowCount);
  if ("constant" in input) return { kind: "constant", value: input.constant };
  return normalizeValues(input.values, input.validity, member, rowCount);
}

function isPlainArray(input: ColumnInput): input is readonly unknown[] {
  return Array.isArray(input);
}

function normalizeValues(
  values: ColumnValues,
  validity: Uint8Array | undefined,
  member: StructField,
  rowCount: number,
): NormalInput {
  if (values.length !== rowCount) {
    throw new DeltaError(
      "SCHEMA_MISMATCH",
      `Column "${member.name}" has ${values.length} values for ${rowCount} rows`,
    );
  }
  if (validity?.includes(0) === true && !member.nullable) {
    throw new DeltaError("INVALID_VALUE", `Row ${validity.indexOf(0)}: "${member.name}" must not be null`);
  }
  if (ArrayBuffer.isView(values)) return typedInput(values, validity, member);
  return { kind: "values", at: (index) => (validity?.[index] === 0 ? null : values[index]) };
}

function typedInput(values: TypedValues, validity: Uint8Array | undefined, member: StructField): NormalInput {
  const decimal = decimalShape(member.type);
  if (decimal !== undefined && values instanceof BigInt64Array) {
    if (decimal.precision > 9) return { kind: "typed", values, validity, isWide: decimal.precision > 18 };
    return {
      kind: "values",
      at: (index) => (validity?.[index] === 0 ? null : formatDecimal(values[index] ?? 0n, decimal.scale)),
    };
  }
  if (arrayNameOf(member.type) === values.constructor.name)
    return { kind: "typed", values, validity, isWide: false };
  // The numbers of these types have a unit. An array of another kind is a mistake, not a conversion.
  const hasUnit = decimal !== undefined || arrayNameOf(member.type) === undefined || isTemporal(member.type);
  if (hasUnit) {
    throw new DeltaError(
      "SCHEMA_MISMATCH",
      `Column "${member.name}" of type ${describeType(member.type)} cannot take a ${values.constructor.name}`,
    );
  }
  return { kind: "values", at: (index) => (validity?.[index] === 0 ? null : values[index]) };
}

function isTemporal(type: DataType): boolean {
  return type === "timestamp" || type === "timestamp_ntz" || type === "date";
}

/** The typed array whose bytes are the engine's own layout of the type. */
function arrayNameOf(type: DataType): string | undefined {
  switch (type) {
    case "long":
    case "timestamp":
    case "timestamp_ntz":
      return "BigInt64Array";
    case "integer":
    case "date":
      return "Int32Array";
    case "short":
      return "Int16Array";
    case "byte":
      return "Int8Array";
    case "double":
      return "Float64Array";
    case "float":
      return "Float32Array";
    default:
      return undefined;
  }
}

function copyTyped(
  chunk: DuckDBDataChunk,
  position: number,
  input: TypedInput,
  offset: number,
  count: number,
): void {
  const { values, validity } = input;
  const vector = duckdb.data_chunk_get_vector(chunk.chunk, position);
  const width = values.BYTES_PER_ELEMENT;
  if (input.isWide && values instanceof BigInt64Array) {
    const wide = widen(values, offset, count);
    duckdb.copy_data_to_vector(vector, 0, wide.buffer, 0, wide.byteLength);
  } else {
    duckdb.copy_data_to_vector(
      vector,
      0,
      toArrayBuffer(values),
      values.byteOffset + offset * width,
      count * width,
    );
  }
  if (validity === undefined) return;
  const bits = new Uint8Array(Math.ceil(count / 64) * 8).fill(0xff);
  for (let index = 0; index < count; index += 1) {
    if (validity[offset + index] === 0) bits[index >> 3] = (bits[index >> 3] ?? 0) & ~(1 << (index & 7));
  }
  duckdb.vector_ensure_validity_writable(vector);
  duckdb.copy_data_to_vector_validity(vector, 0, bits.buffer, 0, bits.byteLength);
}

/** 64-bit integers as little-endian pairs of low and high half. */
function widen(values: BigInt64Array, offset: number, count: number): BigInt64Array<ArrayBuffer> {
  const wide = new BigInt64Array(2 * count);
  for (let index = 0; index < count; index += 1) {
    const value = values[offset + index] ?? 0n;
    wide[2 * index] = value;
    wide[2 * index + 1] = value < 0n ? -1n : 0n;
  }
  return wide;
}

function toArrayBuffer(values: TypedValues): ArrayBuffer {
  const { buffer } = values;
  if (buffer instanceof ArrayBuffer) return buffer;
  throw new DeltaError("INVALID_ARGUMENT", "Columns cannot be read from shared memory: copy them first");
}

/** @throws DeltaError `SCHEMA_MISMATCH` for a name that the schema does not have, ignoring case. */
export function assertKnownColumns(names: readonly string[], schema: StructType, where: string): void {
  const known = new Set(schema.fields.map((member) => member.name.toLowerCase()));
  for (const name of names) if (!known.has(name.toLowerCase())) throw unknownColumn(name, schema, where);
  assertGivenOnce(names, where);
}

/** Names ignore case. With two spellings of one column in a row, it is unclear which value counts. */
function assertGivenOnce(names: readonly string[], where: string): void {
  const seen = new Map<string, string>();
  for (const name of names) {
    const other = seen.get(name.toLowerCase());
    if (other !== undefined)
      throw new DeltaError(
        "SCHEMA_MISMATCH",
        `The column "${name}" is given twice, also as "${other}" (found in ${where}): column names ignore case`,
      );
    seen.set(name.toLowerCase(), name);
  }
}

function unknownColumn(name: string, schema: StructType, where: string): DeltaError {
  return new DeltaError(
    "SCHEMA_MISMATCH",
    `The table has no column "${name}" (found in ${where}). Its columns: ${schema.fields.map((member) => member.name).join(", ")}`,
  );
}
