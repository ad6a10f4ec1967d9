import assert from "node:assert/strict";
import { test } from "node:test";
import type { TestContext } from "node:test";

import type { DataType, DeltaTable, MergeBuilder, Row } from "../../src/index.ts";
import { sampled } from "../../../../test/sampled.ts";
import { columns, engine, memoryTable, rejects } from "../support/tables.ts";

const list = (elementType: DataType): DataType => ({ type: "array", elementType, containsNull: true });
const map = (keyType: DataType, valueType: DataType): DataType => ({
  type: "map",
  keyType,
  valueType,
  valueContainsNull: true,
});
const types = {
  id: "long",
  ts: "timestamp",
  local: "timestamp_ntz",
  day: "date",
  times: list("timestamp"),
  best: columns({ ts: "timestamp", days: list("date") }),
  book: map("date", "timestamp"),
  deep: list(columns({ ts: "timestamp_ntz" })),
} as const;
const schema = columns(types);
const fine = "2026-01-08 00:00:00.123456789";

async function oneRow(t: TestContext): Promise<DeltaTable> {
  const table = await memoryTable(t, { schema });
  await table.append({ rows: [{ id: 1, ts: "2026-01-08T00:00:00.123456Z" }, { id: 2 }] });
  return table;
}

async function update(table: DeltaTable, column: string, value: string): Promise<unknown> {
  return table.update({ set: { [column]: value }, where: "id = 1" });
}

async function merge(table: DeltaTable, column: string, value: string): Promise<unknown> {
  return table
    .merge({ source: { sql: `SELECT 1::BIGINT AS id, ${value} AS v` }, on: "target.id = source.id" })
    .whenMatchedUpdate({ set: { [column]: "source.v" } })
    .execute();
}

async function insert(table: DeltaTable, column: string, value: string): Promise<unknown> {
  return table
    .merge({ source: { sql: `SELECT 9::BIGINT AS id, ${value} AS v` }, on: "target.id = source.id" })
    .whenNotMatchedInsert({ values: { id: "source.id", [column]: "source.v" } })
    .execute();
}

const commands = { update, merge, insert };

const tooFine: readonly (readonly [string, string])[] = [
  ["ts", `'${fine}'`],
  ["ts", `'${fine}Z'`],
  ["ts", "'2026-01-08T00:00:00.1234567Z'"],
  ["ts", `TIMESTAMP_NS '${fine}'`],
  ["local", `'${fine}'`],
  ["local", `TIMESTAMP_NS '${fine}'`],
  ["times", `['2026-01-08', '${fine}']`],
  ["times", `[TIMESTAMP_NS '${fine}']`],
  ["best", `{ts: '${fine}', days: []::DATE[]}`],
  ["book", `MAP {'2026-01-08': '${fine}'}`],
  ["deep", `[{ts: '${fine}'}]`],
];

const outOfYears: readonly (readonly [string, string])[] = [
  ["ts", "TIMESTAMPTZ '10000-01-01 00:00:00+00'"],
  ["ts", "TIMESTAMPTZ 'infinity'"],
  ["local", "TIMESTAMP '0001-01-01 (BC)'"],
  ["day", "DATE '-infinity'"],
  ["day", "make_date(10000, 1, 1)"],
  ["times", "[NULL, TIMESTAMPTZ '2026-01-08 00:00:00+00', TIMESTAMPTZ 'infinity']"],
  ["best", "{ts: TIMESTAMPTZ '10000-01-01 00:00:00+00', days: NULL::DATE[]}"],
  ["best", "{ts: NULL::TIMESTAMPTZ, days: [DATE '10000-01-01']}"],
  ["book", "MAP {DATE '10000-01-01': TIMESTAMPTZ '2026-01-08 00:00:00+00'}"],
  ["book", "MAP {DATE '2026-01-08': TIMESTAMPTZ 'infinity'}"],
  ["deep", "[{ts: TIMESTAMP '10000-01-01'}]"],
];

