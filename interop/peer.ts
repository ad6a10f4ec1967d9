import { join } from "node:path";
import { z } from "zod";
import type { DataType, Field, Row, Table } from "./canonical.ts";
import { PeerError } from "./peer-error.ts";
import { type WorkerCommand, WorkerProcess } from "./worker-process.ts";

const interopFolder = import.meta.dirname;
/** Where test files find the Spark that `run.ts` started for all of them. */
export const sharedSparkVariable = "INTEROP_SPARK_SOCKET";
const sharedSparkSocket = process.env[sharedSparkVariable];

/** Spark as a worker process. */
export const sparkCommand: WorkerCommand = pythonWorker("Spark", "spark_worker.py", [
  join(interopFolder, ".cache", "jars"),
]);

/** What every peer can do. Paths are absolute. */
export type Peer = {
  readonly name: string;
  /** Names and versions of what the peer consists of; fails when it is not installed. */
  versions(): Promise<Readonly<Record<string, string>>>;
  read(path: string, options?: ReadOptions): Promise<PeerTable>;
  close(): Promise<void>;
};

export type ReadOptions = {
  /** Time travel to this version. */
  readonly version?: number;
  /** A SQL condition in the peer's dialect: it may then skip files by partition values and statistics. */
  readonly where?: string;
};

export type TimeTravelOptions = ReadOptions & {
  /** Time travel to the last version at or before this ISO 8601 instant. */
  readonly timestamp?: string;
};

/** `version` is the one that was read, `undefined` where the peer does not say. */
export type PeerTable = Table & { readonly version: number | undefined };

/** A commit as the peer's history command shows it; what the commit does not say is null or empty. */
export type HistoryEntry = {
  readonly version: number;
  readonly timestamp: string;
  readonly operation: string | null;
  readonly operationParameters: Readonly<Record<string, unknown>>;
  readonly operationMetrics: Readonly<Record<string, unknown>>;
  readonly readVersion: number | null;
  readonly isolationLevel: string | null;
  readonly isBlindAppend: boolean | null;
  readonly engineInfo: string | null;
  readonly userMetadata: string | null;
};

export type TableDetail = {
  readonly id: string;
  readonly partitionColumns: readonly string[];
  readonly configuration: Readonly<Record<string, string>>;
  readonly minReaderVersion: number;
  readonly minWriterVersion: number;
  /** In order. Spark also lists the features that a protocol without a list of features implies. */
  readonly features: readonly string[];
  readonly fileCount: number;
  readonly sizeInBytes: number;
};

/** Apache Spark with Delta Lake's own connector. Its first read takes seconds, unless `run.ts` has one for all: a JVM starts. */
export class Spark implements Peer {
  readonly name = "Spark";
  readonly #worker =
    sharedSparkSocket === undefined ? new WorkerProcess(sparkCommand) : relayTo(sharedSparkSocket);

