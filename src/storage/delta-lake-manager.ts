import { join, resolve } from "node:path";

import { DeltaError, DeltaTable, DuckDbEngine, openStore } from "../delta/index.ts";
import type {
  AppendOptions,
  AppendResult,
  ChangeRange,
  Changes,
  CommandResult,
  CreateOptions,
  Engine,
  HistoryEntry,
  NewestRows,
  ObjectStore,
  OptimizeOptions,
  QueryAnswer,
  QueryTarget,
  Relation,
  RestoreOptions,
  RowSource,
  Scan,
  ScanOptions,
  StructType,
  TableDescription,
  TableReference,
  TableResolver,
  VacuumOptions,
  VacuumResult,
  VersionChoice,
} from "../delta/index.ts";
import { assertOptionNames, restoreOptionNames, scanOptionNames, versionNames } from "../delta/index.ts";
import { parseInstant } from "../market/time-range.ts";
import { StorageError } from "./storage-error.ts";
import { compareTableNames, formatTableName, layers, parseTableName } from "./table-names.ts";
import type { Layer, TableName } from "./table-names.ts";
import { upsertRows } from "./upsert.ts";
import type { UpsertOptions } from "./upsert.ts";

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

export interface TableChangesOptions extends ChangeRange {
  readonly tableName: string;
}

export interface CreateOrUpdateOptions {
  readonly tableName: string;
  readonly rows: RowSource;
  /** How to make the table when there is none. */
  readonly createWith: CreateOptions;
  readonly append?: Omit<AppendOptions, "createWith"> | undefined;
}

/**
 * The lakehouse: where its tables lie and what they are called. One engine serves all of them.
 *
 * @example
 * const lake = new DeltaLakeManager({ storagePath: "data/delta_lake" });
 * const scan = await lake.readTable({ tableName: "raw_market_data_1h", where: "asset_pair = 'BTCUSD'" });
 * const rows = await scan.rows();
 * await lake.close();
 */
export class DeltaLakeManager {
  readonly storagePath: string;
  readonly engine: Engine;
  private readonly now: (() => number) | undefined;
  private readonly open: (location: string) => ObjectStore;
  /** By location: a table remembers what it has read of its log. */
  private readonly opened = new Map<string, DeltaTable>();

  constructor(options: DeltaLakeManagerOptions) {
    this.storagePath = options.storagePath;
    this.engine = options.engine ?? new DuckDbEngine();
    this.now = options.now;
    this.open = options.openStore ?? openStore;
  }

  /**
   * Plans a read of a table; `rows()`, `columns()` or `batches()` of the result run it.
   *
   * @throws StorageError `TABLE_NOT_FOUND`; DeltaError for a version that is not there or a filter that is no SQL.
   */
  async readTable(options: ReadTableOptions): Promise<Scan> {
    assertOptionNames("readTable", options, ["tableName", "knownAt", ...scanOptionNames]);
    const table = await this.existingTable(options.tableName);
    const { columns, where, orderBy, limit, newest } = options;
    const reading = readingOf(options, await hasRevisions(table));
    return table.scan({ columns, where, orderBy, limit, newest, ...reading.choice, ...reading.rows });
  }

  /** Adds rows to a table in one commit, which makes the table when there is none. */
  async createOrUpdateTable(options: CreateOrUpdateOptions): Promise<AppendResult> {
    assertOptionNames("createOrUpdateTable", options, ["tableName", "rows", "createWith", "append"]);
    return this.table(options.tableName).append(options.rows, {
      ...options.append,
      createWith: options.createWith,
    });
  }

  /**
   * Updates the rows that have the same keys and inserts the others, in one commit.
   *
   * @throws DeltaError `AMBIGUOUS_MERGE` when two of the rows have the same keys; `APPEND_ONLY` for a Bronze table, which
   *   only grows: append there, and let Silver choose.
   * @example await lake.mergeUpsert({ tableName: "silver.closes", rows, mergeKeys: ["asset_pair", "timestamp"] });
   */
  async mergeUpsert({ tableName, ...options }: MergeUpsertOptions): Promise<CommandResult> {
    return upsertRows(await this.existingTable(tableName), options);
  }

  /** Joins small files of a table, or sorts its rows along a curve through columns; see `DeltaTable.optimize`. */
  async optimizeTable({
    tableName,
    zorderColumns,
    ...options
  }: OptimizeTableOptions): Promise<CommandResult> {
    return (await this.existingTable(tableName)).optimize({ ...options, zOrderBy: zorderColumns });
  }

