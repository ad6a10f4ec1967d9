import { DuckDBInstance } from "@duckdb/node-api";
import type { DuckDBConnection } from "@duckdb/node-api";
import { randomUUID } from "node:crypto";
import { tmpdir } from "node:os";
import { join } from "node:path";

import {
  abortSignal,
  aFunction,
  anyText,
  countFromOne,
  kind,
  optionsOf,
  required,
} from "../../contract/option-kinds.ts";
import type { OptionTable } from "../../contract/option-table.ts";
import { assertArguments, assertOptions } from "../../arguments.ts";
import { DeltaError } from "../../errors.ts";
import type { Action } from "../../protocol/actions.ts";
import { findField } from "../../protocol/schema.ts";
import type { StructType } from "../../protocol/schema.ts";
import { valueForm } from "../record-batch.ts";
import type { RecordBatch, Row, ValueForm } from "../record-batch.ts";
import type { Predicate } from "../../statistics/predicate.ts";
import { queryTargetOptions } from "../engine.ts";
import type {
  CheckpointContent,
  Engine,
  EngineSession,
  JoinCondition,
  KeptRows,
  QueryResult,
  QueryTarget,
  Relation,
  RowRules,
  ScanRequest,
  TableResolver,
  WriteRequest,
  WrittenFile,
} from "../engine.ts";
import { quoteFile, quoteName } from "../sql-text.ts";
import { writeQueryResult } from "./query-result-file.ts";
import { describeQuery, queriedBatches, startQuery } from "./running-query.ts";
import { writeCheckpointParquet } from "./checkpoint-parquet.ts";
import { readCheckpointParquet } from "./checkpoint-reading.ts";
import { decodeTextExactly } from "./exact-text.ts";
import { OpenConnections, orInterrupted } from "./open-connections.ts";
import { writeParquet } from "./parquet-writer.ts";
import { queryResult } from "./query-result.ts";
import { assertOrderList, bindTables } from "./query-binding.ts";
import { serializeFilter } from "./query-text.ts";
import { numberSchema } from "../../protocol/number-types.ts";
import { joinConditionOf, predicateOfWhere } from "./query-tree.ts";
import { listingFiles, queryError } from "./query-error.ts";
import { exactExpression } from "./exact-times.ts";
import { emptyRelationSql, relationSql, scanSql } from "./relation-sql.ts";
import { assertUsableRules } from "./row-expression.ts";
import { DuckDbSession } from "./session.ts";
import { toldQuery, toldRows, toldStatement } from "./sql-event.ts";
import type { StreamedQuery } from "./streamed-chunks.ts";

export interface DuckDbEngineOptions {
  /** Such as `"4GB"`; the engine's own default is four fifths of the machine's memory. */
  readonly memoryLimit?: string | undefined;
  readonly threads?: number | undefined;
  /** When it aborts, running statements are interrupted and no new one begins. Both fail with `INTERRUPTED`. */
  readonly signal?: AbortSignal | undefined;
}

/** The embedded engine. One in-memory instance; each operation has a connection of its own. */
export class DuckDbEngine implements Engine {
  readonly #options: DuckDbEngineOptions;
  readonly #connections: OpenConnections;
  #instance: Promise<DuckDBInstance> | undefined;

  /** @throws DeltaError `INVALID_ARGUMENT` */
  constructor(options: DuckDbEngineOptions = {}) {
    assertOptions("new DuckDbEngine", options, engineOptions);
    this.#options = options;
    this.#connections = new OpenConnections(options.signal);
  }

  async writeFiles(request: WriteRequest): Promise<readonly WrittenFile[]> {
    return this.#withConnection((connection) => writeParquet(connection, request));
  }

