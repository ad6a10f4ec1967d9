import assert from "node:assert/strict";
import { test } from "node:test";

import { DeltaTable, field, MemoryStore, structType } from "../../src/index.ts";
import type { DataType, Row } from "../../src/index.ts";
import { columns, engine, filesOf, memoryTable, rejects } from "../support/tables.ts";

/** What every object has without having been given it. */
const inherited = Object.getOwnPropertyNames(Object.prototype);

function record<Value>(valueOf: (name: string) => Value): Record<string, Value> {
  return Object.fromEntries(inherited.map((name) => [name, valueOf(name)]));
}

const strings = structType(inherited.map((name) => field(name, "string")));

test("columns named as members of every object keep their values: as rows, columns, batches, by query and filter", async (t) => {
  const full = record((name) => `value of ${name}`);
  const empty = record(() => null);
  const table = await memoryTable(t, { schema: strings });
  await table.append({ rows: [full] });
  await table.append({ rows: [{}] });
  await table.append({
    columns: { rowCount: 1, columns: record((name) => [`column ${name}`]) },
  });
  const rows = await (await table.scan({ orderBy: '"constructor" NULLS LAST' })).rows();
  assert.deepEqual(rows, [record((name) => `column ${name}`), full, empty]);
  const byName = await (await table.scan({ orderBy: '"constructor" NULLS LAST' })).columns();
  assert.deepEqual(Object.keys(byName), inherited);
  for (const [name, column] of Object.entries(byName))
    assert.deepEqual(column.values, [`column ${name}`, `value of ${name}`, null]);
  for (const name of inherited) {
    const scan = await table.scan({ where: `"${name}" = 'value of ${name}'` });
    assert.deepEqual(await scan.rows(), [full]);
    const { filesRead } = await scan.explain();
    assert.equal(filesRead, 1, `${name} prunes files`);
  }
  const result = await table.engine.query("SELECT * FROM t WHERE \"__proto__\" LIKE 'value%'", async () =>
    table.relation({}),
  );
  assert.deepEqual(await result.rows(), [full]);
});

test("members of a struct, in lists and maps too, keep such names", async (t) => {
  const inner: DataType = {
    type: "map",
    keyType: "string",
    valueType: { type: "array", elementType: strings, containsNull: true },
    valueContainsNull: true,
  };
  const table = await memoryTable(t, { schema: columns({ id: "long", member: strings, inner }) });
  const value = record((name) => `value of ${name}`);
  const rows: Row[] = [
    {
      id: 1n,
      member: value,
      inner: new Map(inherited.map((name) => [name, [value, null, record(() => null)]])),
    },
    { id: 2n, member: null, inner: null },
    { id: 3n, member: record(() => null), inner: new Map() },
  ];
  await table.append({ rows });
  assert.deepEqual(await (await table.scan({ orderBy: "id" })).rows(), rows);
  const [file] = await filesOf(table);
  const stats: unknown = JSON.parse(file?.stats ?? "");
  assert.ok(typeof stats === "object" && stats !== null && "minValues" in stats);
  assert.deepEqual(stats.minValues, { id: 1, member: value });
});

test("a partition column of such a name has its value in the log, in plans and in rows", async (t) => {
  for (const name of ["__proto__", "constructor", "toString"]) {
    const table = await memoryTable(t, {
      schema: structType([field("id", "long"), field(name, "string")]),
      partitionBy: [name],
    });
    const rows = [1, 2].map((id) =>
      Object.fromEntries([
        ["id", BigInt(id)],
        [name, `part ${id}`],
      ]),
    );
    await table.append({ rows });
    await table.append({ rows: [{ id: 3 }] });
    const none = Object.fromEntries([
      ["id", 3n],
      [name, null],
    ]);
    assert.deepEqual(await (await table.scan({ orderBy: "id" })).rows(), [...rows, none]);
    const scan = await table.scan({ where: `"${name}" = 'part 2'` });
    assert.deepEqual(await scan.rows(), rows.slice(1));
    assert.equal((await scan.explain()).filesRead, 1);
    const values = (await filesOf(table)).map((file) => JSON.stringify(Object.entries(file.partitionValues)));
    const wanted = ["part 1", "part 2", null].map((value) => JSON.stringify([[name, value]]));
    assert.deepEqual(new Set(values), new Set(wanted));
  }
});

