import type { Relation, TableResolver, TableVersion } from "../engine/engine.ts";
import type { ReadSet } from "../log/conflict.ts";
import type { Snapshot } from "../log/snapshot.ts";
import type { AddFile } from "../protocol/actions.ts";
import type { Predicate } from "../statistics/predicate.ts";
import type { ObjectStore } from "../store/object-store.ts";
import type { VersionChoice } from "./version-choice.ts";
import { planScan } from "./scan.ts";

/** A table that SQL given to a command may name: a `DeltaTable`. */
export interface NamedTable {
  readonly store: ObjectStore;
  snapshot(choice?: VersionChoice): Promise<Snapshot>;
  relation(choice: VersionChoice, predicate?: Predicate): Promise<Relation>;
}

export function isNamedTable(value: unknown): value is NamedTable {
  return typeof value === "object" && value !== null && "snapshot" in value && "relation" in value;
}

/**
 * What the SQL of a command read of the command's own table, by name. An append of what a table lacks is wrong once
 * another writer appends it first.
 */
export class OwnTableReads {
  readonly #predicates: Predicate[] = [];
  readonly #paths = new Set<string>();

  add(predicate: Predicate, files: readonly AddFile[]): void {
    this.#predicates.push(predicate);
    for (const { path } of files) this.#paths.add(path);
  }

  /** Together with what the command reads anyway. */
  with(reads: ReadSet): ReadSet {
    if (this.#predicates.length === 0) return reads;
    const own: Predicate = { kind: "or", operands: this.#predicates };
    if (reads.kind === "nothing") return { kind: "rows", predicate: own, paths: this.#paths };
    const { predicate } = reads;
    return {
      kind: "rows",
      predicate: predicate === undefined ? undefined : { kind: "or", operands: [predicate, own] },
      paths: new Set([...reads.paths, ...this.#paths]),
    };
  }
}

/** Finds tables by their names for a command of the table in `own`, and notes what is read of that one. */
export function namedTables(
  own: ObjectStore,
  tables: Readonly<Record<string, NamedTable>>,
  ownReads: OwnTableReads,
): TableResolver {
  const byName = new Map(Object.entries(tables).map(([name, table]) => [name.toLowerCase(), table]));
  return async ({ name, at, predicate }) => {
    const table = byName.get(name.toLowerCase());
    if (table === undefined) return undefined;
    // A version that was named stays what it is.
    if (at !== undefined) return table.relation(versionOf(at), predicate);
    if (!isSameStore(table.store, own)) return table.relation({}, predicate);
    const { relation, files } = await planScan(table.store, await table.snapshot(), predicate);
    ownReads.add(predicate, files);
    return relation;
  };
}

function versionOf(at: TableVersion): { readonly version?: number; readonly asOfTimestamp?: Date } {
  if (at.kind === "version") return { version: at.version };
  return {
    asOfTimestamp: new Date(/[zZ]|[+-]\d\d:?\d\d$/.test(at.timestamp) ? at.timestamp : `${at.timestamp}Z`),
  };
}

/** Stores in memory all go by one name. */
function isSameStore(left: ObjectStore, right: ObjectStore): boolean {
  return left === right || (left.uri === right.uri && !left.uri.startsWith("memory:"));
}
