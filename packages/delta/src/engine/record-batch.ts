import { jsonReady, withJson } from "../contract/json-ready.ts";
import {
  anyText,
  countFromZero,
  instanceOf,
  kind,
  listOf,
  oneOf,
  required,
} from "../contract/option-kinds.ts";
import type { OptionTable } from "../contract/option-table.ts";
import { isObject } from "../contract/shown.ts";
import { assertArguments } from "../arguments.ts";
import { decimalShape } from "../protocol/schema.ts";
import type { DataType, StructType } from "../protocol/schema.ts";
import { namingColumn, rowValueReader } from "./row-values.ts";
import { setMember } from "../contract/own-members.ts";
import { schemaKind } from "../protocol/schema-kind.ts";

/**
 * One column of a batch. Fixed-width types come as typed arrays, everything else as a plain array with `null` for
 * null:
 *
 * - `long`: BigInt64Array; `integer`: Int32Array; `short`: Int16Array; `byte`: Int8Array
 * - `double`: Float64Array; `float`: Float32Array
 * - `date`: Int32Array of days since the epoch
 * - `timestamp`, `timestamp_ntz`: BigInt64Array of microseconds since the epoch (UTC, or the wall clock's)
 * - `decimal(p,s)` up to 18 digits: BigInt64Array of unscaled values (12.5 in `decimal(18,8)` is 1250000000n)
 * - everything else, wider decimals among it: plain arrays with the values of rows, see {@link RecordBatch.toRows}
 */
export interface Column {
  readonly values: ColumnValues;
  /** For typed arrays with nulls: 1 where a value is present, 0 where it is null. Absent when there is no null. */
  readonly validity?: Uint8Array | undefined;
  /** Of decimals: how many digits stand behind the point; an unscaled value of 1250 with scale 2 is 12.50. */
  readonly scale?: number | undefined;
}

/** How values are read. */
export interface ValueForm {
  /**
   * `exact` when left out. `number` reads decimals as doubles, the nearest there are: columns are Float64Arrays, with NaN
   * where a value is null.
   */
  readonly decimals?: "exact" | "number" | undefined;
}

export const valueForm: OptionTable<ValueForm> = { decimals: oneOf("exact", "number") };

export type TypedValues = BigInt64Array | Int32Array | Int16Array | Int8Array | Float64Array | Float32Array;

export type ColumnValues = TypedValues | readonly unknown[];

/** One row: column name to value, see {@link RecordBatch.toRows}. */
export type Row = Readonly<Record<string, unknown>>;

/** All rows of some batches, one after the other. What they are is for the caller to say. */
export function collectRows<Shape extends object = Row>(
  batches: AsyncIterable<RecordBatch>,
): Promise<Shape[]>;
export async function collectRows(batches: AsyncIterable<RecordBatch>): Promise<object[]> {
  const rows: object[] = [];
  for await (const batch of batches) for (const row of batch.toRows()) rows.push(row);
  // A row with a column called toJSON cannot take itself along.
  return withJson(rows);
}

/** All rows of some batches as one batch. */
export async function collectBatch(
  schema: StructType,
  batches: AsyncIterable<RecordBatch>,
): Promise<RecordBatch> {
  const collected: RecordBatch[] = [];
  for await (const batch of batches) collected.push(batch);
  return concatenateBatches(schema, collected);
}

/** Some rows of a table or of a query's result, column by column. */
export class RecordBatch {
  readonly schema: StructType;
  readonly rowCount: number;
  readonly columns: readonly Column[];

  /** @throws DeltaError `INVALID_ARGUMENT` */
  constructor(schema: StructType, rowCount: number, columns: readonly Column[]) {
    assertArguments("new RecordBatch", { schema, rowCount, columns }, batchArguments);
    this.schema = schema;
    this.rowCount = rowCount;
    this.columns = columns.map((column, position) => scaled(column, schema.fields[position]?.type));
  }

  /** The column of that name, or `undefined`. */
  column(name: string): Column | undefined {
    assertArguments("column", { name }, { name: required(anyText) });
    const wanted = name.toLowerCase();
    return this.columns[this.schema.fields.findIndex((member) => member.name.toLowerCase() === wanted)];
  }

  /**
   * The batch as objects: `long` as bigint, smaller integers and floats as number, `decimal` as its exact text
   * (`"42500.00000000"`), `timestamp` and `timestamp_ntz` as Date (floored to the millisecond; columns keep the
   * microsecond), `date` as `"2026-01-08"`, `string`, `boolean`, `binary` as Uint8Array, `struct` as object, `array` as
   * array, `map` as Map, null as null. `JSON.stringify` takes them: `long` as number, beyond 2^53 as text, times with
   * no digits of a second that are all 0, NaN and infinities as text, bytes as base64, maps as objects, those with keys such as structs as lists of
   * `{ "key": ..., "value": ... }`.
   */
  toRows(): Row[] {
    const readers = this.schema.fields.map(({ name, type }) => {
      const read = rowValueReader(type);
      return (value: unknown) => namingColumn(name, () => read(value));
    });
    const rows: Row[] = [];
    const isPlain = !this.schema.fields.some(({ type }) => isBeyondJson(type));
    for (let index = 0; index < this.rowCount; index += 1) {
      const row: Record<string, unknown> = {};
      this.schema.fields.forEach((member, position) => {
        const column = this.columns[position];
        const reader = readers[position];
        if (column === undefined || reader === undefined) return;
        setMember(row, member.name, column.validity?.[index] === 0 ? null : reader(column.values[index]));
      });
      rows.push(isPlain ? row : withJson(row));
    }
    return withJson(rows);
  }