for (const [name, run] of Object.entries(commands)) {
  test(`${name} refuses times that its column cannot hold`, async (t) => {
    const table = await oneRow(t);
    for (const [column, value] of sampled(`${name} too fine`, tooFine, 2))
      await rejects(run(table, column, value), "INVALID_VALUE", /six decimals of a second/);
    for (const [column, value] of sampled(`${name} out of years`, outOfYears, 4))
      await rejects(run(table, column, value), "INVALID_VALUE", new RegExp(`${column}.*1 to 9999`));
    assert.equal((await table.snapshot()).version, 1);
  });

  test(`${name} takes times in microseconds, as texts as well, and null`, async (t) => {
    const taken = [
      ["ts", "'2026-01-08 00:00:00.123456000'", new Date("2026-01-08T00:00:00.123Z")],
      ["ts", "TIMESTAMP_NS '2026-01-08 00:00:00.123456'", new Date("2026-01-08T00:00:00.123Z")],
      ["ts", "NULL", null],
      ["day", "'9999-12-31'", "9999-12-31"],
      ["times", "['2026-01-08', NULL]", [new Date("2026-01-08"), null]],
      ["times", "[]", []],
      ["times", "NULL", null],
      [
        "best",
        "{ts: '2026-01-08', days: ['0001-01-01']}",
        { ts: new Date("2026-01-08"), days: ["0001-01-01"] },
      ],
      ["book", "MAP {'2026-01-08': NULL}", new Map([["2026-01-08", null]])],
      ["deep", "[{ts: '2026-01-08'}, NULL]", [{ ts: new Date("2026-01-08") }, null]],
    ] as const;
    for (const [column, value, expected] of sampled(`${name} takes`, taken, 4)) {
      const table = await oneRow(t);
      await run(table, column, value);
      const where = name === "insert" ? "id = 9" : "id = 1";
      const [row] = await (await table.scan({ where })).rows();
      assert.deepEqual(row?.[column], expected, `${column} ${value}`);
    }
  });
}

test("an expression is computed once for a row, whatever it gives", async (t) => {
  const table = await oneRow(t);
  await table.append({ sql: "SELECT i + 10 AS id FROM range(200) t(i)" });
  // Half of the values would be refused if they were drawn a second time.
  await table.update({
    set: {
      ts: "CASE WHEN random() < 0.5 THEN '2026-01-08' ELSE '2026-01-09' END",
      day: "CASE WHEN random() < 0.5 THEN DATE '2026-01-08' END",
    },
    where: "id >= 10",
  });
  const rows = await (await table.scan({ where: "id >= 10" })).rows();
  assert.equal(rows.length, 200);
});

test("a filter by a time that is finer than a table's is refused", async (t) => {
  const table = await memoryTable(t, { schema, properties: { "delta.enableChangeDataFeed": "true" } });
  await table.append({ rows: [{ id: 1, ts: "2026-01-08T00:00:00.123456Z" }] });
  for (const where of [
    `ts = '${fine}Z'`,
    `ts >= TIMESTAMPTZ '${fine}Z'`,
    `id = 1 AND (local < '${fine}' OR id = 7)`,
    `ts IN ('2026-01-08', '${fine}')`,
    `ts BETWEEN '2026-01-08' AND '${fine}'`,
    `NOT (ts = '${fine}')`,
    `ts IS DISTINCT FROM '${fine}'`,
    `ts NOT IN ('2026-01-08', '${fine}')`,
    `greatest(ts, '${fine}') > '2026-01-08'`,
    `coalesce(ts, TIMESTAMPTZ '${fine}') > '2026-01-08'`,
    `ts > TIMESTAMPTZ '${fine}' - INTERVAL 1 HOUR`,
    `CASE WHEN id = 1 THEN ts = '${fine}' ELSE true END`,
    `list_contains(times, '${fine}')`,
    `list_contains(['${fine}']::TIMESTAMPTZ[], ts)`,
    `best.ts < '${fine}'`,
    `ts = TRY_CAST('${fine}' AS TIMESTAMPTZ)`,
    `(ts, id) = ('${fine}', 1)`,
    `(id, ts) IN ((1, '2026-01-08'), (2, '${fine}'))`,
    `(ts, id) BETWEEN ('2026-01-08', 1) AND ('${fine}', 2)`,
    `((ts, id), 1) IS DISTINCT FROM (('${fine}', 1), 2)`,
    `[ts] = ['${fine}']`,
    `{a: ts, b: id} < {a: '${fine}', b: 1}`,
  ]) {
    await refusedFilter((await table.scan({ where })).rows());
    await refusedFilter((await table.changes({ fromVersion: 1, where })).rows());
    await refusedFilter(table.update({ set: { id: "2" }, where }));
    await refusedFilter(table.delete({ where }));
    await refusedFilter(table.overwrite({ rows: [] }, { where }));
  }
  assert.deepEqual(
    ids(await (await table.scan({ where: "ts = '2026-01-08 00:00:00.123456000Z'" })).rows()),
    [1],
  );
});

