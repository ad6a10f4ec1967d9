import type { DuckDBConnection, DuckDBResult } from "@duckdb/node-api";

import { DeltaError, messageOf } from "../../errors.ts";
import { field, structType } from "../../protocol/schema.ts";
import type { StructField, StructType } from "../../protocol/schema.ts";
import type { RecordBatch } from "../../record-batch.ts";
import { sqlType } from "../sql-text.ts";
import { readBatch } from "./batch-reader.ts";
import { dataTypeOf, duckType } from "./types.ts";

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

/**
 * The schema of a query's answer, and the query with columns of types that tables do not have (intervals, unsigned
 * integers ...) cast to the type that holds them, text at the least.
 */
export async function describeAnswer(
  connection: DuckDBConnection,
  sql: string,
): Promise<{ readonly text: string; readonly schema: StructType }> {
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
    prepared.destroySync();
  } catch (error) {
    throw sqlError("INVALID_QUERY", error);
  }
  const aliases = fields.map((_, index) => `c${index}`).join(", ");
  const text = needsCast ? `SELECT ${casts.join(", ")} FROM (${sql}\n) AS answer(${aliases})` : sql;
  return { text, schema: structType(fields) };
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
  if (/^IO Error|^Invalid Input Error: (No magic bytes|File)|parquet/i.test(text) && /\.parquet/.test(text)) {
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
