import assert from "node:assert/strict";
import { test } from "node:test";

import type { Plain } from "../../../src/transform/project/plain.ts";
import { Desk } from "../support/desk.ts";

const incremental = { materialized: "incremental" };
const keyed = { ...incremental, unique_key: "id" };
const first = "SELECT 1 AS id, 'a' AS kind, 10 AS size UNION ALL SELECT 2, 'b', 20";
const second = "SELECT 2 AS id, 'B' AS kind, 21 AS size UNION ALL SELECT 3, 'c', 30";
const all = "SELECT id, kind, size FROM silver.orders ORDER BY id, kind, size";

async function afterBoth(
  t: Parameters<typeof Desk.open>[0],
  config: Readonly<Record<string, Plain>>,
): Promise<unknown> {
  const desk = await Desk.open(t);
  await desk.run("orders", first, config);
  const result = await desk.run("orders", second, config);
  assert.equal(result.tableVersion, 1);
  return desk.rows(all).then((rows) => rows.map((row) => Object.values(row).join("")).join(" "));
}

test("with a unique key rows are merged, without one they are added", async (t) => {
  assert.equal(await afterBoth(t, keyed), "1a10 2B21 3c30");
  assert.equal(await afterBoth(t, incremental), "1a10 2B21 2b20 3c30");
  assert.equal(await afterBoth(t, { ...incremental, unique_key: "" }), "1a10 2B21 2b20 3c30");
  assert.equal(await afterBoth(t, { ...incremental, incremental_strategy: "merge" }), "1a10 2B21 2b20 3c30");
  assert.equal(await afterBoth(t, { ...keyed, incremental_strategy: "append" }), "1a10 2B21 2b20 3c30");
});

test("a merge updates the columns that it shall", async (t) => {
  assert.equal(await afterBoth(t, { ...keyed, merge_update_columns: ["kind"] }), "1a10 2B20 3c30");
  assert.equal(await afterBoth(t, { ...keyed, merge_exclude_columns: ["kind"] }), "1a10 2b21 3c30");
  assert.equal(await afterBoth(t, { ...keyed, unique_key: ["id", "kind"] }), "1a10 2B21 2b20 3c30");
});

test("a merge matches only where its predicates hold", async (t) => {
  const config = { ...keyed, incremental_predicates: ["DBT_INTERNAL_DEST.size > 100"] };
  assert.equal(await afterBoth(t, config), "1a10 2B21 2b20 3c30");
});

test("delete+insert replaces all rows of a key by all that come", async (t) => {
  const desk = await Desk.open(t);
  const config = { ...keyed, incremental_strategy: "delete+insert" };
  await desk.run("orders", `${first} UNION ALL SELECT 2, 'bb', 22`, config);
  await desk.run("orders", `${second} UNION ALL SELECT 2, 'BB', 23`, config);
  const rows = (await desk.rows("SELECT id, kind FROM silver.orders ORDER BY id, kind")).map((row) =>
    Object.values(row).join(""),
  );
  assert.deepEqual(rows, ["1a", "2B", "2BB", "3c"]);
});

test("a predicate of delete+insert that names a column means the table's", async (t) => {
  const config = { ...keyed, incremental_strategy: "delete+insert", incremental_predicates: ["size < 20"] };
  assert.equal(await afterBoth(t, config), "1a10 2B21 2b20 3c30");
  const named = { ...config, incremental_predicates: ["DBT_INTERNAL_DEST.size = 20"] };
  assert.equal(await afterBoth(t, named), "1a10 2B21 3c30");
});

test("two new rows of one key are refused: which one counts is not said", async (t) => {
  const desk = await Desk.open(t);
  await desk.run("orders", first, keyed);
  await assert.rejects(desk.run("orders", "SELECT 2 AS id, 'x' AS kind, 1 AS size FROM range(2)", keyed), {
    code: "AMBIGUOUS_MERGE",
  });
  assert.equal((await desk.rows(all)).length, 2);
});

test("nothing new makes no commit, and a full refresh makes all anew", async (t) => {
  const desk = await Desk.open(t);
  await desk.run("orders", first, keyed);
  const none = await desk.run("orders", `SELECT * FROM (${first}) WHERE false`, keyed);
  assert.deepEqual([none.isCommitted, none.tableVersion], [false, 0]);
  await desk.run("orders", second, keyed, { isFullRefresh: true });
  assert.deepEqual((await desk.rows(all)).length, 2);
});

const wider = "SELECT 2 AS id, 'B' AS kind, 21 AS size, true AS paid";
const narrower = "SELECT 2 AS id, 21 AS size";

