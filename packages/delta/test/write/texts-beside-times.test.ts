import assert from "node:assert/strict";
import { test } from "node:test";
import type { TestContext } from "node:test";

import type { DeltaTable, MergeBuilder, TableResolver } from "../../src/index.ts";
import { sampled } from "../../../../test/sampled.ts";
import { columns, engine, memoryTable, rejects } from "../support/tables.ts";

const schema = columns({
  id: "long",
  ts: "timestamp",
  local: "timestamp_ntz",
  text: "string",
  best: columns({ ts: "timestamp" }),
});
const fine = "2026-01-08 00:00:00.123456789";
const exact = "2026-01-08 00:00:00.123456";
const refused = /six decimals of a second/;

/** Two rows of the same times: the text of the first one is that time too, the second one has digits below. */
async function twoRows(t: TestContext): Promise<DeltaTable> {
  const table = await memoryTable(t, { schema, properties: { "delta.enableChangeDataFeed": "true" } });
  const times = { ts: `${exact}Z`, local: exact, best: { ts: `${exact}Z` } };
  await table.append({
    rows: [
      { ...times, id: 1, text: exact },
      { ...times, id: 2, text: fine },
    ],
  });
  return table;
}

/** Each is true of the first row; the engine would cut the second row's text, and find it to be true of that as well. */
const equalities: readonly string[] = [
  "text = ts",
  "ts = text",
  "local = text",
  "best.ts = text",
  "ts = concat(text, '')",
  "ts = text || ''",
  "NOT (ts <> text)",
  "NOT (ts != text)",
  "ts IS NOT DISTINCT FROM text",
  "NOT (text IS DISTINCT FROM ts)",
  "ts IN ('2026-01-09', text)",
  "text IN (ts, TIMESTAMPTZ '2026-01-09')",
  "NOT (ts NOT IN (text))",
  "CASE text WHEN ts THEN true ELSE false END",
  "CASE ts WHEN '2026-01-09' THEN false WHEN text THEN true END",
  "CASE WHEN ts = text THEN true ELSE false END",
  "nullif(text, ts) IS NULL",
  "nullif(ts, text) IS NULL",
  "id < 9 AND (ts = text OR id = 7)",
  "(ts = text) = (id < 9)",
  "ts + INTERVAL 0 HOUR = text",
  "list_transform([text], lambda x: x = ts)[1]",
];

test("a condition that compares a text with a time fails for a text that is finer, in every command", async (t) => {
  const table = await twoRows(t);
  const before = (await table.snapshot()).version;
  for (const where of sampled("texts beside times", equalities, 7)) {
    for (const run of [
      async () => (await table.scan({ where })).rows(),
      async () => (await table.changes({ fromVersion: 1, where })).rows(),
      async () => table.delete({ where }),
      async () => table.update({ set: { id: "3" }, where }),
      async () => table.overwrite({ rows: [] }, { where }),
      async () => table.update({ set: { id: `CASE WHEN ${where} THEN 3 ELSE 4 END` } }),
    ])
      await assert.rejects(run(), refused, where);
  }
  assert.equal((await table.snapshot()).version, before);
});

test("a text of microseconds equals the time that it says", async (t) => {
  const table = await twoRows(t);
  await table.delete({ where: "id = 2" });
  await table.append({ rows: [{ id: 3, ts: "2026-01-10T00:00:00Z", local: exact, text: `${exact}000` }] });
  for (const where of equalities.filter((one) => !one.includes("local") && !one.includes("best")))
    assert.deepEqual(await ids(table, where), [1n], where);
  assert.deepEqual(await ids(table, "local = text"), [1n, 3n]);
  assert.deepEqual(await ids(table, "text = text"), [1n, 3n]);
});

test("a text is compared with a text as it is", async (t) => {
  const table = await twoRows(t);
  assert.deepEqual(await ids(table, "text = concat(text, '')"), [1n, 2n]);
  assert.deepEqual(await ids(table, "text IN (upper(text), lower(text))"), [1n, 2n]);
  assert.deepEqual(await ids(table, "text = ts::VARCHAR"), []);
});

test("whether a text comes before a time cannot be asked without a cast", async (t) => {
  const table = await twoRows(t);
  for (const where of ["ts < text", "text >= ts", "ts BETWEEN text AND text", "coalesce(ts, text) = ts"])
    await rejects(
      (await table.scan({ where })).rows(),
      "INVALID_PREDICATE",
      /explicit cast|Cannot (?:mix|compare)/,
    );
});

