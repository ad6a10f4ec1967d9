/*
 * engine: reading and writing Parquet, and SQL, for files on the local disk; duckdb/ is its one implementation.
 *
 * It guarantees that values go through unchanged or not at all, that no result misses rows, and that errors are
 * DeltaErrors which name the data file where one is to blame. It knows nothing of logs and commits. The rooms behind it
 * speak DuckDB's SQL, so another engine would have to speak it too.
 */
import { capableOf, countFromZero, nonEmptyText, required } from "../contract/option-kinds.ts";
import type { OptionKind, OptionTable } from "../contract/option-table.ts";
import type { RowIndexSet } from "../deletion-vectors/roaring-bitmap.ts";
import type { Action, PartitionValues } from "../protocol/actions.ts";
import type { ColumnMappingMode } from "../protocol/column-mapping.ts";
import type { StructType } from "../protocol/schema.ts";
import type { Column, RecordBatch, Row, ValueForm } from "./record-batch.ts";
import type { ColumnStatistics } from "../statistics/file-statistics.ts";
import type { Predicate } from "../statistics/predicate.ts";
import type { CutTimeCode } from "./exact-times.ts";
import type { RowSource } from "./row-source.ts";

/**
 * What the protocol needs done to data: writing and reading Parquet, evaluating SQL. The engine knows files on the
 * local disk and nothing of logs or commits.
 */
export interface Engine {
  /**
   * Writes rows as Parquet files below a folder. A failure leaves none of them behind; a crash leaves orphans, named by
   * no log, for vacuum.
   *
   * @throws DeltaError `SCHEMA_MISMATCH` or `INVALID_VALUE` naming the column and the row.
   */
  writeFiles(request: WriteRequest): Promise<readonly WrittenFile[]>;

  /** Streams the rows of a set of files with memory bounded by a few batches. */
  scan(request: ScanRequest): AsyncIterable<RecordBatch>;

  /**
   * Runs one SELECT. Each table that it names is resolved to a relation; names that resolve to nothing are left to the
   * engine, which knows its own functions and reports the rest.
   *
   * @throws DeltaError `INVALID_QUERY` for anything but a single SELECT, and for what the engine refuses.
   */
  query<Shape extends object = Row>(
    sql: string,
    resolve: TableResolver,
    form?: ValueForm,
  ): Promise<QueryResult<Shape>>;

  /**
   * Runs one SELECT and writes its rows, in their order, as one Parquet file that anything can read. What a failure leaves
   * of the file is the caller's to remove.
   *
   * @returns how many rows were written.
   * @throws DeltaError as {@link Engine.query}, and `STORAGE_FAILED`
   */
  writeQuery(sql: string, resolve: TableResolver, target: QueryTarget): Promise<number>;

  /**
   * Refuses rules that rows of these columns could never be held against, or not twice with the same outcome: unknown
   * names, wrong types, chance, the time of the day.
   *
   * @throws DeltaError `INVALID_PREDICATE`
   */
  assertUsableRules(schema: StructType, rules: RowRules): Promise<void>;

  /**
   * What a SQL expression says as a filter; one of any other kind says nothing, and is checked all the same.
   *
   * @throws DeltaError `INVALID_PREDICATE` when the text is not one SQL expression, complete in itself.
   */
  parsePredicate(where: string): Promise<Predicate>;

  /**
   * Refuses what is not the list of an ORDER BY and nothing more: a LIMIT behind it would leave out rows.
   *
   * @throws DeltaError `INVALID_PREDICATE`
   */
  assertOrder(orderBy: string): Promise<void>;

  /**
   * What a join's condition says of its left side.
   *
   * @throws DeltaError `INVALID_PREDICATE`
   */
  parseJoin(on: string, left: string, right: string): Promise<JoinCondition>;

  /** The actions of checkpoint files in Parquet, some at a time. */
  readCheckpoint(localPaths: readonly string[]): AsyncIterable<readonly Action[]>;

  /** Actions as a checkpoint, or as a part of one: the bytes of a Parquet file. */
  writeCheckpoint(actions: Iterable<Action>, content?: CheckpointContent): Promise<Uint8Array>;

  /** The columns of Parquet files, of all of them together, in the order of the first. */
  schemaOfFiles(localPaths: readonly string[]): Promise<StructType>;

