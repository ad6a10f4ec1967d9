import {
  aFunction,
  capableOf,
  flag,
  instanceOf,
  aDate,
  kind,
  nonEmptyText,
  optionsOf,
  required,
  someNames,
  sqlExpression,
  versionNumber,
} from "../contract/option-kinds.ts";
import type { AnyOptionTable, OptionTable } from "../contract/option-table.ts";
import { isObject } from "../contract/shown.ts";
import { appendOptions } from "../commands/append.ts";
import type { AppendOptions } from "../commands/append.ts";
import type { ChangesOptions } from "../read/changes.ts";
import { convertOptions } from "../commands/convert.ts";
import type { ConvertOptions } from "../commands/convert.ts";
import { createOptions } from "../commands/create.ts";
import type { CreateOptions } from "../commands/create.ts";
import type { MergeInput } from "../commands/merge/merge-input.ts";
import { overwriteOptions } from "../commands/overwrite.ts";
import type { OverwriteOptions } from "../commands/overwrite.ts";
import { newestRows, scanOptions } from "../read/scan.ts";
import type { ScanOptions } from "../read/scan.ts";
import { isNamedTable } from "../read/named-tables.ts";
import type { NamedTable } from "../read/named-tables.ts";
import type { Engine, TableResolver } from "../engine/engine.ts";
import { Snapshot } from "../log/snapshot.ts";
import type { Predicate } from "../statistics/predicate.ts";
import type { Pause } from "../store/pause.ts";
import { schemaKind } from "../protocol/schema-kind.ts";
import type { CommandSource } from "./table-source.ts";
import { versionOptions } from "../read/version-choice.ts";
import type { VersionChoice } from "../read/version-choice.ts";

export interface TableOptions {
  /** Shared between tables to share its memory; one of its own when left out. */
  readonly engine?: Engine | undefined;
  /** Where commits get their times from. */
  readonly now?: (() => number) | undefined;
  /** How a command waits before it tries again behind another writer: a random time when left out. */
  readonly pause?: Pause | undefined;
}

/** Tables that SQL given to a command may name. */
export interface NamedTables {
  /** By name; or what finds them, and other relations, by their names. Conflicts are looked for in what is named here alone. */
  readonly tables?: Readonly<Record<string, NamedTable>> | TableResolver | undefined;
}

/** What is merged: the rows of a table, too. */
export interface TableMergeInput extends Omit<MergeInput, "source">, NamedTables {
  readonly source: CommandSource;
}

/** From a version or an instant on, to another or the newest. */
export interface ChangeRange extends Pick<ChangesOptions, "columns" | "where" | "orderBy"> {
  readonly fromVersion?: number | undefined;
  /** The first version committed at or after it. */
  readonly fromTimestamp?: Date | undefined;
  readonly toVersion?: number | undefined;
  /** The last version committed at or before it. */
  readonly toTimestamp?: Date | undefined;
}

/** Options of `DeltaTable`'s methods; those of a command alone stand beside the command. */
export const tableOptions: OptionTable<TableOptions> = {
  engine: capableOf("an engine, such as new DuckDbEngine()", ["query", "scan", "writeFiles"]),
  now: aFunction,
  pause: aFunction,
};

export const addedRowsOptions: OptionTable<VersionChoice & { readonly after: number }> = {
  ...versionOptions,
  after: required(versionNumber),
};

const predicate = kind<Predicate>(
  "a predicate, as engine.parsePredicate() gives it",
  (value) => isObject(value) && typeof Reflect.get(value, "kind") === "string",
);

export const relationAtArguments: AnyOptionTable = {
  snapshot: required(instanceOf("a snapshot, as table.snapshot() gives it", Snapshot)),
  predicate,
};

export const relationArguments: AnyOptionTable = {
  choice: required(optionsOf(versionOptions)),
  predicate,
  newest: optionsOf(newestRows),
};

const namedTables: OptionTable<NamedTables> = {
  tables: kind(
    "an object of DeltaTables by name, or a function that finds them",
    (value) => typeof value === "function" || (isObject(value) && Object.values(value).every(isNamedTable)),
  ),
};

export const createArguments: OptionTable<CreateOptions & TableOptions> = {
  ...createOptions,
  ...tableOptions,
};

export const convertArguments: OptionTable<ConvertOptions & TableOptions> = {
  ...convertOptions,
  ...tableOptions,
};

export const appendArguments: OptionTable<AppendOptions & NamedTables> = { ...appendOptions, ...namedTables };

export const overwriteArguments: OptionTable<OverwriteOptions & NamedTables> = {
  ...overwriteOptions,
  ...namedTables,
};

export const scanArguments: OptionTable<ScanOptions & VersionChoice> = { ...scanOptions, ...versionOptions };

export const mergeArguments: OptionTable<TableMergeInput> = {
  // What kinds of sources there are is said where they are read.
  source: required(kind("a source of rows, such as { rows }", isObject)),
  sourceSchema: schemaKind,
  mergeSchema: flag,
  on: required(sqlExpression),
  targetAlias: nonEmptyText,
  sourceAlias: nonEmptyText,
  ...namedTables,
};

export const changesArguments: OptionTable<ChangeRange> = {
  fromVersion: versionNumber,
  fromTimestamp: aDate,
  toVersion: versionNumber,
  toTimestamp: aDate,
  columns: someNames,
  where: sqlExpression,
  orderBy: sqlExpression,
};