  async *scan(request: ScanRequest): AsyncGenerator<RecordBatch> {
    const { relation } = request;
    const fields = (request.columns ?? relation.schema.fields.map((member) => member.name)).map((name) => {
      const member = findField(relation.schema, name);
      if (member !== undefined) return member;
      const known = relation.schema.fields.map((candidate) => candidate.name).join(", ");
      throw new DeltaError("INVALID_ARGUMENT", `There is no column "${name}". The columns: ${known}`);
    });
    const exact: StructType = { type: "struct", fields };
    const schema = request.decimals === "number" ? numberSchema(exact) : exact;
    const connection = await this.#connect();
    try {
      const where = await exactWhere(connection, request);
      const columns = fields.map((member) => member.name);
      const sql = await scanSql(connection, { ...request, where, columns });
      // Without an expression from the caller, the data files are the cause.
      const isPlain = request.where === undefined && request.orderBy === undefined;
      const code = isPlain ? "DATA_FILE_UNREADABLE" : "INVALID_PREDICATE";
      const files = relation.files.map((file) => file.localPath);
      const query: StreamedQuery = {
        connection,
        sql,
        explain: async (error) => queryError(connection, code, error, files),
      };
      yield* toldRows(sql, queriedBatches(query, schema));
    } finally {
      this.#connections.close(connection);
    }
  }

  async query<Shape extends object = Row>(
    sql: string,
    resolve: TableResolver,
    form: ValueForm = {},
  ): Promise<QueryResult<Shape>> {
    assertArguments("query", { sql, resolve, form }, queryArguments);
    const connection = await this.#connect();
    try {
      const files: string[] = [];
      const { schema, ...running } = await toldQuery(sql, async () => {
        const runnable = await bindTables(connection, sql, listingFiles(resolve, files), "result");
        return startQuery(connection, runnable, files, form);
      });
      return queryResult<Shape>(
        schema,
        closing(running.batches, () => this.#connections.close(connection)),
        form,
      );
    } catch (error) {
      this.#connections.close(connection);
      throw orInterrupted(error);
    }
  }

  async writeQuery(sql: string, resolve: TableResolver, target: QueryTarget): Promise<number> {
    assertArguments("writeQuery", { sql, resolve, target }, writeQueryArguments);
    const write = async (connection: DuckDBConnection): Promise<number> => {
      const files: string[] = [];
      const runnable = await bindTables(connection, sql, listingFiles(resolve, files), "result");
      return writeQueryResult(connection, runnable, target, files);
    };
    return this.#withConnection((connection) =>
      toldStatement(
        sql,
        () => write(connection),
        (rows) => rows,
      ),
    );
  }

  async assertUsableRules(schema: StructType, rules: RowRules): Promise<void> {
    return this.#withConnection((connection) => assertUsableRules(connection, schema, rules));
  }

