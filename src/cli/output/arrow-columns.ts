import {
  Binary,
  Bool,
  BufferType,
  Data,
  DateDay,
  Decimal,
  Field,
  Float32,
  Float64,
  Int16,
  Int32,
  Int64,
  Int8,
  List,
  Map_,
  Null,
  RecordBatch as ArrowBatch,
  Schema,
  Struct,
  TimestampMicrosecond,
  Utf8,
  makeData,
} from "apache-arrow";
import type { DataType as ArrowType } from "apache-arrow";
import type {
  Column,
  DataType,
  RecordBatch,
  StructField,
  StructType,
  TypedValues,
} from "finance-feedback-delta";
import { dayMs } from "../../market/durations.ts";

const decimalPattern = /^decimal\((\d+),(\d+)\)$/;

/** The columns of a table as Arrow's: every type has one that holds all its values. */
export function arrowSchema(schema: StructType): Schema {
  return new Schema(schema.fields.map(arrowField));
}

/** A batch of rows in Arrow's layout. */
export function arrowBatch(arrow: Schema, batch: RecordBatch): ArrowBatch {
  const children = batch.schema.fields.map((member, position) =>
    columnData(member.type, batch.columns[position] ?? { values: [] }, batch.rowCount),
  );
  const type = new Struct(arrow.fields);
  return new ArrowBatch(arrow, makeData({ type, length: batch.rowCount, nullCount: 0, children }));
}

function arrowField({ name, type, nullable }: StructField): Field {
  return new Field(name, arrowType(type), nullable);
}

function arrowType(type: DataType): ArrowType {
  if (typeof type === "object") {
    switch (type.type) {
      case "struct":
        return new Struct(type.fields.map(arrowField));
      case "array":
        return new List(new Field("item", arrowType(type.elementType), true));
      case "map":
        return new Map_(entriesField(type.keyType, type.valueType), false);
    }
  }
  const [, precision, scale] = decimalPattern.exec(type) ?? [];
  if (precision !== undefined) return new Decimal(Number(scale), Number(precision), 128);
  switch (type) {
    case "long":
      return new Int64();
    case "integer":
      return new Int32();
    case "short":
      return new Int16();
    case "byte":
      return new Int8();
    case "double":
      return new Float64();
    case "float":
      return new Float32();
    case "boolean":
      return new Bool();
    case "binary":
      return new Binary();
    case "date":
      return new DateDay();
    case "timestamp":
      return new TimestampMicrosecond("UTC");
    case "timestamp_ntz":
      return new TimestampMicrosecond();
    case "void":
      return new Null();
    default:
      // Texts, and what is written as JSON.
      return new Utf8();
  }
}

function entriesField(keyType: DataType, valueType: DataType): Field<Struct> {
  const key = new Field("key", arrowType(keyType), false);
  return new Field("entries", new Struct([key, new Field("value", arrowType(valueType), true)]), false);
}

function columnData(type: DataType, { values, validity }: Column, length: number): Data {
  if (!ArrayBuffer.isView(values)) return valuesData(type, values);
  const present = { length, ...nulls(length, (index) => validity?.[index] !== 0) };
  const [, precision, scale] = typeof type === "string" ? (decimalPattern.exec(type) ?? []) : [];
  if (precision !== undefined && values instanceof BigInt64Array) {
    const data = wideIntegers(length, (index) => values[index] ?? 0n);
    return makeData({ type: new Decimal(Number(scale), Number(precision), 128), data, ...present });
  }
  return fixedWidth(arrowType(type), values, present);
}

/** Values in the form of rows, which nested types contain. */
function valuesData(type: DataType, values: readonly unknown[]): Data {
  const { length } = values;
  const isPresent = (index: number): boolean => values[index] !== null && values[index] !== undefined;
  const present = { length, ...nulls(length, isPresent) };
  const arrow = arrowType(type);
  if (typeof type === "object") {
    switch (type.type) {
      case "struct": {
        const children = type.fields.map((member) =>
          valuesData(
            member.type,
            values.map((value) => memberOf(value, member.name)),
          ),
        );
        return makeData({ type: new Struct(type.fields.map(arrowField)), children, ...present });
      }
      case "array": {
        const lists = values.map((value) => (Array.isArray(value) ? value : []));
        const valueOffsets = offsetsOf(lists.map((items) => items.length));
        const child = valuesData(type.elementType, lists.flat());
        const list = new List(new Field("item", arrowType(type.elementType), true));
        return makeData({ type: list, valueOffsets, child, ...present });
      }
      case "map": {
        const maps = values.map((value): [unknown, unknown][] => (value instanceof Map ? [...value] : []));
        const entries = maps.flat();
        const entryType = entriesField(type.keyType, type.valueType);
        const child = makeData({
          type: entryType.type,
          length: entries.length,
          nullCount: 0,
          children: [
            valuesData(
              type.keyType,
              entries.map(([key]) => key),
            ),
            valuesData(
              type.valueType,
              entries.map(([, value]) => value),
            ),
          ],
        });
        const valueOffsets = offsetsOf(maps.map((map) => map.length));
        return makeData({ type: new Map_(entryType, false), valueOffsets, child, ...present });
      }
    }
  }
  if (arrow instanceof Null) return makeData({ type: arrow, length });
  if (arrow instanceof Utf8) {
    const texts = values.map((value) => Buffer.from(textOf(value), "utf8"));
    return makeData({ type: arrow, ...bytesOf(texts), ...present });
  }
  if (arrow instanceof Binary) {
    const parts = values.map((value) => (value instanceof Uint8Array ? value : new Uint8Array()));
    return makeData({ type: arrow, ...bytesOf(parts), ...present });
  }
  if (arrow instanceof Bool) {
    return makeData({ type: arrow, data: bits(length, (index) => values[index] === true), ...present });
  }
  if (arrow instanceof Decimal) {
    const data = wideIntegers(length, (index) => unscaled(values[index]));
    return makeData({ type: arrow, data, ...present });
  }
  if (arrow instanceof Int64 || arrow instanceof TimestampMicrosecond) {
    return fixedWidth(arrow, BigInt64Array.from(values, microsecondsOrLong), present);
  }
  return fixedWidth(arrow, numbersOf(type, values.map(numberOf)), present);
}

