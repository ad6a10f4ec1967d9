// The matrix of kinds of columns: timestamps without a zone and nested types, with the features that touch them. What
// the market table of the other matrix files has no columns for.
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

/** Types within types within types: a list in a map in a list, and a struct as a map's value. */
const deep = {
  schema: [
    { name: "id", type: "integer" },
    {
      name: "books",
      type: {
        type: "array",
        elementType: {
          type: "map",
          keyType: "string",
          valueType: { type: "array", elementType: "double" },
        },
      },
    },
    {
      name: "by_venue",
      type: {
        type: "map",
        keyType: "string",
        valueType: {
          type: "struct",
          fields: [
            { name: "days", type: { type: "array", elementType: "date" } },
            { name: "fees", type: { type: "map", keyType: "integer", valueType: "decimal(9,4)" } },
          ],
        },
      },
    },
    { name: "note", type: "string" },
  ],
  sparkColumns: `id INT, books ARRAY<MAP<STRING, ARRAY<DOUBLE>>>,
    by_venue MAP<STRING, STRUCT<days: ARRAY<DATE>, fees: MAP<INT, DECIMAL(9,4)>>>, note STRING`,
  sparkRows: `SELECT * FROM VALUES
    (1, array(map('bids', array(1.5D, NULL, CAST('NaN' AS DOUBLE)), 'asks', CAST(array() AS ARRAY<DOUBLE>)), NULL),
      map('a', named_struct('days', array(DATE '1969-12-31', NULL), 'fees', map(1, CAST(0.25 AS DECIMAL(9,4)), 2, NULL))), 'full'),
    (2, CAST(array() AS ARRAY<MAP<STRING, ARRAY<DOUBLE>>>),
      CAST(map() AS MAP<STRING, STRUCT<days: ARRAY<DATE>, fees: MAP<INT, DECIMAL(9,4)>>>), 'empty'),
    (3, array(map('bids', NULL)), map('b', NULL, 'c', named_struct('days', NULL, 'fees', NULL)), 'nulls within'),
    (4, NULL, NULL, NULL) AS rows(id, books, by_venue, note)`,
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
  { ...deep, name: "lists in maps in lists", properties: {}, partitionBy: [], readers: [spark, deltaRs] },
  {
    ...deep,
    name: "lists in maps in lists, mapped by name, with vectors",
    properties: { ...byName, ...vectors },
    partitionBy: ["note"],
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

describe("timestamps without a zone that delta-rs wrote", () => {
  it("are read and changed by us, and read by the peers", async () => {
    const path = bench.path("delta-rs zoneless");
    const rows: readonly Row[] = [
      { id: 1, at: "2026-03-29T02:30:00.000000", note: "an hour that some zones skip" },
      { id: 2, at: "1969-12-31T23:59:59.999999", note: "before the epoch" },
      { id: 3, at: "9999-12-31T23:59:59.999999", note: "far" },
      { id: 4, at: null, note: null },
    ];
    const table: Table = { schema: wallTimes.schema, rows };
    await deltaRs.write(path, table, { partitionBy: ["note"] });
    assertSameTable(await ours.read(path), table, "our engine");
    const where = "\"at\" < TIMESTAMP '1970-01-01'";
    assertSameTable(await ours.read(path, { where }), { ...table, rows: rows.slice(1, 2) }, where);
    await changeByUs(path, table);
    await assertSame(path, [spark, deltaRs]);
    await deltaRs.write(path, table, { mode: "append" });
    await assertSame(path, [spark, deltaRs]);
  });
});

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
    ["deletion vectors", vectors],
    ["column mapping by name", byName],
    ["V2 checkpoints", { "delta.checkpointPolicy": "v2" }],
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
