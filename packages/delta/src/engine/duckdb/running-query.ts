import type { DuckDBConnection, DuckDBPreparedStatement, DuckDBResult } from "@duckdb/node-api";

import { DeltaError } from "../../errors.ts";
import { field, structType } from "../../protocol/schema.ts";
import type { StructField, StructType } from "../../protocol/schema.ts";
import type { RecordBatch, ValueForm } from "../record-batch.ts";
import { sqlType } from "../sql-text.ts";
import { readBatch } from "./batch-reader.ts";
import { queryError } from "./query-error.ts";
import { streamedChunks } from "./streamed-chunks.ts";
import type { StreamedQuery } from "./streamed-chunks.ts";
import { hasDecimals, numberType } from "../../protocol/number-types.ts";
import { numberSql } from "./decimal-numbers.ts";
import { dataTypeOf, duckType } from "./types.ts";

/** Runs a query and gives its rows as batches. */
export async function* queriedBatches(query: StreamedQuery, schema: StructType): AsyncGenerator<RecordBatch> {
  const result = await openedStream(query);
  for await (const chunk of streamedChunks(query, result)) yield readBatch(chunk, schema);
}

async function openedStream(query: StreamedQuery): Promise<DuckDBResult> {
  try {
    return await query.connection.stream(query.sql);
  } catch (error) {
    throw await query.explain(error);
  }
}

/** The rows of a streamed query as batches. */
async function* readBatches(
  query: StreamedQuery,
  result: DuckDBResult,
  schema: StructType,
): AsyncGenerator<RecordBatch> {
  for await (const chunk of streamedChunks(query, result)) yield readBatch(chunk, schema);
}

/**
 * The schema of a query's rows; the query is not run.
 *
 * @param files the local paths of the data files that the query reads.
 */
export async function describeQuery(
  connection: DuckDBConnection,
  sql: string,
  files: readonly string[],
): Promise<StructType> {
  const { prepared, schema } = await prepareQuery(connection, sql, files);
  prepared.destroySync();
  return schema;
}

/** A query that has been started: what its rows look like, and the rows themselves. */
export interface RunningQuery {
  readonly schema: StructType;
  readonly batches: AsyncGenerator<RecordBatch>;
}

/**
 * Starts a query and says what its rows look like: columns of types that tables do not have (intervals, unsigned
 * integers ...) are cast to the type that holds them, at least to text.
 *
 * @param files the local paths of the data files that it reads.
 */
export async function startQuery(
  connection: DuckDBConnection,
  sql: string,
  files: readonly string[],
  form: ValueForm = {},
): Promise<RunningQuery> {
  const { prepared, casts, schema } = await prepareQuery(connection, sql, files, form);
  const query: StreamedQuery = {
    connection,
    sql: casts === undefined ? sql : castSql(sql, casts),
    explain: async (error) => queryError(connection, code, error, files),
  };
  try {
    // Preparing it again would bind it a second time, and binding opens every file that it reads.
    const result = casts === undefined ? await prepared.stream() : await connection.stream(query.sql);
    return { schema, batches: readBatches(query, result, schema) };
  } catch (error) {
    throw await query.explain(error);
  } finally {
    prepared.destroySync();
  }
}

const code = "INVALID_QUERY";

function castSql(sql: string, casts: readonly string[]): string {
  const aliases = casts.map((_, index) => `c${index}`).join(", ");
  return `SELECT ${casts.join(", ")} FROM (${sql}\n) AS result(${aliases})`;
}

interface PreparedQuery {
  readonly prepared: DuckDBPreparedStatement;
  readonly schema: StructType;
  /** The expressions for the columns `c0`, `c1` and so on, if a column has a type that tables do not have. */
  readonly casts: readonly string[] | undefined;
}

async function prepareQuery(
  connection: DuckDBConnection,
  sql: string,
  files: readonly string[],
  form: ValueForm = {},
): Promise<PreparedQuery> {
  const taken = new Set<string>();
  const casts: string[] = [];
  let needsCast = false;
  const fields: StructField[] = [];
  try {
    const prepared = await connection.prepare(sql);
    for (let index = 0; index < prepared.columnCount; index += 1) {
      const type = prepared.columnType(index);
      const dataType = dataTypeOf(type) ?? "string";
      const differs = String(duckType(dataType)) !== String(type);
      const stored = differs ? `c${index}::${sqlType(dataType)}` : `c${index}`;
      const isNumber = form.decimals === "number" && hasDecimals(dataType);
      needsCast ||= differs || isNumber;
      casts.push(isNumber ? numberSql(stored, dataType) : stored);
      const shownType = isNumber ? numberType(dataType) : dataType;
      fields.push(field(uniqueName(prepared.columnName(index), taken), shownType));
    }
    return { prepared, schema: structType(fields), casts: needsCast ? casts : undefined };
  } catch (error) {
    throw error instanceof DeltaError ? error : await queryError(connection, code, error, files);
  }
}

/** Two columns of one name, as a join may give them, become `close` and `close_1`. */
function uniqueName(name: string, taken: Set<string>): string {
  let unique = name === "" ? "column" : name;
  for (let count = 1; taken.has(unique.toLowerCase()); count += 1) unique = `${name}_${count}`;
  taken.add(unique.toLowerCase());
  return unique;
}