interface Present {
  readonly length: number;
  readonly nullCount: number;
  readonly nullBitmap: Uint8Array | null;
}

/** Numbers of one width, in the array that their type has in memory. */
function fixedWidth(type: ArrowType, values: TypedValues, { length, nullCount, nullBitmap }: Present): Data {
  const validity = nullBitmap === null ? {} : { [BufferType.VALIDITY]: nullBitmap };
  return new Data(type, 0, length, nullCount, { [BufferType.DATA]: values, ...validity });
}

function numbersOf(type: DataType, values: readonly number[]): TypedValues {
  switch (type) {
    case "short":
      return Int16Array.from(values);
    case "byte":
      return Int8Array.from(values);
    case "double":
      return Float64Array.from(values);
    case "float":
      return Float32Array.from(values);
    default:
      return Int32Array.from(values);
  }
}

function memberOf(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null && Object.hasOwn(value, name)
    ? Reflect.get(value, name)
    : null;
}

function textOf(value: unknown): string {
  if (typeof value === "string") return value;
  return value === null || value === undefined ? "" : JSON.stringify(value);
}

/** `"-12.50"` of a decimal with two digits behind the point is -1250. */
function unscaled(value: unknown): bigint {
  if (typeof value === "bigint") return value;
  return typeof value === "string" ? BigInt(value.replace(".", "")) : 0n;
}

function microsecondsOrLong(value: unknown): bigint {
  if (typeof value === "bigint") return value;
  if (value instanceof Date) return BigInt(value.getTime()) * 1000n;
  return typeof value === "number" ? BigInt(value) : 0n;
}

/** Numbers, and dates as their days since the epoch. */
function numberOf(value: unknown): number {
  if (typeof value === "number") return value;
  return typeof value === "string" ? Date.parse(value) / dayMs : 0;
}

/** 128 bits each, the lower 64 first. */
function wideIntegers(length: number, valueAt: (index: number) => bigint): Uint32Array {
  const words = new BigInt64Array(length * 2);
  for (let index = 0; index < length; index += 1) {
    const value = valueAt(index);
    words[index * 2] = BigInt.asIntN(64, value);
    words[index * 2 + 1] = value >> 64n;
  }
  return new Uint32Array(words.buffer);
}

function nulls(length: number, isPresent: (index: number) => boolean): Omit<Present, "length"> {
  let nullCount = 0;
  for (let index = 0; index < length; index += 1) if (!isPresent(index)) nullCount += 1;
  return { nullCount, nullBitmap: nullCount === 0 ? null : bits(length, isPresent) };
}

function bits(length: number, isSet: (index: number) => boolean): Uint8Array {
  const bytes = new Uint8Array(Math.ceil(length / 64) * 8);
  for (let index = 0; index < length; index += 1)
    if (isSet(index)) bytes[index >> 3] = (bytes[index >> 3] ?? 0) | (1 << (index & 7));
  return bytes;
}

function bytesOf(parts: readonly Uint8Array[]): {
  readonly valueOffsets: Int32Array;
  readonly data: Uint8Array;
} {
  return { valueOffsets: offsetsOf(parts.map((part) => part.byteLength)), data: Buffer.concat(parts) };
}

/** @throws RangeError where one batch holds more than the format can count */
function offsetsOf(lengths: readonly number[]): Int32Array {
  const offsets = new Int32Array(lengths.length + 1);
  let end = 0;
  lengths.forEach((length, index) => {
    end += length;
    offsets[index + 1] = end;
  });
  if (end > 0x7f_ff_ff_ff) throw new RangeError("The text values of one Arrow batch exceed 2 GiB");
  return offsets;
}
