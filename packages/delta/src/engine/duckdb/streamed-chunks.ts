import { ResultReturnType } from "@duckdb/node-api";
import type { DuckDBConnection, DuckDBDataChunk, DuckDBResult } from "@duckdb/node-api";

import type { DeltaError } from "../../errors.ts";

/** A query whose result is read chunk by chunk. */
export interface StreamedQuery {
  readonly connection: DuckDBConnection;
  readonly sql: string;
  /** The engine's error about it, in our words. */
  readonly explain: (error: unknown) => DeltaError | Promise<DeltaError>;
}

/**
 * The chunks of a result, up to its true end.
 *
 * At the end of a stream and at an error in its middle the binding returns the same. Such an error is a failed cast, a
 * damaged or missing file, an interrupt, or another query on the same connection. Only the type of the result tells them
 * apart: it is unchanged at a true end and invalid after an error. The binding does not document this; a test pins it.
 *
 * @throws DeltaError what the query's `explain` makes of the failure.
 */
export async function* streamedChunks(
  query: StreamedQuery,
  result: DuckDBResult,
): AsyncGenerator<DuckDBDataChunk> {
  for (;;) {
    const chunk = await result.fetchChunk();
    if (chunk !== null && chunk.rowCount > 0) {
      yield chunk;
      continue;
    }
    if (result.returnType === ResultReturnType.QUERY_RESULT) return;
    throw await query.explain(await failureOf(query));
  }
}

/** The stream keeps no error, so the query is run again to get its message. */
async function failureOf({ connection, sql }: StreamedQuery): Promise<unknown> {
  try {
    await connection.run(`EXPLAIN ANALYZE ${sql}`);
  } catch (error) {
    return error;
  }
  return new Error(
    "its rows ended before the last one: it was interrupted, another query ran on its connection, or a file was changed meanwhile",
  );
}
