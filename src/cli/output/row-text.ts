import type { RecordBatch, StructType } from "finance-feedback-delta";

import { jsonReader } from "./json-value.ts";

/** Rows as CSV (RFC 4180): a header, exact decimals, ISO times. A null is an empty field, an empty text is `""`. */
export async function* csvText(
  schema: StructType,
  batches: AsyncIterable<RecordBatch>,
): AsyncGenerator<string> {
  yield `${schema.fields.map(({ name }) => csvCell(name)).join(",")}\n`;
  for await (const batch of batches) yield* lines(batch, (values) => values.map(csvCell).join(","));
}

/** Rows as one JSON object a line. */
export async function* ndjsonText(
  schema: StructType,
  batches: AsyncIterable<RecordBatch>,
): AsyncGenerator<string> {
  const toJson = objectWriter(schema);
  for await (const batch of batches) yield* lines(batch, toJson);
}

/** Rows as one JSON array. */
export async function* jsonText(
  schema: StructType,
  batches: AsyncIterable<RecordBatch>,
): AsyncGenerator<string> {
  const toJson = objectWriter(schema);
  let separator = "[";
  for await (const batch of batches) {
    if (batch.rowCount === 0) continue;
    const read = jsonReader(batch);
    const rows = Array.from({ length: batch.rowCount }, (_, index) => toJson(read(index)));
    yield `${separator}\n${rows.join(",\n")}`;
    separator = ",";
  }
  yield separator === "[" ? "[]\n" : "\n]\n";
}

function* lines(batch: RecordBatch, toLine: (values: readonly unknown[]) => string): Generator<string> {
  if (batch.rowCount === 0) return;
  const read = jsonReader(batch);
  let text = "";
  for (let index = 0; index < batch.rowCount; index += 1) text += `${toLine(read(index))}\n`;
  yield text;
}

/** Member by member, in the order of the columns, whatever their names are. */
function objectWriter({ fields }: StructType): (values: readonly unknown[]) => string {
  const keys = fields.map(({ name }) => `${JSON.stringify(name)}:`);
  return (values) => `{${keys.map((key, index) => `${key}${JSON.stringify(values[index])}`).join(",")}}`;
}

function csvCell(value: unknown): string {
  if (value === null || value === undefined) return "";
  if (typeof value === "number" || typeof value === "boolean") return String(value);
  const text = typeof value === "string" ? value : JSON.stringify(value);
  return text === "" || /[",\r\n]|^\s|\s$/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
