import { join, resolve } from "node:path";
import { DeltaTable } from "finance-feedback-delta";
import type { Engine, NamedRelation, ObjectStore } from "finance-feedback-delta";
import { nearestName } from "finance-feedback-delta/contract";

import { layers } from "../tables/table-definition.ts";
import { Catalog } from "./catalog.ts";
import { StorageError } from "./storage-error.ts";
import { compareTableNames, formatTableName, shortTableName } from "./table-names.ts";
import type { TableName } from "./table-names.ts";

/** Where a lakehouse lies, and what its tables are read and written with. */
interface LakePlace {
  readonly storagePath: string;
  readonly engine: Engine;
  readonly now: (() => number) | undefined;
  readonly openStore: (location: string) => ObjectStore;
}

/** The tables and views of a lakehouse: where each lies, and which there are. */
export class LakeTables {
  readonly storagePath: string;
  readonly #engine: Engine;
  readonly #now: (() => number) | undefined;
  readonly #open: (location: string) => ObjectStore;
  #catalog: Catalog | undefined;
  /** By location: a table remembers what it has read of its log. */
  readonly #opened = new Map<string, DeltaTable>();

  constructor({ storagePath, engine, now, openStore }: LakePlace) {
    this.storagePath = storagePath;
    this.#engine = engine;
    this.#now = now;
    this.#open = openStore;
  }

  /** Views, and schemas besides the layers. */
  get catalog(): Catalog {
    return (this.#catalog ??= new Catalog(this.#open(this.storagePath)));
  }

  /** The tables that exist, by layer and name; a folder without a commit, as a crash may leave one, is no table. */
  async list(): Promise<readonly TableName[]> {
    const tables: TableName[] = [];
    for (const layer of [...layers, ...(await this.#schemas())]) {
      for (const name of (await this.#namesIn(layer)).toSorted(compareTableNames)) {
        if (await this.#tableAt(this.#locationOf({ layer, name })).exists()) tables.push({ layer, name });
      }
    }
    return tables;
  }

  /** A table at its place, whether it exists yet or not. */
  at(place: TableName): DeltaTable {
    return this.#tableAt(this.#locationOf(place));
  }

  /** A table of a name or at a location; `undefined` when there is none. */
  async find(tableName: string): Promise<DeltaTable | undefined> {
    if (isLocation(tableName)) {
      const table = this.#tableAt(tableName);
      return (await table.exists()) ? table : undefined;
    }
    const wanted = tableName.toLowerCase();
    const found = (await this.list()).find(
      (name) => name.name === wanted || formatTableName(name) === wanted,
    );
    return found === undefined ? undefined : this.#tableAt(this.#locationOf(found));
  }

  /** The SELECT of a view; `undefined` when there is none of that name. */
  async findView(name: string): Promise<NamedRelation | undefined> {
    const wanted = name.toLowerCase();
    const views = await this.#listing("_catalog", async () => this.catalog.views());
    const found = views.find((view) => view.name === wanted || formatTableName(view) === wanted);
    const view = found && (await this.catalog.view(found));
    return view && { view: view.sql };
  }

  /** The error that says which tables there are. */
  async notFound(tableName: string): Promise<StorageError> {
    const tables = await this.list();
    const known = tables.map(formatTableName);
    const meant = nearestName(tableName, tableName.includes(".") ? known : tables.map(shortTableName));
    const hint = meant === undefined ? "" : `. Did you mean ${meant}?`;
    const list =
      known.length === 0
        ? "it has no tables yet: run a backfill first"
        : `there ${known.length === 1 ? "is" : "are"} ${listed(known)}${hint}`;
    return new StorageError(
      "TABLE_NOT_FOUND",
      `There is no table "${tableName}" in ${isUri(this.storagePath) ? this.storagePath : resolve(this.storagePath)}: ${list}`,
    );
  }

  #tableAt(location: string): DeltaTable {
    const known = this.#opened.get(location);
    if (known !== undefined) return known;
    const table = DeltaTable.at(this.#open(location), { engine: this.#engine, now: this.#now });
    this.#opened.set(location, table);
    return table;
  }

  #locationOf({ layer, name }: TableName): string {
    return isUri(this.storagePath)
      ? `${this.storagePath.replace(/\/+$/, "")}/${layer}/${name}`
      : join(this.storagePath, layer, name);
  }

  /** @throws StorageError `STORAGE_UNREADABLE` */
  async #namesIn(layer: string): Promise<readonly string[]> {
    return this.#listing(layer, async () => this.#open(this.storagePath).listNames(layer));
  }

  async #schemas(): Promise<readonly string[]> {
    return this.#listing("_catalog", async () => this.catalog.schemas());
  }

  async #listing<Names>(folder: string, list: () => Promise<Names>): Promise<Names> {
    try {
      return await list();
    } catch (error) {
      const detail = error instanceof Error ? error.message : String(error);
      throw new StorageError(
        "STORAGE_UNREADABLE",
        `Cannot list the tables in ${this.storagePath}/${folder}: ${detail}`,
        { cause: error },
      );
    }
  }
}

/** A path or a URI has a separator or a scheme; a name has neither. */
export function isLocation(text: string): boolean {
  return /[/\\]/.test(text) || isUri(text) || text.startsWith(".");
}

function isUri(text: string): boolean {
  return /^[a-z][a-z0-9+.-]+:/i.test(text);
}

const listedMax = 12;

/** Names of a list that can be read; `ffe table list` has the others. */
function listed(names: readonly string[]): string {
  if (names.length <= listedMax) return names.join(", ");
  return `${names.length} tables, such as ${names.slice(0, 3).join(", ")} (ffe table list shows all)`;
}
