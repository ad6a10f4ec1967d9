import { open, stat } from "node:fs/promises";
import type { RecordBatch, StructType } from "finance-feedback-delta";

import { CommandError } from "../command-error.ts";
import { withProgress } from "../watched-run.ts";
import { countText } from "./count-text.ts";
import { tableText } from "./row-table.ts";
import { terminalWidth } from "./terminal-width.ts";
import type { RowTable } from "./row-table.ts";
import type { ProgressBar, ProgressOptions } from "./progress-bar.ts";
import { rowFormatOf } from "./row-format.ts";
import type { RowFormat, RowTarget } from "./row-format.ts";
import { csvText, jsonText, ndjsonText } from "./row-text.ts";
import { say } from "./say.ts";
import { writeWholeFile } from "./whole-file.ts";
import { whole } from "./whole-text.ts";
import { writeOut } from "./write-out.ts";

/** Rows to print or write. Each method runs the query; only one of them is called, once. */
export interface Rows {
  readonly open: () => Promise<{
    readonly schema: StructType;
    readonly batches: AsyncIterable<RecordBatch>;
  }>;
  /** Has the engine write a Parquet file, and returns its number of rows. Only a query can do that. */
  readonly toParquet?: (path: string) => Promise<number>;
}

/** Writes rows to the terminal, a pipe or a file as they come; a JSON document only when it is complete. */
export async function putRows(
  rows: Rows,
  target: RowTarget & ProgressOptions,
  table: Omit<RowTable, "width">,
): Promise<void> {
  const format = rowFormatOf(target, process.stdout.isTTY);
  const output = isStdout(target.output) ? undefined : target.output;
  const counted = (doing: string, progress: ProgressBar): CountedRows => {
    progress.show({ doing });
    return new CountedRows(rows, (count) => progress.show({ doing: `${doing}, ${countText(count, "row")}` }));
  };
  if (output === undefined) {
    await withProgress(target, (progress) => toStdout(counted("reading", progress), format, table));
    return;
  }
  const { toParquet = noParquet } = rows;
  const written = await withProgress(target, (progress) => {
    const source = counted(`writing ${output}`, progress);
    return writeWholeFile(output, async (path) =>
      format === "parquet" ? toParquet(path) : toFile(path, source, format, table),
    );
  });
  const { size } = await stat(output);
  if (target.json === true)
    await writeOut(`${JSON.stringify({ path: output, format, rows: written, bytes: size }, null, 2)}\n`);
  else say(`${output}: ${countText(written, "row")} as ${format}, ${size.toLocaleString("en-US")} bytes`);
}

async function toStdout(rows: CountedRows, format: RowFormat, table: Omit<RowTable, "width">): Promise<void> {
  const { schema, batches } = await rows.open();
  const chunks = chunksOf(format, schema, batches, { ...table, width: terminalWidth() }, "stream");
  for await (const chunk of format === "json" ? whole(chunks) : chunks) await writeOut(chunk);
}

/** @returns how many rows the file has. */
async function toFile(path: string, rows: CountedRows, format: RowFormat, table: RowTable): Promise<number> {
  const { schema, batches } = await rows.open();
  const file = await open(path, "w");
  try {
    for await (const chunk of chunksOf(format, schema, batches, table, "file"))
      await file.appendFile(typeof chunk === "string" ? Buffer.from(chunk, "utf8") : chunk);
  } finally {
    await file.close();
  }
  return rows.count;
}

/** Rows that are counted as they pass. */
class CountedRows {
  readonly #rows: Rows;
  readonly #onCount: (count: number) => void;
  #count = 0;

  constructor(rows: Rows, onCount: (count: number) => void) {
    this.#rows = rows;
    this.#onCount = onCount;
  }

  get count(): number {
    return this.#count;
  }

  async open(): ReturnType<Rows["open"]> {
    const { schema, batches } = await this.#rows.open();
    return { schema, batches: this.#counting(batches) };
  }

  async *#counting(batches: AsyncIterable<RecordBatch>): AsyncGenerator<RecordBatch> {
    for await (const batch of batches) {
      this.#count += batch.rowCount;
      this.#onCount(this.#count);
      yield batch;
    }
  }
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
    case "arrow": {
      // Its library takes as long to load as DuckDB.
      const { arrowBytes } = await import("./arrow-stream.ts");
      return yield* arrowBytes(schema, batches, kind);
    }
    case "table":
      return yield await tableText(schema, batches, table);
    case "parquet":
      throw new CommandError("INVALID_ARGUMENT", "A Parquet file needs --output FILE");
  }
}