test("a fine time in a tuple is a text like any other where no time is beside it", async (t) => {
  const table = await memoryTable(t, { schema: columns({ id: "long", ts: "timestamp", note: "string" }) });
  await table.append({ rows: [{ id: 1, ts: "2026-01-08T00:00:00Z", note: fine }] });
  for (const where of [
    `(id, note) = (1, '${fine}')`,
    `(ts, note) = ('2026-01-08', '${fine}')`,
    `note = '${fine}'`,
  ])
    assert.deepEqual(ids(await (await table.scan({ where })).rows()), [1], where);
});

/** Expressions that give a fine time to a column of a source, with a cast that would cut it. */
const cutBySql: readonly (readonly [column: string, sql: string])[] = [
  ["ts", `CAST('${fine}' AS TIMESTAMPTZ)`],
  ["ts", `TIMESTAMPTZ '${fine}Z'`],
  ["ts", `TRY_CAST(v AS TIMESTAMPTZ)`],
  ["ts", "v::TIMESTAMPTZ"],
  ["ts", "CAST(trim(v) AS TIMESTAMP)::TIMESTAMPTZ"],
  ["ts", "v::TIMESTAMPTZ + INTERVAL 1 HOUR"],
  ["ts", "CASE WHEN v <> '' THEN v::TIMESTAMPTZ END"],
  ["ts", "coalesce(NULL, v::TIMESTAMPTZ)"],
  ["ts", "max(v::TIMESTAMPTZ) OVER ()"],
  ["ts", "(SELECT v::TIMESTAMPTZ)"],
  ["ts", `coalesce(TIMESTAMPTZ '2026-01-08', '${fine}')`],
  ["local", "v::TIMESTAMP"],
  ["local", "v::DATETIME"],
  ["local", "(v::TIMESTAMP_NS)::TIMESTAMP"],
  ["local", "strptime(v, '%Y-%m-%d %H:%M:%S.%n')::TIMESTAMP"],
  ["times", "[v]::TIMESTAMPTZ[]"],
  ["times", `['${fine}']::TIMESTAMPTZ[]`],
  ["times", "list_transform([v], lambda x: x::TIMESTAMPTZ)"],
  ["best", "{ts: v::TIMESTAMPTZ, days: NULL::DATE[]}"],
  ["best", "{ts: v, days: NULL::DATE[]}::STRUCT(ts TIMESTAMPTZ, days DATE[])"],
  ["book", "MAP {DATE '2026-01-08': v::TIMESTAMPTZ}"],
];

test("a source whose query casts a finer time is refused by every command", async (t) => {
  const table = await oneRow(t);
  const other = await memoryTable(t, { schema: columns({ v: "string" }) });
  await other.append({ rows: [{ v: fine }] });
  for (const [column, value] of sampled("casts that cut", cutBySql, 3)) {
    const sql = `SELECT 1::BIGINT AS id, ${value} AS ${column} FROM (SELECT '${fine}' AS v)`;
    const named = sql.replace(/FROM \(SELECT '.*' AS v\)/, "FROM other");
    const tables = { other };
    const on = "target.id = source.id";
    const set = { [column]: `source.${column}` };
    for (const run of [
      async () => table.append({ sql }),
      async () => table.append({ sql: named }, { tables }),
      async () => table.append({ sql: `WITH q AS (${sql}) SELECT * FROM q` }),
      async () => table.overwrite({ sql }),
      async () => table.overwrite({ sql }, { where: "id = 1" }),
      async () => table.merge({ source: { sql }, on }).whenMatchedUpdate({ set }).execute(),
    ])
      await rejects(run(), "INVALID_VALUE", /six decimals of a second/);
  }
  assert.equal((await table.snapshot()).version, 1);
});