  versions(): Promise<Readonly<Record<string, string>>> {
    return ask(this.#worker, "versions", {}, Versions);
  }

  read(path: string, options: TimeTravelOptions = {}): Promise<PeerTable> {
    return ask(this.#worker, "read", { path, ...options }, PeerTableAnswer);
  }

  /** Runs the statements in order and returns the result of the last. A table is ``delta.`/its/path` `` */
  sql(...statements: readonly [string, ...string[]]): Promise<Table> {
    return ask(this.#worker, "sql", { statements }, TableAnswer);
  }

  /** Newest first. */
  history(path: string): Promise<readonly HistoryEntry[]> {
    return ask(this.#worker, "history", { path }, History);
  }

  detail(path: string): Promise<TableDetail> {
    return ask(this.#worker, "detail", { path }, Detail);
  }

  close(): Promise<void> {
    return this.#worker.close();
  }
}

export type WriteOptions = {
  /** `error` (when not given) fails where there is a table already. */
  readonly mode?: "error" | "append" | "overwrite";
  readonly partitionBy?: readonly string[];
  readonly configuration?: Readonly<Record<string, string>>;
  /** `txn` actions of the commit: a version per application id. */
  readonly transactions?: Readonly<Record<string, number>>;
};

/** delta-rs, through its Python package. Commands return the version that they made. */
export class DeltaRs implements Peer {
  readonly name = "delta-rs";
  readonly #worker = new WorkerProcess(pythonWorker(this.name, "deltalake_worker.py", []));

  versions(): Promise<Readonly<Record<string, string>>> {
    return ask(this.#worker, "versions", {}, Versions);
  }

  read(path: string, options: TimeTravelOptions = {}): Promise<PeerTable> {
    return ask(this.#worker, "read", { path, ...options }, PeerTableAnswer);
  }

  write(path: string, table: Table, options: WriteOptions = {}): Promise<number> {
    const { partitionBy, ...rest } = options;
    const parameters = { path, fields: table.schema, rows: table.rows, partition_by: partitionBy, ...rest };
    return this.#command("write", parameters);
  }

  /** Updates the rows for which `on` holds (with the aliases `target` and `source`), inserts the others. */
  merge(path: string, source: Table, on: string): Promise<number> {
    return this.#command("merge", { path, fields: source.schema, rows: source.rows, on });
  }

  delete(path: string, where: string): Promise<number> {
    return this.#command("delete", { path, where });
  }

  addConstraint(path: string, name: string, expression: string): Promise<number> {
    return this.#command("addConstraint", { path, name, expression });
  }

  /** Compacts small files. */
  optimize(path: string): Promise<number> {
    return this.#command("optimize", { path });
  }

  /** Writes a checkpoint of the newest version, which it returns. */
  checkpoint(path: string): Promise<number> {
    return this.#command("checkpoint", { path });
  }

  /** The last version that a `txn` action gave for this application id, `null` for none. */
  async transactionVersion(path: string, appId: string): Promise<number | null> {
    const answer = await ask(this.#worker, "transactionVersion", { path, app_id: appId }, TransactionVersion);
    return answer.transactionVersion;
  }

  /** Newest first. */
  history(path: string): Promise<readonly HistoryEntry[]> {
    return ask(this.#worker, "history", { path }, History);
  }

  detail(path: string): Promise<TableDetail> {
    return ask(this.#worker, "detail", { path }, Detail);
  }

  close(): Promise<void> {
    return this.#worker.close();
  }

  async #command(op: string, parameters: Readonly<Record<string, unknown>>): Promise<number> {
    return (await ask(this.#worker, op, parameters, Committed)).version;
  }
}

export type ChdbReadOptions = ReadOptions & {
  /** ClickHouse has one type for strings and bytes, and one for timestamps with and without a zone. */
  readonly types?: Readonly<Record<string, "binary" | "timestamp_ntz">>;
};

/** ClickHouse, embedded as chdb, which reads Delta tables with delta-kernel-rs. It only reads. */
export class Chdb implements Peer {
  readonly name = "chdb";
  /** In `/`, because chdb does not reach absolute paths outside of the folder that it was started in. */
  readonly #worker = new WorkerProcess({
    name: this.name,
    command: process.execPath,
    arguments: [join(interopFolder, "peers", "chdb-worker.ts")],
    folder: "/",
  });

  versions(): Promise<Readonly<Record<string, string>>> {
    return ask(this.#worker, "versions", {}, Versions);
  }

  read(path: string, options: ChdbReadOptions = {}): Promise<PeerTable> {
    return ask(this.#worker, "read", { path, ...options }, PeerTableAnswer);
  }

  close(): Promise<void> {
    return this.#worker.close();
  }
}

function pythonWorker(name: string, script: string, scriptArguments: readonly string[]): WorkerCommand {
  return {
    name,
    command: join(interopFolder, ".venv", "bin", "python"),
    arguments: [join(interopFolder, "peers", script), ...scriptArguments],
    folder: interopFolder,
  };
}

function relayTo(socket: string): WorkerProcess {
  return new WorkerProcess({
    name: "Spark",
    command: process.execPath,
    arguments: [join(interopFolder, "peers", "relay.ts"), socket],
    folder: interopFolder,
  });
}

async function ask<Result>(
  worker: WorkerProcess,
  op: string,
  parameters: Readonly<Record<string, unknown>>,
  answer: z.ZodType<Result>,
): Promise<Result> {
  const result = answer.safeParse(await worker.request(op, parameters));
  if (!result.success) {
    throw new PeerError("PEER_ANSWER", `the answer to ${op} has another shape than the client expects`, {
      cause: result.error,
    });
  }
  return result.data;
}

const DataTypeAnswer: z.ZodType<DataType> = z.lazy(() =>
  z.union([
    z.string(),
    z.object({ type: z.literal("array"), elementType: DataTypeAnswer }),
    z.object({ type: z.literal("map"), keyType: DataTypeAnswer, valueType: DataTypeAnswer }),
    z.object({ type: z.literal("struct"), fields: z.array(FieldAnswer) }),
  ]),
);
const FieldAnswer: z.ZodType<Field> = z.object({ name: z.string(), type: DataTypeAnswer });
const RowAnswer: z.ZodType<Row> = z.record(z.string(), z.json());
const TableAnswer = z.object({ schema: z.array(FieldAnswer), rows: z.array(RowAnswer) });
const PeerTableAnswer = TableAnswer.extend({
  version: z
    .number()
    .optional()
    .transform((version) => version),
});
const Versions = z.record(z.string(), z.string());
const Committed = z.object({ version: z.number() });
const TransactionVersion = z.object({ transactionVersion: z.number().nullable() });
const History = z.array(
  z.object({
    version: z.number(),
    timestamp: z.string(),
    operation: z.string().nullable(),
    operationParameters: z.record(z.string(), z.unknown()),
    operationMetrics: z.record(z.string(), z.unknown()),
    readVersion: z.number().nullable(),
    isolationLevel: z.string().nullable(),
    isBlindAppend: z.boolean().nullable(),
    engineInfo: z.string().nullable(),
    userMetadata: z.string().nullable(),
  }),
);
const Detail = z.object({
  id: z.string(),
  partitionColumns: z.array(z.string()),
  configuration: z.record(z.string(), z.string()),
  minReaderVersion: z.number(),
  minWriterVersion: z.number(),
  features: z.array(z.string()),
  fileCount: z.number(),
  sizeInBytes: z.number(),
});
