import type { DuckDBConnection } from "@duckdb/node-api";
import { randomUUID } from "node:crypto";
import { readdir, rm } from "node:fs/promises";
import { basename, join, relative, sep } from "node:path";

import { DeltaError, messageOf } from "../../errors.ts";
import { serializePartitionValue } from "../../protocol/partition-values.ts";
import { describeType, decimalShape, findField } from "../../protocol/schema.ts";
import type { DataType, StructField, StructType } from "../../protocol/schema.ts";
import { leafKey } from "../../statistics/file-statistics.ts";
import type { ColumnStatistics } from "../../statistics/file-statistics.ts";
import type { WriteRequest, WrittenFile } from "../engine.ts";
import type { ColumnInput, ColumnSet, RowBatch } from "../row-source.ts";
import { assertKnownColumns, ChunkLoader } from "./chunk-loader.ts";
import { quoteName, quoteText, sqlType } from "./sql-text.ts";
import { dataTypeOf } from "./types.ts";

/** Files of an unpartitioned write are cut at about this size. */
const fileSizeBytes = 128 * 1024 * 1024;
/** Rows that a stream of batches may pile up before they are written out. */
const stagedRowsMax = 1_000_000;

/** Files that a partitioned write keeps open: with fewer, a partition of many ends up in more than one file. */
const openFilesMax = 512;

const stagingTable = "staged_rows";
/** One row with the values that all staged rows share. */
const constantsTable = "staged_constants";

/**
 * Writes the rows of a request through COPY, which hands back each file's statistics. A failure, such as a full disk,
 * leaves no file behind: half a file would help nobody and keep the disk full.
 */
export async function writeParquet(
  connection: DuckDBConnection,
  request: WriteRequest,
): Promise<WrittenFile[]> {
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
  if ("sql" in rows) return copyOut(connection, request, await checkedSelect(connection, rows.sql, request));
  if ("columns" in rows) return writeColumns(connection, request, rows.columns);
  const batches: AsyncIterable<RowBatch> | Iterable<RowBatch> = "batches" in rows ? rows.batches : [rows];
  const files: WrittenFile[] = [];
  let staging = await openStaging(connection, stagingTable, request.schema);
  for await (const batch of batches) {
    staging.load(batch);
    if (staging.rowCount() >= stagedRowsMax) {
      files.push(...(await copyStaged(connection, request, staging)));
      staging = await openStaging(connection, stagingTable, request.schema);
    }
  }
  files.push(...(await copyStaged(connection, request, staging)));
  return files;
}

/** Columns of one value are staged once and joined back by the engine instead of being copied for every row. */
async function writeColumns(
  connection: DuckDBConnection,
  request: NamedRequest,
  set: ColumnSet,
): Promise<WrittenFile[]> {
  assertKnownColumns(Object.keys(set.columns), request.schema, "the columns");
  // What no row has need not be a value: the constants of an empty set are not looked at.
  if (set.rowCount === 0) return [];
  const { constant, varying } = splitColumns(set, request.schema);
  if (constant.schema.fields.length === 0 || varying.schema.fields.length === 0) {
    const staging = await openStaging(connection, stagingTable, request.schema);
    staging.load({ columns: set });
    return copyStaged(connection, request, staging);
  }
  const constants = await openStaging(connection, constantsTable, constant.schema);
  constants.load({ columns: { rowCount: 1, columns: constant.columns } });
  constants.finish();
  const staging = await openStaging(connection, stagingTable, varying.schema);
  staging.load({ columns: { rowCount: set.rowCount, columns: varying.columns } });
  return copyStaged(connection, request, staging, `${stagingTable}, ${constantsTable}`);
}

interface ColumnPart {
  readonly schema: StructType;
  readonly columns: Readonly<Record<string, ColumnInput>>;
}

function splitColumns(
  set: ColumnSet,
  schema: StructType,
): { readonly constant: ColumnPart; readonly varying: ColumnPart } {
  const inputs = new Map(Object.entries(set.columns).map(([name, input]) => [name.toLowerCase(), input]));
  const isConstant = (member: StructField): boolean => {
    const input = inputs.get(member.name.toLowerCase());
    return input === undefined || "constant" in input;
  };
  const part = (fields: readonly StructField[]): ColumnPart => ({
    schema: { type: "struct", fields },
    columns: Object.fromEntries(
      fields.flatMap((member): [string, ColumnInput][] => {
        const input = inputs.get(member.name.toLowerCase());
        return input === undefined ? [] : [[member.name, input]];
      }),
    ),
  });
  return {
    constant: part(schema.fields.filter(isConstant)),
    varying: part(schema.fields.filter((member) => !isConstant(member))),
  };
}

