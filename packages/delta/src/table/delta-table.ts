/*
 * table: DeltaTable, the one door to all commands, for callers with types and without.
 *
 * It guarantees that every argument is checked by name and kind before anything happens, and that work on one table sees
 * the newest version as of its call. It holds no logic of a command: a new one is a method that checks and passes on.
 */
import {
  anyText,
  countFromZero,
  nonEmptyText,
  required,
  nameList,
  sqlExpression,
  texts,
} from "../contract/option-kinds.ts";
import {
  addColumns,
  dropColumns,
  renameColumn,
  setProperties,
  unsetProperties,
  addColumnsOptions,
} from "../commands/alter.ts";
import { addConstraint, dropConstraint } from "../commands/alter-constraints.ts";
import type { AddColumnsOptions } from "../commands/alter.ts";
import { assertArguments, assertFilterGiven, assertOptions } from "../arguments.ts";
import { addedRows } from "../read/added-rows.ts";
import { appendRows } from "../commands/append.ts";
import type { AppendOptions, AppendResult } from "../commands/append.ts";
import { Changes } from "../read/changes.ts";
import type { CommandContext } from "../read/command-context.ts";
import { changeOptions } from "../write/command-result.ts";
import type { ChangeOptions, CommandResult } from "../write/command-result.ts";
import { convertFolder } from "../commands/convert.ts";
import type { ConvertOptions } from "../commands/convert.ts";
import { createTable } from "../commands/create.ts";
import type { CreateOptions } from "../commands/create.ts";
import { deleteOptions, deleteRows } from "../commands/delete.ts";
import type { DeleteOptions } from "../commands/delete.ts";
import { describeSnapshot } from "../read/describe.ts";
import type { TableDescription } from "../read/describe.ts";
import { MergeBuilder } from "./merge-builder.ts";
import { mergeRows } from "../commands/merge/merge.ts";
import { namedTables, OwnTableReads } from "../read/named-tables.ts";
import { optimizeOptions, optimizeTable } from "../commands/optimize/optimize.ts";
import type { OptimizeOptions } from "../commands/optimize/optimize.ts";
import { overwriteRows } from "../commands/overwrite.ts";
import type { OverwriteOptions } from "../commands/overwrite.ts";
import { inspectTable } from "../read/inspection.ts";
import type { TableInspection } from "../read/inspection.ts";
import { repairLog } from "../commands/repair-log.ts";
import type { RepairLogResult } from "../commands/repair-log.ts";
import { repairOptions, repairTable } from "../commands/repair.ts";
import type { RepairOptions, RepairResult } from "../commands/repair.ts";
import { restoreOptions, restoreTable } from "../commands/restore.ts";
import type { RestoreOptions } from "../commands/restore.ts";
import { planScan, Scan } from "../read/scan.ts";
import type { ScanOptions } from "../read/scan.ts";
import { updateOptions, updateRows } from "../commands/update.ts";
import type { UpdateOptions } from "../commands/update.ts";
import { vacuumOptions, vacuumTable } from "../commands/vacuum.ts";
import { assertFilesThere, explainedLoss } from "../read/vacuumed-version.ts";
import type { VacuumOptions, VacuumResult } from "../commands/vacuum.ts";
import { DuckDbEngine } from "../engine/duckdb/duckdb-engine.ts";
import type { Engine, NewestRows, Relation } from "../engine/engine.ts";
import { DeltaError } from "../errors.ts";
import { writeCheckpoint } from "../log/checkpoint.ts";
import type { CheckpointResult } from "../log/checkpoint.ts";
import { cleanUpLog } from "../log/clean-up.ts";
import type { LogCleanUpResult } from "../log/clean-up.ts";
import { commitTimes, readHistory, versionAsOf } from "../log/history.ts";
import type { HistoryEntry } from "../log/history.ts";
import { listLog } from "../log/log-files.ts";
import { SnapshotCache } from "../log/snapshot-cache.ts";
import { loadSnapshot } from "../log/snapshot.ts";
import type { Snapshot } from "../log/snapshot.ts";
import type { StructField } from "../protocol/schema.ts";
import type { Predicate } from "../statistics/predicate.ts";
import {
  addedRowsOptions,
  appendArguments,
  changesArguments,
  convertArguments,
  createArguments,
  mergeArguments,
  overwriteArguments,
  relationArguments,
  relationAtArguments,
  scanArguments,
  tableOptions,
} from "./table-options.ts";
import type { ChangeRange, NamedTables, TableMergeInput, TableOptions } from "./table-options.ts";
import { locationKind } from "../store/location-kind.ts";
import type { Row } from "../engine/record-batch.ts";
import { fieldsKind } from "../protocol/schema-kind.ts";
import { openStore } from "../store/open-store.ts";
import type { ObjectStore } from "../store/object-store.ts";
import { systemPause } from "../store/pause.ts";
import type { Pause } from "../store/pause.ts";
import { namedSource, schemaOfTableSource } from "./table-source.ts";
import type { CommandSource } from "./table-source.ts";
import { versionOptions } from "../read/version-choice.ts";
import type { VersionChoice } from "../read/version-choice.ts";