  /** Opens a workspace of several steps over the same tables; to be closed. */
  openSession(): Promise<EngineSession>;

  /**
   * Holds the rows of a relation in memory, for many queries that name it: they open and decode no file of it again. To be
   * dropped.
   */
  keepRows(relation: Relation): Promise<KeptRows>;

  /** An engine of the same kind that takes no more memory than this, in bytes, and spills the rest; to be closed. */
  withMemoryLimit(bytes: number): Engine;

  close(): Promise<void>;
}

/**
 * Named tables and the SQL over them, for commands that take several steps over the same rows. What it keeps is on the
 * local disk or in memory and gone when it is closed.
 */
export interface EngineSession {
  /**
   * Makes a relation a table of this name.
   *
   * @param withPositions adds the columns {@link positionColumns}: the file's index in the relation, and the row's in
   *   the file, both from 0.
   */
  addRelation(name: string, relation: Relation, withPositions?: boolean): Promise<void>;

  /** Makes a table of rows of a schema; a SQL source may name tables that the resolver knows, and gives its own schema. */
  addRows(name: string, rows: RowSource, schema: StructType, resolve?: TableResolver): Promise<void>;

  /**
   * A query with each table that it names resolved to a relation, as text that stands for it in this session.
   *
   * @throws DeltaError `INVALID_QUERY`
   */
  bind(sql: string, resolve: TableResolver): Promise<string>;

  /**
   * An expression over a FROM item of the session that fails for a time finer than a microsecond. The engine would cut
   * it where it becomes a timestamp.
   *
   * @throws DeltaError of the code for the text of such a time.
   */
  exactTimes(expression: string, from: string, code: CutTimeCode): Promise<string>;

  /** Keeps a query's result as a table. */
  store(name: string, sql: string): Promise<void>;

  /** The schema of a query's result. */
  schemaOf(sql: string): Promise<StructType>;

  query(sql: string): AsyncIterable<RecordBatch>;

  /** As {@link Engine.writeFiles}; a SQL source may name the tables of the session. */
  writeFiles(request: WriteRequest): Promise<readonly WrittenFile[]>;

  close(): Promise<void>;
}

export const anEngineSession: OptionKind<EngineSession> = capableOf("a session of the engine", [
  "bind",
  "schemaOf",
  "writeFiles",
]);

/** Where a row of a relation lies, see {@link EngineSession.addRelation}. */
export const positionColumns = { file: "__delta_file", row: "__delta_row" } as const;

/**
 * Which actions a checkpoint file has columns for: `classic` for all that a table's state consists of (the default),
 * `v2` for these and what only V2 checkpoints hold, `sidecar` for file actions alone.
 */
export type CheckpointContent = "classic" | "v2" | "sidecar";

export interface WriteRequest {
  readonly rows: RowSource;
  readonly schema: StructType;
  readonly partitionColumns: readonly string[];
  readonly columnMapping: ColumnMappingMode;
  readonly rules: RowRules;
  /** Absolute path of the folder. */
  readonly folder: string;
  /** Below the folder: where the files go. */
  readonly subfolder?: string | undefined;
  /** Files are cut at about this size, where they are not cut by partition. */
  readonly fileSizeBytes?: number | undefined;
  /**
   * When given, all rows are of this partition, by physical name: they go into files of their own right below
   * `subfolder`, cut by size.
   */
  readonly partition?: PartitionValues | undefined;
  /** Cuts files by rows instead: a file is of so many row groups, each of so many rows. */
  readonly rowGroups?: { readonly rows: number; readonly perFile: number } | undefined;
}

/** What rows have to satisfy, and what is computed for them, in the engine's SQL. */
export interface RowRules {
  /** Columns with the expression that gives them: computed when the source lacks them, checked when it has them. */
  readonly generated: readonly { readonly column: string; readonly sql: string }[];
  readonly checks: readonly RowCheck[];
}

/** An expression that must be true for every row; null is not true. */
export interface RowCheck {
  /** What the table's maker asked for, or what the type of a column demands. */
  readonly kind: "rule" | "type";
  /** Of a rule, what it is called; of a type, what it demands. */
  readonly name: string;
  readonly sql: string;
}

export const noRules: RowRules = { generated: [], checks: [] };

