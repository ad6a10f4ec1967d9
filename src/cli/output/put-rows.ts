import { open, stat } from "node:fs/promises";
import type { RecordBatch, StructType } from "finance-feedback-delta";

import { CommandError } from "../command-error.ts";
import { arrowBytes } from "./arrow-stream.ts";
import { tableText, terminalWidth } from "./print-rows.ts";
import type { RowTable } from "./print-rows.ts";
import { rowFormatOf } from "./row-format.ts";
import type { RowFormat, RowTarget } from "./row-format.ts";
import { csvText, jsonText, ndjsonText } from "./row-text.ts";
import { say } from "./say.ts";
import { writeWholeFile } from "./whole-file.ts";
import { whole } from "./whole-text.ts";
import { writeOut } from "./write-out.ts";

/** An answer on its way out. Either method runs the query; one of them is called, once. */
export interface Rows {
  readonly open: () => Promise<{
    readonly schema: StructType;
    readonly batches: AsyncIterable<RecordBatch>;
  }>;
  /** Has the engine write a Parquet file, and says how many rows it has; what is no query cannot do that. */
  readonly toParquet?: (path: string) => Promise<number>;
}

/** Brings rows to the terminal, a pipe or a file: as they come, but one JSON document only when it is whole. */
export async function putRows(rows: Rows, target: RowTarget, table: Omit<RowTable, "width">): Promise<void> {
  const format = rowFormatOf(target, process.stdout.isTTY);
  const output = isStdout(target.output) ? undefined : target.output;
  const { toParquet = noParquet } = rows;
  if (output === undefined) {
    const { schema, batches } = await rows.open();
    const chunks = chunksOf(format, schema, batches, { ...table, width: terminalWidth() }, "stream");
    for await (const chunk of format === "json" ? whole(chunks) : chunks) await writeOut(chunk);
    return;
  }
  const written = await writeWholeFile(output, async (path) =>
    format === "parquet"
      ? { rows: await toParquet(path) }
      : writeChunks(path, rows, (schema, batches) => chunksOf(format, schema, batches, table, "file")),
  );
  const { size } = await stat(output);
  if (target.json === true)
    await writeOut(`${JSON.stringify({ path: output, format, rows: written.rows, bytes: size }, null, 2)}\n`);
  else
    say(
      `${output}: ${written.rows.toLocaleString("en-US")} ${written.rows === 1 ? "row" : "rows"} as ${format}, ${size.toLocaleString("en-US")} bytes`,
    );
}

/** A shell that redirects stdout may make a plain file of it, which must not be replaced. */
function isStdout(output: string | undefined): boolean {
  return output === "-" || output === "/dev/stdout";
}

async function noParquet(): Promise<number> {
  throw new CommandError(
    "INVALID_ARGUMENT",
    "These rows cannot be written as Parquet: csv, json, ndjson and arrow can hold them",
  );
}

async function* chunksOf(
  format: RowFormat,
  schema: StructType,
  batches: AsyncIterable<RecordBatch>,
  table: RowTable,
  kind: "file" | "stream",
): AsyncGenerator<string | Uint8Array> {
  switch (format) {
    case "csv":
      return yield* csvText(schema, batches);
    case "json":
      return yield* jsonText(schema, batches);
    case "ndjson":
      return yield* ndjsonText(schema, batches);
    case "arrow":
      return yield* arrowBytes(schema, batches, kind);
    case "table":
      return yield await tableText(schema, batches, table);
    case "parquet":
      throw new CommandError("INVALID_ARGUMENT", "A Parquet file needs --output FILE");
  }
}

async function writeChunks(
  path: string,
  rows: Rows,
  chunksOfRows: (
    schema: StructType,
    batches: AsyncIterable<RecordBatch>,
  ) => AsyncIterable<string | Uint8Array>,
): Promise<{ readonly rows: number }> {
  const { schema, batches } = await rows.open();
  let count = 0;
  const counted = (async function* counting(): AsyncGenerator<RecordBatch> {
    for await (const batch of batches) {
      count += batch.rowCount;
      yield batch;
    }
  })();
  const file = await open(path, "w");
  try {
    for await (const chunk of chunksOfRows(schema, counted))
      await file.appendFile(typeof chunk === "string" ? Buffer.from(chunk, "utf8") : chunk);
  } finally {
    await file.close();
  }
  return { rows: count };
}
