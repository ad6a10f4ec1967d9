import assert from "node:assert/strict";
import { test } from "node:test";
import type { TestContext } from "node:test";

import { field, structType } from "../../src/index.ts";
import type { ArrayType, DeltaTable, Row, StructType } from "../../src/index.ts";
import { memoryTable, rejects } from "../support/tables.ts";

const narrow = structType([field("a", "long")]);
const wide = structType([field("a", "long"), field("extra", "string")]);
const listOf = (elementType: StructType): ArrayType => ({
  type: "array",
  elementType,
  containsNull: true,
});
const schema = structType([field("id", "long"), field("s", narrow), field("list", listOf(narrow))]);
const wider = structType([field("id", "long"), field("s", wide), field("list", listOf(wide))]);

const before: Row = { id: 1n, s: { a: 1n }, list: [{ a: 2n }] };

async function tableOf(t: TestContext): Promise<DeltaTable> {
  const table = await memoryTable(t, { schema });
  await table.append({ rows: [before] });
  return table;
}

async function rowsOf(table: DeltaTable): Promise<readonly Row[]> {
  return (await table.scan({ orderBy: "id" })).rows();
}

const lossy = [
  ["s", "{'a': 1, 'extra': 'x'}", /s\.extra/],
  ["s", "CASE WHEN true THEN {'extra': 'x'} END", /s\.extra/],
  ["list", "[{'a': 1, 'extra': 'x'}]", /list\.element\.extra/],
] as const;

test("an update whose value has a member that the table lacks is refused by the member's path, and changes nothing", async (t) => {
  const table = await tableOf(t);
  for (const [column, value, path] of lossy)
    await rejects(table.update({ set: { [column]: value } }), "SCHEMA_MISMATCH", path);
  assert.deepEqual(await rowsOf(table), [before]);
});

test("so is every clause of a merge: updates, inserts, and rows of a wider source taken whole", async (t) => {
  const table = await tableOf(t);
  const input = {
    source: { rows: [{ id: 1 }, { id: 2 }] },
    on: "target.id = source.id",
  };
  for (const [column, value, path] of lossy) {
    const set = { [column]: value };
    const clauses = [
      table.merge(input).whenMatchedUpdate({ set }),
      table.merge(input).whenNotMatchedInsert({ values: { id: "source.id", ...set } }),
      table.merge({ ...input, on: "false" }).whenNotMatchedBySourceUpdate({ set }),
    ];
    for (const merge of clauses) await rejects(merge.execute(), "SCHEMA_MISMATCH", path);
  }
  const source = { rows: [{ id: 1, s: { a: 5, extra: "x" }, list: [] }] };
  const whole = table.merge({ ...input, source, sourceSchema: wider });
  await rejects(whole.whenMatchedUpdateAll().execute(), "SCHEMA_MISMATCH", /s\.extra/);
  assert.deepEqual(await rowsOf(table), [before]);
});

test("a value may lack members, spell and order them otherwise, and be null", async (t) => {
  const table = await memoryTable(t, { schema: wider });
  await table.append({
    rows: [{ id: 1, s: { a: 1, extra: "x" }, list: null }],
  });
  await table.update({
    set: { s: "{'EXTRA': 'y', 'A': 7}", list: "[{'a': 3}]" },
  });
  assert.deepEqual(await rowsOf(table), [
    { id: 1n, s: { a: 7n, extra: "y" }, list: [{ a: 3n, extra: null }] },
  ]);
  await table
    .merge({ source: { rows: [{ id: 1 }] }, on: "target.id = source.id" })
    .whenMatchedUpdate({ set: { s: "NULL", list: "[]" } })
    .execute();
  assert.deepEqual(await rowsOf(table), [{ id: 1n, s: null, list: [] }]);
});
