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
  const result = await startQuery(query);
  for await (const chunk of streamedChunks(query, result)) yield readBatch(chunk, schema);
}

async function startQuery(query: StreamedQuery): Promise<DuckDBResult> {
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
 * The schema of a query's answer.
 *
 * @param files the local paths of the data files that the query reads.
 */
export async function describeAnswer(
  connection: DuckDBConnection,
  sql: string,
  files: readonly string[],
): Promise<StructType> {
  const { prepared, schema } = await prepareAnswer(connection, sql, files);
  prepared.destroySync();
  return schema;
}

export interface Answer {
  readonly schema: StructType;
  readonly batches: AsyncGenerator<RecordBatch>;
}

/**
 * Starts a query and says what its answer looks like: columns of types that tables do not have (intervals, unsigned
 * integers ...) are cast to the type that holds them, at least to text.
 *
 * @param files the local paths of the data files that it reads.
 */
export async function startAnswer(
  connection: DuckDBConnection,
  sql: string,
  files: readonly string[],
  form: ValueForm = {},
): Promise<Answer> {
  const { prepared, casts, schema } = await prepareAnswer(connection, sql, files, form);
  const query: StreamedQuery = {
    connection,
    sql: casts === undefined ? sql : castSql(sql, casts),
    explain: async (error) => queryError(connection, code, error, files),
  };
  try {
    // Preparing it again would bind it a second time, which looks at every file that it reads.
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
  return `SELECT ${casts.join(", ")} FROM (${sql}\n) AS answer(${aliases})`;
}

interface PreparedAnswer {
  readonly prepared: DuckDBPreparedStatement;
  readonly schema: StructType;
  /** What stands for the columns `c0`, `c1` and so on, if any of them has a type that tables do not have. */
  readonly casts: readonly string[] | undefined;
}

async function prepareAnswer(
  connection: DuckDBConnection,
  sql: string,
  files: readonly string[],
  form: ValueForm = {},
): Promise<PreparedAnswer> {
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