  /** Deletes files that no version within the retention needs; see `DeltaTable.vacuum`. */
  async vacuumTable({ tableName, ...options }: VacuumTableOptions): Promise<VacuumResult> {
    return (await this.existingTable(tableName)).vacuum(options);
  }

  /** Makes a table what it was at a version or an instant, as a new version. */
  async restoreTable({ tableName, ...options }: RestoreTableOptions): Promise<CommandResult> {
    assertOptionNames("restoreTable", options, [...versionNames, ...restoreOptionNames]);
    const { version, asOfTimestamp, ...rest } = options;
    return (await this.existingTable(tableName)).restore(versionChoice({ version, asOfTimestamp }), rest);
  }

  /** Sizes, files for each partition, protocol and properties of a table at a version; no data is read. */
  async describeTable(tableName: string, version: TableVersion = {}): Promise<TableDescription> {
    assertOptionNames("describeTable", version, versionNames);
    return (await this.existingTable(tableName)).describe(versionChoice(version));
  }

  /** The rows that a range of versions inserted, updated and deleted; see `DeltaTable.changes`. */
  async getTableChanges({ tableName, ...range }: TableChangesOptions): Promise<Changes> {
    return (await this.existingTable(tableName)).changes(range);
  }

  /** Versions and what made them, newest first. */
  async getTableHistory(tableName: string, limit?: number): Promise<HistoryEntry[]> {
    return (await this.existingTable(tableName)).history(limit);
  }

  /**
   * Runs one SELECT over tables of the lakehouse, by name; `FROM t AT (VERSION => 3)` reads one of them at a version.
   *
   * @param version the version, or the instant, at which all tables without one of their own are read; or the instant
   *   as of which their bars are known.
   */
  async query(sql: string, version: ReadVersion = {}): Promise<QueryAnswer> {
    assertOptionNames("query", version, [...versionNames, "knownAt"]);
    return this.withTables(version, (tables) => this.engine.query(sql, tables));
  }

  /**
   * As {@link query}, with the answer written as one Parquet file of this machine.
   *
   * @returns how many rows it has.
   */
  async writeQuery(sql: string, target: QueryTarget, version: ReadVersion = {}): Promise<number> {
    assertOptionNames("writeQuery", version, [...versionNames, "knownAt"]);
    return this.withTables(version, (tables) => this.engine.writeQuery(sql, tables, target));
  }

  /** Runs what names tables of the lakehouse, and says which there are where one is missing. */
  private async withTables<Result>(
    version: ReadVersion,
    work: (resolve: TableResolver) => Promise<Result>,
  ): Promise<Result> {
    const unknown: string[] = [];
    try {
      return await work(async (reference) => {
        const relation = await this.relationOf(reference, version);
        if (relation === undefined) unknown.push(reference.name);
        return relation;
      });
    } catch (error) {
      const missing = unknown.find(
        (name) =>
          error instanceof DeltaError && /does not exist/.test(error.message) && error.message.includes(name),
      );
      throw missing === undefined ? error : await this.notFound(missing);
    }
  }

  /** A table that a query names, for `Engine.query`; `undefined` when there is none of that name. */
  async relationOf(reference: TableReference, version: ReadVersion = {}): Promise<Relation | undefined> {
    const table = await this.findTable(reference.name);
    if (table === undefined) return undefined;
    const own: TableVersion | undefined =
      reference.at === undefined
        ? undefined
        : reference.at.kind === "version"
          ? { version: reference.at.version }
          : { asOfTimestamp: reference.at.timestamp };
    const reading = readingOf(own ?? version, await hasRevisions(table));
    return table.relation(reading.choice, reference.predicate, reading.rows.newest);
  }

  /** The tables that exist, by layer and name; a folder without a commit, as a crash may leave one, is no table. */
  async listTables(): Promise<readonly TableName[]> {
    const tables: TableName[] = [];
    for (const layer of layers) {
      for (const name of (await this.namesIn(layer)).toSorted(compareTableNames)) {
        if (await this.tableAt(this.locationOf({ layer, name })).exists()) tables.push({ layer, name });
      }
    }
    return tables;
  }

  /** A table of the lakehouse, whether it exists yet or not. */
  table(tableName: string): DeltaTable {
    return this.tableAt(this.locationOf(parseTableName(tableName)));
  }

