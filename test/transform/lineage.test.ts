import assert from "node:assert/strict";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";

import { tableLineage } from "../../src/transform/lineage.ts";
import { Desk } from "./support/desk.ts";

function leaf(name: string, version: number): unknown {
  return { table: `silver.${name}`, version, sources: [] };
}

test("each version of a table names the versions that its rows come from, down to the first tables", async (t) => {
  const desk = await Desk.open(t);
  await desk.run("bars", "SELECT 1 AS id");
  await desk.run("quotes", "SELECT 1 AS id");
  await desk.run("bars", "SELECT 2 AS id");
  await desk.run("closes", "SELECT id FROM silver.bars", { materialized: "view" });
  await desk.run("mart", "SELECT bars.id FROM silver.closes AS bars LEFT JOIN silver.quotes USING (id)");
  await desk.run("bars", "SELECT 3 AS id");
  const first = { table: "silver.mart", version: 0, sources: [leaf("bars", 1), leaf("quotes", 0)] };
  assert.deepEqual(await tableLineage(desk.lake, "silver.mart"), first);
  await desk.run("mart", "SELECT id FROM silver.closes");
  const second = { table: "silver.mart", version: 1, sources: [leaf("bars", 2)] };
  assert.deepEqual(await tableLineage(desk.lake, "silver.mart"), second);
  assert.deepEqual(await tableLineage(desk.lake, "silver.mart", { version: 0 }), first);
});

test("an incremental table was made of its own rows, too, and a table that is gone is named", async (t) => {
  const desk = await Desk.open(t);
  const config = { materialized: "incremental", unique_key: "id" };
  await desk.run("bars", "SELECT 1 AS id");
  await desk.run("kept", "SELECT id FROM silver.bars", config);
  await desk.run("kept", "SELECT id + 1 AS id FROM silver.kept JOIN silver.bars USING (id)", config);
  assert.deepEqual((await tableLineage(desk.lake, "silver.kept")).sources, [
    { table: "silver.bars", version: 0, sources: [] },
    { table: "silver.kept", version: 0, sources: [], note: "own rows before" },
  ]);
  await assert.rejects(tableLineage(desk.lake, "silver.kept", { version: 9 }), { code: "VERSION_NOT_FOUND" });
  await assert.rejects(tableLineage(desk.lake, "silver.nothing"), { code: "TABLE_NOT_FOUND" });
});

test("where the log no longer has the model's commit, what all models read at last is told", async (t) => {
  const desk = await Desk.open(t);
  await desk.run("bars", "SELECT 1 AS id");
  await desk.run("bars", "SELECT 2 AS id");
  await desk.run("mart", "SELECT id FROM silver.bars");
  const mart = desk.lake.tableIn({ layer: "silver", name: "mart" });
  await mart.setProperties({ "custom.note": "no model's commit" });
  await mart.checkpoint();
  await rm(join(desk.lake.storagePath, "silver/mart/_delta_log/00000000000000000000.json"));
  assert.deepEqual(await tableLineage(desk.lake, "silver.mart"), {
    table: "silver.mart",
    version: 1,
    sources: [leaf("bars", 1)],
  });
});