  async parsePredicate(where: string): Promise<Predicate> {
    return this.#withConnection(async (connection) =>
      predicateOfWhere(await serializeFilter(connection, "t", where)),
    );
  }

  async assertOrder(orderBy: string): Promise<void> {
    return this.#withConnection((connection) => assertOrderList(connection, orderBy));
  }

  async parseJoin(on: string, left: string, right: string): Promise<JoinCondition> {
    return this.#withConnection(async (connection) => {
      const from = `a AS ${quoteName(left)}, b AS ${quoteName(right)}`;
      return joinConditionOf(await serializeFilter(connection, from, on), left, right);
    });
  }

  async *readCheckpoint(localPaths: readonly string[]): AsyncGenerator<readonly Action[]> {
    const connection = await this.#connect();
    try {
      yield* readCheckpointParquet(connection, localPaths);
    } finally {
      this.#connections.close(connection);
    }
  }

  async writeCheckpoint(
    actions: Iterable<Action>,
    content: CheckpointContent = "classic",
  ): Promise<Uint8Array> {
    return this.#withConnection((connection) => writeCheckpointParquet(connection, actions, content));
  }

  async schemaOfFiles(localPaths: readonly string[]): Promise<StructType> {
    return this.#withConnection(async (connection) => {
      const list = localPaths.map(quoteFile).join(", ");
      const options = "union_by_name=true, hive_partitioning=false";
      return describeQuery(connection, `SELECT * FROM read_parquet([${list}], ${options})`, localPaths);
    });
  }

  async openSession(): Promise<EngineSession> {
    const connection = await this.#connect();
    return new DuckDbSession(connection, () => this.#connections.close(connection));
  }

  async keepRows(relation: Relation): Promise<KeptRows> {
    const name = `kept_${randomUUID().replaceAll("-", "")}`;
    const files = relation.files.map((file) => file.localPath);
    await this.#withConnection(async (connection) => {
      const create = `CREATE TABLE ${name} AS SELECT * FROM ${await relationSql(connection, relation)}`;
      try {
        await toldStatement(
          create,
          () => connection.run(create),
          ({ rowsChanged }) => rowsChanged,
        );
      } catch (error) {
        throw await queryError(connection, "DATA_FILE_UNREADABLE", error, files);
      }
    });
    return {
      relation: { rows: { sql: `SELECT * FROM ${name}` }, schema: relation.schema },
      drop: async () => {
        await this.#withConnection((connection) => connection.run(`DROP TABLE IF EXISTS ${name}`));
      },
    };
  }

  withMemoryLimit(bytes: number): DuckDbEngine {
    return new DuckDbEngine({ ...this.#options, memoryLimit: `${Math.floor(bytes)}B` });
  }

  async close(): Promise<void> {
    const instance = await this.#instance;
    this.#instance = undefined;
    instance?.closeSync();
  }

  async #connect(): Promise<DuckDBConnection> {
    this.#instance ??= openInstance(this.#options);
    return this.#connections.connect(await this.#instance);
  }

  async #withConnection<Result>(work: (connection: DuckDBConnection) => Promise<Result>): Promise<Result> {
    const connection = await this.#connect();
    try {
      return await work(connection);
    } catch (error) {
      throw orInterrupted(error);
    } finally {
      this.#connections.close(connection);
    }
  }
}

const engineOptions: OptionTable<DuckDbEngineOptions> = {
  memoryLimit: kind(
    'a size such as "4GB"',
    (value) => typeof value === "string" && /^\d+(?:\.\d+)?\s*(?:(?:[KMGT]i?)?B|%)$/i.test(value),
  ),
  threads: countFromOne,
  signal: abortSignal,
};

const queryArguments = {
  sql: required(anyText),
  resolve: required(aFunction),
  form: optionsOf(valueForm),
};

const writeQueryArguments = {
  sql: required(anyText),
  resolve: required(aFunction),
  target: required(optionsOf(queryTargetOptions)),
};

async function exactWhere(
  connection: DuckDBConnection,
  { where, relation }: ScanRequest,
): Promise<string | undefined> {
  if (where === undefined) return undefined;
  const from = `${emptyRelationSql(relation.schema)} AS scanned`;
  return exactExpression(connection, where, from, "INVALID_PREDICATE");
}

async function openInstance({ memoryLimit, threads }: DuckDbEngineOptions): Promise<DuckDBInstance> {
  decodeTextExactly();
  const instance = await DuckDBInstance.create(":memory:", {
    // Extensions would be downloaded at run time: nothing here may depend on the network.
    autoinstall_known_extensions: "false",
    autoload_known_extensions: "false",
    // Data that does not fit into memory is spilled here. The default would be the working directory.
    temp_directory: join(tmpdir(), `delta-spill-${randomUUID()}`),
    ...(memoryLimit === undefined ? {} : { memory_limit: memoryLimit }),
    ...(threads === undefined ? {} : { threads: String(threads) }),
  });
  const connection = await instance.connect();
  // For all connections. A query is bound more than once, and data files never change: their footers are kept, within the
  // memory limit.
  await connection.run("SET GLOBAL TimeZone = 'UTC'; SET GLOBAL parquet_metadata_cache = true");
  connection.closeSync();
  return instance;
}

async function* closing(
  batches: AsyncGenerator<RecordBatch>,
  close: () => void,
): AsyncGenerator<RecordBatch> {
  try {
    yield* batches;
  } finally {
    close();
  }
}
