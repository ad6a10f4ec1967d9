import assert from "node:assert/strict";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import type { TestContext } from "node:test";
import { field, structType } from "finance-feedback-delta";

import { DeltaLakeManager } from "../../src/storage/delta-lake-manager.ts";

const schema = structType([field("id", "long")]);

async function lakeOf(t: TestContext): Promise<DeltaLakeManager> {
  const storagePath = await mkdtemp(join(tmpdir(), "catalog-"));
  const lake = new DeltaLakeManager({ storagePath });
  t.after(async () => {
    await lake.close();
    await rm(storagePath, { recursive: true });
  });
  return lake;
}

test("a view is named in queries as a table is, and reads what its tables hold by then", async (t) => {
  const lake = await lakeOf(t);
  const rows = { rows: [{ id: 1 }, { id: 2 }] };
  await lake.createOrUpdateTable({ tableName: "silver.ids", rows, createWith: { schema } });
  await lake.catalog.putView({
    layer: "silver",
    name: "large",
    sql: 'SELECT * FROM "lake"."silver"."ids" WHERE id > 1',
  });
  const idsOf = async (sql: string): Promise<unknown[]> =>
    (await (await lake.query(sql)).rows()).map((row) => Number(row["id"]));
  assert.deepEqual(await idsOf("SELECT * FROM silver.large"), [2]);
  await lake.createOrUpdateTable({ tableName: "silver.ids", rows: { rows: [{ id: 3 }] } });
  assert.deepEqual(await idsOf("SELECT * FROM large ORDER BY id"), [2, 3]);
  assert.deepEqual(await lake.catalog.views(), [{ layer: "silver", name: "large" }]);
  await lake.catalog.dropView({ layer: "silver", name: "large" });
  await assert.rejects(lake.query("SELECT * FROM silver.large"), { code: "TABLE_NOT_FOUND" });
});

test("tables in a schema besides the layers are listed and found once the schema is known", async (t) => {
  const lake = await lakeOf(t);
  const place = { layer: "desk", name: "limits" };
  await lake.tableIn(place).append({ rows: [{ id: 5 }] }, { createWith: { schema } });
  assert.deepEqual(await lake.listTables(), []);
  await lake.catalog.addSchema("desk");
  await lake.catalog.addSchema("desk");
  assert.deepEqual(await lake.listTables(), [place]);
  assert.deepEqual(await (await lake.query("SELECT * FROM desk.limits")).rows(), [{ id: 5n }]);
  assert.equal(await (await lake.existingTable("desk.limits")).exists(), true);
});

test("a damaged view is an error that names its file and the way out", async (t) => {
  const lake = await lakeOf(t);
  await mkdir(join(lake.storagePath, "_catalog"), { recursive: true });
  for (const text of ["", "{", "[]", '{"sql": 1}', "null"]) {
    await writeFile(join(lake.storagePath, "_catalog", "view.silver.bad.json"), text);
    await assert.rejects(lake.query("SELECT * FROM silver.bad"), {
      code: "CORRUPT_CATALOG",
      message: /view\.silver\.bad\.json/,
    });
  }
});