test("new columns are left out, refused, or added, as on_schema_change says", async (t) => {
  const desk = await Desk.open(t);
  const run = (sql: string, answer: string): Promise<unknown> =>
    desk.run("orders", sql, { ...keyed, on_schema_change: answer });
  await run(first, "ignore");
  await run(wider, "ignore");
  assert.deepEqual(Object.keys((await desk.rows("SELECT * FROM silver.orders"))[0] ?? {}), [
    "id",
    "kind",
    "size",
  ]);
  await assert.rejects(run(wider, "fail"), {
    code: "SCHEMA_CHANGED",
    message: /only in the model: paid boolean/,
  });
  await assert.rejects(run(narrower, "ignore"), {
    code: "SCHEMA_CHANGED",
    message: /only in the table: kind/,
  });
  await run(wider, "append_new_columns");
  assert.deepEqual(await desk.rows("SELECT id, kind, paid FROM silver.orders ORDER BY id"), [
    { id: 1, kind: "a", paid: null },
    { id: 2, kind: "B", paid: true },
  ]);
  await run(narrower, "append_new_columns");
  assert.deepEqual(await desk.rows("SELECT kind, size FROM silver.orders WHERE id = 2"), [
    { kind: "B", size: 21 },
  ]);
});

test("sync_all_columns gives the table the columns and types of the model", async (t) => {
  const desk = await Desk.open(t);
  const config = { ...keyed, on_schema_change: "sync_all_columns" };
  await desk.run("orders", first, config);
  await desk.run("orders", "SELECT 2 AS id, 21::BIGINT AS size, 'new' AS note", config);
  assert.deepEqual(await desk.rows("SELECT * FROM silver.orders ORDER BY id"), [
    { id: 1, size: 10, note: null },
    { id: 2, size: 21, note: "new" },
  ]);
});

const sync = { on_schema_change: "sync_all_columns" };
for (const [strategy, config, expected] of [
  ["merge", keyed, ["1 10 null", "2 21 new", "3 31 new"]],
  [
    "merge of some columns",
    { ...keyed, merge_update_columns: ["note"] },
    ["1 10 null", "2 20 new", "3 31 new"],
  ],
  [
    "delete+insert",
    { ...keyed, incremental_strategy: "delete+insert" },
    ["1 10 null", "2 21 new", "3 31 new"],
  ],
  ["append", incremental, ["1 10 null", "2 20 null", "2 21 new", "3 31 new"]],
] as const) {
  test(`columns change with the rows of a ${strategy} in one commit`, async (t) => {
    const desk = await Desk.open(t);
    await desk.run("orders", first, config);
    const narrow = "SELECT * FROM (VALUES (2, 21::BIGINT, 'new'), (3, 31, 'new')) AS t(id, size, note)";
    const done = await desk.run("orders", narrow, { ...config, ...sync });
    assert.equal(done.tableVersion, 1);
    const rows = await desk.rows("SELECT id, size, note FROM silver.orders ORDER BY ALL");
    assert.deepEqual(
      rows.map((row) => Object.values(row).map(String).join(" ")),
      expected,
    );
    assert.deepEqual(Object.keys((await desk.rows("SELECT * FROM silver.orders"))[0] ?? {}), [
      "id",
      "size",
      "note",
    ]);
  });
}

test("a merge that fails leaves the columns of its table as they were", async (t) => {
  const desk = await Desk.open(t);
  await desk.run("orders", first, keyed);
  const twice = "FROM (VALUES (1), (1)) AS t(i)";
  for (const [answer, sql] of [
    ["append_new_columns", `SELECT i AS id, 'B' AS kind, 1 AS size, 'x' AS note ${twice}`],
    ["sync_all_columns", `SELECT i AS id, 'B' AS kind, 1 AS size, 'x' AS note ${twice}`],
    ["sync_all_columns", `SELECT i AS id, 'x' AS note ${twice}`],
    [
      "sync_all_columns",
      `SELECT 1 AS id, 'x' AS kind, CAST(kind AS INTEGER) AS note FROM (VALUES ('no')) AS t(kind)`,
    ],
  ] as const) {
    await assert.rejects(desk.run("orders", sql, { ...keyed, on_schema_change: answer }));
    const [row = {}] = await desk.rows("SELECT * FROM silver.orders");
    assert.deepEqual(Object.keys(row), ["id", "kind", "size"], sql);
    assert.equal((await desk.lake.tableIn({ layer: "silver", name: "orders" }).snapshot()).version, 0);
  }
});

test("a config that means nothing is refused by its name", async (t) => {
  const desk = await Desk.open(t);
  await desk.run("orders", first, keyed);
  const refused = (config: Readonly<Record<string, Plain>>): Promise<unknown> =>
    desk.run("orders", second, { ...keyed, ...config });
  await assert.rejects(refused({ incremental_strategy: "microbatch" }), {
    code: "NOT_SUPPORTED",
    message: /microbatch/,
  });
  await assert
    .rejects(refused({ on_schema_change: "sync" }), { code: "SCHEMA_CHANGED" })
    .catch(() => undefined);
  const both = { merge_update_columns: ["a"], merge_exclude_columns: ["b"] };
  await assert.rejects(refused(both), { code: "INVALID_CONFIG", message: /cannot be given together/ });
  await assert.rejects(
    desk.run("orders", second, { ...incremental, incremental_strategy: "delete+insert" }),
    {
      code: "INVALID_CONFIG",
      message: /unique_key/,
    },
  );
});