/**
 * A Delta table.
 *
 * @example
 * const table = await DeltaTable.create("data/prices", {
 *   schema: structType([field("asset_pair", "string"), field("close", "decimal(18,8)")]),
 * });
 * await table.append({ rows: [{ asset_pair: "BTCUSD", close: "42500.00" }] });
 * const rows = await (await table.scan({ where: "close > 40000" })).rows();
 */
export class DeltaTable {
  readonly store: ObjectStore;
  readonly engine: Engine;
  readonly #now: () => number;
  readonly #pause: Pause;
  readonly #snapshots: SnapshotCache;
  readonly #ownsEngine: boolean;

  private constructor(location: string | ObjectStore, options: TableOptions) {
    assertArguments("DeltaTable", { location }, { location: required(locationKind) });
    assertOptions("DeltaTable", options, tableOptions);
    this.store = typeof location === "string" ? openStore(location) : location;
    this.engine = options.engine ?? new DuckDbEngine();
    this.#ownsEngine = options.engine === undefined;
    this.#now = options.now ?? Date.now;
    this.#pause = options.pause ?? systemPause;
    this.#snapshots = new SnapshotCache(this.store, this.engine);
  }

  /**
   * Opens an existing table.
   *
   * @param location a folder, a `file:` URI, or a store.
   * @throws DeltaError `TABLE_NOT_FOUND`
   */
  static async open(location: string | ObjectStore, options: TableOptions = {}): Promise<DeltaTable> {
    const table = DeltaTable.at(location, options);
    if (!(await table.exists()))
      throw new DeltaError("TABLE_NOT_FOUND", `There is no Delta table at ${table.store.uri}`);
    return table;
  }

