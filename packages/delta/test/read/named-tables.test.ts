import assert from "node:assert/strict";
import { test } from "node:test";

import { DeltaTable } from "../../src/index.ts";
import { InterruptedStore } from "../support/interrupted-store.ts";
import { rowsOf, tableOf } from "../support/table-contents.ts";
import { columns, engine, idsOf, memoryStore, memoryTable, rejects } from "../support/tables.ts";

const schema = columns({ id: "long", p: "string" });
const groups = [
  [
    { id: 1, p: "a" },
    { id: 2, p: "b" },
  ],
  [{ id: 3, p: "b" }],
];

test("appended rows may come from a query over named tables at any version, and bring their new columns", async (t) => {
  const table = await memoryTable(t, { schema: columns({ id: "long" }) });
  const source = await memoryTable(t, { schema: columns({ id: "long", name: "string" }) });
  await source.append({ rows: [{ id: 1, name: "one" }] });
  await source.append({ rows: [{ id: 2, name: "two" }] });
  const tables = { source, me: table };
  await table.append({ sql: "SELECT id FROM Source AT (VERSION => 1)" }, { tables });
  assert.deepEqual(await idsOf(table), [1]);
  await table.append({ sql: "SELECT * FROM source WHERE id > 1" }, { tables, mergeSchema: true });
  await table.append({ sql: "SELECT id + 10 AS id, name FROM me" }, { tables });
  const rows = await (await table.scan({ orderBy: "id" })).rows();
  assert.deepEqual(
    rows.map(({ id, name }) => [Number(id), name]),
    [
      [1, null],
      [2, "two"],
      [11, null],
      [12, "two"],
    ],
  );
});

test("a query cannot change tables or be more than one, with and without named tables", async (t) => {
  const table = await memoryTable(t, { schema: columns({ id: "long" }) });
  for (const sql of ["SELECT 1 AS id; SELECT 2 AS id", "CREATE TABLE x (id BIGINT)"])
    for (const options of [{}, { tables: { table } }])
      await rejects(table.append({ sql }, options), "INVALID_QUERY");
  assert.equal((await table.snapshot()).version, 0);
});

test("an overwrite of all rows or of partitions takes its rows from named tables, and their new columns", async (t) => {
  const prices = await tableOf(t, { schema: columns({ id: "long", price: "double" }) }, [
    [{ id: 40, price: 1.5 }],
    [{ id: 41, price: 2.5 }],
  ]);
  for (const dynamicPartitions of [false, true]) {
    const table = await tableOf(t, { schema, partitionBy: ["p"] }, groups);
    const tables = { prices, me: table };
    const sql =
      "SELECT id, 'b' AS p, price FROM Prices WHERE id > 40 UNION ALL SELECT id, p, NULL FROM me WHERE id = 3";
    await table.overwrite({ sql }, { tables, dynamicPartitions, mergeSchema: true });
    assert.deepEqual(await rowsOf(table), [
      ...(dynamicPartitions ? [{ id: 1n, p: "a", price: null }] : []),
      { id: 3n, p: "b", price: null },
      { id: 41n, p: "b", price: 2.5 },
    ]);
  }
});

test("an overwrite that is tried again reads its named tables again", async (t) => {
  const inner = memoryStore(t);
  const other = await DeltaTable.create(inner, { schema, engine });
  const store = new InterruptedStore(inner);
  store.interruption = () => other.append({ rows: [{ id: 2, p: "a" }] });
  await DeltaTable.at(store, { engine }).overwrite(
    { sql: "SELECT id + 10 AS id, p FROM source" },
    { tables: { source: other } },
  );
  assert.deepEqual(await idsOf(other), [12]);
});

test("a table that an overwrite's query names and nobody gave is named in the error", async (t) => {
  const table = await tableOf(t, { schema }, groups);
  const sql = "SELECT * FROM nowhere";
  await rejects(table.overwrite({ sql }, { tables: { table } }), "INVALID_QUERY", /nowhere/);
  await rejects(table.overwrite({ sql }, { mergeSchema: true }), "INVALID_QUERY", /nowhere/);
  assert.deepEqual(await idsOf(table), [1, 2, 3]);
});
