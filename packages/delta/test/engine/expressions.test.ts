import assert from "node:assert/strict";
import { test } from "node:test";

import type { Row } from "../../src/index.ts";
import { columns, idsOf, memoryTable, rejects } from "../support/tables.ts";

function ofTarget(text: string): string {
  return text.replaceAll("id", "target.id");
}

test("an expression must be complete in itself wherever one is taken", async (t) => {
  const table = await memoryTable(t, {
    schema: columns({ id: "long", v: "long" }),
    partitionBy: ["v"],
  });
  await table.append({ rows: [{ id: 1, v: 1 }] });
  const source = { rows: [{ id: 1, v: 2 }] };
  const merge = { source, on: "target.id = source.id" };
  const takers: Readonly<Record<string, (text: string) => Promise<unknown>>> = {
    scan: async (where) => (await table.scan({ where })).rows(),
    delete: async (where) => table.delete({ where }),
    "update's filter": async (where) => table.update({ set: { v: "2" }, where }),
    "update's value": async (v) => table.update({ set: { v } }),
    overwrite: async (where) => table.overwrite(source, { where }),
    optimize: async (where) => table.optimize({ where }),
    "merge's condition": async (text) =>
      table
        .merge({ source, on: ofTarget(text) })
        .whenMatchedDelete()
        .execute(),
    "merge's clause": async (text) =>
      table
        .merge(merge)
        .whenMatchedDelete({ condition: ofTarget(text) })
        .execute(),
    "merge's value": async (text) =>
      table
        .merge(merge)
        .whenMatchedUpdate({ set: { v: ofTarget(text) } })
        .execute(),
    constraint: async (expression) => table.addConstraint("c", expression),
  };
  for (const [name, take] of Object.entries(takers))
    for (const text of [
      "id > 5) OR (true",
      "(id) > 5) IS NULL OR (true",
      "id > 5) -- (",
      "id > 5) OR (true /* ) */",
    ])
      await t.test(`${name} of ${text}`, async () => {
        await rejects(take(text), "INVALID_PREDICATE");
      });
  assert.equal((await table.snapshot()).version, 1);
});

test("an order is a list of columns or expressions, and nothing stands behind it", async (t) => {
  const table = await memoryTable(t, {
    schema: columns({ id: "long" }),
    properties: { "delta.enableChangeDataFeed": "true" },
  });
  await table.append({ rows: [1, 2, 3].map((id) => ({ id })) });
  const takers: Readonly<Record<string, (orderBy: string) => Promise<readonly Row[]>>> = {
    scan: async (orderBy) => (await table.scan({ orderBy, columns: ["id"] })).rows(),
    "scan with a limit": async (orderBy) => (await table.scan({ orderBy, limit: 3, columns: ["id"] })).rows(),
    changes: async (orderBy) => (await table.changes({ fromVersion: 1, orderBy, columns: ["id"] })).rows(),
  };
  for (const [name, take] of Object.entries(takers)) {
    for (const text of ["id LIMIT 2", "id OFFSET 1", "id; SELECT 1", "id) --", "id LIMIT 1 --", ",", "id\0"])
      await t.test(`${name} by ${JSON.stringify(text)}`, async () => {
        await rejects(take(text), "INVALID_PREDICATE");
      });
    for (const text of ["id DESC", "-id, id % 2 NULLS FIRST", "id DESC -- the newest first"])
      assert.deepEqual(await take(text), [{ id: 3n }, { id: 2n }, { id: 1n }], `${name} by ${text}`);
  }
  const query = table.engine.query("SELECT id FROM p\0 WHERE id = 3", async () => table.relation({}));
  await rejects(query, "INVALID_QUERY", /chr\(0\)/);
});

test("an expression may end in a comment, and hold parentheses in texts and comments", async (t) => {
  const table = await memoryTable(t, { schema: columns({ id: "long", v: "string" }) });
  await table.append({
    rows: [
      { id: 1, v: ")" },
      { id: 2, v: "b" },
    ],
  });
  for (const where of [
    "v = ')'",
    "v = ')' -- )",
    "(v = ')') /* ( */ -- the first",
    "id = 1 -- only\n AND (true)",
  ])
    assert.deepEqual(await (await table.scan({ where })).rows(), [{ id: 1n, v: ")" }], where);
  await table.update({ set: { v: "upper(v) -- )" }, where: "id = 2 -- second" });
  await table.delete({ where: "v = 'B' -- (" });
  assert.deepEqual(await idsOf(table), [1]);
});