interface Staging {
  load(batch: RowBatch): void;
  rowCount(): number;
  finish(): void;
}

async function openStaging(
  connection: DuckDBConnection,
  table: string,
  schema: StructType,
): Promise<Staging> {
  const columns = schema.fields
    .map((member) => `${quoteName(member.name)} ${sqlType(member.type)}`)
    .join(", ");
  await connection.run(`CREATE OR REPLACE TEMP TABLE ${table} (${columns})`);
  const appender = await connection.createAppender(table);
  const loader = new ChunkLoader(schema, appender);
  let count = 0;
  return {
    load(batch) {
      count += loader.load(batch);
    },
    rowCount: () => count,
    finish() {
      appender.closeSync();
    },
  };
}

async function copyStaged(
  connection: DuckDBConnection,
  request: NamedRequest,
  staging: Staging,
  from: string = stagingTable,
): Promise<WrittenFile[]> {
  staging.finish();
  if (staging.rowCount() === 0) return [];
  const names = request.schema.fields.map((member) =>
    selectColumn(quoteName(member.name), member, request.partitionColumns),
  );
  const files = await copyOut(connection, request, `SELECT ${names.join(", ")} FROM ${from}`);
  await connection.run(`DROP TABLE ${stagingTable}`);
  return files;
}

/** The protocol has no empty string as a partition value: it is null. */
function selectColumn(value: string, member: StructField, partitionColumns: readonly string[]): string {
  const isTextPartition = member.type === "string" && partitionColumns.includes(member.name);
  return `${isTextPartition ? `nullif(${value}, '')` : value} AS ${quoteName(member.name)}`;
}

async function copyOut(
  connection: DuckDBConnection,
  request: NamedRequest,
  select: string,
): Promise<WrittenFile[]> {
  const partitioning =
    request.partitionColumns.length > 0
      ? `PARTITION_BY (${request.partitionColumns.map(quoteName).join(", ")})`
      : `FILE_SIZE_BYTES ${fileSizeBytes}`;
  const options = `FORMAT parquet, COMPRESSION zstd, RETURN_STATS, APPEND, FILENAME_PATTERN '${request.filePrefix}-{uuid}', ${partitioning}`;
  let rows: Readonly<Record<string, unknown>>[];
  try {
    const reader = await connection.runAndReadAll(
      // A partitioned COPY drops non-ASCII characters at the end of its folder's name: it must not end in one.
      `COPY (${select}\n) TO ${quoteText(`${request.folder}/.`)} (${options})`,
    );
    rows = reader.getRowObjectsJson();
  } catch (error) {
    throw new DeltaError(
      "STORAGE_FAILED",
      `Cannot write data files below ${request.folder}: ${messageOf(error)}`,
      {
        cause: error,
      },
    );
  }
  return rows.map((row) => toWrittenFile(row, request));
}

/**
 * A query as a source: its columns are matched by name, cast only where no value can change, and missing ones are null.
 *
 * @throws DeltaError `SCHEMA_MISMATCH`
 */
async function checkedSelect(
  connection: DuckDBConnection,
  sql: string,
  { schema, partitionColumns }: WriteRequest,
): Promise<string> {
  let prepared;
  try {
    prepared = await connection.prepare(`SELECT * FROM (${sql}\n)`);
  } catch (error) {
    throw new DeltaError("INVALID_QUERY", `The query that should give the rows failed: ${messageOf(error)}`, {
      cause: error,
    });
  }
  const given = new Map<string, string>();
  for (let index = 0; index < prepared.columnCount; index += 1) {
    const name = prepared.columnName(index);
    const member = findField(schema, name);
    if (member === undefined) {
      const known = schema.fields.map((column) => column.name).join(", ");
      throw new DeltaError("SCHEMA_MISMATCH", `The table has no column "${name}". Its columns: ${known}`);
    }
    const type = prepared.columnType(index);
    const from = dataTypeOf(type);
    if (from === undefined || !isLosslessCast(from, member.type)) {
      throw new DeltaError(
        "SCHEMA_MISMATCH",
        `Column "${member.name}" is ${describeType(member.type)}, the query gives ${from === undefined ? String(type) : describeType(from)}: cast it in the query`,
      );
    }
    given.set(member.name, name);
  }
  prepared.destroySync();
  const columns = schema.fields.map((member) => {
    const name = given.get(member.name);
    const value = `${name === undefined ? "NULL" : quoteName(name)}::${sqlType(member.type)}`;
    return selectColumn(value, member, partitionColumns);
  });
  return `SELECT ${columns.join(", ")} FROM (${sql}\n)`;
}

