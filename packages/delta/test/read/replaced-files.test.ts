import assert from "node:assert/strict";
import { test } from "node:test";
import type { TestContext } from "node:test";

import { DeltaTable } from "../../src/index.ts";
import type { MemoryStore } from "../../src/index.ts";
import {
  columns,
  engine,
  filesOf,
  idsOf,
  memoryStore,
  memoryTable,
  range,
  rejects,
} from "../support/tables.ts";

const schema = columns({ id: "long", day: "string" });
const properties = { "delta.enableChangeDataFeed": "true" };

interface OddTable {
  readonly store: MemoryStore;
  readonly table: DeltaTable;
  readonly versions: number;
}

/** A table of 60 rows in three files, and one with three rows more in another one. */
async function oddTable(t: TestContext, given: Readonly<Record<string, string>> = {}): Promise<OddTable> {
  const store = memoryStore(t);
  const table = await DeltaTable.create(store, {
    schema,
    engine,
    properties: { ...properties, ...given },
  });
  for (const start of [0, 20, 40])
    await table.append({ rows: range(start, start + 19).map((id) => ({ id, day: "a" })) });
  await table.append({ rows: range(60, 62).map((id) => ({ id, day: "b" })) });
  return { store, table, versions: 4 };
}

/** One file gives its place to another one, a sound Parquet file of fewer rows. */
async function withReplacedFile(t: TestContext, given?: Readonly<Record<string, string>>): Promise<OddTable> {
  const odd = await oddTable(t, given);
  const files = (await filesOf(odd.table)).toSorted((left, right) => left.size - right.size);
  const [small, , , large] = files;
  assert.ok(small !== undefined && large !== undefined && small.size < large.size);
  await odd.store.put(large.path, await odd.store.read(small.path));
  return odd;
}

/** What a damaged footer does: the file keeps its size, and has other rows than the log says. */
async function withOtherCount(t: TestContext, given?: Readonly<Record<string, string>>): Promise<OddTable> {
  const odd = await oddTable(t, given);
  const commit = `_delta_log/${"2".padStart(20, "0")}.json`;
  const text = Buffer.from(await odd.store.read(commit)).toString();
  await odd.store.put(commit, Buffer.from(text.replace(/numRecords\\":20/, 'numRecords\\":21')));
  return { ...odd, table: await DeltaTable.open(odd.store, { engine }) };
}

const reads: Readonly<Record<string, (table: DeltaTable, t: TestContext) => Promise<unknown>>> = {
  scan: async (table) => (await table.scan()).rows(),
  "scan with a filter": async (table) => (await table.scan({ where: "id >= 0" })).rows(),
  "scan with a limit": async (table) => (await table.scan({ limit: 1000 })).rows(),
  "scan of columns": async (table) => (await table.scan({ columns: ["id"], where: "day = 'a'" })).columns(),
  "newest rows": async (table) => (await table.scan({ where: "true", orderBy: "id" })).toBatch(),
  changes: async (table) => (await table.changes({ fromVersion: 1 })).rows(),
  query: async (table) =>
    (
      await engine.query("SELECT count(*) FROM p", async ({ predicate }) => table.relation({}, predicate))
    ).rows(),
  addedRows: async (table) => table.addedRows({ after: 0 }),
  "append of a table": async (table, t) => (await memoryTable(t, { schema })).append({ table }),
  "append of a query": async (table, t) =>
    (await memoryTable(t, { schema })).append({ sql: "SELECT * FROM p" }, { tables: { p: table } }),
  addConstraint: async (table) => table.addConstraint("positive", "id >= 0"),
};

const rewrites: Readonly<Record<string, (table: DeltaTable) => Promise<unknown>>> = {
  optimize: async (table) => table.optimize(),
  "optimize along a curve": async (table) => table.optimize({ zOrderBy: ["id"] }),
  update: async (table) => table.update({ set: { day: "'c'" }, where: "id % 2 = 0" }),
  "update of one row": async (table) =>
    table.update({ set: { day: "'c'" }, where: "day = 'a' AND id % 7 = 3" }),
  delete: async (table) => table.delete({ where: "id % 2 = 0" }),
  "delete of no row": async (table) => table.delete({ where: "id % 2 = 7" }),
  merge: async (table) =>
    table
      .merge({ source: { rows: range(0, 70).map((id) => ({ id, day: "m" })) }, on: "target.id = source.id" })
      .whenMatchedUpdateAll()
      .whenNotMatchedInsertAll()
      .execute(),
  "overwrite of some rows": async (table) =>
    table.overwrite({ rows: [{ id: 2, day: "n" }] }, { where: "id % 2 = 0" }),
};

for (const [name, read] of Object.entries({ ...reads, ...rewrites }))
  test(`a data file that another one replaced is refused by ${name}, by its name`, async (t) => {
    const { table, versions } = await withReplacedFile(t);
    await rejects(read(table, t), "DATA_FILE_UNREADABLE", /part-.*\.parquet.* bytes, and the log says \d+/);
    assert.equal((await table.snapshot()).version, versions);
  });

for (const [vectors, given] of [
  ["with", { "delta.enableDeletionVectors": "true" }],
  ["without", {}],
] as const)
  for (const [name, rewrite] of Object.entries(rewrites))
    test(`a data file that lost rows but not its size is refused by ${name} ${vectors} deletion vectors`, async (t) => {
      const { store, table, versions } = await withOtherCount(t, given);
      const before = (await names(store)).length;
      await rejects(rewrite(table), "DATA_FILE_UNREADABLE", /part-.*\.parquet has 20 rows instead of 21/);
      assert.equal((await table.snapshot()).version, versions);
      assert.equal((await names(store)).length, before, "nothing is left behind");
    });

test("a log that says 0 bytes, which no Parquet file has, says nothing of the file's size", async (t) => {
  const { store } = await oddTable(t);
  const commit = `_delta_log/${"2".padStart(20, "0")}.json`;
  const text = Buffer.from(await store.read(commit)).toString();
  await store.put(commit, Buffer.from(text.replace(/"size":\d+/, '"size":0')));
  const table = await DeltaTable.open(store, { engine });
  assert.deepEqual(await idsOf(table), range(0, 62));
  await table.delete({ where: "id = 25" });
  assert.equal((await idsOf(table)).length, 62);
});

async function names(store: MemoryStore): Promise<string[]> {
  const found: string[] = [];
  for await (const { path } of store.listRecursively("")) found.push(path);
  return found;
}
