import assert from "node:assert/strict";
import { test } from "node:test";

import { DeltaTable, field, structType } from "../../src/index.ts";
import { lastCommit, objectsOf } from "../support/commits.ts";
import { orphansOf } from "../support/committed-files.ts";
import { InterruptedStore } from "../support/interrupted-store.ts";
import { operationOf, pick, rowsOf, tableOf } from "../support/table-contents.ts";
import { columns, filesOf, idsOf, memoryStore, memoryTable, rejects, engine } from "../support/tables.ts";

const schema = columns({ id: "long", p: "string" });
const groups = [
  [
    { id: 1, p: "a" },
    { id: 2, p: "b" },
  ],
  [{ id: 3, p: "b" }],
];

test("an overwrite replaces all rows in one commit, and the version before keeps its own", async (t) => {
  const table = await tableOf(t, { schema }, groups);
  const result = await table.overwrite({ rows: [{ id: 9, p: "z" }] }, { userMetadata: "again" });
  assert.deepEqual(pick({ ...result }, "version", "isCommitted"), { version: 3, isCommitted: true });
  assert.deepEqual(await idsOf(table), [9]);
  assert.deepEqual(await idsOf(table, { version: 2 }), [1, 2, 3]);
  const { operation, parameters, metrics } = await operationOf(table);
  assert.equal(operation, "WRITE");
  assert.deepEqual(parameters, { mode: "Overwrite", partitionBy: "[]" });
  assert.deepEqual(pick(metrics, "numFiles", "numOutputRows", "numRemovedFiles"), {
    numFiles: "1",
    numOutputRows: "1",
    numRemovedFiles: "2",
  });
  const { info } = await lastCommit(table);
  assert.equal(info.userMetadata, "again");
  assert.equal(info.isBlindAppend, false);
});

test("an overwrite by no rows leaves an empty table", async (t) => {
  const table = await tableOf(t, { schema }, groups);
  const { metrics } = await table.overwrite({ rows: [] });
  assert.deepEqual(await idsOf(table), []);
  assert.deepEqual(pick(metrics, "numFiles", "numOutputRows", "numRemovedFiles"), {
    numFiles: 0,
    numOutputRows: 0,
    numRemovedFiles: 2,
  });
});

test("an overwrite of an empty table adds the rows", async (t) => {
  const table = await memoryTable(t, { schema });
  await table.overwrite({ sql: "SELECT 7 AS id, 'x' AS p" });
  assert.deepEqual(await rowsOf(table), [{ id: 7n, p: "x" }]);
});

test("an overwrite by a predicate replaces the rows that it chooses and leaves the others", async (t) => {
  const table = await tableOf(t, { schema }, groups);
  const { metrics } = await table.overwrite({ rows: [{ id: 8, p: "b" }] }, { where: "p = 'b'" });
  assert.deepEqual(await idsOf(table), [1, 8]);
  assert.deepEqual(pick(metrics, "numOutputRows", "numDeletedRows", "numCopiedRows"), {
    numOutputRows: 1,
    numDeletedRows: 2,
    numCopiedRows: 1,
  });
  const { operation, parameters } = await operationOf(table);
  assert.equal(operation, "WRITE");
  assert.deepEqual(parameters, { mode: "Overwrite", partitionBy: "[]", predicate: `["p = 'b'"]` });
});

test("an overwrite by a predicate that no row satisfies adds the new rows", async (t) => {
  const table = await tableOf(t, { schema }, groups);
  const { metrics } = await table.overwrite({ rows: [{ id: 8, p: "z" }] }, { where: "p = 'z'" });
  assert.deepEqual(await idsOf(table), [1, 2, 3, 8]);
  assert.equal(metrics["numDeletedRows"], 0);
});

test("an overwrite by a predicate and no rows deletes what it chooses", async (t) => {
  const table = await tableOf(t, { schema }, groups);
  await table.overwrite({ rows: [] }, { where: "p = 'b'" });
  assert.deepEqual(await idsOf(table), [1]);
});

test("a new row that the predicate does not choose, or for which it is null, is refused", async (t) => {
  const table = await tableOf(t, { schema }, groups);
  const before = await objectsOf(table.store);
  for (const p of ["a", null]) {
    const work = table.overwrite({ rows: [{ id: 8, p }] }, { where: "p = 'b'" });
    await rejects(work, "CONSTRAINT_VIOLATED", /1 of the new rows do not satisfy p = 'b'/);
  }
  assert.deepEqual(await objectsOf(table.store), before);
});

