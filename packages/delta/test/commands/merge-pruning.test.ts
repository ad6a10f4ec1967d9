import assert from "node:assert/strict";
import { test } from "node:test";
import type { TestContext } from "node:test";

import { DeltaTable } from "../../src/index.ts";
import { logFolder } from "../../src/log/log-files.ts";
import { lastCommit } from "../support/commits.ts";
import { DelegatingStore } from "../support/delegating-store.ts";
import { tableOf } from "../support/table-contents.ts";
import { columns, engine, memoryStore, range } from "../support/tables.ts";

const on = "target.id = source.id";

/** Notes the data files that the engine is given. */
class NotingStore extends DelegatingStore {
  readonly opened = new Set<string>();

  override localPath(path: string): Promise<string> {
    if (!path.startsWith(logFolder)) this.opened.add(path);
    return super.localPath(path);
  }
}

/** Twenty files of ten ids each, over partitions of fifty ids. */
async function wideTable(
  t: TestContext,
  properties: Readonly<Record<string, string>> = {},
): Promise<NotingStore> {
  const store = new NotingStore(memoryStore(t));
  const table = await DeltaTable.create(store, {
    schema: columns({ id: "long", v: "string", p: "string" }),
    partitionBy: ["p"],
    properties,
    engine,
  });
  const batches = range(0, 19).map((file) => range(file * 10, file * 10 + 9));
  for (const ids of batches)
    await table.append({ rows: ids.map((id) => ({ id, v: `v${id}`, p: `p${Math.floor(id / 50)}` })) });
  store.opened.clear();
  return store;
}

for (const [name, properties] of [
  ["without column mapping", {}],
  ["with column mapping", { "delta.columnMapping.mode": "name" }],
] as const) {
  test(`a merge by key reads only the files that can match, ${name}`, async (t) => {
    const store = await wideTable(t, properties);
    const table = DeltaTable.at(store, { engine });
    await table
      .merge({
        source: {
          rows: [
            { id: 5, v: "x", p: "p0" },
            { id: 187, v: "x", p: "p3" },
            { id: 999, v: "x", p: "p9" },
          ],
        },
        on,
      })
      .whenMatchedUpdateAll()
      .whenNotMatchedInsertAll()
      .execute();
    assert.equal(store.opened.size, 2);
    assert.equal((await table.describe()).numRows, 201);
    const { removes } = await lastCommit(table);
    assert.equal(removes.length, 2);
  });
}

test("a merge by key and partition reads only the partitions that the source has", async (t) => {
  const store = await wideTable(t);
  const table = DeltaTable.at(store, { engine });
  await table
    .merge({
      source: { rows: [{ id: 60, v: "x", p: "p1" }] },
      on: "target.p = source.p AND target.id % 50 = source.id % 50",
    })
    .whenMatchedUpdateAll()
    .execute();
  assert.equal(store.opened.size, 5);
});

test("a merge reads only what the condition's own filter on the target lets through", async (t) => {
  const store = await wideTable(t);
  await DeltaTable.at(store, { engine })
    .merge({
      source: { rows: [{ id: 60 }] },
      on: "target.id >= 190 AND target.p = 'p3' AND target.id = source.id",
    })
    .whenMatchedDelete()
    .execute();
  assert.equal(store.opened.size, 0);
});

test("keys of many values prune by their range", async (t) => {
  const store = await wideTable(t);
  const table = DeltaTable.at(store, { engine });
  const sql = "SELECT 100000 + i AS id FROM range(2000) AS r(i) UNION ALL SELECT 195";
  await table
    .merge({ source: { sql }, on })
    .whenMatchedUpdate({ set: { v: "'x'" } })
    .execute();
  assert.equal(store.opened.size, 1);
  assert.equal((await (await table.scan({ where: "v = 'x'" })).rows()).length, 1);
});

test("a merge that looks for rows that no source row matches reads all files", async (t) => {
  const store = await wideTable(t);
  await DeltaTable.at(store, { engine })
    .merge({ source: { rows: [{ id: 5 }] }, on })
    .whenNotMatchedBySourceDelete({ condition: "target.id < 10" })
    .execute();
  assert.equal(store.opened.size, 20);
});

test("keys of another type than the column's do not prune wrongly", async (t) => {
  const table = await tableOf(t, { schema: columns({ id: "double", v: "string" }) }, [
    [{ id: 1, v: "a" }],
    [{ id: Number.NaN, v: "b" }],
    [{ id: -0, v: "c" }],
  ]);
  const sql = "SELECT * FROM (VALUES ('nan'::DOUBLE, 'x'), (0::DOUBLE, 'x'), (1.0::DOUBLE, 'x')) AS s(id, v)";
  const { metrics } = await table.merge({ source: { sql }, on }).whenMatchedUpdateAll().execute();
  assert.equal(metrics["numTargetRowsUpdated"], 3);
  const texts = await tableOf(t, { schema: columns({ id: "string", v: "string" }) }, [
    [{ id: "10", v: "a" }],
  ]);
  const typed = await texts
    .merge({ source: { sql: "SELECT 10 AS id" }, on: "target.id::BIGINT = source.id" })
    .whenMatchedDelete()
    .execute();
  assert.equal(typed.metrics["numTargetRowsDeleted"], 1);
});
