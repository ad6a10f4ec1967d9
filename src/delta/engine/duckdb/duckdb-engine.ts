import { DuckDBInstance } from "@duckdb/node-api";
import type { DuckDBConnection, DuckDBResult } from "@duckdb/node-api";

import { DeltaError, messageOf } from "../../errors.ts";
import type { Action } from "../../protocol/actions.ts";
import { field, findField, structType } from "../../protocol/schema.ts";
import type { StructField, StructType } from "../../protocol/schema.ts";
import type { RecordBatch } from "../../record-batch.ts";
import type { Predicate } from "../../statistics/predicate.ts";
import type {
  Engine,
  QueryAnswer,
  Relation,
  ScanRequest,
  TableReference,
  TableResolver,
  WriteRequest,
  WrittenFile,
} from "../engine.ts";
import { readBatch } from "./batch-reader.ts";
import { readCheckpointParquet, writeCheckpointParquet } from "./checkpoint-parquet.ts";
import { writeParquet } from "./parquet-writer.ts";
import { predicateOfWhere, referencesOfQuery, replaceTables } from "./query-tree.ts";
import { relationSql, scanSql } from "./relation-sql.ts";
import { quoteName, quoteText, sqlType } from "./sql-text.ts";
import { dataTypeOf, duckType } from "./types.ts";

export interface DuckDbEngineOptions {
  /** Such as `"4GB"`; the engine's own default is four fifths of the machine's memory. */
  readonly memoryLimit?: string | undefined;
  readonly threads?: number | undefined;
}

/** The embedded engine. One in-memory instance; each operation has a connection of its own. */
export class DuckDbEngine implements Engine {
  private readonly options: DuckDbEngineOptions;
  private instance: Promise<DuckDBInstance> | undefined;

  constructor(options: DuckDbEngineOptions = {}) {
    this.options = options;
  }

  async writeFiles(request: WriteRequest): Promise<readonly WrittenFile[]> {
    return this.withConnection((connection) => writeParquet(connection, request));
  }

  async *scan(request: ScanRequest): AsyncGenerator<RecordBatch> {
    const { relation } = request;
    const fields = (request.columns ?? relation.schema.fields.map((member) => member.name)).map((name) => {
      const member = findField(relation.schema, name);
      if (member !== undefined) return member;
      const known = relation.schema.fields.map((candidate) => candidate.name).join(", ");
      throw new DeltaError("INVALID_ARGUMENT", `There is no column "${name}". The columns: ${known}`);
    });
    const schema: StructType = { type: "struct", fields };
    const connection = await this.connect();
    try {
      const sql = scanSql({ ...request, columns: fields.map((member) => member.name) });
      yield* readBatches(await start(connection, sql, "INVALID_PREDICATE"), schema);
    } finally {
      connection.closeSync();
    }
  }

  async query(sql: string, resolve: TableResolver): Promise<QueryAnswer> {
    const connection = await this.connect();
    try {
      const runnable = await this.bindTables(connection, sql, resolve);
      const { text, schema } = await describeAnswer(connection, runnable);
      const result = await start(connection, text, "INVALID_QUERY");
      return { schema, batches: closeAfter(readBatches(result, schema), connection) };
    } catch (error) {
      connection.closeSync();
      throw error;
    }
  }

  async parsePredicate(where: string): Promise<Predicate> {
    return this.withConnection(async (connection) =>
      predicateOfWhere(
        await serializeSql(connection, `SELECT * FROM t WHERE (${where}\n)`, "INVALID_PREDICATE"),
      ),
    );
  }

  async *readCheckpoint(localPaths: readonly string[]): AsyncGenerator<readonly Action[]> {
    const connection = await this.connect();
    try {
      yield* readCheckpointParquet(connection, localPaths);
    } finally {
      connection.closeSync();
    }
  }

  async writeCheckpoint(actions: Iterable<Action>): Promise<Uint8Array> {
    return this.withConnection((connection) => writeCheckpointParquet(connection, actions));
  }

  async close(): Promise<void> {
    const instance = await this.instance;
    this.instance = undefined;
    instance?.closeSync();
  }