test("a source may cast what no cast cuts", async (t) => {
  for (const [column, value, expected] of [
    ["ts", "'2026-01-08 00:00:00.123456000'::TIMESTAMPTZ", new Date("2026-01-08T00:00:00.123Z")],
    ["ts", "v::TIMESTAMPTZ", new Date("2026-01-08T00:00:00.123Z")],
    ["ts", "TRY_CAST('none' AS TIMESTAMPTZ)", null],
    ["ts", "TRY_CAST(left(v, 1) AS TIMESTAMPTZ)", null],
    ["ts", "NULL::TIMESTAMPTZ", null],
    ["ts", "max(v::TIMESTAMPTZ)", new Date("2026-01-08T00:00:00.123Z")],
    ["day", "v::TIMESTAMP::DATE", "2026-01-08"],
    ["day", `'${fine}'::DATE`, "2026-01-08"],
    ["local", "make_timestamp_ns(1000)::TIMESTAMP", new Date(0)],
    ["times", "[v, NULL]::TIMESTAMPTZ[]", [new Date("2026-01-08T00:00:00.123Z"), null]],
  ] as const) {
    const table = await oneRow(t);
    const sql = `SELECT 7::BIGINT AS id, ${value} AS ${column} FROM (SELECT '2026-01-08 00:00:00.123456' AS v)`;
    await table.append({ sql });
    const [row] = await (await table.scan({ where: "id = 7" })).rows();
    assert.deepEqual(row?.[column], expected, `${column} ${value}`);
  }
  const grouped = await memoryTable(t, { schema: columns({ ts: "timestamp", n: "long" }) });
  await grouped.append({
    sql: "SELECT v::TIMESTAMPTZ AS ts, count(*) AS n FROM (SELECT '2026-01-08' AS v FROM range(4)) GROUP BY v::TIMESTAMPTZ ORDER BY v::TIMESTAMPTZ",
  });
  assert.deepEqual(await (await grouped.scan()).rows(), [{ ts: new Date("2026-01-08"), n: 4n }]);
});

test("a cast within an expression of a command cuts no time either", async (t) => {
  const schemaWithText = columns({ id: "long", ts: "timestamp", text: "string" });
  const table = await memoryTable(t, { schema: schemaWithText });
  await table.append({ rows: [{ id: 1, ts: "2026-01-08T00:00:00.123456Z", text: fine }] });
  const on = "target.id = source.id";
  const source = { rows: [{ id: 1, text: fine }] };
  const value = "text::TIMESTAMPTZ + INTERVAL 1 HOUR";
  const filter = "text::TIMESTAMPTZ = ts";
  const merging = (condition: string): MergeBuilder => table.merge({ source, on: condition });
  const ofSource = { ts: `source.${value}` };
  for (const run of [
    async () => table.update({ set: { ts: value } }),
    async () => merging(on).whenMatchedUpdate({ set: ofSource }).execute(),
    async () => merging("false").whenNotMatchedInsert({ values: ofSource }).execute(),
    async () =>
      merging("false")
        .whenNotMatchedBySourceUpdate({ set: { ts: `target.${value}` } })
        .execute(),
    async () => table.delete({ where: filter }),
    async () => table.update({ set: { id: "2" }, where: filter }),
    async () => table.overwrite({ rows: [] }, { where: filter }),
    async () => merging("source.text::TIMESTAMPTZ = target.ts").whenMatchedDelete().execute(),
    async () =>
      merging(on).whenMatchedDelete({ condition: "source.text::TIMESTAMPTZ = target.ts" }).execute(),
    async () => (await table.scan({ where: filter })).rows(),
  ])
    await assert.rejects(run(), /six decimals of a second/);
  assert.equal((await table.snapshot()).version, 1);
  assert.deepEqual(await (await table.scan()).rows(), [
    { id: 1n, ts: new Date("2026-01-08T00:00:00.123Z"), text: fine },
  ]);
});

test("a query over tables refuses such a filter as a scan does", async (t) => {
  const table = await oneRow(t);
  for (const where of [`ts = '${fine}'`, `NOT (ts = '${fine}')`, `greatest(ts, '${fine}') > '2026'`]) {
    const sql = `SELECT count(*) FROM t WHERE ${where}`;
    const answer = engine.query(sql, async ({ predicate }) => table.relation({}, predicate));
    await refusedFilter(answer);
  }
  const shown = await engine.query(`SELECT '${fine}' AS text`, async () => undefined);
  assert.deepEqual(await shown.rows(), [{ text: fine }]);
});

