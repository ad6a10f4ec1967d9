import assert from "node:assert/strict";

import type { DeltaTable, Row, Snapshot } from "../../src/index.ts";
import { columns } from "./tables.ts";

/** A row of the tables that many writers change; `p`, the partition where there is one, follows from `id`. */
export interface SmallRow {
  readonly id: number;
  readonly v: number;
}

/** A change to a table, with what it makes of the rows that it finds. */
export interface TableChange {
  /** Unique among the changes of a test: commits carry it as `userMetadata`. */
  readonly name: string;
  /** For the names of tests. */
  readonly kind: string;
  readonly run: (table: DeltaTable) => Promise<{ readonly version?: number; readonly isCommitted?: boolean }>;
  readonly apply: (rows: readonly SmallRow[]) => readonly SmallRow[];
}

export const smallSchema: ReturnType<typeof columns> = columns({ id: "long", v: "long", p: "string" });

function partitionOf(id: number): string {
  return `p${id % 2}`;
}

export function toRows(rows: readonly SmallRow[]): Row[] {
  return rows.map(({ id, v }) => ({ id, v, p: partitionOf(id) }));
}

export function rowsWith(ids: readonly number[], v = 0): SmallRow[] {
  return ids.map((id) => ({ id, v }));
}

/** A condition on a row's id, in SQL and as a function. */
export interface IdCondition {
  readonly sql: string;
  readonly holds: (id: number) => boolean;
}

export function idIs(wanted: number): IdCondition {
  return { sql: `id = ${wanted}`, holds: (id) => id === wanted };
}

/** Cannot be told from the statistics of a file. */
export function idLeaves(rest: number, divisor: number): IdCondition {
  return { sql: `id % ${divisor} = ${rest}`, holds: (id) => id % divisor === rest };
}

export function appendOf(name: string, rows: readonly SmallRow[]): TableChange {
  return {
    name,
    kind: "an append",
    run: (table) => table.append({ rows: toRows(rows) }, { userMetadata: name }),
    apply: (before) => [...before, ...rows],
  };
}

/** An append that makes the table when there is none. */
export function createOf(name: string, rows: readonly SmallRow[]): TableChange {
  return {
    name,
    kind: "an append that makes the table",
    run: (table) =>
      table.append(
        { rows: toRows(rows) },
        { userMetadata: name, createWith: { schema: smallSchema, partitionBy: ["p"] } },
      ),
    apply: (before) => [...before, ...rows],
  };
}

export function deleteOf(name: string, where: IdCondition): TableChange {
  return {
    name,
    kind: "a delete",
    run: (table) => table.delete({ where: where.sql, userMetadata: name }),
    apply: (before) => before.filter(({ id }) => !where.holds(id)),
  };
}

/** Unlike adding, this tells in which order changes were made. */
export function updateOf(name: string, where: IdCondition, factor = 2): TableChange {
  return {
    name,
    kind: "an update",
    run: (table) => table.update({ set: { v: `v * ${factor} + 1` }, where: where.sql, userMetadata: name }),
    apply: (before) =>
      before.map((row) => (where.holds(row.id) ? { id: row.id, v: row.v * factor + 1 } : row)),
  };
}

/** Adds to the rows that the source matches, and inserts those that it does not; ids must be unique. */
export function mergeOf(name: string, source: readonly SmallRow[]): TableChange {
  return {
    name,
    kind: "a merge",
    run: (table) =>
      table
        .merge({ source: { rows: toRows(source) }, on: "target.id = source.id" })
        .whenMatchedUpdate({ set: { v: "target.v + source.v" } })
        .whenNotMatchedInsertAll()
        .execute({ userMetadata: name }),
    apply: (before) => {
      const added = new Map(source.map(({ id, v }) => [id, v]));
      const known = new Set(before.map(({ id }) => id));
      return [
        ...before.map(({ id, v }) => ({ id, v: v + (added.get(id) ?? 0) })),
        ...source.filter(({ id }) => !known.has(id)),
      ];
    },
  };
}

/** Replaces the rows that a condition chooses. */
export function overwriteOf(name: string, where: IdCondition, rows: readonly SmallRow[]): TableChange {
  return {
    name,
    kind: "an overwrite",
    run: (table) => table.overwrite({ rows: toRows(rows) }, { where: where.sql, userMetadata: name }),
    apply: (before) => [...before.filter(({ id }) => !where.holds(id)), ...rows],
  };
}

/** Replaces the partitions that the rows lie in. */
export function overwritePartitionsOf(name: string, rows: readonly SmallRow[]): TableChange {
  const replaced = new Set(rows.map(({ id }) => partitionOf(id)));
  return {
    name,
    kind: "an overwrite of partitions",
    run: (table) => table.overwrite({ rows: toRows(rows) }, { dynamicPartitions: true, userMetadata: name }),
    apply: (before) => [...before.filter(({ id }) => !replaced.has(partitionOf(id))), ...rows],
  };
}

/** Changes the table's metadata and none of its rows. */
export function propertyOf(name: string): TableChange {
  return {
    name,
    kind: "a change of metadata",
    run: (table) => table.setProperties({ "test.note": name }, { userMetadata: name }),
    apply: (before) => before,
  };
}

/** An append whose progress is a transaction: of two with the same, one has nothing left to do. */
export function transactionOf(name: string, rows: readonly SmallRow[]): TableChange {
  const transactions = [{ appId: "feed", version: 1 }];
  return {
    name,
    kind: "an append of a transaction",
    run: async (table) => {
      try {
        return await table.append(
          { rows: toRows(rows) },
          { transactions, precondition: assertNotDone, userMetadata: name },
        );
      } catch (error) {
        if (error instanceof DoneAlready) return { isCommitted: false };
        throw error;
      }
    },
    apply: (before) => [...before, ...rows],
  };
}

/** Lays the files out anew, whatever they are, and changes no row. */
export function optimizeOf(name: string): TableChange {
  return {
    name,
    kind: "an optimize",
    run: (table) => table.optimize({ zOrderBy: ["id"], full: true, userMetadata: name }),
    apply: (before) => before,
  };
}

class DoneAlready extends Error {}

function assertNotDone(snapshot: Snapshot | undefined): void {
  if (snapshot?.transaction("feed") !== undefined) throw new DoneAlready("the rows are there");
}

/** It changes no row, and its two commits carry no name. */
export function vacuumOf(name: string): TableChange {
  return {
    name,
    kind: "a vacuum",
    run: async (table) => {
      await table.vacuum();
      return { isCommitted: false };
    },
    apply: (before) => before,
  };
}

/** The rows of a version. */
export async function smallRowsOf(table: DeltaTable, version?: number): Promise<SmallRow[]> {
  const rows = await (await table.scan({ version })).rows();
  return rows.map(fromRow);
}

export function fromRow({ id, v, p }: Row): SmallRow {
  const row = { id: Number(id), v: Number(v) };
  assert.equal(p, partitionOf(row.id));
  return row;
}

/** Rows in an order of their own: equal for equal bags. */
export function bagOfSmall(rows: readonly SmallRow[]): string[] {
  return rows.map(({ id, v }) => `${id}: ${v}`).toSorted();
}