test("an overwrite of partitions replaces those that get new rows only", async (t) => {
  const table = await tableOf(t, { schema, partitionBy: ["p"] }, [
    [...groups.flat(), { id: 4, p: null }],
    [{ id: 5, p: null }],
  ]);
  const { metrics } = await table.overwrite(
    {
      rows: [
        { id: 8, p: "b" },
        { id: 9, p: null },
        { id: 10, p: "new one" },
      ],
    },
    { dynamicPartitions: true },
  );
  assert.deepEqual(await idsOf(table), [1, 8, 9, 10]);
  assert.deepEqual(pick(metrics, "numFiles", "numRemovedFiles"), { numFiles: 3, numRemovedFiles: 3 });
  assert.deepEqual((await operationOf(table)).parameters, {
    mode: "Overwrite",
    partitionBy: `["p"]`,
    partitionOverwriteMode: "dynamic",
  });
});

test("an overwrite of partitions takes the empty text for null, as partitions do", async (t) => {
  const table = await tableOf(t, { schema, partitionBy: ["p"] }, [[{ id: 1, p: null }], [{ id: 2, p: "a" }]]);
  await table.overwrite({ rows: [{ id: 3, p: "" }] }, { dynamicPartitions: true });
  assert.deepEqual(await rowsOf(table), [
    { id: 2n, p: "a" },
    { id: 3n, p: null },
  ]);
});

test("an overwrite of partitions works for names and values of any text, under column mapping too", async (t) => {
  const odd = 'the "odd" näme, 100% = 1';
  const value = "a/b ü%20=%";
  for (const properties of [{}, { "delta.columnMapping.mode": "name" }]) {
    const table = await tableOf(
      t,
      { schema: columns({ id: "long", [odd]: "string" }), partitionBy: [odd], properties },
      [
        [
          { id: 1, [odd]: value },
          { id: 2, [odd]: "other" },
        ],
      ],
    );
    await table.overwrite({ rows: [{ id: 3, [odd]: value }] }, { dynamicPartitions: true });
    assert.deepEqual(await rowsOf(table), [
      { id: 2n, [odd]: "other" },
      { id: 3n, [odd]: value },
    ]);
  }
});

test("an overwrite of partitions by no rows changes no row", async (t) => {
  const table = await tableOf(t, { schema, partitionBy: ["p"] }, groups);
  await table.overwrite({ rows: [] }, { dynamicPartitions: true });
  assert.deepEqual(await idsOf(table), [1, 2, 3]);
});

test("an overwrite by a predicate keeps rows that are deleted by vectors deleted, and writes vectors", async (t) => {
  const properties = { "delta.enableDeletionVectors": "true" };
  const rows = [1, 2, 3, 4].map((id) => ({ id, p: "a" }));
  const table = await tableOf(t, { schema, properties }, [rows]);
  await table.delete({ where: "id = 1" });
  await table.overwrite({ rows: [{ id: 20, p: "b" }] }, { where: "id = 2 OR id >= 20" });
  assert.deepEqual(await idsOf(table), [3, 4, 20]);
  const vectors = (await filesOf(table)).flatMap((file) => file.deletionVector?.cardinality ?? []);
  assert.deepEqual(vectors, [2]);
  await table.overwrite({ rows: [{ id: 30, p: "c" }] });
  assert.deepEqual(await idsOf(table), [30]);
});

test("mergeSchema adds the source's columns, and the rows that stay read as null in them", async (t) => {
  const table = await tableOf(t, { schema, partitionBy: ["p"] }, groups);
  await table.overwrite(
    { sql: "SELECT 8 AS id, 'b' AS p, 1.5::DOUBLE AS price" },
    { dynamicPartitions: true, mergeSchema: true },
  );
  assert.deepEqual(await rowsOf(table), [
    { id: 1n, p: "a", price: null },
    { id: 8n, p: "b", price: 1.5 },
  ]);
});

