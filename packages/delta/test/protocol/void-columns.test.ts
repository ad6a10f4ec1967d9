// A column of type void holds nothing but null, lies in no data file, and is in nobody's way.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { TestContext } from "node:test";

import { field, structType } from "../../src/index.ts";
import type { DataType, DeltaTable } from "../../src/index.ts";
import { columns, filesOf, idsOf, memoryTable, range, rejects } from "../support/tables.ts";

const schema = columns({ id: "long", n: "void" });

async function voidTable(t: TestContext, vectors: boolean): Promise<DeltaTable> {
  const table = await memoryTable(t, {
    schema: columns({ id: "long" }),
    properties: {
      "delta.enableChangeDataFeed": "true",
      "delta.enableDeletionVectors": String(vectors),
    },
  });
  await table.append({ rows: range(1, 4).map((id) => ({ id })) });
  await table.addColumns([field("n", "void")]);
  return table;
}

async function valuesOf(table: DeltaTable): Promise<unknown[]> {
  const rows = await (await table.scan()).rows();
  return [...new Set(rows.map((row) => row["n"]))];
}

for (const vectors of [false, true]) {
  const how = `deletion vectors ${vectors ? "on" : "off"}`;
  test(`every command takes a table with a void column (${how})`, async (t) => {
    const table = await voidTable(t, vectors);
    await table.append({ rows: [{ id: 5, n: null }, { id: 6 }] });
    await table.append({ columns: { rowCount: 1, columns: { id: [7n], n: [null] } } });
    await table.append({ columns: { rowCount: 1, columns: { id: [8n], n: { constant: null } } } });
    await table.append({ sql: "SELECT 9::BIGINT AS id, NULL AS n" });
    assert.deepEqual(await idsOf(table), range(1, 9));
    await table.update({ set: { id: "id + 10" }, where: "id < 3" });
    await table.update({ set: { n: "NULL" }, where: "id = 3" });
    await table.delete({ where: "id = 4" });
    await table
      .merge({
        source: {
          rows: [
            { id: 5, n: null },
            { id: 21, n: null },
          ],
        },
        on: "target.id = source.id",
      })
      .whenMatchedUpdateAll()
      .whenNotMatchedInsertAll()
      .execute();
    await table.optimize({ full: true });
    await table.optimize({ zOrderBy: ["id"] });
    await table.overwrite({ rows: [{ id: 22, n: null }] }, { where: "id > 20" });
    await table.addConstraint("nothing", "n IS NULL");
    assert.deepEqual(await idsOf(table), [3, 5, 6, 7, 8, 9, 11, 12, 22]);
    assert.deepEqual(await valuesOf(table), [null]);
    const changes = await (await table.changes({ fromVersion: 1 })).rows();
    assert.ok(changes.some((change) => change["_change_type"] === "update_postimage"));
    assert.ok(changes.every((change) => change["n"] === null));
  });

  test(`a void column takes no value from any source (${how})`, async (t) => {
    const table = await voidTable(t, vectors);
    const { version } = await table.snapshot();
    await rejects(table.append({ rows: [{ id: 5, n: 1 }] }), "INVALID_VALUE", /column "n".*void/);
    await rejects(
      table.append({ columns: { rowCount: 1, columns: { id: [5n], n: Int32Array.of(1) } } }),
      "SCHEMA_MISMATCH",
      /void/,
    );
    await rejects(
      table.append({ sql: "SELECT 5::BIGINT AS id, 1 AS n" }),
      "INVALID_VALUE",
      /"n" is of type void/,
    );
    await rejects(table.append({ sql: "SELECT 5::BIGINT AS id, 'x' AS n" }), "SCHEMA_MISMATCH", /void/);
    await rejects(table.update({ set: { n: "id" } }), "INVALID_VALUE", /"n" is of type void/);
    const merge = table.merge({
      source: { sql: "SELECT 1::BIGINT AS id, 7 AS n" },
      on: "target.id = source.id",
    });
    await rejects(merge.whenMatchedUpdateAll().execute(), "INVALID_VALUE", /"n" is of type void/);
    assert.equal((await table.snapshot()).version, version);
  });
}

test("a void column is in no data file, and gets the first type that a source has", async (t) => {
  const table = await memoryTable(t, { schema });
  await table.append({ rows: [{ id: 1 }] });
  for (const file of await filesOf(table)) assert.doesNotMatch(file.stats ?? "", /"n"/);
  await table.append({ sql: "SELECT 2::BIGINT AS id, 'two' AS n" }, { mergeSchema: true });
  const rows = await (await table.scan({ orderBy: "id" })).rows();
  assert.deepEqual(rows, [
    { id: 1n, n: null },
    { id: 2n, n: "two" },
  ]);
});

test("a NULL without a type makes a void column, not one of a guessed type", async (t) => {
  const table = await memoryTable(t, { schema: columns({ id: "long" }) });
  await table.append(
    { sql: "SELECT 1::BIGINT AS id, NULL AS nothing, NULL::INTEGER AS whole" },
    { mergeSchema: true },
  );
  const types = (await table.snapshot()).schema.fields.map((member) => [member.name, member.type]);
  assert.deepEqual(types, [
    ["id", "long"],
    ["nothing", "void"],
    ["whole", "integer"],
  ]);
});

const unstorable: readonly (readonly [DataType, RegExp])[] = [
  [{ type: "array", elementType: "void", containsNull: true }, /array<void>/],
  [{ type: "map", keyType: "string", valueType: "void", valueContainsNull: true }, /map<string, void>/],
  [structType([field("only", "void")]), /struct<only: void>/],
];

for (const [type, message] of unstorable) {
  test(`void where Parquet has no place for it is refused before there is a table: ${message.source}`, async (t) => {
    const wanted = structType([field("id", "long"), field("nested", type)]);
    await rejects(memoryTable(t, { schema: wanted }), "INVALID_SCHEMA", message);
    const table = await memoryTable(t, { schema });
    await rejects(table.addColumns([field("nested", type)]), "INVALID_SCHEMA", message);
  });
}

test("a struct may have a void member beside others", async (t) => {
  const inner = structType([field("a", "void"), field("b", "long")]);
  const table = await memoryTable(t, { schema: structType([field("id", "long"), field("s", inner)]) });
  await table.append({ rows: [{ id: 1, s: { a: null, b: 5 } }, { id: 2 }] });
  await table.update({ set: { id: "id + 1" } });
  assert.deepEqual(await (await table.scan({ orderBy: "id" })).rows(), [
    { id: 2n, s: { a: null, b: 5n } },
    { id: 3n, s: null },
  ]);
  await rejects(table.append({ rows: [{ id: 4, s: { a: 1, b: 5 } }] }), "INVALID_VALUE", /void/);
});

test("a table with only void columns, or only void and partition columns, is refused", async (t) => {
  const only = columns({ n: "void" });
  await rejects(memoryTable(t, { schema: only }), "INVALID_SCHEMA", /needs a column/);
  const partitioned = columns({ p: "string", n: "void" });
  await rejects(
    memoryTable(t, { schema: partitioned, partitionBy: ["p"] }),
    "INVALID_SCHEMA",
    /needs a column/,
  );
  await rejects(memoryTable(t, { schema, partitionBy: ["n"] }), "INVALID_SCHEMA", /"n"/);
});
