import assert from "node:assert/strict";
import { test } from "node:test";

import type { NamedRelation, TableResolver } from "../../src/index.ts";
import { tableOf } from "../support/table-contents.ts";
import { columns, engine, idsOf, rejects } from "../support/tables.ts";

const schema = columns({ id: "long", p: "string" });
const groups = [
  [
    { id: 1, p: "a" },
    { id: 2, p: "b" },
  ],
];

function resolverOf(relations: Readonly<Record<string, NamedRelation>>): TableResolver {
  const byName = new Map(Object.entries(relations));
  return async ({ name }) => byName.get(name);
}

async function idsBy(sql: string, relations: Readonly<Record<string, NamedRelation>>): Promise<unknown[]> {
  const result = await engine.query(sql, resolverOf(relations));
  return (await result.rows()).map((row) => Number(row["id"]));
}

test("a name may stand for a view, whose tables are resolved in turn", async (t) => {
  const table = await tableOf(t, { schema }, groups);
  const relations = {
    t: await table.relation({}),
    "silver.only_b": { view: "WITH b AS (SELECT * FROM t WHERE p = 'b') SELECT * FROM b -- the end" },
    doubled: { view: 'SELECT id * 2 AS id FROM "silver"."only_b"' },
  };
  assert.deepEqual(await idsBy("SELECT x.id FROM doubled AS x JOIN doubled AS y USING (id)", relations), [4]);
});

test("views that name each other are refused by their names", async () => {
  const relations = { a: { view: "SELECT * FROM b" }, b: { view: "SELECT * FROM a" } };
  await rejects(engine.query("SELECT * FROM a", resolverOf(relations)), "INVALID_QUERY", /a, then b, then a/);
});

test("an invalid view fails as an invalid query does", async () => {
  const relations = { a: { view: "SELECT missing FROM (SELECT 1 AS id)" } };
  await rejects(engine.query("SELECT * FROM a", resolverOf(relations)), "INVALID_QUERY", /missing/);
});

test("a name may stand for rows that the caller holds", async () => {
  const rows = { rows: [{ id: 7, p: "z" }, { id: 8 }] };
  assert.deepEqual(await idsBy("SELECT id FROM held ORDER BY id", { held: { rows, schema } }), [7, 8]);
  const inColumns = { columns: { rowCount: 2, columns: { id: BigInt64Array.of(3n, 4n), p: ["x", null] } } };
  assert.deepEqual(
    await idsBy("SELECT id FROM held WHERE p IS NULL", { held: { rows: inColumns, schema } }),
    [4],
  );
});

test("a table is named with its catalog", async (t) => {
  const table = await tableOf(t, { schema }, groups);
  const relations = { "lake.silver.t": await table.relation({}) };
  assert.deepEqual(await idsBy('SELECT id FROM "lake"."silver"."t" ORDER BY id', relations), [1, 2]);
});

test("the SQL of a command finds its tables by a resolver, too", async (t) => {
  const table = await tableOf(t, { schema }, groups);
  const tables = resolverOf({ v: { view: "SELECT id + 10 AS id, p FROM t" }, t: await table.relation({}) });
  await table.append({ sql: "SELECT * FROM v" }, { tables });
  assert.deepEqual(await idsOf(table), [1, 2, 11, 12]);
  await table.overwrite({ sql: "SELECT * FROM v WHERE id = 11" }, { tables });
  await table
    .merge({ source: { sql: "SELECT * FROM v" }, on: "target.id = source.id", tables })
    .whenNotMatchedInsertAll()
    .execute();
  assert.deepEqual(await idsOf(table), [11, 12]);
});

const joins = {
  "a CROSS JOIN b LEFT JOIN c ON c.k = a.k": 4,
  "a, b LEFT JOIN c ON c.k = b.k": 4,
  "a LEFT JOIN (b CROSS JOIN c) ON c.k = a.k": 3,
  "(a CROSS JOIN b) JOIN (c CROSS JOIN d) ON a.k = c.k": 4,
  "a CROSS JOIN b CROSS JOIN c": 8,
  "a CROSS JOIN LATERAL (SELECT a.k AS x) AS t LEFT JOIN c ON c.k = t.x": 2,
  "a, unnest([a.k, 9]) AS u(v) LEFT JOIN c ON c.k = u.v": 4,
  "a NATURAL JOIN c CROSS JOIN b": 2,
  "(SELECT * FROM a, b) AS s LEFT JOIN c ON true": 8,
};

test("joins mean what they mean to the engine itself, whatever they are nested in", async () => {
  const two = { view: "SELECT * FROM (VALUES (1), (2)) AS v(k)" };
  const relations = { a: two, b: two, c: { view: "SELECT * FROM (VALUES (1), (3)) AS v(k)" }, d: two };
  for (const [from, count] of Object.entries(joins)) {
    const result = await engine.query(`SELECT count(*) AS id FROM ${from}`, resolverOf(relations));
    assert.equal(Number((await result.rows())[0]?.["id"]), count, from);
  }
});
