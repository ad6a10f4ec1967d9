import { existsSync, readdirSync } from "node:fs";
import { join, resolve } from "node:path";

import { DeltaError, DeltaTable, DuckDbEngine, openStore } from "../delta/index.ts";
import type {
  AppendOptions,
  AppendResult,
  CreateOptions,
  Engine,
  HistoryEntry,
  ObjectStore,
  QueryAnswer,
  RowSource,
  Scan,
  ScanOptions,
  VersionChoice,
} from "../delta/index.ts";
import { parseInstant } from "../market/time-range.ts";
import { StorageError } from "./storage-error.ts";
import { compareTableNames, formatTableName, layers, parseTableName } from "./table-names.ts";
import type { TableName } from "./table-names.ts";

export interface DeltaLakeManagerOptions {
  /** The storage root: a folder. */
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

export interface ReadTableOptions extends TableVersion, ScanOptions {
  /** A table of the lakehouse, or the path or `file:` URI of any Delta table. */
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

  constructor(options: DeltaLakeManagerOptions) {
    if (/^[a-z][a-z0-9+.-]+:/i.test(options.storagePath) && !options.storagePath.startsWith("file:")) {
      throw new StorageError(
        "INVALID_ARGUMENT",
        `The storage path ${options.storagePath} is not a local folder; other storage is not supported yet`,
      );
    }
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
    const table = await this.existingTable(options.tableName);
    const { columns, where, orderBy, limit } = options;
    return table.scan({ columns, where, orderBy, limit, ...versionChoice(options) });
  }

  /** Adds rows to a table in one commit, which makes the table when there is none. */
  async createOrUpdateTable(options: CreateOrUpdateOptions): Promise<AppendResult> {
    return this.table(options.tableName).append(options.rows, {
      ...options.append,
      createWith: options.createWith,
    });
  }

  /** Versions and what made them, newest first. */
  async getTableHistory(tableName: string, limit?: number): Promise<HistoryEntry[]> {
    return (await this.existingTable(tableName)).history(limit);
  }

  /**
   * Runs one SELECT over tables of the lakehouse, by name; `FROM t AT (VERSION => 3)` reads one of them at a version.
   *
   * @param version the version, or the instant, at which all tables without one of their own are read.
   */
  async query(sql: string, version: TableVersion = {}): Promise<QueryAnswer> {
    const unknown: string[] = [];
    const answer = this.engine.query(sql, async (reference) => {
      const table = await this.findTable(reference.name);
      if (table === undefined) {
        unknown.push(reference.name);
        return undefined;
      }
      const own: TableVersion | undefined =
        reference.at === undefined
          ? undefined
          : reference.at.kind === "version"
            ? { version: reference.at.version }
            : { asOfTimestamp: reference.at.timestamp };
      return table.relation(versionChoice(own ?? version), reference.predicate);
    });
    try {
      return await answer;
    } catch (error) {
      const missing = unknown.find(
        (name) =>
          error instanceof DeltaError && /does not exist/.test(error.message) && error.message.includes(name),
      );
      throw missing === undefined ? error : await this.notFound(missing);
    }
  }

  /** The tables that exist, by layer and name; a folder without a commit, as a crash may leave one, is no table. */
  async listTables(): Promise<readonly TableName[]> {
    const tables: TableName[] = [];
    for (const layer of layers) {
      const folder = join(this.storagePath, layer);
      if (!existsSync(folder)) continue;
      for (const name of namesIn(folder).toSorted(compareTableNames)) {
        if (await this.tableAt(join(folder, name)).exists()) tables.push({ layer, name });
      }
    }
    return tables;
  }

  /** A table of the lakehouse, whether it exists yet or not. */
  table(tableName: string): DeltaTable {
    return this.tableAt(join(this.storagePath, ...locationOf(parseTableName(tableName))));
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
      `There is no table "${tableName}" in ${resolve(this.storagePath)}: ${list}`,
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
    return found === undefined ? undefined : this.tableAt(join(this.storagePath, ...locationOf(found)));
  }

  private tableAt(location: string): DeltaTable {
    return DeltaTable.at(this.open(location), { engine: this.engine, now: this.now });
  }
}

/** @throws StorageError `STORAGE_UNREADABLE` */
function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error);
    throw new StorageError("STORAGE_UNREADABLE", `Cannot list the tables in ${folder}: ${detail}`, {
      cause: error,
    });
  }
}

/** A path or a URI has a separator or a scheme; a name has neither. */
function isLocation(text: string): boolean {
  return /[/\\]/.test(text) || /^[a-z][a-z0-9+.-]+:/i.test(text) || text.startsWith(".");
}

function locationOf({ layer, name }: TableName): readonly [string, string] {
  return [layer, name];
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