  /**
   * Makes a table without rows.
   *
   * @throws DeltaError `TABLE_ALREADY_EXISTS`, `INVALID_SCHEMA`
   */
  static async create(
    location: string | ObjectStore,
    options: CreateOptions & TableOptions,
  ): Promise<DeltaTable> {
    assertOptions("create", options, createArguments);
    const table = DeltaTable.at(location, { engine: options.engine, now: options.now, pause: options.pause });
    if (!(await createTable(table.#context(), options))) {
      throw new DeltaError("TABLE_ALREADY_EXISTS", `There is a Delta table at ${table.store.uri} already`);
    }
    return table;
  }

  /**
   * Makes a table of a folder of Parquet files where they lie: no data is copied.
   *
   * @throws DeltaError `TABLE_ALREADY_EXISTS`; `INVALID_ARGUMENT` when the folders do not fit `partitionBy`.
   */
  static async convert(
    location: string | ObjectStore,
    options: ConvertOptions & TableOptions = {},
  ): Promise<CommandResult> {
    assertOptions("convert", options, convertArguments);
    const table = DeltaTable.at(location, { engine: options.engine, now: options.now, pause: options.pause });
    return convertFolder(table.#context(), options);
  }

  /** The table at a place, whether it exists yet or not. */
  static at(location: string | ObjectStore, options: TableOptions = {}): DeltaTable {
    return new DeltaTable(location, options);
  }

  async exists(): Promise<boolean> {
    const listing = await listLog(this.store);
    return listing.commits.length > 0 || listing.checkpoints.length > 0;
  }

  /** The table's state at a version. */
  async snapshot(choice: VersionChoice = {}): Promise<Snapshot> {
    assertOptions("A version", choice, versionOptions);
    const { version, asOfTimestamp } = choice;
    if (asOfTimestamp === undefined)
      return version === undefined
        ? this.#snapshots.latest()
        : loadSnapshot(this.store, this.engine, { version });
    if (version !== undefined)
      throw new DeltaError("INVALID_ARGUMENT", "Give a version or a timestamp, not both");
    const latest = await this.#snapshots.latest();
    return loadSnapshot(this.store, this.engine, {
      version: await versionAsOf(this.store, asOfTimestamp.getTime(), latest),
    });
  }

  /**
   * Adds rows in one commit. Concurrent appends do not disturb each other.
   *
   * @param source rows, columns, a query or a table; the query's tables are those of `tables`, read as they are when it starts.
   * @throws DeltaError `SCHEMA_MISMATCH`, `INVALID_VALUE`: nothing is committed then. `CONCURRENT_TRANSACTION` when
   *   another writer committed under one of the given application ids meanwhile. StoreError when the store fails: then
   *   the commit may have happened, and a retry should check the table's `txn`.
   */
  async append(source: CommandSource, options: AppendOptions & NamedTables = {}): Promise<AppendResult> {
    assertOptions("append", options, appendArguments);
    const { tables, ...rest } = options;
    const named = namedSource(source, tables);
    const sourceSchema = rest.sourceSchema ?? (await schemaOfTableSource(source));
    return appendRows(this.#context(named.tables), named.source, { ...rest, sourceSchema });
  }

  /**
   * Deletes the rows for which a SQL expression is true; all rows without one. Deletion vectors mark them where the table
   * has them on, otherwise their files are written anew without them.
   *
   * @throws DeltaError `INVALID_PREDICATE`, `APPEND_ONLY`, `CONCURRENT_WRITE`: nothing is committed then.
   */
  async delete(options: DeleteOptions = {}): Promise<CommandResult> {
    assertOptions("delete", options, deleteOptions);
    assertFilterGiven("delete", options, "where");
    return deleteRows(this.#context(), options);
  }

  /**
   * Sets columns of the rows for which a SQL expression is true to expressions over their old values.
   *
   * @throws DeltaError `INVALID_PREDICATE`, `SCHEMA_MISMATCH`, `INVALID_VALUE`, `CONSTRAINT_VIOLATED`, `APPEND_ONLY`,
   *   `CONCURRENT_WRITE`: nothing is committed then.
   * @example await table.update({ set: { close: "close / 2" }, where: "asset_pair = 'BTCUSD'" });
   */
  async update(options: UpdateOptions): Promise<CommandResult> {
    assertOptions("update", options, updateOptions);
    assertFilterGiven("update", options, "where");
    return updateRows(this.#context(), options);
  }

  /**
   * Puts rows into the table by what they match there: see {@link MergeBuilder}.
   *
   * @param input a source as rows, columns, a query or a table; the query's tables are those of `tables`.
   */
  merge(input: TableMergeInput): MergeBuilder {
    assertOptions("merge", input, mergeArguments);
    const { source, tables, ...rest } = input;
    const named = namedSource(source, tables);
    return new MergeBuilder((clauses, options) =>
      mergeRows(this.#context(named.tables), { ...rest, source: named.source, ...clauses, ...options }),
    );
  }

  /**
   * Replaces rows by others in one commit: all, or those that `where` chooses, or those of the partitions that get new
   * ones.
   *
   * @param source rows, columns, a query or a table; the query's tables are those of `tables`.
   * @throws DeltaError as `append`; `CONSTRAINT_VIOLATED` when a new row is not one that `where` chooses.
   */
  async overwrite(
    source: CommandSource,
    options: OverwriteOptions & NamedTables = {},
  ): Promise<CommandResult> {
    assertOptions("overwrite", options, overwriteArguments);
    const { tables, ...rest } = options;
    const named = namedSource(source, tables);
    const sourceSchema = rest.sourceSchema ?? (await schemaOfTableSource(source));
    return overwriteRows(this.#context(named.tables), named.source, { ...rest, sourceSchema });
  }

  /**
   * Lays data files out anew without changing a row: joins small ones, or sorts rows along a Z-order or Hilbert curve.
   * What is well laid out already is left alone, and concurrent appends do not disturb it.
   *
   * @throws DeltaError `INVALID_ARGUMENT`, `INVALID_PREDICATE`; `CONCURRENT_WRITE` when others kept changing the files.
   * @example await table.optimize({ zOrderBy: ["asset_pair", "timestamp"] });
   */
  async optimize(options: OptimizeOptions = {}): Promise<CommandResult> {
    assertOptions("optimize", options, optimizeOptions);
    return optimizeTable(this.#context(), options);
  }

  /**
   * Deletes files that no version within the retention needs, and records it in the history.
   *
   * @throws DeltaError `RETENTION_TOO_SHORT`: nothing is deleted then.
   */
  async vacuum(options: VacuumOptions = {}): Promise<VacuumResult> {
    assertOptions("vacuum", options, vacuumOptions);
    return vacuumTable(this.#context(), options);
  }

  /**
   * Makes the table what it was at a version or an instant, as a new version.
   *
   * @throws DeltaError `VERSION_NOT_FOUND`; `DATA_FILE_UNREADABLE` when files of that version are gone.
   */
  async restore(choice: VersionChoice, options: RestoreOptions = {}): Promise<CommandResult> {
    assertOptions("The first argument of restore", choice, versionOptions);
    assertOptions("The second argument of restore", options, restoreOptions);
    if (choice.version === undefined && choice.asOfTimestamp === undefined)
      throw new DeltaError("INVALID_ARGUMENT", "Give the version or the timestamp to restore");
    const { version } = await this.snapshot(choice);
    return restoreTable(this.#context(), version, choice.asOfTimestamp, options);
  }

  /**
   * The rows that a range of versions inserted, updated and deleted, both ends in it, with `_change_type` (`insert`,
   * `update_preimage`, `update_postimage`, `delete`), `_commit_version` and `_commit_timestamp`. Needs the property
   * `delta.enableChangeDataFeed` to have been true in all of them.
   */
  async changes(range: ChangeRange): Promise<Changes> {
    assertOptions("changes", range, changesArguments);
    const last = await this.snapshot({ version: range.toVersion, asOfTimestamp: range.toTimestamp });
    const fromVersion = await this.#firstVersionOf(range);
    if (fromVersion > last.version) {
      throw new DeltaError(
        "INVALID_ARGUMENT",
        `There are no changes from version ${fromVersion} to ${last.version}`,
      );
    }
    const { columns, where, orderBy } = range;
    return new Changes(this.#context(), last, {
      fromVersion,
      toVersion: last.version,
      columns,
      where,
      orderBy,
    });
  }

  /** Adds nullable columns at the end, of the table or of a struct; the rows that are there read as null in them. */
  async addColumns(fields: readonly StructField[], options: AddColumnsOptions = {}): Promise<CommandResult> {
    assertArguments("addColumns", { fields }, { fields: required(fieldsKind) });
    assertOptions("addColumns", options, addColumnsOptions);
    return addColumns(this.#context(), fields, options);
  }

  /** Gives a column, or a member of a struct by its path (`st.member`), another name; needs the property `delta.columnMapping.mode`. */
  async renameColumn(from: string, to: string, options: ChangeOptions = {}): Promise<CommandResult> {
    assertArguments("renameColumn", { from, to }, { from: required(anyText), to: required(anyText) });
    assertOptions("renameColumn", options, changeOptions);
    return renameColumn(this.#context(), from, to, options);
  }

  /** Takes columns, or members of structs by their paths (`st.member`), away; needs the property `delta.columnMapping.mode`. */
  async dropColumns(names: readonly string[], options: ChangeOptions = {}): Promise<CommandResult> {
    assertArguments("dropColumns", { names }, { names: required(nameList) });
    assertOptions("dropColumns", options, changeOptions);
    return dropColumns(this.#context(), names, options);
  }

  /**
   * Sets table properties, such as `{ "delta.enableDeletionVectors": "true" }`.
   *
   * @throws DeltaError `INVALID_ARGUMENT` for one that does not exist or a value that it cannot have;
   *   `UNSUPPORTED_FEATURE` for one that this engine does not write.
   */
  async setProperties(
    properties: Readonly<Record<string, string>>,
    options: ChangeOptions = {},
  ): Promise<CommandResult> {
    assertArguments("setProperties", { properties }, { properties: required(texts) });
    assertOptions("setProperties", options, changeOptions);
    return setProperties(this.#context(), properties, options);
  }

  async unsetProperties(names: readonly string[], options: ChangeOptions = {}): Promise<CommandResult> {
    assertArguments("unsetProperties", { names }, { names: required(nameList) });
    assertOptions("unsetProperties", options, changeOptions);
    return unsetProperties(this.#context(), names, options);
  }

  /**
   * Adds a CHECK constraint, which every row must satisfy from then on.
   *
   * @throws DeltaError `CONSTRAINT_VIOLATED` when a row that is there does not.
   */
  async addConstraint(name: string, expression: string, options: ChangeOptions = {}): Promise<CommandResult> {
    assertArguments(
      "addConstraint",
      { name, expression },
      { name: required(nonEmptyText), expression: required(sqlExpression) },
    );
    assertOptions("addConstraint", options, changeOptions);
    return addConstraint(this.#context(), name, expression, options);
  }

  async dropConstraint(name: string, options: ChangeOptions = {}): Promise<CommandResult> {
    assertArguments("dropConstraint", { name }, { name: required(nonEmptyText) });
    assertOptions("dropConstraint", options, changeOptions);
    return dropConstraint(this.#context(), name, options);
  }

  /**
   * Takes data files that the store has lost out of the table, so that the rest can be read again. Data files whose
   * deletion vector is lost keep the table unreadable: they are reported, and taken out with all of their rows when
   * `removeFilesOfLostVectors` says so. So do data files of another size than the log says, and `removeDamagedFiles`.
   */
  async repair(options: RepairOptions = {}): Promise<RepairResult> {
    assertOptions("repair", options, repairOptions);
    return repairTable(this.#context(), options);
  }

  /**
   * Takes a table whose log is damaged back to the newest version that can be read. Copies of the log's files behind it are
   * kept in `_delta_log/_set_aside`; their versions become commits that change nothing. A table that can be read is left
   * alone. No other writer may be at work.
   *
   * @throws DeltaError `CORRUPT_LOG` where no version can be read; `UNSUPPORTED_FEATURE`. Nothing is changed then.
   */
  async repairLog(options: ChangeOptions = {}): Promise<RepairLogResult> {
    assertOptions("repairLog", options, changeOptions);
    return repairLog(this.#context(), options);
  }

  /**
   * Looks for what is wrong with the table, and changes nothing: commits and checkpoints that are missing or damaged, data
   * files and deletion vectors that are missing or have another size. It lists the table's folder and reads its log, but
   * opens no data file. The newest version need not be readable.
   *
   * @throws DeltaError `TABLE_NOT_FOUND`; `UNSUPPORTED_FEATURE` for a table that this engine cannot read.
   */
  async inspect(): Promise<TableInspection> {
    return inspectTable(this.store, this.engine);
  }

  /** Writes a checkpoint of the newest version, from which the table opens fast. */
  async checkpoint(): Promise<CheckpointResult> {
    return writeCheckpoint(this.store, this.engine, await this.snapshot(), this.#now());
  }

  /** Deletes commits and checkpoints that have outlived `delta.logRetentionDuration`. */
  async cleanUpLog(options: { readonly dryRun?: boolean | undefined } = {}): Promise<LogCleanUpResult> {
    assertOptions("cleanUpLog", options, { dryRun: changeOptions.dryRun });
    return cleanUpLog(this.store, this.engine, await this.snapshot(), this.#now(), options);
  }

  /** Plans a read: prunes files by partition and statistics before a byte of data is read. */
  async scan<Shape extends object = Row>(options: ScanOptions & VersionChoice = {}): Promise<Scan<Shape>> {
    assertOptions("scan", options, scanArguments);
    const { version, asOfTimestamp } = options;
    return new Scan<Shape>(this.store, this.engine, await this.snapshot({ version, asOfTimestamp }), options);
  }

  /** The table at a version as a relation for `Engine.query`, without the files that a filter rules out. */
  async relation(choice: VersionChoice, predicate?: Predicate, newest?: NewestRows): Promise<Relation> {
    assertArguments("relation", { choice, predicate, newest }, relationArguments);
    // A query knows nothing of versions: it could only say that some file is gone.
    const isOld = choice.version !== undefined || choice.asOfTimestamp !== undefined;
    return this.#planned(await this.snapshot(choice), predicate, newest, isOld);
  }

  /** The same of a state that {@link snapshot} gave: what is read together comes of one version, without reading the log again. */
  async relationAt(snapshot: Snapshot, predicate?: Predicate): Promise<Relation> {
    assertArguments("relationAt", { snapshot, predicate }, relationAtArguments);
    return this.#planned(snapshot, predicate);
  }

  /** The rows that versions after one added, as a relation for `Engine.query`; see `addedRows`. */
  async addedRows(options: VersionChoice & { readonly after: number }): Promise<Relation> {
    assertOptions("addedRows", options, addedRowsOptions);
    const { after, ...choice } = options;
    return addedRows(this.store, await this.snapshot(choice), after);
  }

  /** Facts of a version: sizes, files for each partition, protocol, properties. No data is read. */
  async describe(choice: VersionChoice = {}): Promise<TableDescription> {
    return describeSnapshot(await this.snapshot(choice));
  }

  /** Versions and what made them, newest first. */
  async history(limit?: number): Promise<HistoryEntry[]> {
    assertArguments("history", { limit }, { limit: countFromZero });
    // A table that this engine cannot read still has a history, by the times of its files.
    const latest = await this.snapshot().catch(() => undefined);
    return readHistory(this.store, limit, latest);
  }

  /** Frees the engine that the table made for itself; one that it was given is its giver's. */
  async close(): Promise<void> {
    if (this.#ownsEngine) await this.engine.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #planned(
    snapshot: Snapshot,
    predicate?: Predicate,
    newest?: NewestRows,
    looksForFiles = false,
  ): Promise<Relation> {
    try {
      const { relation, files } = await planScan(this.store, snapshot, predicate, newest);
      if (looksForFiles) await assertFilesThere(this.store, snapshot, files);
      return relation;
    } catch (error) {
      throw await explainedLoss(this.store, snapshot, error);
    }
  }

  async #firstVersionOf(range: ChangeRange): Promise<number> {
    if (range.fromVersion !== undefined && range.fromTimestamp !== undefined)
      throw new DeltaError("INVALID_ARGUMENT", "Give a first version or a first timestamp, not both");
    if (range.fromVersion !== undefined) return range.fromVersion;
    if (range.fromTimestamp === undefined)
      throw new DeltaError("INVALID_ARGUMENT", "Give fromVersion or fromTimestamp: where the changes start");
    const wanted = range.fromTimestamp.getTime();
    const times = [...(await commitTimes(this.store, await this.snapshot()))];
    const first = times.toSorted(([left], [right]) => left - right).find(([, timeMs]) => timeMs >= wanted);
    if (first !== undefined) return first[0];
    throw new DeltaError(
      "VERSION_NOT_FOUND",
      `${this.store.uri} has no version at or after ${range.fromTimestamp.toISOString()}`,
    );
  }

  #context(tables?: NamedTables["tables"]): CommandContext {
    const ownReads = new OwnTableReads();
    return {
      store: this.store,
      engine: this.engine,
      latestSnapshot: () => this.#snapshots.latest(),
      now: this.#now,
      pause: this.#pause,
      ownReads,
      resolveTable: typeof tables === "object" ? namedTables(this.store, tables, ownReads) : tables,
    };
  }
}