  /**
   * Makes each table of the query a view of this connection and points the query at it. What comes back is the engine's
   * own text of the query, without semicolon or comments, so that it can stand inside another.
   */
  private async bindTables(
    connection: DuckDBConnection,
    sql: string,
    resolve: TableResolver,
  ): Promise<string> {
    const serialized = await serializeSql(connection, sql, "INVALID_QUERY");
    const views = new Map<string, string | undefined>();
    for (const reference of mergeReferences(referencesOfQuery(serialized))) {
      const relation = await resolve(reference);
      const view = relation === undefined ? undefined : `delta_table_${views.size}`;
      if (relation !== undefined && view !== undefined) await createView(connection, view, relation);
      views.set(referenceKey(reference), view);
    }
    const rewritten = replaceTables(serialized, (reference) => views.get(referenceKey(reference)));
    const reader = await connection.runAndReadAll(
      `SELECT json_deserialize_sql(${quoteText(rewritten)}::JSON)`,
    );
    return String(reader.getRows()[0]?.[0]).replace(/;\s*$/, "");
  }

  private async connect(): Promise<DuckDBConnection> {
    this.instance ??= DuckDBInstance.create(":memory:", {
      // Extensions would be downloaded at run time: nothing here may depend on the network.
      autoinstall_known_extensions: "false",
      autoload_known_extensions: "false",
      ...(this.options.memoryLimit === undefined ? {} : { memory_limit: this.options.memoryLimit }),
      ...(this.options.threads === undefined ? {} : { threads: String(this.options.threads) }),
    });
    const instance = await this.instance;
    const connection = await instance.connect();
    await connection.run("SET TimeZone = 'UTC'");
    return connection;
  }

  private async withConnection<Result>(
    work: (connection: DuckDBConnection) => Promise<Result>,
  ): Promise<Result> {
    const connection = await this.connect();
    try {
      return await work(connection);
    } finally {
      connection.closeSync();
    }
  }
}

type SqlErrorCode = "INVALID_PREDICATE" | "INVALID_QUERY";

async function start(connection: DuckDBConnection, sql: string, code: SqlErrorCode): Promise<DuckDBResult> {
  try {
    return await connection.stream(sql);
  } catch (error) {
    throw sqlError(code, error);
  }
}

/** The engine's complaint in our words: without the query's text, which is not what the user wrote. */
function sqlError(code: SqlErrorCode, error: unknown): DeltaError {
  const text = messageOf(error)
    .replace(/\n+LINE \d+:.*$/s, "")
    .replace(/\n*Did you mean "[^"]*"\?/, "");
  if (/^IO Error|^Invalid Input Error: (No magic bytes|File)|parquet/i.test(text) && /\.parquet/.test(text)) {
    return new DeltaError(
      "DATA_FILE_UNREADABLE",
      `A data file that the table names is missing or damaged: ${text}`,
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

async function* readBatches(result: DuckDBResult, schema: StructType): AsyncGenerator<RecordBatch> {
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

async function* closeAfter(
  batches: AsyncGenerator<RecordBatch>,
  connection: DuckDBConnection,
): AsyncGenerator<RecordBatch> {
  try {
    yield* batches;
  } finally {
    connection.closeSync();
  }
}

async function serializeSql(connection: DuckDBConnection, sql: string, code: SqlErrorCode): Promise<string> {
  try {
    const reader = await connection.runAndReadAll(`SELECT json_serialize_sql(${quoteText(sql)})`);
    return String(reader.getRows()[0]?.[0]);
  } catch (error) {
    throw sqlError(code, error);
  }
}

async function createView(connection: DuckDBConnection, name: string, relation: Relation): Promise<void> {
  try {
    await connection.run(
      `CREATE OR REPLACE TEMP VIEW ${quoteName(name)} AS SELECT * FROM ${relationSql(relation)}`,
    );
  } catch (error) {
    throw sqlError("INVALID_QUERY", error);
  }
}

function referenceKey(reference: TableReference): string {
  return JSON.stringify([reference.name.toLowerCase(), reference.at ?? null]);
}

/** One reference for each table and version; a row is needed when any of its places needs it. */
function mergeReferences(references: readonly TableReference[]): TableReference[] {
  const merged = new Map<string, TableReference>();
  for (const reference of references) {
    const key = referenceKey(reference);
    const other = merged.get(key);
    merged.set(
      key,
      other === undefined
        ? reference
        : { ...reference, predicate: { kind: "or", operands: [other.predicate, reference.predicate] } },
    );
  }
  return [...merged.values()];
}

/**
 * The schema of a query's answer, and the query with columns of types that tables do not have (intervals, unsigned
 * integers ...) cast to the type that holds them, text at the least.
 */
async function describeAnswer(
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
