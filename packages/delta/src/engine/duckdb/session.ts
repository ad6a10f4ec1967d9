import type { DuckDBConnection } from "@duckdb/node-api";

import { DeltaError, messageOf } from "../../errors.ts";
import type { StructType } from "../../protocol/schema.ts";
import type { RecordBatch } from "../record-batch.ts";
import type { EngineSession, Relation, TableResolver, WriteRequest, WrittenFile } from "../engine.ts";
import type { RowSource } from "../row-source.ts";
import { quoteName } from "../sql-text.ts";
import { describeQuery, startQuery } from "./running-query.ts";
import { exactExpression } from "./exact-times.ts";
import type { CutTimeCode } from "../exact-times.ts";
import { writeParquet } from "./parquet-writer.ts";
import { bindTables } from "./query-binding.ts";
import { damagedFile, listingFiles, queryError, unreadable } from "./query-error.ts";
import { relationSql } from "./relation-sql.ts";
import { toldQuery, toldStatement } from "./sql-event.ts";
import { stagedSelect } from "./staged-rows.ts";
import { withTypedNulls, withUntypedNulls } from "./untyped-nulls.ts";
import { isValueError } from "./write-error.ts";

/** A connection of its own, with temporary tables and views. */
export class DuckDbSession implements EngineSession {
  readonly #connection: DuckDBConnection;
  readonly #closeConnection: () => void;
  /** The data files of all relations that were added. After a failure they are checked for damage. */
  readonly #files: string[] = [];

  constructor(connection: DuckDBConnection, closeConnection: () => void) {
    this.#connection = connection;
    this.#closeConnection = closeConnection;
  }

  async addRelation(name: string, relation: Relation, withPositions = false): Promise<void> {
    for (const file of relation.files) this.#files.push(file.localPath);
    const from = await relationSql(this.#connection, relation, withPositions);
    await this.#run(`CREATE OR REPLACE TEMP VIEW ${quoteName(name)} AS SELECT * FROM ${from}`);
  }

  async addRows(name: string, rows: RowSource, schema: StructType, resolve?: TableResolver): Promise<void> {
    if ("sql" in rows) {
      const sql = await this.bind(rows.sql, resolve ?? (async () => undefined));
      await this.store(name, withTypedNulls(sql, await this.schemaOf(sql), schema));
      return;
    }
    const select = await stagedSelect(this.#connection, { rows, schema });
    await this.#run(`CREATE OR REPLACE TEMP VIEW ${quoteName(name)} AS ${select}`);
  }

  async bind(sql: string, resolve: TableResolver): Promise<string> {
    return bindTables(this.#connection, sql, listingFiles(resolve, this.#files), "source");
  }

  async exactTimes(expression: string, from: string, code: CutTimeCode): Promise<string> {
    return exactExpression(this.#connection, expression, from, code);
  }

  async store(name: string, sql: string): Promise<void> {
    await this.#run(`CREATE OR REPLACE TEMP TABLE ${quoteName(name)} AS ${sql}`);
  }

  async schemaOf(sql: string): Promise<StructType> {
    const schema = await describeQuery(this.#connection, sql, this.#files);
    return withUntypedNulls(this.#connection, sql, schema);
  }

  async *query(sql: string): AsyncGenerator<RecordBatch> {
    yield* (await toldQuery(sql, () => startQuery(this.#connection, sql, this.#files))).batches;
  }

  async writeFiles(request: WriteRequest): Promise<readonly WrittenFile[]> {
    try {
      return await writeParquet(this.#connection, request);
    } catch (error) {
      throw (await this.#damage(error)) ?? error;
    }
  }

  async close(): Promise<void> {
    this.#closeConnection();
  }

  async #run(sql: string): Promise<void> {
    try {
      await toldStatement(
        sql,
        () => this.#connection.run(sql),
        ({ rowsChanged }) => rowsChanged,
      );
    } catch (error) {
      const known = await queryError(this.#connection, "INVALID_QUERY", error, this.#files);
      throw known.code === "INVALID_QUERY" && isValueError(messageOf(error))
        ? new DeltaError("INVALID_VALUE", known.message, { cause: error })
        : known;
    }
  }

  /** The damaged data file behind a failed write, if there is one: the engine blames the write. */
  async #damage(error: unknown): Promise<DeltaError | undefined> {
    if (!(error instanceof DeltaError) || !blamable.has(error.code)) return undefined;
    const path = await damagedFile(this.#connection, this.#files);
    return path === undefined ? undefined : unreadable(path, error.cause);
  }
}

const blamable: ReadonlySet<string> = new Set(["STORAGE_FAILED", "INVALID_VALUE", "INVALID_QUERY"]);