test("a merge whose source has finer texts is refused in its condition, its clauses and its values", async (t) => {
  const table = await twoRows(t);
  const before = (await table.snapshot()).version;
  const source = { sql: `SELECT 1::BIGINT AS id, '${fine}' || '' AS text` };
  const merging = (on: string): MergeBuilder => table.merge({ source, on });
  const condition = "target.ts = source.text";
  for (const run of [
    async () => merging(condition).whenMatchedDelete().execute(),
    async () => merging(`target.id = source.id AND ${condition}`).whenMatchedDelete().execute(),
    async () => merging("target.id = source.id").whenMatchedDelete({ condition }).execute(),
    async () => merging("target.ts IN (source.text, target.local)").whenMatchedDelete().execute(),
    async () =>
      merging("target.id = source.id")
        .whenMatchedUpdate({ set: { id: `CASE source.text WHEN target.ts THEN 5 END` } })
        .execute(),
    async () =>
      merging("false")
        .whenNotMatchedInsert({
          values: { id: "7" },
          condition: "source.text = TIMESTAMPTZ '2026-01-08' + INTERVAL 1 HOUR",
        })
        .execute(),
    async () =>
      merging("false").whenNotMatchedBySourceDelete({ condition: "target.ts = target.text" }).execute(),
    async () =>
      merging("false")
        .whenNotMatchedInsert({ values: { ts: "source.text" } })
        .execute(),
  ])
    await assert.rejects(run(), refused);
  assert.equal((await table.snapshot()).version, before);
  const exactly = { sql: `SELECT '${exact}' AS text` };
  const merged = await table
    .merge({ source: exactly, on: "target.ts = source.text AND target.id = 1" })
    .whenMatchedDelete()
    .execute();
  assert.equal(merged.metrics["numTargetRowsDeleted"], 1);
});

test("a query over tables compares no cut text, wherever in it the two meet", async (t) => {
  const table = await twoRows(t);
  const resolve: TableResolver = async ({ predicate }) => table.relation({}, predicate);
  const run = async (sql: string): Promise<unknown> => (await engine.query(sql, resolve)).rows();
  for (const sql of [
    "SELECT count(*) FROM t WHERE ts = text",
    "SELECT a.id FROM t a JOIN t b ON a.ts = b.text",
    "SELECT a.id FROM t a FULL JOIN t b ON a.id = b.id AND a.text = b.ts",
    "SELECT a.id FROM t a LEFT JOIN (SELECT text AS k FROM t) b ON a.ts = b.k",
    "WITH q AS (SELECT id, text AS k FROM t) SELECT t.id FROM t, q WHERE t.ts = q.k AND t.id = q.id",
    "SELECT ts = text AS same, count(*) AS n FROM t GROUP BY ts = text",
    "SELECT id FROM t WHERE ts = (SELECT max(text) FROM t)",
    "SELECT id FROM t a WHERE EXISTS (SELECT 1 FROM t b WHERE b.text = a.ts)",
    "SELECT id FROM t QUALIFY row_number() OVER (PARTITION BY text = ts ORDER BY id) = 1",
    "SELECT id FROM t UNION ALL SELECT id FROM t WHERE text = ts",
  ])
    await assert.rejects(run(sql), refused, sql);
  assert.deepEqual(await run("SELECT a.id FROM t a JOIN t b ON a.ts = b.ts AND a.text = b.text ORDER BY 1"), [
    { id: 1n },
    { id: 2n },
  ]);
  assert.deepEqual(
    await run(
      "SELECT a.id FROM t a FULL JOIN (SELECT * FROM t WHERE id = 1) b ON a.id = b.id AND a.ts = b.text ORDER BY 1",
    ),
    [{ id: 1n }, { id: 2n }],
  );
});

test("a source whose query compares a finer text is refused", async (t) => {
  const table = await twoRows(t);
  const sql = "SELECT 9::BIGINT AS id FROM t WHERE ts = text";
  await rejects(table.append({ sql }, { tables: { t: table } }), "INVALID_VALUE", refused);
});

test("a join by a column's name does not compare a text with a time", async (t) => {
  const table = await twoRows(t);
  const resolve: TableResolver = async ({ predicate }) => table.relation({}, predicate);
  for (const sql of [
    "SELECT count(*) FROM t JOIN (SELECT text AS ts FROM t) b USING (ts)",
    "SELECT count(*) FROM t NATURAL JOIN (SELECT text AS ts FROM t) b",
    "WITH q AS (SELECT text AS TS FROM t) SELECT count(*) FROM (SELECT * FROM t JOIN q USING (ts))",
  ])
    await rejects(
      engine.query(sql, resolve),
      "INVALID_PREDICATE",
      /"ts" as a text with "ts" as a timestamp/i,
    );
  const answer = await engine.query(
    "SELECT count(*)::BIGINT AS n FROM t JOIN t b USING (id, ts, text)",
    resolve,
  );
  assert.deepEqual(await answer.rows(), [{ n: 2n }]);
});

async function ids(table: DeltaTable, where: string): Promise<unknown[]> {
  const rows = await (await table.scan({ where, orderBy: "id" })).rows();
  return rows.map(({ id }) => id);
}
