// The matrix of kinds of columns: timestamps without a zone and nested types, with the features that touch them; and
// tables of many sizes that we made. What the market table of the other matrix files has no columns for.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { assertSameTable, type Field, type Row, type Table } from "./canonical.ts";
import { tableProperties } from "./matrix.ts";
import { engineRows } from "./our-engine.ts";
import type { Peer } from "./peer.ts";
import { sparkTable, Workbench } from "./workbench.ts";

const bench = new Workbench();
const { ours, spark, deltaRs, chdb } = bench;

interface ColumnCase {
  readonly name: string;
  readonly properties: Readonly<Record<string, string>>;
  readonly partitionBy: readonly string[];
  readonly schema: readonly Field[];
  /** What Spark calls the columns. */
  readonly sparkColumns: string;
  /** Spark's SELECT of the rows: ids 1 to 4. */
  readonly sparkRows: string;
  /** Who else reads such a table. */
  readonly readers: readonly Peer[];
}

const wallTimes = {
  schema: [
    { name: "id", type: "integer" },
    { name: "at", type: "timestamp_ntz" },
    { name: "note", type: "string" },
  ],
  sparkColumns: "id INT, at TIMESTAMP_NTZ, note STRING",
  sparkRows: `SELECT * FROM VALUES
    (1, TIMESTAMP_NTZ '2026-03-29 02:30:00', 'an hour that some zones skip'),
    (2, TIMESTAMP_NTZ '1969-12-31 23:59:59.999999', 'before the epoch'),
    (3, TIMESTAMP_NTZ '9999-12-31 23:59:59.999999', 'far'),
    (4, NULL, NULL) AS rows(id, at, note)`,
} as const;

const nested = {
  schema: [
    { name: "id", type: "integer" },
    {
      name: "book",
      type: {
        type: "struct",
        fields: [
          { name: "venue", type: "string" },
          {
            name: "levels",
            type: {
              type: "array",
              elementType: {
                type: "struct",
                fields: [
                  { name: "price", type: "decimal(18,8)" },
                  { name: "tags", type: { type: "map", keyType: "string", valueType: "long" } },
                ],
              },
            },
          },
        ],
      },
    },
    { name: "note", type: "string" },
  ],
  sparkColumns:
    "id INT, book STRUCT<venue: STRING, levels: ARRAY<STRUCT<price: DECIMAL(18,8), tags: MAP<STRING, BIGINT>>>>, note STRING",
  sparkRows: `SELECT * FROM VALUES
    (1, named_struct('venue', 'a', 'levels', array(named_struct('price', CAST(1.5 AS DECIMAL(18,8)), 'tags', map('size', 7L)))), 'full'),
    (2, named_struct('venue', NULL, 'levels', CAST(array() AS ARRAY<STRUCT<price: DECIMAL(18,8), tags: MAP<STRING, BIGINT>>>)), 'an empty list'),
    (3, named_struct('venue', 'b', 'levels', array(NULL, named_struct('price', NULL, 'tags', CAST(map() AS MAP<STRING, BIGINT>)))), 'nulls within'),
    (4, NULL, NULL) AS rows(id, book, note)`,
} as const;

const vectors = { "delta.enableDeletionVectors": "true" };
const byName = { "delta.columnMapping.mode": "name" };
const byId = { "delta.columnMapping.mode": "id" };
const changeFeed = { "delta.enableChangeDataFeed": "true" };

/** ClickHouse has no null in place of a struct, a list or a map: nested tables are not for it. */
const cases: readonly ColumnCase[] = [
  {
    ...wallTimes,
    name: "timestamps without a zone",
    properties: {},
    partitionBy: ["at"],
    readers: [spark, deltaRs, chdb],
  },
  {
    ...wallTimes,
    name: "timestamps without a zone, mapped by name, with vectors and the change feed",
    properties: { ...byName, ...vectors, ...changeFeed },
    partitionBy: ["note"],
    readers: [spark],
  },
  { ...nested, name: "nested types", properties: {}, partitionBy: ["note"], readers: [spark, deltaRs] },
  {
    ...nested,
    name: "nested types mapped by id, with vectors and the change feed",
    properties: { ...byId, ...vectors, ...changeFeed },
    partitionBy: [],
    readers: [spark],
  },
];

