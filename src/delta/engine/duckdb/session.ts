import type { DuckDBConnection } from "@duckdb/node-api";
import { randomUUID } from "node:crypto";

import { DeltaError, messageOf } from "../../errors.ts";
import { structType } from "../../protocol/schema.ts";
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
    const schema = await describeAnswer(this.connection, sql);
    // An answer's NULL of no type is an integer; only the catalog knows it for what it is.
    if (!schema.fields.some((member) => member.type === "integer")) return schema;
    const view = `described_${randomUUID().replaceAll("-", "")}`;
    await this.run(`CREATE TEMP VIEW ${view} AS ${sql}`);
    const reader = await this.connection.runAndReadAll(
      `SELECT data_type FROM duckdb_columns() WHERE table_name = '${view}' ORDER BY column_index`,
    );
    await this.run(`DROP VIEW ${view}`);
    const types = reader.getRows().map(([type]) => String(type));
    return structType(
      schema.fields.map((member, index) =>
        types[index] === '"NULL"' ? { ...member, type: "void" } : member,
      ),
    );
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
