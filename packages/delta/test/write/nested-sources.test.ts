import assert from "node:assert/strict";
import { test } from "node:test";

import { field, structType } from "../../src/index.ts";
import { columns, memoryTable, rejects } from "../support/tables.ts";

const inner = columns({ x: "long", y: "string" });
const schema = columns({
  id: "long",
  s: columns({ a: "long", b: "string", c: inner }),
  l: { type: "array", elementType: inner, containsNull: true },
  m: { type: "map", keyType: "string", valueType: inner, valueContainsNull: true },
});

test("a query may lack members of structs, order them otherwise and spell them otherwise, at any depth", async (t) => {
  for (const options of [{}, { mergeSchema: true }]) {
    const table = await memoryTable(t, { schema });
    await table.append(
      {
        sql: `SELECT 1 AS id, {'c': {'y': 'why', 'x': 7}, 'a': 5} AS s, [{'Y': 'only'}, NULL] AS l, MAP {'k': {'y': 'in a map'}} AS m`,
      },
      options,
    );
    await table.overwrite({ sql: "SELECT 2 AS id, {'b': 'bee'} AS s" }, { where: "id = 2" });
    assert.deepEqual(await (await table.scan({ orderBy: "id" })).rows(), [
      {
        id: 1n,
        s: { a: 5n, b: null, c: { x: 7n, y: "why" } },
        l: [{ x: null, y: "only" }, null],
        m: new Map([["k", { x: null, y: "in a map" }]]),
      },
      { id: 2n, s: { a: null, b: "bee", c: null }, l: null, m: null },
    ]);
  }
});

test("with mergeSchema new members come in though others are lacking", async (t) => {
  const table = await memoryTable(t, { schema });
  await table.append({ rows: [{ id: 1, s: { a: 1, b: "b", c: null } }] });
  await table.append(
    { sql: "SELECT 2 AS id, {'d': true, 'c': {'z': 1.5::DOUBLE}} AS s" },
    { mergeSchema: true },
  );
  assert.deepEqual(await (await table.scan({ columns: ["s"], orderBy: "id" })).rows(), [
    { s: { a: 1n, b: "b", c: null, d: null } },
    { s: { a: null, b: null, c: { x: null, y: null, z: 1.5 }, d: true } },
  ]);
});

test("a member that the table lacks is refused without mergeSchema, and one that must not be null is missed", async (t) => {
  const table = await memoryTable(t, { schema });
  await rejects(table.append({ sql: "SELECT 1 AS id, {'a': 1, 'q': 2} AS s" }), "SCHEMA_MISMATCH", /"s"/);
  const strict = await memoryTable(t, {
    schema: structType([
      field("s", structType([field("a", "long"), field("b", "string", { nullable: false })])),
    ]),
  });
  await rejects(strict.append({ sql: "SELECT {'a': 1} AS s" }), "INVALID_VALUE", /"s\.b" must not be null/);
});
