import assert from "node:assert/strict";
import { test } from "node:test";

import { describeType, field } from "../../src/index.ts";
import type { DeltaTable } from "../../src/index.ts";
import { columns, memoryTable, rejects } from "../support/tables.ts";

const inner = columns({ x: "long", y: "string" });
const schema = columns({
  id: "long",
  "s.a": "long",
  s: columns({ a: "long", b: "string", c: inner }),
  l: { type: "array", elementType: inner, containsNull: true },
  m: { type: "map", keyType: "string", valueType: inner, valueContainsNull: true },
});
const rows = [
  {
    id: 1n,
    "s.a": 9n,
    s: { a: 5n, b: "bee", c: { x: 7n, y: "why" } },
    l: [{ x: 1n, y: "one" }],
    m: new Map([["k", { x: 2n, y: "two" }]]),
  },
];

async function shapeOf(table: DeltaTable): Promise<string> {
  return describeType((await table.snapshot()).schema);
}

for (const mode of ["none", "name", "id"]) {
  const properties = { "delta.columnMapping.mode": mode };

  test(`members are added to structs at any depth, and old rows read as null in them (mapping: ${mode})`, async (t) => {
    const table = await memoryTable(t, { schema, properties });
    await table.append({ rows });
    await table.addColumns([field("d", "date")], { into: "s" });
    await table.addColumns([field("z", "double")], { into: "s.c" });
    await table.addColumns([field("z", "double")], { into: "l.element" });
    await table.addColumns([field("z", "double")], { into: "m.value" });
    const [old] = await (await table.scan()).rows();
    assert.deepEqual(old, {
      ...rows[0],
      s: { a: 5n, b: "bee", c: { x: 7n, y: "why", z: null }, d: null },
      l: [{ x: 1n, y: "one", z: null }],
      m: new Map([["k", { x: 2n, y: "two", z: null }]]),
    });
    const row = {
      id: 2n,
      "s.a": null,
      s: { a: 1n, b: null, c: { x: 1n, y: null, z: 0.5 }, d: "2026-01-08" },
      l: [{ x: 3n, y: null, z: 1.5 }],
      m: new Map([["k", { x: 1n, y: null, z: 2.5 }]]),
    };
    await table.append({ rows: [row] });
    assert.deepEqual(await (await table.scan({ orderBy: "id" })).rows(), [old, row]);
    await rejects(table.addColumns([field("D", "long")], { into: "s" }), "INVALID_SCHEMA", /"D" already/);
    await rejects(table.addColumns([field("q", "long")], { into: "s.b" }), "INVALID_SCHEMA", /no struct/);
    await rejects(table.addColumns([field("q", "long")], { into: "l" }), "INVALID_SCHEMA", /no struct/);
    await rejects(table.addColumns([field("q", "long")], { into: "s.nothing" }), "INVALID_SCHEMA");
  });
}

for (const mode of ["name", "id"]) {
  test(`members are renamed and dropped without touching data (mapping: ${mode})`, async (t) => {
    const table = await memoryTable(t, { schema, properties: { "delta.columnMapping.mode": mode } });
    await table.append({ rows });
    await table.renameColumn("s.c.y", "because");
    await table.renameColumn("l.element.x", "number");
    await table.renameColumn("m.value.x", "`odd.name");
    await table.renameColumn("s.a", "top"); // The column of that name, not the member.
    await table.renameColumn("s.a", "first");
    assert.deepEqual(await (await table.scan()).rows(), [
      {
        id: 1n,
        top: 9n,
        s: { first: 5n, b: "bee", c: { x: 7n, because: "why" } },
        l: [{ number: 1n, y: "one" }],
        m: new Map([["k", { "`odd.name": 2n, y: "two" }]]),
      },
    ]);
    await table.dropColumns(["s.b", "s.c.x", "l.element.y", "top"]);
    assert.deepEqual(await (await table.scan()).rows(), [
      {
        id: 1n,
        s: { first: 5n, c: { because: "why" } },
        l: [{ number: 1n }],
        m: new Map([["k", { "`odd.name": 2n, y: "two" }]]),
      },
    ]);
    await table.addColumns([field("b", "string")], { into: "s" });
    const [row] = await (await table.scan({ columns: ["s"] })).rows();
    assert.deepEqual(
      row,
      { s: { first: 5n, c: { because: "why" }, b: null } },
      "a new member is not the one that went",
    );
    await table.update({ set: { s: "{'first': 6::BIGINT, 'c': s.c, 'b': 'new'}" } });
    assert.deepEqual(await (await table.scan({ columns: ["s"] })).rows(), [
      { s: { first: 6n, c: { because: "why" }, b: "new" } },
    ]);
    const before = await shapeOf(table);
    await rejects(table.dropColumns(["s.c.because"]), "INVALID_SCHEMA", /last member/);
    await rejects(table.dropColumns(["s.nothing"]), "INVALID_SCHEMA", /no member "nothing"/);
    await rejects(table.renameColumn("s.first", "C"), "INVALID_SCHEMA", /"c" already/);
    await table.addConstraint("positive", "s.first > 0");
    await rejects(table.dropColumns(["s.first"]), "INVALID_SCHEMA", /positive/);
    await rejects(table.renameColumn("s.first", "other"), "INVALID_SCHEMA", /positive/);
    assert.equal(await shapeOf(table), before);
  });
}

test("members need column mapping to be renamed or dropped", async (t) => {
  const table = await memoryTable(t, { schema });
  await rejects(table.renameColumn("s.b", "x"), "INVALID_ARGUMENT", /columnMapping/);
  await rejects(table.dropColumns(["s.b"]), "INVALID_ARGUMENT", /columnMapping/);
});

test("what the choice of statistics names stays", async (t) => {
  const table = await memoryTable(t, {
    schema,
    properties: { "delta.columnMapping.mode": "name", "delta.dataSkippingStatsColumns": "id,s.c.x" },
  });
  await rejects(table.dropColumns(["s.c.x"]), "INVALID_SCHEMA", /dataSkippingStatsColumns/);
  await rejects(table.renameColumn("s.c", "x"), "INVALID_SCHEMA", /dataSkippingStatsColumns/);
  await table.dropColumns(["s.c.y"]);
});
