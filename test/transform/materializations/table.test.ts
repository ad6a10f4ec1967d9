import assert from "node:assert/strict";
import { test } from "node:test";

import { Desk } from "../support/desk.ts";

test("a table is made in one commit, which names the versions that its rows come from", async (t) => {
  const desk = await Desk.open(t);
  await desk.run("orders", "SELECT 1 AS id, 'a' AS kind UNION ALL SELECT 2, 'b'");
  await desk.run("orders", "SELECT 1 AS id, 'a' AS kind UNION ALL SELECT 3, 'c'");
  const made = await desk.run(
    "kinds",
    `SELECT kind, count(*) AS orders FROM "lake"."silver"."orders" GROUP BY kind`,
  );
  assert.deepEqual(made, { message: "CREATE TABLE 2", rowsAffected: 2, tableVersion: 0, isCommitted: true });
  const table = await desk.lake.existingTable("silver.kinds");
  const orders = await (await desk.lake.existingTable("silver.orders")).snapshot();
  const appId = `ffe.transform:silver.orders#${orders.metadata.id}`;
  assert.equal((await table.snapshot()).transaction(appId)?.version, 1);
  const [commit] = await table.history();
  assert.deepEqual(JSON.parse(commit?.userMetadata ?? ""), {
    model: "model.shop.kinds",
    invocation_id: "0",
    reads: { "silver.orders": 1 },
  });
});

test("a table is replaced in one commit, with its columns where they are others, and time travel goes back", async (t) => {
  const desk = await Desk.open(t);
  await desk.run("orders", "SELECT 1 AS id, 'a' AS kind");
  const same = await desk.run("orders", "SELECT 2 AS id, 'b' AS kind");
  assert.deepEqual([same.message, same.tableVersion], ["REPLACE TABLE 1", 1]);
  await desk.run("orders", "SELECT 2.5 AS price, NULL AS note", { partition_by: ["price"] });
  assert.deepEqual(await desk.rows("SELECT * FROM silver.orders"), [{ price: "2.5", note: null }]);
  assert.deepEqual((await (await desk.lake.existingTable("silver.orders")).snapshot()).partitionColumns, [
    "price",
  ]);
  assert.deepEqual(await desk.rows("SELECT * FROM silver.orders AT (VERSION => 0)"), [{ id: 1, kind: "a" }]);
});

test("a table may be made of its own rows", async (t) => {
  const desk = await Desk.open(t);
  await desk.run("orders", "SELECT 1 AS id");
  await desk.run("orders", "SELECT id + 1 AS id FROM silver.orders UNION ALL SELECT id FROM silver.orders");
  assert.deepEqual(await desk.rows("SELECT * FROM silver.orders ORDER BY id"), [{ id: 1 }, { id: 2 }]);
});

test("SQL that fails changes nothing", async (t) => {
  const desk = await Desk.open(t);
  await desk.run("orders", "SELECT 1 AS id");
  for (const sql of [
    "SELECT nope",
    "SELECT * FROM silver.nothing",
    "SELECT CAST('x' AS INTEGER) AS id",
    "DROP TABLE x",
  ])
    await assert.rejects(desk.run("orders", sql), { name: "DeltaError" });
  assert.equal((await (await desk.lake.existingTable("silver.orders")).snapshot()).version, 0);
});

test("a view gives way to a table of its name, and a table to a view in a full refresh alone", async (t) => {
  const desk = await Desk.open(t);
  await desk.run("ids", "SELECT 1 AS id", { materialized: "view" });
  await desk.run("ids", "SELECT 2 AS id");
  assert.deepEqual(await desk.rows("SELECT * FROM silver.ids"), [{ id: 2 }]);
  assert.deepEqual(await desk.lake.catalog.views(), []);
  const view = desk.run("ids", "SELECT 3 AS id", { materialized: "view" });
  await assert.rejects(view, { code: "TABLE_IN_THE_WAY", nextStep: /--full-refresh/ });
  assert.deepEqual(await desk.rows("SELECT * FROM silver.ids"), [{ id: 2 }]);
  await desk.run("ids", "SELECT 3 AS id", { materialized: "view" }, { isFullRefresh: true });
  assert.deepEqual(await desk.rows("SELECT * FROM silver.ids"), [{ id: 3 }]);
  assert.deepEqual(await desk.lake.listTables(), []);
});

test("a view that cannot be read is not kept", async (t) => {
  const desk = await Desk.open(t);
  await assert.rejects(desk.run("ids", "SELECT nope", { materialized: "view" }), { code: "INVALID_QUERY" });
  assert.deepEqual(await desk.lake.catalog.views(), []);
});