const integerDigits: Readonly<Record<string, number>> = { byte: 3, short: 5, integer: 10, long: 19 };
const integerOrder = ["byte", "short", "integer", "long"];

/** Whether every value of one type is a value of the other, unchanged. */
function isLosslessCast(from: DataType, to: DataType): boolean {
  if (describeType(from) === describeType(to)) return true;
  const target = decimalShape(to);
  const source = decimalShape(from);
  if (target !== undefined && source !== undefined) {
    return source.scale <= target.scale && source.precision - source.scale <= target.precision - target.scale;
  }
  if (typeof from === "object" || typeof to === "object") return isLosslessNested(from, to);
  if (target !== undefined)
    return (integerDigits[from] ?? Number.POSITIVE_INFINITY) <= target.precision - target.scale;
  if (integerOrder.includes(from) && integerOrder.includes(to))
    return integerOrder.indexOf(from) <= integerOrder.indexOf(to);
  if (to === "double") return from === "float" || from === "integer" || from === "short" || from === "byte";
  return to === "timestamp_ntz" && from === "date";
}

function isLosslessNested(from: DataType, to: DataType): boolean {
  if (typeof from === "string" || typeof to === "string") return false;
  if (from.type === "array" && to.type === "array") return isLosslessCast(from.elementType, to.elementType);
  if (from.type === "map" && to.type === "map") {
    return isLosslessCast(from.keyType, to.keyType) && isLosslessCast(from.valueType, to.valueType);
  }
  if (from.type !== "struct" || to.type !== "struct" || from.fields.length !== to.fields.length) return false;
  return from.fields.every((member, index) => {
    const target = to.fields[index];
    return target !== undefined && target.name === member.name && isLosslessCast(member.type, target.type);
  });
}

/** One row of what COPY ... RETURN_STATS answers, in the JSON form of the engine. */
function toWrittenFile(row: Readonly<Record<string, unknown>>, request: WriteRequest): WrittenFile {
  const partitionKeys = new Map(
    entriesOf(row["partition_keys"]).map(({ key, value }) => [key.toLowerCase(), value]),
  );
  const partitionValues: Record<string, string | null> = {};
  for (const name of request.partitionColumns) {
    const text = partitionKeys.get(name.toLowerCase());
    const type = findField(request.schema, name)?.type ?? "string";
    partitionValues[name] = serializePartitionValue(typeof text === "string" ? text : null, type);
  }
  const columns = new Map<string, ColumnStatistics>();
  for (const { key, value } of entriesOf(row["column_statistics"])) {
    const facts = new Map(entriesOf(value).map((entry) => [entry.key, entry.value]));
    const textOf = (name: string): string | undefined => {
      const fact = facts.get(name);
      return typeof fact === "string" ? fact : undefined;
    };
    const nullCount = textOf("null_count");
    columns.set(leafKey(unquotePath(key)), {
      min: textOf("min"),
      max: textOf("max"),
      nullCount: nullCount === undefined ? undefined : Number(nullCount),
      hasNaN: textOf("has_nan") === "true",
    });
  }
  return {
    path: relative(request.folder, String(row["filename"])).split(sep).join("/"),
    size: Number(row["file_size_bytes"]),
    rowCount: Number(row["count"]),
    partitionValues,
    columns,
  };
}

/** A map in the engine's JSON form: a list of keys and values. */
function entriesOf(value: unknown): { readonly key: string; readonly value: unknown }[] {
  if (!Array.isArray(value)) return [];
  return value.flatMap((entry: unknown) =>
    typeof entry === "object" &&
    entry !== null &&
    "key" in entry &&
    "value" in entry &&
    typeof entry.key === "string"
      ? [{ key: entry.key, value: entry.value }]
      : [],
  );
}

/** `"st"."a ""b"""` as its names. */
function unquotePath(path: string): string[] {
  return [...path.matchAll(/"((?:[^"]|"")*)"/g)].map((match) => (match[1] ?? "").replaceAll('""', '"'));
}
