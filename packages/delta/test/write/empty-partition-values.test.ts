import assert from "node:assert/strict";
import { test } from "node:test";
import type { TestContext } from "node:test";

import { DeltaTable, field, structType } from "../../src/index.ts";
import type { Row } from "../../src/index.ts";
import { engine, memoryStore, rejects } from "../support/tables.ts";

const rows: Row[] = [{ id: 1n, part: "" }];
const stored: Row[] = [{ id: 1n, part: null }];

async function partitioned(t: TestContext): Promise<DeltaTable> {
  return DeltaTable.create(memoryStore(t), {
    schema: structType([field("id", "long"), field("part", "string")]),
    partitionBy: ["part"],
    engine,
  });
}

async function rowsOf(table: DeltaTable): Promise<Row[]> {
  return (await table.scan({ orderBy: "id" })).rows();
}

test("a constraint sees the null that is stored", async (t) => {
  const table = await partitioned(t);
  await table.addConstraint("given", "part IS NOT NULL");
  await rejects(table.append({ rows }), "CONSTRAINT_VIOLATED", /given/);
  await rejects(table.overwrite({ rows }), "CONSTRAINT_VIOLATED", /given/);
  const other = await partitioned(t);
  await other.addConstraint("absent", "part IS NULL");
  await other.append({ rows });
  assert.deepEqual(await rowsOf(other), stored);
  await rejects(other.update({ set: { part: "'x'" } }), "CONSTRAINT_VIOLATED");
});

test("an overwrite's where sees the null that is stored", async (t) => {
  const table = await partitioned(t);
  await table.append({ rows: [{ id: 5 }] });
  await rejects(table.overwrite({ rows }, { where: "part = ''" }), "CONSTRAINT_VIOLATED", /do not satisfy/);
  await table.overwrite({ rows }, { where: "part IS NULL" });
  assert.deepEqual(await rowsOf(table), stored);
});

test("a merge compares by the null that is stored", async (t) => {
  const table = await partitioned(t);
  const merge = async (on: string): Promise<void> => {
    await table
      .merge({ source: { rows: [{ id: 2n, part: "" }] }, on })
      .whenMatchedUpdateAll()
      .whenNotMatchedInsertAll({ condition: "source.part IS NULL" })
      .execute();
  };
  await table.append({ rows });
  await merge("target.part IS NOT DISTINCT FROM source.part");
  assert.deepEqual(await rowsOf(table), [{ id: 2n, part: null }]);
  await merge("target.part = source.part");
  assert.equal((await rowsOf(table)).length, 2);
});

test("a generated column is computed from the null that is stored, and stored as null where it is empty", async (t) => {
  const table = await DeltaTable.create(memoryStore(t), {
    schema: structType([
      field("part", "string"),
      { ...field("other", "string"), metadata: { "delta.generationExpression": "coalesce(part, 'none')" } },
      { ...field("copy", "string"), metadata: { "delta.generationExpression": "trim(text)" } },
      field("text", "string"),
    ]),
    partitionBy: ["part", "copy"],
    engine,
  });
  await table.append({ rows: [{ part: "", text: " " }] });
  const expected = { part: null, other: "none", copy: null, text: " " };
  assert.deepEqual(await (await table.scan()).rows(), [expected]);
  await table.append({ rows: [expected] });
  await table.overwrite(
    { rows: [{ part: "", text: " " }] },
    { where: "part IS NULL AND other = 'none' AND copy IS NULL" },
  );
  assert.deepEqual(await (await table.scan()).rows(), [expected]);
});