describe("kinds of columns", () => {
  for (const [index, one] of cases.entries()) {
    it(`that Spark wrote are read and changed by us: ${one.name}`, async () => {
      const path = bench.path(`spark ${index}`);
      const layout = one.partitionBy.length === 0 ? "" : `PARTITIONED BY (${one.partitionBy.join(", ")})`;
      await spark.sql(
        `CREATE TABLE ${sparkTable(path)} (${one.sparkColumns}) USING delta ${layout} ${tableProperties(one.properties)}`,
        `INSERT INTO ${sparkTable(path)} ${one.sparkRows}`,
        `DELETE FROM ${sparkTable(path)} WHERE id = 3`,
      );
      for (const version of [1, 2]) await assertSame(path, [ours], { version });
      await changeByUs(path, await contentsOf(path, 1));
      await assertSame(path, one.readers);
    });

    it(`that we wrote are read by all and changed by Spark: ${one.name}`, async () => {
      const model = bench.path(`model ${index}`);
      await spark.sql(
        `CREATE TABLE ${sparkTable(model)} (${one.sparkColumns}) USING delta`,
        `INSERT INTO ${sparkTable(model)} ${one.sparkRows}`,
      );
      const rows = await spark.read(model);
      const path = bench.path(`ours ${index}`);
      const table = await ours.create(path, one.schema, {
        partitionBy: one.partitionBy,
        properties: one.properties,
      });
      await table.append({ rows: engineRows({ schema: one.schema, rows: rows.rows }) });
      for (const reader of one.readers) assertSameTable(await readBy(reader, path, one), rows, reader.name);
      await changeByUs(path, rows);
      await assertSame(path, one.readers);
      await spark.sql(
        `MERGE INTO ${sparkTable(path)} AS target USING (${one.sparkRows}) AS source ON target.id = source.id
           WHEN MATCHED THEN UPDATE SET * WHEN NOT MATCHED THEN INSERT *`,
        `OPTIMIZE ${sparkTable(path)}`,
        `DELETE FROM ${sparkTable(path)} WHERE id = 1`,
      );
      await assertSame(path, [ours]);
    });
  }
});

/** Rows 2 and 3 come again, the first of them is updated, row 4 goes. */
async function changeByUs(path: string, { schema, rows }: Table): Promise<void> {
  const table = await ours.open(path);
  const again = rows.filter(({ id }) => id === 2 || id === 3);
  await table.append({ rows: engineRows({ schema, rows: again }) });
  await table.update({ set: { note: "'ours'" }, where: "id = 2" });
  await table.delete({ where: "id = 4" });
  await table
    .merge({ source: { rows: engineRows({ schema, rows: again.slice(1) }) }, on: "target.id = source.id" })
    .whenMatchedUpdateAll()
    .whenNotMatchedInsertAll()
    .execute();
  await table.checkpoint();
}

async function contentsOf(path: string, version: number): Promise<Table> {
  const { schema, rows } = await spark.read(path, { version });
  return { schema, rows };
}

/** What each reader finds is what Spark finds; and for Spark, what we find. */
async function assertSame(
  path: string,
  readers: readonly Peer[],
  options: { readonly version?: number } = {},
): Promise<void> {
  const expected = await spark.read(path, options);
  const found = await ours.read(path, options);
  assertSameTable(found, expected, "our engine beside Spark");
  assert.ok(expected.rows.length > 0);
  for (const reader of readers)
    if (reader !== spark && reader !== ours)
      assertSameTable(
        await readBy(reader, path, { schema: expected.schema }, options),
        expected,
        reader.name,
      );
}

/** ClickHouse has one type for timestamps with and without a zone. */
async function readBy(
  reader: Peer,
  path: string,
  { schema }: { readonly schema: readonly Field[] },
  options: { readonly version?: number } = {},
): Promise<Table> {
  if (reader !== chdb) return reader.read(path, options);
  const zoneless = schema.filter(({ type }) => type === "timestamp_ntz");
  return chdb.read(path, {
    ...options,
    types: Object.fromEntries(zoneless.map(({ name }) => [name, "timestamp_ntz" as const])),
  });
}

const ruled: Table = {
  schema: [
    { name: "id", type: "long" },
    { name: "price", type: "double" },
    { name: "venue", type: "string" },
  ],
  rows: [1, 2, 3, 4].map((id): Row => ({ id, price: id * 1.5, venue: id % 2 === 0 ? "a" : "b" })),
};

