import { DuckDBInstance } from "@duckdb/node-api";
import type { DuckDBConnection } from "@duckdb/node-api";

export type OpenDuckDb = DuckDBConnection & AsyncDisposable;

/** DuckDB by itself, set up like ours: in memory, in UTC. Closed at the end of its scope. */
export async function openDuckDb(): Promise<OpenDuckDb> {
  const instance = await DuckDBInstance.create(":memory:");
  const connection = await instance.connect();
  await connection.run("SET TimeZone = 'UTC'");
  return Object.assign(connection, {
    async [Symbol.asyncDispose](): Promise<void> {
      connection.closeSync();
      instance.closeSync();
    },
  });
}
