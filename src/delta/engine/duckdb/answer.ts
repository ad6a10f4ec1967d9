import type { DuckDBConnection, DuckDBPreparedStatement, DuckDBResult } from "@duckdb/node-api";

import { DeltaError, messageOf } from "../../errors.ts";
import { field, structType } from "../../protocol/schema.ts";
import type { StructField, StructType } from "../../protocol/schema.ts";
import type { RecordBatch } from "../../record-batch.ts";
import { sqlType } from "../sql-text.ts";
import { readBatch } from "./batch-reader.ts";
import { dataTypeOf, duckType } from "./types.ts";
import { outOfMemory } from "./write-error.ts";

export type SqlErrorCode = "INVALID_PREDICATE" | "INVALID_QUERY";

/** Starts a query whose answer is streamed. */
export async function startQuery(
  connection: DuckDBConnection,
  sql: string,
  code: SqlErrorCode,
): Promise<DuckDBResult> {
  try {
    return await connection.stream(sql);
  } catch (error) {
    throw sqlError(code, error);
  }
}

/** The chunks of an answer as batches. */
export async function* readBatches(result: DuckDBResult, schema: StructType): AsyncGenerator<RecordBatch> {
  for (;;) {
    let chunk;
    try {
      chunk = await result.fetchChunk();
    } catch (error) {
      throw sqlError("INVALID_QUERY", error);
    }
    if (chunk === null || chunk.rowCount === 0) return;
    yield readBatch(chunk, schema);
  }
}

/** The schema of a query's answer. */
export async function describeAnswer(connection: DuckDBConnection, sql: string): Promise<StructType> {
  const { prepared, schema } = await prepareAnswer(connection, sql);
  prepared.destroySync();
  return schema;
}

/**
 * Starts a query and says what its answer looks like: columns of types that tables do not have (intervals, unsigned
 * integers ...) are cast to the type that holds them, text at the least.
 */
export async function startAnswer(
  connection: DuckDBConnection,
  sql: string,
): Promise<{ readonly result: DuckDBResult; readonly schema: StructType }> {
  const { prepared, casts, schema } = await prepareAnswer(connection, sql);
  try {
    if (casts !== undefined) {
      const aliases = casts.map((_, index) => `c${index}`).join(", ");
      const cast = `SELECT ${casts.join(", ")} FROM (${sql}\n) AS answer(${aliases})`;
      return { result: await startQuery(connection, cast, "INVALID_QUERY"), schema };
    }
    // Preparing it once more would bind it once more, which looks at every file that it reads.
    return { result: await prepared.stream(), schema };
  } catch (error) {
    throw error instanceof DeltaError ? error : sqlError("INVALID_QUERY", error);
  } finally {
    prepared.destroySync();
  }
}

interface PreparedAnswer {
  readonly prepared: DuckDBPreparedStatement;
  readonly schema: StructType;
  /** What stands for the columns `c0`, `c1` and so on, if any of them has a type that tables do not have. */
  readonly casts: readonly string[] | undefined;
}

async function prepareAnswer(connection: DuckDBConnection, sql: string): Promise<PreparedAnswer> {
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
      needsCast ||= differs;
      casts.push(differs ? `c${index}::${sqlType(dataType)}` : `c${index}`);
      fields.push(field(uniqueName(prepared.columnName(index), taken), dataType));
    }
    return { prepared, schema: structType(fields), casts: needsCast ? casts : undefined };
  } catch (error) {
    throw sqlError("INVALID_QUERY", error);
  }
}

/** Two columns of one name, as a join may give them, become `close` and `close_1`. */
function uniqueName(name: string, taken: Set<string>): string {
  let unique = name === "" ? "column" : name;
  for (let count = 1; taken.has(unique.toLowerCase()); count += 1) unique = `${name}_${count}`;
  taken.add(unique.toLowerCase());
  return unique;
}

/** The engine's complaint in our words: without the query's text, which is not what the user wrote. */
export function sqlError(code: SqlErrorCode, error: unknown): DeltaError {
  const text = messageOf(error)
    .replace(/\n+LINE \d+:.*$/s, "")
    .replace(/\n*Did you mean "[^"]*"\?/, "");
  if (text.startsWith("Out of Memory Error")) return outOfMemory(text, error);
  // An expression opens no file but those of the table, whatever their names end in.
  const isOfTable = code === "INVALID_PREDICATE" || /\.parquet/.test(text);
  if (
    /^IO Error|TProtocolException|^Invalid Input Error: (No magic bytes|File)|parquet/i.test(text) &&
    isOfTable
  ) {
    return new DeltaError(
      "DATA_FILE_UNREADABLE",
      `A data file that the table names is missing or damaged (repair takes lost ones out of the table, restore goes back to a version): ${text}`,
      {
        cause: error,
      },
    );
  }
  if (text.includes("Only SELECT statements can be serialized")) {
    return new DeltaError(code, "One SELECT is expected: tables cannot be changed by SQL here", {
      cause: error,
    });
  }
  return new DeltaError(code, `The query failed: ${text}`, { cause: error });
}
