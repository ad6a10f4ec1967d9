import { DeltaError, DuckDbEngine, openStore, queryTargetOptions } from "finance-feedback-delta";
import type {
  AppendResult,
  Changes,
  CommandResult,
  DeltaTable,
  Engine,
  HistoryEntry,
  NamedRelation,
  NewestRows,
  QueryResult,
  QueryTarget,
  Row,
  Scan,
  TableDescription,
  TableReference,
  TableResolver,
  VacuumResult,
} from "finance-feedback-delta";
import { capableOf, countFromZero, nonEmptyText, required } from "finance-feedback-delta/contract";
import type { OptionKind } from "finance-feedback-delta/contract";

import { createOptionsOf } from "../tables/table-definition.ts";
import type { TableDefinition } from "../tables/table-definition.ts";
import { assertArguments, assertOptions } from "./arguments.ts";
import type { Catalog } from "./catalog.ts";
import {
  assertNotBronze,
  assertPlace,
  assertQuery,
  assertRelation,
  assertTableName,
} from "./lake-arguments.ts";
import { dateOf, latestRevisions, readingOf, versionChoice } from "./known-at.ts";
import {
  createOrUpdateOptions,
  lakeOptions,
  mergeUpsertOptions,
  optimizeTableOptions,
  queryOptions,
  readTableOptions,
  readVersionOptions,
  restoreTableOptions,
  tableChangesOptions,
  tableVersionOptions,
  vacuumTableOptions,
} from "./lake-options.ts";
import type {
  CreateOrUpdateOptions,
  DeltaLakeManagerOptions,
  MergeUpsertOptions,
  OptimizeTableOptions,
  QueryOptions,
  ReadTableOptions,
  ReadVersion,
  RestoreTableOptions,
  TableChangesOptions,
  TableVersion,
  VacuumTableOptions,
} from "./lake-options.ts";
import { LakeTables } from "./lake-tables.ts";
import { StorageError } from "./storage-error.ts";
import { catalogName, definitionNamed, parseTableName } from "./table-names.ts";
import type { TableName } from "./table-names.ts";
import { upsertRows } from "./upsert.ts";

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
  readonly #tables: LakeTables;

  /** @throws StorageError `INVALID_ARGUMENT` */
  constructor(options: DeltaLakeManagerOptions) {
    assertOptions("new DeltaLakeManager", options, lakeOptions);
    this.storagePath = options.storagePath;
    this.engine = options.engine ?? new DuckDbEngine();
    this.#tables = new LakeTables({
      storagePath: this.storagePath,
      engine: this.engine,
      now: options.now,
      openStore: options.openStore ?? openStore,
    });
  }

  /** Views, and schemas besides the layers. */
  get catalog(): Catalog {
    return this.#tables.catalog;
  }

  /**
   * Plans a read of a table; `rows()`, `columns()` or `batches()` of the result run it.
   *
   * @throws StorageError `TABLE_NOT_FOUND`; DeltaError for a version that is not there or a filter that is no SQL.
   */
  async readTable<Shape extends object = Row>(options: ReadTableOptions): Promise<Scan<Shape>> {
    assertOptions("readTable", options, readTableOptions);
    const table = await this.existingTable(options.tableName);
    const { columns, where, orderBy, limit, newest } = options;
    const reading = readingOf(options, await revisionsOf(table, definitionNamed(options.tableName)));
    return table.scan<Shape>({ columns, where, orderBy, limit, newest, ...reading.choice, ...reading.rows });
  }

  /**
   * Adds rows to a table in one commit, which makes the table when there is none.
   *
   * @throws StorageError `TABLE_NOT_FOUND` when there is none, and neither the options nor the product say how to make it.
   * @example await lake.createOrUpdateTable({ tableName: "silver.closes", rows: { rows }, createWith: { schema } });
   */
  async createOrUpdateTable(options: CreateOrUpdateOptions): Promise<AppendResult> {
    assertOptions("createOrUpdateTable", options, createOrUpdateOptions);
    const { tableName, rows, append } = options;
    const table = this.table(tableName);
    const definition = definitionNamed(tableName);
    const createWith = options.createWith ?? (definition && createOptionsOf(definition));
    if (createWith === undefined && !(await table.exists()))
      throw new StorageError(
        "TABLE_NOT_FOUND",
        `There is no table ${tableName} yet, and it is none that the product makes by itself. Nothing was written.`,
        { nextStep: "Give createWith, with the schema of the table." },
      );
    return table.append(rows, { ...append, createWith });
  }

  /**
   * Updates the rows that have the same keys and inserts the others, in one commit.
   *
   * @throws StorageError `APPEND_ONLY` for a Bronze table, which only grows: append there, and let Silver choose.
   *   DeltaError `AMBIGUOUS_MERGE` when two of the rows have the same keys.
   * @example await lake.mergeUpsert({ tableName: "silver.closes", rows, mergeKeys: ["asset_pair", "timestamp"] });
   */
  async mergeUpsert(options: MergeUpsertOptions): Promise<CommandResult> {
    // Before anything else is said: no other argument would make it right.
    assertNotBronze("mergeUpsert", options);
    assertOptions("mergeUpsert", options, mergeUpsertOptions);
    const { tableName, ...rest } = options;
    return upsertRows(await this.existingTable(tableName), rest);
  }

  /** Joins small files of a table, or sorts its rows along a curve through columns; see `DeltaTable.optimize`. */
  async optimizeTable(options: OptimizeTableOptions): Promise<CommandResult> {
    assertOptions("optimizeTable", options, optimizeTableOptions);
    const { tableName, zorderColumns, ...rest } = options;
    return (await this.existingTable(tableName)).optimize({ ...rest, zOrderBy: zorderColumns });
  }

  /** Deletes files that no version within the retention needs; see `DeltaTable.vacuum`. */
  async vacuumTable(options: VacuumTableOptions): Promise<VacuumResult> {
    assertOptions("vacuumTable", options, vacuumTableOptions);
    const { tableName, ...rest } = options;
    return (await this.existingTable(tableName)).vacuum(rest);
  }

  /** Makes a table what it was at a version or an instant, as a new version. */
  async restoreTable(options: RestoreTableOptions): Promise<CommandResult> {
    assertOptions("restoreTable", options, restoreTableOptions);
    const { tableName, version, asOfTimestamp, ...rest } = options;
    return (await this.existingTable(tableName)).restore(versionChoice({ version, asOfTimestamp }), rest);
  }

  /** Sizes, files for each partition, protocol and properties of a table at a version; no data is read. */
  async describeTable(tableName: string, version: TableVersion = {}): Promise<TableDescription> {
    assertTableName("describeTable", tableName);
    assertOptions("describeTable", version, tableVersionOptions);
    return (await this.existingTable(tableName)).describe(versionChoice(version));
  }

  /** The rows that a range of versions inserted, updated and deleted; see `DeltaTable.changes`. */
  async getTableChanges(options: TableChangesOptions): Promise<Changes> {
    assertOptions("getTableChanges", options, tableChangesOptions);
    const { tableName, fromTimestamp, toTimestamp, ...range } = options;
    return (await this.existingTable(tableName)).changes({
      ...range,
      ...(fromTimestamp === undefined ? {} : { fromTimestamp: dateOf(fromTimestamp) }),
      ...(toTimestamp === undefined ? {} : { toTimestamp: dateOf(toTimestamp) }),
    });
  }

  /** Versions and what made them, newest first. */
  async getTableHistory(tableName: string, limit?: number): Promise<HistoryEntry[]> {
    assertArguments(
      "getTableHistory",
      { tableName, limit },
      { tableName: required(nonEmptyText), limit: countFromZero },
    );
    return (await this.existingTable(tableName)).history(limit);
  }

  /**
   * Runs one SELECT over tables of the lakehouse, by name; `FROM t AT (VERSION => 3)` reads one of them at a version.
   *
   * @param options the version, or the instant, at which all tables without one of their own are read; or the instant as
   *   of which their bars are known. Besides, how decimals are given.
   */
  async query<Shape extends object = Row>(
    sql: string,
    options: QueryOptions = {},
  ): Promise<QueryResult<Shape>> {
    assertQuery("query", sql);
    assertOptions("query", options, queryOptions);
    const { decimals, ...version } = options;
    return this.#withTables(version, (tables) => this.engine.query<Shape>(sql, tables, { decimals }));
  }

  /**
   * As {@link query}, with the result written as one Parquet file of this machine.
   *
   * @returns how many rows it has.
   */
  async writeQuery(sql: string, target: QueryTarget, version: ReadVersion = {}): Promise<number> {
    assertQuery("writeQuery", sql);
    assertOptions("writeQuery", version, readVersionOptions);
    assertOptions("writeQuery", target, queryTargetOptions);
    return this.#withTables(version, (tables) => this.engine.writeQuery(sql, tables, target));
  }

  /** Runs what names tables of the lakehouse, and says which there are where one is missing. */
  async #withTables<Result>(
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
      throw missing === undefined ? error : await this.#tables.notFound(missing);
    }
  }

  /** A table or a view that a query names, for `Engine.query`; `undefined` when there is none of that name. */
  async relationOf(reference: TableReference, version: ReadVersion = {}): Promise<NamedRelation | undefined> {
    assertRelation(reference, version);
    const name = withoutCatalog(reference.name);
    const table = await this.#tables.find(name);
    if (table === undefined) return this.#tables.findView(name);
    const own: TableVersion | undefined =
      reference.at === undefined
        ? undefined
        : reference.at.kind === "version"
          ? { version: reference.at.version }
          : { asOfTimestamp: reference.at.timestamp };
    const revisions = await revisionsOf(table, definitionNamed(name));
    const reading = readingOf(own ?? version, revisions);
    return table.relation(reading.choice, reference.predicate, reading.rows.newest);
  }

  /** The tables that exist, by layer and name; a folder without a commit, as a crash may leave one, is no table. */
  async listTables(): Promise<readonly TableName[]> {
    return this.#tables.list();
  }

  /** A table at its place, which may be in a schema besides the layers, whether it exists yet or not. */
  tableIn(place: TableName): DeltaTable {
    assertPlace("tableIn", place);
    return this.#tables.at(place);
  }

  /** A table of the lakehouse, whether it exists yet or not. */
  table(tableName: string): DeltaTable {
    assertTableName("table", tableName);
    return this.#tables.at(parseTableName(tableName));
  }

  /** @throws StorageError `TABLE_NOT_FOUND` */
  async existingTable(tableName: string): Promise<DeltaTable> {
    assertTableName("existingTable", tableName);
    const table = await this.#tables.find(tableName);
    if (table !== undefined) return table;
    throw await this.#tables.notFound(tableName);
  }

  async close(): Promise<void> {
    await this.engine.close();
  }
}

/** For those who work on a lakehouse. */
export const lakeKind: OptionKind<DeltaLakeManager> = capableOf(
  'a lakehouse, such as new DeltaLakeManager({ storagePath: "data/delta_lake" })',
  ["readTable", "existingTable", "table"],
);

async function revisionsOf(
  table: DeltaTable,
  definition: TableDefinition | undefined,
): Promise<NewestRows | undefined> {
  return latestRevisions(definition, (await table.snapshot()).schema);
}

function withoutCatalog(name: string): string {
  const prefix = `${catalogName}.`;
  return name.toLowerCase().startsWith(prefix) ? name.slice(prefix.length) : name;
}