  /** @throws StorageError `TABLE_NOT_FOUND` */
  async existingTable(tableName: string): Promise<DeltaTable> {
    const table = await this.findTable(tableName);
    if (table !== undefined) return table;
    throw await this.notFound(tableName);
  }

  private async notFound(tableName: string): Promise<StorageError> {
    const known = (await this.listTables()).map(formatTableName);
    const list =
      known.length === 0 ? "it has no tables yet: run a backfill first" : `there are ${known.join(", ")}`;
    return new StorageError(
      "TABLE_NOT_FOUND",
      `There is no table "${tableName}" in ${isUri(this.storagePath) ? this.storagePath : resolve(this.storagePath)}: ${list}`,
    );
  }

  async close(): Promise<void> {
    await this.engine.close();
  }

  private async findTable(tableName: string): Promise<DeltaTable | undefined> {
    if (isLocation(tableName)) {
      const table = this.tableAt(tableName);
      return (await table.exists()) ? table : undefined;
    }
    const wanted = tableName.toLowerCase();
    const found = (await this.listTables()).find(
      (name) => name.name === wanted || formatTableName(name) === wanted,
    );
    return found === undefined ? undefined : this.tableAt(this.locationOf(found));
  }

  private tableAt(location: string): DeltaTable {
    const known = this.opened.get(location);
    if (known !== undefined) return known;
    const table = DeltaTable.at(this.open(location), { engine: this.engine, now: this.now });
    this.opened.set(location, table);
    return table;
  }

  private locationOf({ layer, name }: TableName): string {
    return isUri(this.storagePath)
      ? `${this.storagePath.replace(/\/+$/, "")}/${layer}/${name}`
      : join(this.storagePath, layer, name);
  }

  /** @throws StorageError `STORAGE_UNREADABLE` */
  private async namesIn(layer: Layer): Promise<readonly string[]> {
    try {
      return await this.open(this.storagePath).listNames(layer);
    } catch (error) {
      const detail = error instanceof Error ? error.message : String(error);
      throw new StorageError(
        "STORAGE_UNREADABLE",
        `Cannot list the tables in ${this.storagePath}/${layer}: ${detail}`,
        { cause: error },
      );
    }
  }
}

/** A path or a URI has a separator or a scheme; a name has neither. */
function isLocation(text: string): boolean {
  return /[/\\]/.test(text) || isUri(text) || text.startsWith(".");
}

function isUri(text: string): boolean {
  return /^[a-z][a-z0-9+.-]+:/i.test(text);
}

/** The columns that make a bar: what comes again with a later `_extracted_at` is a revision of it. */
const barKey: readonly string[] = ["asset_pair", "timestamp", "source_provider"];
const extractedAt = "_extracted_at";

async function hasRevisions(table: DeltaTable): Promise<boolean> {
  return newestBars((await table.snapshot()).schema) !== undefined;
}

/** Of each bar only what came last, for `Relation.newest`; `undefined` for a table that has no bars. */
export function newestBars(schema: StructType): NewestRows | undefined {
  const names = new Set(schema.fields.map(({ name }) => name));
  return [...barKey, extractedAt].every((name) => names.has(name))
    ? { by: barKey, orderBy: extractedAt }
    : undefined;
}

/** Which version of a table is read, and which of its rows. */
function readingOf(
  { knownAt, ...version }: ReadVersion,
  canHaveRevisions: boolean,
): { readonly choice: VersionChoice; readonly rows: { readonly newest?: NewestRows } } {
  if (knownAt === undefined) return { choice: versionChoice(version), rows: {} };
  if (version.version !== undefined || version.asOfTimestamp !== undefined)
    throw new DeltaError("INVALID_ARGUMENT", "Give what was known at an instant, or a version, not both");
  if (!canHaveRevisions) return { choice: versionChoice({ asOfTimestamp: knownAt }), rows: {} };
  const until = knownAt instanceof Date ? knownAt : new Date(parseInstant(knownAt));
  return { choice: {}, rows: { newest: { by: barKey, orderBy: extractedAt, until } } };
}

function versionChoice({ version, asOfTimestamp }: TableVersion): VersionChoice {
  if (version !== undefined && asOfTimestamp !== undefined) {
    throw new DeltaError("INVALID_ARGUMENT", "Give a version or a timestamp, not both");
  }
  if (asOfTimestamp === undefined) return { version };
  return {
    asOfTimestamp: asOfTimestamp instanceof Date ? asOfTimestamp : new Date(parseInstant(asOfTimestamp)),
  };
}