for (const mode of ["none", "name", "id"]) {
  test(`overwriteSchema gives the table other columns (column mapping ${mode}), and older versions keep theirs`, async (t) => {
    const properties = { "delta.columnMapping.mode": mode };
    const table = await tableOf(t, { schema, properties }, groups);
    const sourceSchema = columns({ p: "integer", price: "double" });
    await table.overwrite({ rows: [{ p: 5, price: 2.5 }] }, { overwriteSchema: true, sourceSchema });
    assert.deepEqual(await rowsOf(table), [{ p: 5, price: 2.5 }]);
    assert.deepEqual(await idsOf(table, { version: 2 }), [1, 2, 3]);
    await table.append({ rows: [{ p: 6, price: null }] });
    assert.deepEqual(await rowsOf(table), [
      { p: 5, price: 2.5 },
      { p: 6, price: null },
    ]);
  });
}

test("overwriteSchema takes a query's own columns, and other partition columns", async (t) => {
  const table = await tableOf(t, { schema, partitionBy: ["p"] }, groups);
  await table.overwrite(
    { sql: "SELECT 1::BIGINT AS id, 2.5::DOUBLE AS price" },
    { overwriteSchema: true, partitionBy: [] },
  );
  assert.deepEqual((await table.snapshot()).partitionColumns, []);
  assert.deepEqual(await rowsOf(table), [{ id: 1n, price: 2.5 }]);
  await table.overwrite(
    { sql: "SELECT 2::BIGINT AS id, 'x' AS q" },
    { overwriteSchema: true, partitionBy: ["Q"] },
  );
  assert.deepEqual((await table.snapshot()).partitionColumns, ["q"]);
  assert.deepEqual(await rowsOf(table), [{ id: 2n, q: "x" }]);
  assert.equal((await rowsOf(table, { version: 0 })).length, 0);
});

test("overwriteSchema does not take away a column that a rule of the table needs", async (t) => {
  const table = await tableOf(t, { schema }, groups);
  await table.addConstraint("positive", "id > 0");
  const options = { overwriteSchema: true, sourceSchema: columns({ p: "string" }) };
  for (const rows of [[], [{ p: "a" }]])
    await rejects(table.overwrite({ rows }, options), "INVALID_SCHEMA", /"id".*positive/);
  await table.dropConstraint("positive");
  await table.overwrite({ rows: [] }, options);
  assert.equal((await table.snapshot()).schema.fields.length, 1);
});

test("the change data feed of an overwrite tells what went and what came", async (t) => {
  const properties = { "delta.enableChangeDataFeed": "true" };
  const table = await tableOf(t, { schema, properties }, groups);
  await table.overwrite({ rows: [{ id: 8, p: "b" }] }, { where: "p = 'b'" });
  await table.overwrite({ rows: [{ id: 9, p: "z" }] });
  const changes = await table.changes({
    fromVersion: 3,
    columns: ["_commit_version", "_change_type", "id"],
    orderBy: "ALL",
  });
  assert.deepEqual(
    (await changes.rows()).map((row) => Object.values(row).join(" ")),
    ["3 delete 2", "3 delete 3", "3 insert 8", "4 delete 1", "4 delete 8", "4 insert 9"],
  );
});

test("an overwrite goes on from what another writer committed meanwhile", async (t) => {
  const inner = memoryStore(t);
  const other = await DeltaTable.create(inner, { schema, engine });
  await other.append({ rows: [{ id: 1, p: "a" }] });
  const store = new InterruptedStore(inner);
  store.interruption = () => other.append({ rows: [{ id: 2, p: "a" }] });
  await DeltaTable.at(store, { engine }).overwrite({ rows: [{ id: 3, p: "a" }] });
  assert.deepEqual(await idsOf(other), [3]);
  assert.deepEqual(await orphansOf(inner), []);
});

test("a stream cannot be read twice, so its overwrite loses to another writer and leaves nothing behind", async (t) => {
  const inner = memoryStore(t);
  const other = await DeltaTable.create(inner, { schema, engine });
  const store = new InterruptedStore(inner);
  store.interruption = () => other.append({ rows: [{ id: 2, p: "a" }] });
  const batches = [{ rows: [{ id: 3, p: "a" }] }];
  const work = DeltaTable.at(store, { engine }).overwrite({ batches });
  await rejects(work, "CONCURRENT_WRITE", /version 1.*a source of batches can be read only once/);
  assert.deepEqual(await idsOf(other), [2]);
  assert.deepEqual(await orphansOf(inner), []);
});

