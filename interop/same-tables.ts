import assert from "node:assert/strict";
import type { StructField } from "finance-feedback-delta";

import type { DeltaLakeManager } from "../src/storage/delta-lake-manager.ts";
import type { DuckDbFile } from "./duckdb-file.ts";

const schemas = ["silver", "gold"];

/**
 * Holds each table and view that dbt made in a file of DuckDB against ours: keys, texts and decimals are equal, doubles within
 * 1e-9.
 *
 * @returns how many rows each table has
 */
export async function assertSameAsDuckDb(
  ours: DeltaLakeManager,
  file: DuckDbFile,
): Promise<ReadonlyMap<string, number>> {
  const sizes = new Map<string, number>();
  for (const schema of schemas)
    for (const [name, columns] of await file.tables(schema)) {
      const table = `${schema}.${name}`;
      const own = await columnsOf(ours, table);
      assert.deepEqual(names(own), names(columns), `columns of ${table}`);
      const sql = comparable(table, own);
      const theirs = await file.rows(sql);
      assertSameRows(await rowsOf(ours, sql), theirs, table);
      sizes.set(table, theirs.length);
    }
  return sizes;
}

/** Holds each table of our lake against the one that dbt made with Spark in a lake of its own. */
export async function assertSameAsSpark(ours: DeltaLakeManager, spark: DeltaLakeManager): Promise<void> {
  const made = await deltaTablesOf(spark);
  assert.deepEqual(made, await deltaTablesOf(ours), "the tables that Spark made");
  for (const table of made) {
    const own = await columnsOf(ours, table);
    assert.deepEqual(names(own), names(await columnsOf(spark, table)), `columns of ${table}`);
    const sql = comparable(table, own);
    assertSameRows(await rowsOf(ours, sql), await rowsOf(spark, sql), `Spark's ${table}`);
  }
}

async function deltaTablesOf(lake: DeltaLakeManager): Promise<readonly string[]> {
  const tables = await lake.listTables();
  return tables
    .filter(({ layer }) => schemas.includes(layer))
    .map(({ layer, name }) => `${layer}.${name}`)
    .toSorted();
}

async function columnsOf(lake: DeltaLakeManager, table: string): Promise<readonly StructField[]> {
  return (await lake.query(`SELECT * FROM ${table} LIMIT 0`)).schema.fields;
}

async function rowsOf(lake: DeltaLakeManager, sql: string): Promise<readonly ComparedRow[]> {
  return (await lake.query(sql)).rows();
}

function names(columns: readonly { readonly name: string }[]): readonly string[] {
  return columns.map(({ name }) => name).toSorted();
}

/** Doubles as they are, and everything else as text, which has all digits of decimals. */
function comparable(table: string, columns: readonly StructField[]): string {
  const wanted = columns
    // The kernels' own: where they go on from. Other engines leave it empty.
    .filter(({ name }) => name !== "_indicator_state")
    .map(({ name, type }) => {
      if (type === "double") return `"${name}"`;
      const isTime = type === "timestamp" || type === "timestamp_ntz";
      return `CAST(${isTime ? `epoch_us("${name}")` : `"${name}"`} AS VARCHAR) AS "${name}"`;
    });
  return `SELECT ${wanted.join(", ")} FROM ${table}`;
}

type ComparedRow = Readonly<Record<string, unknown>>;

function assertSameRows(ours: readonly ComparedRow[], theirs: readonly ComparedRow[], what: string): void {
  assert.equal(ours.length, theirs.length, `rows of ${what}`);
  const own = sorted(ours);
  for (const [index, row] of sorted(theirs).entries())
    assertSameRow(own[index] ?? {}, row, `${what} ${index}`);
}

/** By what is no double. */
function sorted(rows: readonly ComparedRow[]): readonly ComparedRow[] {
  const keyed = rows.map((row) => ({
    row,
    key: JSON.stringify(Object.values(row).map((value) => (typeof value === "number" ? 0 : value))),
  }));
  return keyed
    .toSorted((one, other) => (one.key < other.key ? -1 : Number(one.key > other.key)))
    .map(({ row }) => row);
}

function assertSameRow(ours: ComparedRow, theirs: ComparedRow, what: string): void {
  for (const [column, value] of Object.entries(theirs)) {
    const own = ours[column];
    const isClose =
      typeof value === "number" &&
      typeof own === "number" &&
      Math.abs(own - value) <= 1e-9 * Math.max(1, Math.abs(value));
    if (!isClose) assert.deepEqual(own, value, `${what} ${column}: ${JSON.stringify([ours, theirs])}`);
  }
}