test("a text of that form is a text beside texts", async (t) => {
  const table = await memoryTable(t, { schema: columns({ id: "long", text: "string" }) });
  await table.append({ rows: [{ id: 1, text: fine }] });
  assert.deepEqual(ids(await (await table.scan({ where: `text = '${fine}'` })).rows()), [1]);
  await table.update({ set: { text: `'${fine}'` }, where: `text = '${fine}'` });
  await table.append({ sql: `SELECT 2::BIGINT AS id, '${fine}' AS text` });
  await table.append({ sql: `SELECT 3::BIGINT AS id, concat('at ', '${fine}') AS text` });
  await table
    .merge({ source: { sql: `SELECT 4::BIGINT AS id, '${fine}' AS text` }, on: "target.id = source.id" })
    .whenNotMatchedInsertAll()
    .execute();
  await table.delete({ where: `id > 1 AND text IN ('${fine}', 'at ${fine}')` });
  assert.deepEqual(ids(await (await table.scan()).rows()), [1]);
});

test("years that no other engine reads are refused in lists and maps, from rows and from queries", async (t) => {
  const table = await memoryTable(t, { schema });
  for (const [column, value] of outOfYears) {
    const sql = `SELECT 1::BIGINT AS id, ${value} AS ${column}`;
    const named = new RegExp(`${column}.*1 to 9999`);
    await rejects(table.append({ sql }), "INVALID_VALUE", named);
    await rejects(table.append({ sql }, { dryRun: true }), "INVALID_VALUE", named);
    await rejects(table.overwrite({ sql }), "INVALID_VALUE", named);
  }
  await rejects(
    table.append({ rows: [{ id: 1, times: [new Date("+010000-01-01T00:00:00Z")] }] }),
    "INVALID_VALUE",
    /times.*1 to 9999/,
  );
  await table.append({
    sql: "SELECT 1::BIGINT AS id, [NULL, TIMESTAMPTZ '9999-12-31 23:59:59.999999+00'] AS times",
  });
});

test("an overwrite of some rows refuses such years beside rows that it copies", async (t) => {
  const table = await memoryTable(t, { schema });
  await table.append({ sql: "SELECT range AS id FROM range(3)" });
  const { version } = await table.snapshot();
  for (const [column, value] of outOfYears) {
    const sql = `SELECT 1::BIGINT AS id, ${value} AS ${column}`;
    const named = new RegExp(`${column}.*1 to 9999`);
    await rejects(table.overwrite({ sql }, { where: "id = 1" }), "INVALID_VALUE", named);
    await rejects(table.overwrite({ sql }, { where: "id = 1", dryRun: true }), "INVALID_VALUE", named);
  }
  assert.equal((await table.snapshot()).version, version);
  await table.overwrite({ sql: "SELECT 1::BIGINT AS id, DATE '9999-12-31' AS day" }, { where: "id = 1" });
});

test("a time of another engine that no Date can hold is an error that names its column", async () => {
  const engineTimes = "TIMESTAMPTZ 'infinity'";
  for (const [column, value] of [
    ["ts", engineTimes],
    ["ts", "TIMESTAMPTZ '290000-01-01 00:00:00+00'"],
    ["local", "TIMESTAMP '-infinity'"],
    ["day", "DATE 'infinity'"],
    ["times", `[${engineTimes}]`],
    ["best", `{ts: ${engineTimes}, days: NULL::DATE[]}`],
    ["best", "{ts: NULL::TIMESTAMPTZ, days: [DATE 'infinity']}"],
    ["book", `MAP {DATE '2026-01-08': ${engineTimes}}`],
    ["deep", "[{ts: TIMESTAMP 'infinity'}]"],
  ] as const) {
    const read = async (): Promise<unknown> =>
      (await engine.query(`SELECT 1::BIGINT AS id, ${value} AS ${column}`, async () => undefined)).rows();
    await rejects(read(), "INVALID_VALUE", new RegExp(`"${column}".*Date`));
  }
  const far = await engine.query("SELECT TIMESTAMPTZ '10000-01-01 00:00:00+00' AS ts", async () => undefined);
  assert.deepEqual(await far.rows(), [{ ts: new Date("+010000-01-01T00:00:00Z") }]);
});

async function refusedFilter(work: Promise<unknown>): Promise<void> {
  await rejects(work, "INVALID_PREDICATE", /six decimals of a second/);
}

function ids(rows: readonly Row[]): number[] {
  return rows.map((row) => Number(row["id"]));
}
