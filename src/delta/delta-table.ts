import { appendRows } from "./commands/append.ts";
import type { AppendOptions, AppendResult } from "./commands/append.ts";
import { createTable } from "./commands/create.ts";
import type { CreateOptions } from "./commands/create.ts";
import { planScan, Scan } from "./commands/scan.ts";
import type { ScanOptions } from "./commands/scan.ts";
import { DuckDbEngine } from "./engine/duckdb/duckdb-engine.ts";
import type { Engine, Relation } from "./engine/engine.ts";
import type { RowSource } from "./engine/row-source.ts";
import { DeltaError } from "./errors.ts";
import { readHistory, versionAsOf } from "./log/history.ts";
import type { HistoryEntry } from "./log/history.ts";
import { listLog } from "./log/log-files.ts";
import { loadSnapshot } from "./log/snapshot.ts";
import type { Snapshot } from "./log/snapshot.ts";
import type { Predicate } from "./statistics/predicate.ts";
import { openStore } from "./store/open-store.ts";
import type { ObjectStore } from "./store/object-store.ts";

export interface TableOptions {
  /** Shared between tables to share its memory; one of its own when left out. */
  readonly engine?: Engine | undefined;
  /** Where commits get their times from. */
  readonly now?: (() => number) | undefined;
}

/** Which version of a table: the newest when empty. */
export interface VersionChoice {
  readonly version?: number | undefined;
  /** The newest version committed at or before it. */
  readonly asOfTimestamp?: Date | undefined;
}

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
  private readonly now: () => number;

  private constructor(store: ObjectStore, options: TableOptions) {
    this.store = store;
    this.engine = options.engine ?? new DuckDbEngine();
    this.now = options.now ?? Date.now;
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
   * Makes a table of no rows.
   *
   * @throws DeltaError `TABLE_ALREADY_EXISTS`, `INVALID_SCHEMA`
   */
  static async create(
    location: string | ObjectStore,
    options: CreateOptions & TableOptions,
  ): Promise<DeltaTable> {
    const table = DeltaTable.at(location, options);
    if (!(await createTable(table.store, options, table.now()))) {
      throw new DeltaError("TABLE_ALREADY_EXISTS", `There is a Delta table at ${table.store.uri} already`);
    }
    return table;
  }

  /** The table at a place, whether it exists yet or not. */
  static at(location: string | ObjectStore, options: TableOptions = {}): DeltaTable {
    return new DeltaTable(typeof location === "string" ? openStore(location) : location, options);
  }

  async exists(): Promise<boolean> {
    const listing = await listLog(this.store);
    return listing.commits.length > 0 || listing.checkpoints.length > 0;
  }

  /** The table's state at a version. */
  async snapshot(choice: VersionChoice = {}): Promise<Snapshot> {
    const { version, asOfTimestamp } = choice;
    if (asOfTimestamp === undefined) return loadSnapshot(this.store, this.engine, { version });
    if (version !== undefined)
      throw new DeltaError("INVALID_ARGUMENT", "Give a version or a timestamp, not both");
    if (Number.isNaN(asOfTimestamp.getTime()))
      throw new DeltaError("INVALID_ARGUMENT", "asOfTimestamp is an invalid Date");
    const snapshot = await loadSnapshot(this.store, this.engine, {
      version: await versionAsOf(this.store, asOfTimestamp.getTime()),
    });
    if (snapshot.metadata.configuration["delta.enableInCommitTimestamps"]?.toLowerCase() === "true") {
      throw new DeltaError(
        "UNSUPPORTED_FEATURE",
        `${this.store.uri} carries in-commit timestamps: choose a version by its number instead`,
      );
    }
    return snapshot;
  }

  /**
   * Adds rows in one commit. Concurrent appends do not disturb each other.
   *
   * @throws DeltaError `SCHEMA_MISMATCH`, `INVALID_VALUE`: nothing is committed then. `CONCURRENT_TRANSACTION` when
   *   somebody else committed under one of the given application ids meanwhile. StoreError when the store fails: then
   *   the commit may have happened, and a retry should check the table's `txn`.
   */
  async append(source: RowSource, options: AppendOptions = {}): Promise<AppendResult> {
    return appendRows({ store: this.store, engine: this.engine, now: this.now }, source, options);
  }

  /** Plans a read: prunes files by partition and statistics before a byte of data is read. */
  async scan(options: ScanOptions & VersionChoice = {}): Promise<Scan> {
    return new Scan(this.store, this.engine, await this.snapshot(options), options);
  }

  /** The table at a version as a relation for `Engine.query`, without the files that a filter rules out. */
  async relation(choice: VersionChoice, predicate?: Predicate): Promise<Relation> {
    const plan = await planScan(this.store, await this.snapshot(choice), predicate);
    return plan.relation;
  }

  /** Versions and what made them, newest first. */
  async history(limit?: number): Promise<HistoryEntry[]> {
    return readHistory(this.store, limit);
  }
}
