import assert from "node:assert/strict";
import { test } from "node:test";
import type { TestContext } from "node:test";

import { holdNewRows } from "../../src/transform/relations/new-rows.ts";
import { NodeReads } from "../../src/transform/relations/node-reads.ts";
import { Desk } from "./support/desk.ts";

const bars = { layer: "silver", name: "bars" };
const model = { layer: "silver", name: "model" };

async function deskWithBars(t: TestContext): Promise<Desk> {
  const desk = await Desk.open(t);
  await add(desk, 1);
  return desk;
}

async function add(desk: Desk, id: number): Promise<void> {
  await desk.run("bars", `SELECT ${id} AS id`, { materialized: "incremental" });
}

/** The ids that are new to the model by now. */
async function newIds(desk: Desk): Promise<readonly unknown[]> {
  const reads = new NodeReads(desk.lake);
  const name = await holdNewRows({ lake: desk.lake, reads, source: bars, target: model });
  const answer = await desk.lake.engine.query(`SELECT id FROM ${name} ORDER BY id`, reads.resolve);
  return (await answer.rows()).map((row) => row["id"]);
}

const readBars = "SELECT id FROM silver.bars";

test("all rows are new to a model that has no table yet", async (t) => {
  const desk = await deskWithBars(t);
  await add(desk, 2);
  assert.deepEqual(await newIds(desk), [1, 2]);
});

test("rows are new that came in behind the version that the model read", async (t) => {
  const desk = await deskWithBars(t);
  await desk.run("model", readBars);
  assert.deepEqual(await newIds(desk), []);
  await add(desk, 2);
  await add(desk, 3);
  assert.deepEqual(await newIds(desk), [2, 3]);
  await desk.lake.optimizeTable({ tableName: "silver.bars" });
  assert.deepEqual(await newIds(desk), [2, 3], "rows that were only rearranged are not new");
  await desk.run("model", readBars);
  assert.deepEqual(await newIds(desk), []);
});

test("where the files of new rows are gone, all rows are new", async (t) => {
  const desk = await deskWithBars(t);
  await desk.run("model", readBars);
  await add(desk, 2);
  await desk.lake.optimizeTable({ tableName: "silver.bars" });
  await desk.lake.vacuumTable({ tableName: "silver.bars", retentionHours: 0, allowShortRetention: true });
  assert.deepEqual(await newIds(desk), [1, 2]);
});

test("a table that was made anew is read whole", async (t) => {
  const desk = await deskWithBars(t);
  for (const id of [2, 3]) await add(desk, id);
  await desk.run("model", readBars);
  await desk.run("bars", "SELECT 9 AS id", { materialized: "view" }, { isFullRefresh: true });
  // Its versions are beyond the one that was read again.
  for (const id of [4, 5, 6, 7]) await add(desk, id);
  assert.deepEqual(await newIds(desk), [4, 5, 6, 7]);
});
