import { ResultReturnType } from "@duckdb/node-api";
import type { DuckDBConnection, DuckDBDataChunk, DuckDBResult } from "@duckdb/node-api";

import type { DeltaError } from "../../errors.ts";

/** A query whose result comes chunk by chunk. */
export interface StreamedQuery {
  readonly connection: DuckDBConnection;
  readonly sql: string;
  /** The engine's complaint about it in our words. */
  readonly explain: (error: unknown) => DeltaError | Promise<DeltaError>;
}

/**
 * The chunks of a result, to its true end.
 *
 * The binding answers the same at the end of a stream and at an error in its middle: a failed cast, a damaged or
 * vanished file, an interrupt, another query on the same connection. Only the result's type tells them apart then: it
 * stays what it was at a true end, and is invalid otherwise. The binding documents this nowhere; a test pins it.
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

/** The stream keeps no error: the query is run again, which names it. */
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