test("overwrites of different partitions do not disturb each other", async (t) => {
  const inner = memoryStore(t);
  const other = await DeltaTable.create(inner, { schema, partitionBy: ["p"], engine });
  await other.append({ rows: groups.flat() });
  const store = new InterruptedStore(inner);
  store.interruption = () => other.overwrite({ rows: [{ id: 8, p: "a" }] }, { dynamicPartitions: true });
  const batches = [{ rows: [{ id: 9, p: "b" }] }];
  await DeltaTable.at(store, { engine }).overwrite({ batches }, { dynamicPartitions: true });
  assert.deepEqual(await idsOf(other), [8, 9]);
});

test("an overwrite by a predicate with rows that lack columns makes them null", async (t) => {
  const table = await tableOf(t, { schema }, groups);
  await table.overwrite({ sql: "SELECT 30 AS id" }, { where: "id >= 3" });
  assert.deepEqual((await rowsOf(table)).at(-1), { id: 30n, p: null });
  await table.overwrite({ rows: [{ id: 31 }] }, { where: "id >= 3" });
  assert.deepEqual((await rowsOf(table)).at(-1), { id: 31n, p: null });
});

test("an overwrite that cannot be is refused before anything is written", async (t) => {
  const required = structType([field("id", "long", { nullable: false }), field("p", "string")]);
  const table = await tableOf(t, { schema: required, partitionBy: ["p"] }, groups);
  const unpartitioned = await tableOf(t, { schema }, groups);
  const before = await objectsOf(table.store);
  const rows = [{ id: 1, p: "a" }];
  const sourceSchema = columns({ id: "long" });
  await rejects(
    table.overwrite({ rows }, { where: "p = 'a'", dynamicPartitions: true }),
    "INVALID_ARGUMENT",
    /not both/,
  );
  await rejects(
    table.overwrite({ rows }, { where: "p = 'a'", overwriteSchema: true, sourceSchema }),
    "INVALID_ARGUMENT",
    /all rows/,
  );
  await rejects(
    table.overwrite({ rows }, { dynamicPartitions: true, overwriteSchema: true, sourceSchema }),
    "INVALID_ARGUMENT",
  );
  await rejects(
    table.overwrite({ rows }, { where: "p = 'a'", mergeSchema: true }),
    "INVALID_ARGUMENT",
    /mergeSchema/,
  );
  await rejects(table.overwrite({ rows }, { overwriteSchema: true }), "INVALID_ARGUMENT", /sourceSchema/);
  await rejects(
    table.overwrite({ rows: [{ id: 1 }] }, { overwriteSchema: true, sourceSchema }),
    "INVALID_SCHEMA",
    /partition column "p"/,
  );
  await rejects(
    unpartitioned.overwrite({ rows }, { dynamicPartitions: true }),
    "INVALID_ARGUMENT",
    /no partitions/,
  );
  await rejects(table.overwrite({ rows }, { where: "p = = 1" }), "INVALID_PREDICATE");
  await rejects(table.overwrite({ rows }, { where: "nowhere = 1" }), "INVALID_PREDICATE", /nowhere/);
  await rejects(table.overwrite({ rows: [{ id: 1, q: 2 }] }), "SCHEMA_MISMATCH", /"q"/);
  await rejects(table.overwrite({ rows: [{ p: "a" }] }), "INVALID_VALUE", /"id"/);
  await rejects(table.overwrite({ rows: [{ p: "a" }] }, { where: "p = 'a'" }), "INVALID_VALUE", /"id"/);
  assert.deepEqual(await objectsOf(table.store), before);
});

test("an append-only table is not overwritten", async (t) => {
  const properties = { "delta.appendOnly": "true" };
  const table = await tableOf(t, { schema, properties }, groups);
  const before = await objectsOf(table.store);
  await rejects(table.overwrite({ rows: [] }), "APPEND_ONLY");
  await rejects(table.overwrite({ rows: [{ id: 9, p: "b" }] }, { where: "p = 'b'" }), "APPEND_ONLY");
  assert.deepEqual(await objectsOf(table.store), before);
  assert.deepEqual(await idsOf(table), [1, 2, 3]);
});

test("the new rows may come from a query over other tables", async (t) => {
  const table = await tableOf(t, { schema }, groups);
  const prices = await tableOf(t, { schema: columns({ id: "long" }) }, [[{ id: 40 }], [{ id: 41 }]]);
  await table.overwrite(
    { sql: "SELECT id, 'b' AS p FROM prices WHERE id > 40" },
    { tables: { prices }, where: "p = 'b'" },
  );
  assert.deepEqual(await idsOf(table), [1, 41]);
});