  /** The rows as JSON can hold them: see `jsonReady`. */
  toJSON(): unknown {
    return jsonReady(this.toRows());
  }
}

function scaled(column: Column, type: DataType | undefined): Column {
  const scale = type === undefined ? undefined : decimalShape(type)?.scale;
  const own: Column = scale === undefined ? { ...column } : { ...column, scale };
  return withJson(own, () => columnJson(own));
}

/** With null where there is no value. */
function columnJson({ values, validity, scale }: Column): unknown {
  const shown = Array.from(values, (value: unknown, index) => (validity?.[index] === 0 ? null : value));
  return { values: shown, ...(scale === undefined ? {} : { scale }) };
}

/** Whether JSON lacks values of a type, or some of them, or has them in another form than {@link jsonReady}. */
function isBeyondJson(type: DataType): boolean {
  if (typeof type === "string") return beyondJson.has(type);
  switch (type.type) {
    case "map":
      return true;
    case "array":
      return isBeyondJson(type.elementType);
    case "struct":
      return type.fields.some((member) => isBeyondJson(member.type));
  }
}

/** Numbers may be NaN, and a time must have one form whatever stands beside it. */
const beyondJson: ReadonlySet<string> = new Set([
  "binary",
  "double",
  "float",
  "long",
  "timestamp",
  "timestamp_ntz",
]);

/** The columns of a batch by name. */
export function columnsByName({ schema, columns }: RecordBatch): Readonly<Record<string, Column>> {
  const byName: Record<string, Column> = {};
  schema.fields.forEach((member, position) => {
    setMember(byName, member.name, columns[position] ?? { values: [] });
  });
  return byName;
}

const columnKind = kind<Column>("a column, an object of values", (value) => {
  const values: unknown = isObject(value) ? Reflect.get(value, "values") : undefined;
  return Array.isArray(values) || ArrayBuffer.isView(values);
});
const batchArguments = {
  schema: required(schemaKind),
  rowCount: required(countFromZero),
  columns: required(listOf(columnKind)),
};
const joinArguments = {
  schema: required(schemaKind),
  batches: required(listOf(instanceOf("a RecordBatch", RecordBatch))),
};

/**
 * Joins batches of one schema: typed arrays stay typed arrays.
 *
 * @throws DeltaError `INVALID_ARGUMENT`
 */
export function concatenateBatches(schema: StructType, batches: readonly RecordBatch[]): RecordBatch {
  assertArguments("concatenateBatches", { schema, batches }, joinArguments);
  const rowCount = batches.reduce((sum, batch) => sum + batch.rowCount, 0);
  const columns = schema.fields.map(({ type }, position) => {
    return joinColumns(
      type,
      batches.map((batch) => ({ column: batch.columns[position], rowCount: batch.rowCount })),
      rowCount,
    );
  });
  return new RecordBatch(schema, rowCount, columns);
}

function joinColumns(
  type: DataType,
  parts: readonly { readonly column: Column | undefined; readonly rowCount: number }[],
  rowCount: number,
): Column {
  const first = parts[0]?.column?.values;
  if (first === undefined) return { values: noValues(type) };
  if (!ArrayBuffer.isView(first))
    return { values: parts.flatMap((part) => [...(part.column?.values ?? [])]) };
  const values = emptyLike(first, rowCount);
  const hasNulls = parts.some((part) => part.column?.validity !== undefined);
  const validity = hasNulls ? new Uint8Array(rowCount).fill(1) : undefined;
  let offset = 0;
  for (const part of parts) {
    if (part.column !== undefined) {
      copyInto(values, part.column.values, offset);
      if (part.column.validity !== undefined) validity?.set(part.column.validity, offset);
    }
    offset += part.rowCount;
  }
  return { values, validity };
}

/** The values of a column without rows: of the same array as with rows. */
function noValues(type: DataType): ColumnValues {
  switch (type) {
    case "long":
    case "timestamp":
    case "timestamp_ntz":
      return new BigInt64Array();
    case "integer":
    case "date":
      return new Int32Array();
    case "short":
      return new Int16Array();
    case "byte":
      return new Int8Array();
    case "double":
      return new Float64Array();
    case "float":
      return new Float32Array();
    default:
      return (decimalShape(type)?.precision ?? Infinity) <= 18 ? new BigInt64Array() : [];
  }
}

function emptyLike(values: TypedValues, length: number): TypedValues {
  if (values instanceof BigInt64Array) return new BigInt64Array(length);
  if (values instanceof Int32Array) return new Int32Array(length);
  if (values instanceof Int16Array) return new Int16Array(length);
  if (values instanceof Int8Array) return new Int8Array(length);
  if (values instanceof Float32Array) return new Float32Array(length);
  return new Float64Array(length);
}

function copyInto(target: TypedValues, source: ColumnValues, offset: number): void {
  if (target instanceof BigInt64Array && source instanceof BigInt64Array) target.set(source, offset);
  else if (
    !(target instanceof BigInt64Array) &&
    ArrayBuffer.isView(source) &&
    !(source instanceof BigInt64Array)
  ) {
    target.set(source, offset);
  }
}