function row(id: bigint, text: string, count: bigint): Row {
  return Object.fromEntries<unknown>([
    ["id", id],
    ["__proto__", text],
    ["constructor", count],
  ]);
}

test("such names survive column mapping, change data, merges, overwrites and a checkpoint", async () => {
  const store = new MemoryStore();
  await using table = await DeltaTable.create(store, {
    schema: structType([field("id", "long"), field("__proto__", "string"), field("constructor", "long")]),
    properties: { "delta.columnMapping.mode": "name", "delta.enableChangeDataFeed": "true" },
    engine,
  });
  await table.append({ rows: [row(1n, "one", 1n), row(2n, "two", 2n)] });
  await table
    .merge({ source: { rows: [row(2n, "deux", 22n), row(3n, "trois", 3n)] }, on: "target.id = source.id" })
    .whenMatchedUpdateAll()
    .whenNotMatchedInsertAll()
    .execute();
  await table.update({ set: Object.fromEntries([["__proto__", "'un'"]]), where: "id = 1" });
  await table.checkpoint();
  const again = DeltaTable.at(store, { engine });
  const expected = [row(1n, "un", 1n), row(2n, "deux", 22n), row(3n, "trois", 3n)];
  assert.deepEqual(await (await again.scan({ orderBy: "id" })).rows(), expected);
  const changes = await again.changes({
    fromVersion: 3,
    columns: ["__proto__", "_change_type"],
    orderBy: "_change_type",
  });
  assert.deepEqual(
    (await changes.rows()).map((change) => Object.values(change)),
    [
      ["un", "update_postimage"],
      ["one", "update_preimage"],
    ],
  );
  await again.overwrite({ rows: [row(9n, "nine", 9n)] });
  assert.deepEqual(await (await again.scan()).rows(), [row(9n, "nine", 9n)]);
});

test("what an object inherits is no property, no option and no unit", async (t) => {
  const table = await memoryTable(t, { schema: columns({ id: "long" }) });
  for (const value of ["constructor", "__proto__"]) {
    await rejects(table.setProperties({ "delta.appendOnly": value }), "INVALID_ARGUMENT", /true or false/);
    await rejects(
      table.setProperties({ "delta.logRetentionDuration": `interval 3 ${value.replaceAll("_", "")}` }),
      "INVALID_ARGUMENT",
    );
  }
  await table.setProperties(Object.fromEntries([["__proto__", "a note"]]));
  assert.deepEqual(Object.entries((await table.snapshot()).metadata.configuration), [
    ["__proto__", "a note"],
  ]);
  await rejects(
    table.append({ rows: [Object.fromEntries([["__proto__", 1]])] }),
    "SCHEMA_MISMATCH",
    /__proto__/,
  );
});

test("a variant's member called __proto__ is refused by name where it cannot be given out, at any depth, and read as text", async (t) => {
  const table = await memoryTable(t, { schema: structType([field("id", "long")]) });
  const query = async (sql: string) => table.engine.query(sql, async () => table.relation({}));
  const nested = `CAST('{"a": [{"__proto__": 1, "constructor": 2}]}' AS JSON)::VARIANT`;
  await rejects((await query(`SELECT ${nested} AS v`)).rows(), "INVALID_VALUE", /member called __proto__/);
  await rejects(
    (await query(`SELECT [${nested}] AS v`)).columns(),
    "INVALID_VALUE",
    /member called __proto__/,
  );
  const others = await query(`SELECT CAST('{"constructor": 3}' AS JSON)::VARIANT AS v UNION ALL SELECT NULL`);
  assert.deepEqual(await others.rows(), [{ v: { constructor: 3 } }, { v: null }]);
  const text = await query(`SELECT CAST(${nested} AS JSON)::VARCHAR AS v`);
  assert.deepEqual(await text.rows(), [{ v: '{"a":[{"__proto__":1,"constructor":2}]}' }]);
});