export interface WrittenFile {
  /** Relative to the folder, `/`-separated. */
  readonly path: string;
  /** Bytes. */
  readonly size: number;
  readonly rowCount: number;
  /** By physical name. */
  readonly partitionValues: PartitionValues;
  /** By physical name, keyed as `leafKey` does. */
  readonly columns: ReadonlyMap<string, ColumnStatistics>;
}

/** A table at one version, as far as an engine has to know it: its files on the local disk and what they mean. */
export interface Relation {
  readonly schema: StructType;
  readonly partitionColumns: readonly string[];
  /** How the columns of the data files relate to those of the schema. */
  readonly columnMapping: ColumnMappingMode;
  readonly files: readonly RelationFile[];
  /** When given, the rows are the newest of each key and not all that the files have. */
  readonly newest?: NewestRows | undefined;
}

/** Of the rows that agree in some columns, the one that is last by another. */
export interface NewestRows {
  readonly by: readonly string[];
  /** A column of timestamps. */
  readonly orderBy: string;
  /** Rows behind this instant do not count. */
  readonly until?: Date | undefined;
}

export interface RelationFile {
  readonly localPath: string;
  /** By physical name. */
  readonly partitionValues: PartitionValues;
  /** Rows of the file, counted from 0, that are no longer in the table. */
  readonly deletedRows?: RowIndexSet | undefined;
  /** When given, the only rows of the file that are wanted. */
  readonly onlyRows?: RowIndexSet | undefined;
}

export interface ScanRequest extends ValueForm {
  readonly relation: Relation;
  /** Columns in the order wanted; all when left out. */
  readonly columns?: readonly string[] | undefined;
  /** A SQL expression over the relation's columns. */
  readonly where?: string | undefined;
  readonly orderBy?: string | undefined;
  readonly limit?: number | undefined;
}

export interface JoinCondition {
  /** Columns that must be equal. */
  readonly keys: readonly { readonly left: string; readonly right: string }[];
  /** What the condition demands of the left side alone. */
  readonly leftPredicate: Predicate;
}

/**
 * The result of a query, as it comes: it is read once, by one of the four. A second read is `INVALID_ARGUMENT`, also when
 * the first one was broken off.
 */
export interface QueryResult<Shape extends object = Row> {
  readonly schema: StructType;
  readonly batches: AsyncIterable<RecordBatch>;
  /** All of them as objects; see `RecordBatch.toRows` for the values. */
  rows(form?: ValueForm): Promise<Shape[]>;
  /** All of them as one batch of columns. */
  toBatch(form?: ValueForm): Promise<RecordBatch>;
  /** All of them as columns by name; see `Column` for the values. */
  columns(form?: ValueForm): Promise<Readonly<Record<string, Column>>>;
}

/** Where the rows of a query go. */
export interface QueryTarget {
  /** Of a file that is made, or written anew. */
  readonly localPath: string;
  /** At most so many rows; all when left out. */
  readonly limit?: number | undefined;
}

export const queryTargetOptions: OptionTable<QueryTarget> = {
  localPath: required(nonEmptyText),
  limit: countFromZero,
};

/** What a name in a query stands for; `undefined` for a name that the engine may know itself. */
export type TableResolver = (reference: TableReference) => Promise<NamedRelation | undefined>;

/** The files of a table, the query of a view, or rows that the caller holds. */
export type NamedRelation = Relation | ViewRelation | RowsRelation;

/** A view: a SELECT whose tables are resolved as those of the query that names it. */
export interface ViewRelation {
  readonly view: string;
}

/** Rows with their columns. */
export interface RowsRelation {
  readonly rows: RowSource;
  readonly schema: StructType;
}

/** Rows that an engine holds in memory. */
export interface KeptRows {
  /** For queries of this engine, until the rows are dropped. */
  readonly relation: RowsRelation;
  drop(): Promise<void>;
}

/** A table's name in a query, as written: `raw_market_data_1h`, `bronze.raw_market_data_1h`, or with a catalog in front. */
export interface TableReference {
  readonly name: string;
  /** `AT (VERSION => n)` or `AT (TIMESTAMP => t)` behind the name. */
  readonly at?: TableVersion | undefined;
  readonly predicate: Predicate;
}

export type TableVersion =
  | { readonly kind: "version"; readonly version: number }
  | { readonly kind: "timestamp"; readonly timestamp: string };
