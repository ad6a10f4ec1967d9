import {
  appendOptions,
  changesArguments,
  createOptions,
  optimizeOptions,
  restoreOptions,
  scanOptions,
  vacuumOptions,
  valueForm,
  versionOptions,
} from "finance-feedback-delta";
import type {
  AppendOptions,
  ChangeRange,
  CreateOptions,
  Engine,
  ObjectStore,
  OptimizeOptions,
  RestoreOptions,
  RowSource,
  ScanOptions,
  VacuumOptions,
  ValueForm,
} from "finance-feedback-delta";
import {
  aFunction,
  capableOf,
  dateOrText,
  isObject,
  kind,
  nonEmptyText,
  optionsOf,
  required,
} from "finance-feedback-delta/contract";
import type { OptionTable } from "finance-feedback-delta/contract";

import type { UpsertOptions } from "./upsert.ts";
import { upsertOptions } from "./upsert.ts";

export interface DeltaLakeManagerOptions {
  /** The storage root: a folder, a `file:` URI, or `s3://bucket/prefix`. */
  readonly storagePath: string;
  readonly engine?: Engine | undefined;
  readonly now?: (() => number) | undefined;
  /** Makes the store of a table's folder; the place to inject faults or another kind of storage. */
  readonly openStore?: ((location: string) => ObjectStore) | undefined;
}

export interface TableVersion {
  readonly version?: number | undefined;
  /** A date (`2025-12-13`, midnight UTC), an instant (UTC unless it has a zone) or a Date. */
  readonly asOfTimestamp?: string | Date | undefined;
}

/** How a lakehouse is read: as it is, as it was, or as much as was known. */
export interface ReadVersion extends TableVersion {
  /**
   * A date, an instant or a Date: market data with each bar as it was known then, revisions that came later left out;
   * any other table as it was then. What an honest backtest reads.
   */
  readonly knownAt?: string | Date | undefined;
}

export interface QueryOptions extends ReadVersion, ValueForm {}

export interface ReadTableOptions extends ReadVersion, ScanOptions {
  /** A table of the lakehouse, or the path or `file:` URI of any Delta table. */
  readonly tableName: string;
}

export interface MergeUpsertOptions extends UpsertOptions {
  readonly tableName: string;
}

export interface OptimizeTableOptions extends Omit<OptimizeOptions, "zOrderBy"> {
  readonly tableName: string;
  /** Sorts rows along a curve through these columns; without them small files are joined. */
  readonly zorderColumns?: readonly string[] | undefined;
}

export interface VacuumTableOptions extends VacuumOptions {
  readonly tableName: string;
}

export interface RestoreTableOptions extends RestoreOptions, TableVersion {
  readonly tableName: string;
}

export interface TableChangesOptions extends Omit<ChangeRange, "fromTimestamp" | "toTimestamp"> {
  readonly tableName: string;
  /** The first version committed at or after a date, an instant or a Date. */
  readonly fromTimestamp?: string | Date | undefined;
  /** The last version committed at or before it. */
  readonly toTimestamp?: string | Date | undefined;
}

export interface CreateOrUpdateOptions {
  readonly tableName: string;
  readonly rows: RowSource;
  /** How to make the table when there is none; the product's own tables say it themselves when left out. */
  readonly createWith?: CreateOptions | undefined;
  readonly append?: Omit<AppendOptions, "createWith"> | undefined;
}

export const lakeOptions: OptionTable<DeltaLakeManagerOptions> = {
  storagePath: required(nonEmptyText),
  engine: capableOf("an engine, such as new DuckDbEngine()", ["query", "scan", "writeFiles"]),
  now: aFunction,
  openStore: aFunction,
};

export const tableVersionOptions: OptionTable<TableVersion> = {
  version: versionOptions.version,
  asOfTimestamp: dateOrText,
};

export const readVersionOptions: OptionTable<ReadVersion> = { ...tableVersionOptions, knownAt: dateOrText };

export const queryOptions: OptionTable<QueryOptions> = { ...readVersionOptions, ...valueForm };

const tableName = required(nonEmptyText);

export const readTableOptions: OptionTable<ReadTableOptions> = {
  tableName,
  ...scanOptions,
  ...readVersionOptions,
};

export const mergeUpsertOptions: OptionTable<MergeUpsertOptions> = { tableName, ...upsertOptions };

const { zOrderBy, ...optionsOfOptimize } = optimizeOptions;

export const optimizeTableOptions: OptionTable<OptimizeTableOptions> = {
  tableName,
  zorderColumns: zOrderBy,
  ...optionsOfOptimize,
};

export const vacuumTableOptions: OptionTable<VacuumTableOptions> = { tableName, ...vacuumOptions };

export const restoreTableOptions: OptionTable<RestoreTableOptions> = {
  tableName,
  ...restoreOptions,
  ...tableVersionOptions,
};

export const tableChangesOptions: OptionTable<TableChangesOptions> = {
  tableName,
  ...changesArguments,
  fromTimestamp: dateOrText,
  toTimestamp: dateOrText,
};

const { createWith: _createWith, ...optionsOfAppend } = appendOptions;

export const createOrUpdateOptions: OptionTable<CreateOrUpdateOptions> = {
  tableName,
  // What kinds of sources there are is said where they are read.
  rows: required(
    kind("a source of rows: one of { rows }, { columns }, { batches }, { sql } or { table }", isSource),
  ),
  createWith: optionsOf(createOptions),
  append: optionsOf<Omit<AppendOptions, "createWith">>(optionsOfAppend),
};

/** What is in it is for the table to say. */
function isSource(value: unknown): boolean {
  return (
    isObject(value) &&
    ["rows", "columns", "batches", "sql", "table"].some((name) => Object.hasOwn(value, name))
  );
}
