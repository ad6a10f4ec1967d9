import type { Action, PartitionValues } from "../protocol/actions.ts";
import type { StructType } from "../protocol/schema.ts";
import type { RecordBatch } from "../record-batch.ts";
import type { ColumnStatistics } from "../statistics/file-statistics.ts";
import type { Predicate } from "../statistics/predicate.ts";
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
  query(sql: string, resolve: TableResolver): Promise<QueryAnswer>;

  /** @throws DeltaError `INVALID_PREDICATE` when the text is no SQL expression. */
  parsePredicate(where: string): Promise<Predicate>;

  /** The actions of checkpoint files in Parquet, some at a time. */
  readCheckpoint(localPaths: readonly string[]): AsyncIterable<readonly Action[]>;

  /** Actions as a classic checkpoint: the bytes of a Parquet file. */
  writeCheckpoint(actions: Iterable<Action>): Promise<Uint8Array>;

  close(): Promise<void>;
}

export interface WriteRequest {
  readonly rows: RowSource;
  readonly schema: StructType;
  readonly partitionColumns: readonly string[];
  /** Absolute path of the folder. */
  readonly folder: string;
}

export interface WrittenFile {
  /** Relative to the folder, `/`-separated. */
  readonly path: string;
  /** Bytes. */
  readonly size: number;
  readonly rowCount: number;
  readonly partitionValues: PartitionValues;
  /** Keyed as `leafKey` does. */
  readonly columns: ReadonlyMap<string, ColumnStatistics>;
}

/** A table at one version, as far as an engine has to know it: its files on the local disk and what they mean. */
export interface Relation {
  readonly schema: StructType;
  readonly partitionColumns: readonly string[];
  readonly files: readonly RelationFile[];
}

export interface RelationFile {
  readonly localPath: string;
  readonly partitionValues: PartitionValues;
}

export interface ScanRequest {
  readonly relation: Relation;
  /** Columns in the order wanted; all when left out. */
  readonly columns?: readonly string[] | undefined;
  /** A SQL expression over the relation's columns. */
  readonly where?: string | undefined;
  readonly orderBy?: string | undefined;
  readonly limit?: number | undefined;
}

export interface QueryAnswer {
  readonly schema: StructType;
  readonly batches: AsyncIterable<RecordBatch>;
}

export type TableResolver = (reference: TableReference) => Promise<Relation | undefined>;

/** A table's name in a query, as written: `raw_market_data_1h` or `bronze.raw_market_data_1h`. */
export interface TableReference {
  readonly name: string;
  /** `AT (VERSION => n)` or `AT (TIMESTAMP => t)` behind the name. */
  readonly at?: TableVersion | undefined;
  readonly predicate: Predicate;
}

export type TableVersion =
  | { readonly kind: "version"; readonly version: number }
  | { readonly kind: "timestamp"; readonly timestamp: string };