describe("a table that delta-rs made with features", () => {
  const features: readonly (readonly [string, Readonly<Record<string, string>>])[] = [
    ["change data feed", changeFeed],
    ["append only", { "delta.appendOnly": "true" }],
    ["a constraint", {}],
    [
      "few indexed columns, a checkpoint at each commit",
      { "delta.dataSkippingNumIndexedCols": "1", "delta.checkpointInterval": "1" },
    ],
  ];
  for (const [index, [name, configuration]] of features.entries()) {
    it(`is read and changed by us, and read by delta-rs and Spark again: ${name}`, async () => {
      const path = bench.path(`delta-rs features ${index}`);
      const isConstrained = name === "a constraint";
      await deltaRs.write(path, ruled, { configuration, partitionBy: ["venue"] });
      if (isConstrained) await deltaRs.addConstraint(path, "positive", "price > 0");
      assertSameTable(await ours.read(path), ruled, "our engine");
      const table = await ours.open(path);
      const more: Table = { ...ruled, rows: [{ id: 9, price: 9.5, venue: "c" }] };
      await table.append({ rows: engineRows(more) });
      const growsOnly = "delta.appendOnly" in configuration;
      if (growsOnly) await assert.rejects(table.delete({ where: "id = 1" }), { code: "APPEND_ONLY" });
      else {
        await table.update({ set: { price: "100" }, where: "id = 2" });
        await table.delete({ where: "id = 3" });
      }
      if (isConstrained)
        await assert.rejects(table.update({ set: { price: "-1" } }), { code: "CONSTRAINT_VIOLATED" });
      await deltaRs.write(path, { ...ruled, rows: [{ id: 10, price: 1, venue: "a" }] }, { mode: "append" });
      const expected = [...ruled.rows, ...more.rows, { id: 10, price: 1, venue: "a" }]
        .filter(({ id }) => growsOnly || id !== 3)
        .map((row) => (row["id"] === 2 && !growsOnly ? { ...row, price: 100 } : row));
      await bench.assertReadBy([ours, deltaRs, spark], path, { ...ruled, rows: expected });
    });
  }
});

describe("a table of any size that we made is read by the peers", () => {
  it("empty", async () => {
    const path = bench.path("ours empty");
    await ours.create(path, ruled.schema);
    await bench.assertReadBy([spark, deltaRs, chdb], path, { ...ruled, rows: [] });
  });

  it("of 200,000 rows in many files, by what they add up to", async () => {
    const path = bench.path("ours large");
    const table = await ours.create(path, ruled.schema, { partitionBy: ["venue"] });
    for (let part = 0; part < 20; part += 1) {
      const sql = `SELECT range + ${part * 10_000} AS id, (range % 1000) / 8 AS price, 'v' || range % 7 AS venue FROM range(10000)`;
      await table.append({ sql });
    }
    await table.checkpoint();
    await table.delete({ where: "id % 10 = 3" });
    await assertSameSums(path, 180_000);
    await table.optimize();
    await assertSameSums(path, 180_000);
  });

  it("of 300 commits of a row each", async () => {
    const path = bench.path("ours commits");
    const table = await ours.create(path, ruled.schema);
    for (let id = 0; id < 300; id += 1) await table.append({ rows: [{ id, price: id / 4, venue: null }] });
    await assertSameSums(path, 300);
    for (const version of [1, 150, 299]) {
      const { rows } = await deltaRs.read(path, { version });
      assert.equal(rows.length, version);
    }
  });

  it("of 300 columns", async () => {
    const path = bench.path("ours wide");
    const schema = Array.from({ length: 300 }, (_, index): Field => ({
      name: `column ${index}`,
      type: index % 3 === 0 ? "long" : index % 3 === 1 ? "double" : "string",
    }));
    const row = (at: number): Row =>
      Object.fromEntries(
        schema.map(({ name, type }, index) => [
          name,
          index % 5 === at ? null : type === "string" ? `v${index}` : index + at,
        ]),
      );
    const table: Table = { schema, rows: [row(0), row(1), row(2)] };
    const properties = { "delta.columnMapping.mode": "name" };
    const target = await ours.create(path, schema, { properties });
    await target.append({ rows: engineRows(table) });
    await bench.assertReadBy([ours, spark, chdb], path, table);
  });
});

/** Spark's sums over a table, beside ours. */
async function assertSameSums(path: string, count: number): Promise<void> {
  const { rows } = await spark.sql(
    `SELECT count(*) AS n, sum(id) AS ids, sum(price) AS prices, count(DISTINCT venue) AS venues FROM ${sparkTable(path)}`,
  );
  const expected = rows[0] ?? {};
  assert.equal(expected["n"], count);
  const sums = await sumsOf(path);
  assert.deepEqual(
    sums,
    Object.fromEntries(Object.entries(expected).map(([name, value]) => [name, Number(value)])),
  );
}

/** The same by our own reader. */
async function sumsOf(path: string): Promise<Readonly<Record<string, number>>> {
  const rows = await (await (await ours.open(path)).scan()).rows();
  const total = (name: string): number => rows.reduce((sum, row) => sum + Number(row[name]), 0);
  const venues = new Set(rows.map(({ venue }) => venue).filter((venue) => venue !== null));
  return { n: rows.length, ids: total("id"), prices: total("price"), venues: venues.size };
}
