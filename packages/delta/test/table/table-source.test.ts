// A table as the source of rows for another, or for itself.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { TestContext } from "node:test";

import { field, structType } from "../../src/index.ts";
import type { DeltaTable } from "../../src/index.ts";
import { rowsOf } from "../support/table-contents.ts";
import { columns, idsOf, memoryTable, rejects } from "../support/tables.ts";

const schema = columns({ id: "long", p: "string" });

async function tableWith(t: TestContext, rows: readonly { id: number; p: string }[]): Promise<DeltaTable> {
  const table = await memoryTable(t, { schema });
  await table.append({ rows });
  return table;
}

test("a merge takes its rows from a table, of its newest version or another", async (t) => {
  const source = await tableWith(t, [{ id: 1, p: "first" }]);
  await source.append({ rows: [{ id: 2, p: "second" }] });
  const merged = async (choice: { readonly version?: number }): Promise<unknown[]> => {
    const target = await tableWith(t, [{ id: 1, p: "old" }]);
    await target
      .merge({ source: { table: source, ...choice }, on: "target.id = source.id" })
      .whenMatchedUpdateAll()
      .whenNotMatchedInsertAll()
      .execute();
    return (await rowsOf(target)).map((row) => String(row["p"])).toSorted();
  };
  assert.deepEqual(await merged({}), ["first", "second"]);
  assert.deepEqual(await merged({ version: 1 }), ["first"]);
});

test("an append and an overwrite take their rows from a table, and mergeSchema its columns", async (t) => {
  const source = await tableWith(t, [{ id: 1, p: "a" }]);
  const narrow = await memoryTable(t, { schema: columns({ id: "long" }) });
  await narrow.append({ table: source }, { mergeSchema: true });
  assert.deepEqual(await rowsOf(narrow), [{ id: 1n, p: "a" }]);
  await narrow.overwrite({ table: source, asOfTimestamp: new Date() });
  await narrow.append({ table: narrow });
  assert.deepEqual(await idsOf(narrow), [1, 1]);
});

test("a table brings its columns as they are: void, what must not be null, what they say of themselves", async (t) => {
  const list = { type: "array", elementType: "long", containsNull: false } as const;
  const fields = [
    field("id", "long"),
    { ...field("n", "void"), metadata: { comment: "nothing yet" } },
    field("l", list),
  ];
  const properties = { "delta.columnMapping.mode": "name" };
  const source = await memoryTable(t, { schema: structType(fields), properties });
  await source.append({ rows: [{ id: 1, l: [1] }] });
  for (const target of [
    await memoryTable(t, { schema: columns({ id: "long" }) }),
    await memoryTable(t, { schema: columns({ id: "long" }), properties }),
  ]) {
    await target.append({ table: source }, { mergeSchema: true });
    await target.overwrite({ table: source }, { overwriteSchema: true });
    const found = (await target.snapshot()).schema.fields;
    assert.deepEqual(
      found.map(({ name, type, metadata }) => [name, type, metadata["comment"]]),
      [
        ["id", "long", undefined],
        ["n", "void", "nothing yet"],
        ["l", list, undefined],
      ],
    );
    assert.deepEqual(await rowsOf(target), [{ id: 1n, n: null, l: [1n] }]);
  }
  await source.overwrite({ table: source, version: 1 }, { overwriteSchema: true });
  assert.deepEqual(await rowsOf(source), [{ id: 1n, n: null, l: [1n] }]);
});

test("what is no table, and a version that is not there, are refused", async (t) => {
  const table = await tableWith(t, [{ id: 1, p: "a" }]);
  const source = await tableWith(t, [{ id: 1, p: "a" }]);
  await rejects(table.append({ table: source, version: 9 }), "VERSION_NOT_FOUND");
  await rejects(
    table.append({ table: source, version: 1, asOfTimestamp: new Date() }),
    "INVALID_ARGUMENT",
    /not both/,
  );
  assert.deepEqual(await idsOf(table), [1]);
});
