import { DeltaError, formatDate, formatDecimal, formatTimestamp } from "finance-feedback-delta";
import type { Column, DataType, RecordBatch } from "finance-feedback-delta";
import { jsonReady } from "finance-feedback-delta/contract";

/**
 * The rows of a batch as JSON-ready objects: timestamps ISO 8601 in UTC, dates `YYYY-MM-DD`, decimals and integers
 * beyond 2^53 as text, NaN and infinities as text since JSON has no numbers for them, binary as base64, the rest as `jsonReady` has it.
 */
export function jsonRows(batch: RecordBatch): Record<string, unknown>[] {
  const read = jsonReader(batch);
  const names = batch.schema.fields.map(({ name }) => name);
  return Array.from({ length: batch.rowCount }, (_, index) => {
    const values = read(index);
    // An own member, whatever the column's name.
    return Object.fromEntries(names.map((name, position) => [name, values[position]]));
  });
}

/** A row's values in the order of the columns, JSON-ready as {@link jsonRows} says. */
export function jsonReader(batch: RecordBatch): (index: number) => unknown[] {
  const columns = batch.schema.fields.map(({ name, type }, position) => {
    const encode = encoder(type);
    return {
      column: batch.columns[position],
      encode: (value: unknown): unknown => named(name, encode, value),
    };
  });
  return (index) =>
    columns.map(({ column, encode }) => (column === undefined ? null : valueAt(column, index, encode)));
}

type Encode = (value: unknown) => unknown;

function named(column: string, encode: Encode, value: unknown): unknown {
  try {
    return encode(value);
  } catch (error) {
    if (!(error instanceof DeltaError)) throw error;
    throw new DeltaError(error.code, `"${column}": ${error.message}`, { cause: error });
  }
}

function valueAt(column: Column, index: number, encode: Encode): unknown {
  if (column.validity?.[index] === 0) return null;
  const value = column.values[index];
  return value === null || value === undefined ? null : encode(value);
}

/** Encodes a non-null value as columns hold it. */
function encoder(type: DataType): Encode {
  const scale = typeof type === "string" ? /^decimal\(\d+,(\d+)\)$/.exec(type)?.[1] : undefined;
  if (scale !== undefined) {
    return (value) => (typeof value === "bigint" ? formatDecimal(value, Number(scale)) : value);
  }
  switch (type) {
    case "timestamp":
      return (value) => (typeof value === "bigint" ? formatTimestamp(value, "Z") : value);
    case "timestamp_ntz":
      return (value) => (typeof value === "bigint" ? formatTimestamp(value, "") : value);
    case "date":
      return (value) => (typeof value === "number" ? formatDate(value) : value);
    default:
      return jsonReady;
  }
}
