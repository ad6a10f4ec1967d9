import type { DuckDBConnection } from "@duckdb/node-api";
import { randomUUID } from "node:crypto";
import { mkdir, readdir, rm } from "node:fs/promises";
import { basename, join } from "node:path";

import { physicalNameOf } from "../../protocol/column-mapping.ts";
import type { WriteRequest, WrittenFile } from "../engine.ts";
import type { RowBatch } from "../row-source.ts";
import { quoteName, quoteText } from "../sql-text.ts";
import { assertRowRules } from "./row-expression.ts";
import { fieldIdsOption, storedSelect } from "./stored-columns.ts";
import { querySelect } from "./query-source.ts";
import { toldStatement } from "./sql-event.ts";
import { StagedRows } from "./staged-rows.ts";
import { writeError } from "./write-error.ts";
import { toWrittenFile } from "./written-files.ts";

/** Files of an unpartitioned write are cut at about this size. */
const defaultFileSizeBytes = 128 * 1024 * 1024;
/** Rows of a stream of batches that are staged before they are written. */
const stagedRowsMax = 1_000_000;

/** Files that a partitioned write keeps open. With fewer, a write of many partitions makes several files for each. */
const openFilesMax = 512;

/**
 * How values become bytes. The engine's second version of the encodings would take a third less time, but its peers do
 * not read them: delta-rs cannot skip within its deltas ("cannot skip miniblock of size 256"), and Spark's vectorized
 * reader refuses its floating point. Higher levels of zstd cost more time than their bytes are worth.
 */
const encodingOptions = ["COMPRESSION zstd", "COMPRESSION_LEVEL 1", "PARQUET_VERSION v1"];

/**
 * Writes the rows of a request through COPY, which hands back each file's statistics. A failure, such as a full disk,
 * leaves no file behind: half a file is useless and keeps the disk full.
 */
export async function writeParquet(
  connection: DuckDBConnection,
  request: WriteRequest,
): Promise<WrittenFile[]> {
  await assertRowRules(connection, request.schema, request.rules);
  const named = { ...request, filePrefix: `part-${randomUUID().slice(0, 8)}` };
  try {
    return await writeNamed(connection, named);
  } catch (error) {
    await removeFiles(named).catch(() => {});
    throw error;
  }
}

/** A request whose files can be told from all others by the beginning of their names. */
interface NamedRequest extends WriteRequest {
  readonly filePrefix: string;
}

async function removeFiles({ folder, filePrefix }: NamedRequest): Promise<void> {
  for (const name of await readdir(folder, { recursive: true })) {
    if (basename(name).startsWith(filePrefix)) await rm(join(folder, name), { force: true });
  }
}

async function writeNamed(connection: DuckDBConnection, request: NamedRequest): Promise<WrittenFile[]> {
  const { rows } = request;
  await connection.run(`SET partitioned_write_max_open_files = ${openFilesMax}`);
  if ("sql" in rows) return copyOut(connection, request, await querySelect(connection, rows.sql, request));
  if ("columns" in rows) {
    const staged = await StagedRows.ofColumns(connection, request, rows.columns);
    return copyStaged(connection, request, staged);
  }
  const batches: AsyncIterable<RowBatch> | Iterable<RowBatch> = "batches" in rows ? rows.batches : [rows];
  const files: WrittenFile[] = [];
  let staged = await StagedRows.open(connection, request);
  for await (const batch of batches) {
    staged.load(batch);
    if (staged.rowCount >= stagedRowsMax) {
      files.push(...(await copyStaged(connection, request, staged)));
      staged = await StagedRows.open(connection, request);
    }
  }
  files.push(...(await copyStaged(connection, request, staged)));
  return files;
}

async function copyStaged(
  connection: DuckDBConnection,
  request: NamedRequest,
  staged: StagedRows,
): Promise<WrittenFile[]> {
  const select = staged.finish();
  const files = staged.rowCount === 0 ? [] : await copyOut(connection, request, select);
  await staged.drop();
  return files;
}

function fileCut({ rowGroups, fileSizeBytes = defaultFileSizeBytes }: WriteRequest): string {
  if (rowGroups === undefined) return `FILE_SIZE_BYTES ${fileSizeBytes}`;
  return `ROW_GROUP_SIZE ${rowGroups.rows}, ROW_GROUPS_PER_FILE ${rowGroups.perFile}`;
}

async function copyOut(
  connection: DuckDBConnection,
  request: NamedRequest,
  select: string,
): Promise<WrittenFile[]> {
  const { schema, partitionColumns, columnMapping, folder, subfolder = "." } = request;
  const partitions = schema.fields
    .filter((member) => request.partition === undefined && partitionColumns.includes(member.name))
    .map((member) => quoteName(physicalNameOf(member, columnMapping)));
  const options = [
    "FORMAT parquet",
    ...encodingOptions,
    "RETURN_STATS",
    "APPEND",
    `FILENAME_PATTERN ${quoteText(`${request.filePrefix}-{uuid}`)}`,
    partitions.length > 0 ? `PARTITION_BY (${partitions.join(", ")})` : fileCut(request),
    ...fieldIdsOption(request),
  ];
  // A partitioned COPY drops non-ASCII characters at the end of its folder's name: it must not end in one.
  const target = subfolder === "." ? `${folder}/.` : `${folder}/${subfolder}`;
  try {
    if (subfolder !== ".") await mkdir(target, { recursive: true });
    const copy = `COPY (${storedSelect(select, request)}\n) TO ${quoteText(target)} (${options.join(", ")})`;
    const reader = await toldStatement(
      copy,
      () => connection.runAndReadAll(copy),
      ({ currentRowCount }) => currentRowCount,
    );
    return reader.getRowObjectsJson().map((row) => toWrittenFile(row, request));
  } catch (error) {
    throw writeError(error, folder);
  }
}
