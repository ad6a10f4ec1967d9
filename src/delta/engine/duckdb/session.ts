import type { DuckDBConnection } from "@duckdb/node-api";

import { DeltaError, messageOf } from "../../errors.ts";
import type { StructType } from "../../protocol/schema.ts";
import type { RecordBatch } from "../../record-batch.ts";
import type { EngineSession, Relation, TableResolver, WriteRequest, WrittenFile } from "../engine.ts";
import type { RowBatch, RowSource } from "../row-source.ts";
import { noRules } from "../engine.ts";
import { quoteName } from "../sql-text.ts";
import { describeAnswer, readBatches, sqlError, startAnswer } from "./answer.ts";
import { writeParquet } from "./parquet-writer.ts";
import { bindTables } from "./query-binding.ts";
import { relationSql } from "./relation-sql.ts";
import { StagedRows } from "./staged-rows.ts";
import { isValueError } from "./write-error.ts";

/** A connection of its own, with temporary tables and views. */
export class DuckDbSession implements EngineSession {
  private readonly connection: DuckDBConnection;

  constructor(connection: DuckDBConnection) {
    this.connection = connection;
  }

  async addRelation(name: string, relation: Relation, withPositions = false): Promise<void> {
    const from = await relationSql(this.connection, relation, withPositions);
    await this.run(`CREATE OR REPLACE TEMP VIEW ${quoteName(name)} AS SELECT * FROM ${from}`);
  }

  async addRows(name: string, rows: RowSource, schema: StructType, resolve?: TableResolver): Promise<void> {
    if ("sql" in rows) {
      await this.store(name, await this.bind(rows.sql, resolve ?? (async () => undefined)));
      return;
    }
    const staged = await StagedRows.open(this.connection, { schema, rules: noRules });
    const batches: AsyncIterable<RowBatch> | Iterable<RowBatch> = "batches" in rows ? rows.batches : [rows];
    for await (const batch of batches) staged.load(batch);
    await this.run(`CREATE OR REPLACE TEMP VIEW ${quoteName(name)} AS ${staged.finish()}`);
  }

  async bind(sql: string, resolve: TableResolver): Promise<string> {
    return bindTables(this.connection, sql, resolve);
  }

  async store(name: string, sql: string): Promise<void> {
    await this.run(`CREATE OR REPLACE TEMP TABLE ${quoteName(name)} AS ${sql}`);
  }

  async schemaOf(sql: string): Promise<StructType> {
    return describeAnswer(this.connection, sql);
  }

  async *query(sql: string): AsyncGenerator<RecordBatch> {
    const { result, schema } = await startAnswer(this.connection, sql);
    yield* readBatches(result, schema);
  }

  async writeFiles(request: WriteRequest): Promise<readonly WrittenFile[]> {
    return writeParquet(this.connection, request);
  }

  async close(): Promise<void> {
    this.connection.closeSync();
  }

  private async run(sql: string): Promise<void> {
    try {
      await this.connection.run(sql);
    } catch (error) {
      const known = sqlError("INVALID_QUERY", error);
      throw known.code === "INVALID_QUERY" && isValueError(messageOf(error))
        ? new DeltaError("INVALID_VALUE", known.message, { cause: error })
        : known;
    }
  }
}
