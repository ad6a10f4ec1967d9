import { DuckDBInstance } from "@duckdb/node-api";
import type { DuckDBConnection } from "@duckdb/node-api";
import { z } from "zod";

/** A column of a table, with DuckDB's name of its type. */
export interface FileColumn {
  readonly name: string;
  readonly type: string;
}

/** A file of DuckDB. It is open while `use` runs, because one process at a time may have it. */
export class DuckDbFile {
  readonly #path: string;

  constructor(path: string) {
    this.#path = path;
  }

  /** Puts Parquet files in place of the tables of a schema; their keys are the names of the tables. */
  async load(schema: string, files: ReadonlyMap<string, string>): Promise<void> {
    await this.#use(async (connection) => {
      await connection.run(`CREATE SCHEMA IF NOT EXISTS "${schema}"`);
      for (const [table, path] of files)
        await connection.run(
          `CREATE OR REPLACE TABLE "${schema}"."${table}" AS FROM read_parquet('${path.replaceAll("'", "''")}')`,
        );
    });
  }

  /** Tables and views of a schema, by name, with their columns. */
  async tables(schema: string): Promise<ReadonlyMap<string, readonly FileColumn[]>> {
    const rows = await this.rows(
      `SELECT table_name, column_name, data_type FROM information_schema.columns
        WHERE table_schema = '${schema}' ORDER BY table_name, ordinal_position`,
    );
    const columns = z
      .array(z.object({ table_name: z.string(), column_name: z.string(), data_type: z.string() }))
      .parse(rows);
    return new Map(
      [...Map.groupBy(columns, (column) => column.table_name)].map(([table, own]) => [
        table,
        own.map((column) => ({ name: column.column_name, type: column.data_type })),
      ]),
    );
  }

  async rows(sql: string): Promise<readonly Readonly<Record<string, unknown>>[]> {
    return this.#use(async (connection) => (await connection.runAndReadAll(sql)).getRowObjects());
  }

  async #use<Result>(work: (connection: DuckDBConnection) => Promise<Result>): Promise<Result> {
    const instance = await DuckDBInstance.create(this.#path);
    const connection = await instance.connect();
    try {
      await connection.run("SET TimeZone = 'UTC'");
      return await work(connection);
    } finally {
      connection.closeSync();
      instance.closeSync();
    }
  }
}
