// The matrix of sizes: no row, many rows, many files, many commits, many columns. Made by Spark and read by us, made by us and read by the
// peers; every value is compared.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { assertSameTable, type Field, type Row, type Table } from "./canonical.ts";
import { sparkQuery } from "./market-table.ts";
import { sparkColumns, tableProperties } from "./matrix.ts";
import { engineRows } from "./our-engine.ts";
import { sparkTable, Workbench } from "./workbench.ts";

const bench = new Workbench();
const { ours, spark, deltaRs, chdb } = bench;

const MANY_ROWS = 200_000;
const PARTS = 20;
/** Spark needs half a second for each. */
const COMMITS_BY_SPARK = 120;
const COMMITS_BY_US = 300;
const MANY_COLUMNS = 300;

const candles: readonly Field[] = [
  { name: "id", type: "long" },
  { name: "price", type: "double" },
  { name: "amount", type: "decimal(18,8)" },
  { name: "at", type: "timestamp" },
  { name: "day", type: "date" },
  { name: "venue", type: "string" },
  { name: "note", type: "string" },
];

const vectors = { "delta.enableDeletionVectors": "true" };
const byName = { "delta.columnMapping.mode": "name" };
const everyFourthCommit = { "delta.checkpointInterval": "4" };

describe("a table of any size that Spark made is read by us", () => {
  const sizes: readonly (readonly [name: string, rows: number, files: number])[] = [
    ["empty", 0, 1],
    ["one row", 1, 1],
    ["thousands of rows", 5000, 1],
    ["many files", 600, 150],
  ];
  for (const [name, rows, files] of sizes) {
    it(name, async () => {
      const path = bench.path(`spark ${name}`);
      await spark.sql(
        `CREATE TABLE ${sparkTable(path)} USING delta AS
           SELECT /*+ REPARTITION(${files}, id) */ id, CAST(id AS STRING) AS text, id / 3 AS third,
             array(id, NULL) AS list, named_struct('id', id, 'inner', map('id', id)) AS nested
           FROM range(${rows})`,
      );
      await assertReadAsBySpark(path, rows);
      const where = "id >= 100 AND id < 110";
      assertSameTable(await ours.read(path, { where }), await spark.read(path, { where }), where);
    });
  }

  it(`${MANY_ROWS} rows in many files, some of them deleted, then optimized`, async () => {
    const path = bench.path("spark large");
    const table = sparkTable(path);
    const properties = tableProperties({ ...vectors, ...everyFourthCommit });
    const parts = Array.from(
      { length: PARTS },
      (_, part) => `INSERT INTO ${table} ${sparkCandles(rowRange(part))}`,
    );
    await spark.sql(
      `CREATE TABLE ${table} (${sparkColumns({ schema: candles })}) USING delta PARTITIONED BY (venue) ${properties}`,
      ...parts,
      `DELETE FROM ${table} WHERE id % 10 = 3`,
    );
    await assertReadAsBySpark(path, MANY_ROWS * 0.9);
    await spark.sql(`OPTIMIZE ${table}`, `UPDATE ${table} SET price = -price WHERE id % 1000 = 0`);
    await assertReadAsBySpark(path, MANY_ROWS * 0.9);
    for (const where of ["id = 123456", "day < '2020-01-02'", "venue = 'v3' AND price < 0", "amount > 2500"])
      assertSameTable(await ours.read(path, { where }), await spark.read(path, { where }), where);
  });

  it(`${COMMITS_BY_SPARK} commits`, async () => {
    const path = bench.path("spark commits");
    const table = sparkTable(path);
    const inserts = Array.from(
      { length: COMMITS_BY_SPARK },
      (_, id) => `INSERT INTO ${table} VALUES (${id}, ${id} / 4)`,
    );
    await spark.sql(`CREATE TABLE ${table} (id BIGINT, price DOUBLE) USING delta`, ...inserts);
    await assertReadAsBySpark(path, COMMITS_BY_SPARK);
    for (const version of [1, 10, 11, COMMITS_BY_SPARK / 2, COMMITS_BY_SPARK]) {
      const found = await ours.read(path, { version });
      assertSameTable(found, await spark.read(path, { version }), `version ${version}`);
      assert.equal(found.rows.length, version);
    }
  });

  it(`${MANY_COLUMNS} columns, mapped by name and not`, async () => {
    for (const [name, properties] of [
      ["mapped", byName],
      ["not mapped", {}],
    ] as const) {
      const path = bench.path(`spark wide ${name}`);
      const table = wide("_");
      const second = { ...table, rows: table.rows.slice(1, 2) };
      await spark.sql(
        `CREATE TABLE ${sparkTable(path)} (${sparkColumns(table)}) USING delta ${tableProperties(properties)}`,
        `INSERT INTO ${sparkTable(path)} ${sparkQuery(table)}`,
      );
      await bench.assertReadBy([ours], path, table);
      // Statistics are of the first 32 columns: one within, one beyond.
      await bench.assertReadBy([ours], path, second, { where: "column_3 = 4" });
      await bench.assertReadBy([ours], path, second, { where: "column_273 = 274" });
    }
  });
});

describe("a table of any size that we made is read by the peers", () => {
  it("empty", async () => {
    const path = bench.path("ours empty");
    await ours.create(path, candles);
    await bench.assertReadBy([spark, deltaRs, chdb], path, { schema: candles, rows: [] });
  });

  it(`${MANY_ROWS} rows in many files, some of them deleted, then optimized`, async () => {
    const path = bench.path("ours large");
    const properties = { ...vectors, ...everyFourthCommit };
    const table = await ours.create(path, candles, { partitionBy: ["venue"], properties });
    for (let part = 0; part < PARTS; part += 1) await table.append({ sql: ourCandles(rowRange(part)) });
    await table.delete({ where: "id % 10 = 3" });
    await assertReadByAll(path, MANY_ROWS * 0.9);
    await table.update({ set: { price: "-price" }, where: "id % 1000 = 0" });
    await table.optimize();
    await assertReadByAll(path, MANY_ROWS * 0.9);
  });

  it(`${COMMITS_BY_US} commits`, async () => {
    const path = bench.path("ours commits");
    const table = await ours.create(path, candles.slice(0, 2));
    for (let id = 0; id < COMMITS_BY_US; id += 1) await table.append({ rows: [{ id, price: id / 4 }] });
    await assertReadByAll(path, COMMITS_BY_US);
    for (const version of [1, 10, 11, COMMITS_BY_US / 2, COMMITS_BY_US])
      await bench.assertReadBy([spark, deltaRs, chdb], path, await ours.read(path, { version }), { version });
  });

  it(`${MANY_COLUMNS} columns, mapped by name and not`, async () => {
    for (const [name, properties, table] of [
      ["mapped", byName, wide(" ")],
      ["not mapped", {}, wide("_")],
    ] as const) {
      const path = bench.path(`ours wide ${name}`);
      const target = await ours.create(path, table.schema, { properties });
      await target.append({ rows: engineRows(table) });
      await bench.assertReadBy([ours, spark, deltaRs, chdb], path, table);
    }
  });
});

/** What we read is what Spark reads, row by row. */
async function assertReadAsBySpark(path: string, rowCount: number): Promise<void> {
  const expected = await spark.read(path);
  assert.equal(expected.rows.length, rowCount);
  assertSameTable(await ours.read(path), expected, "our engine");
}

async function assertReadByAll(path: string, rowCount: number): Promise<void> {
  const found = await ours.read(path);
  assert.equal(found.rows.length, rowCount);
  await bench.assertReadBy([spark, deltaRs, chdb], path, found);
}

function rowRange(part: number): string {
  const size = MANY_ROWS / PARTS;
  return `range(${part * size}, ${(part + 1) * size})`;
}

function sparkCandles(range: string): string {
  return `SELECT id, (id % 1000) / 8, CAST(id / 64 AS DECIMAL(18,8)), TIMESTAMP '2020-01-01' + make_interval(0, 0, 0, 0, 0, id, 0),
            CAST(TIMESTAMP '2020-01-01' + make_interval(0, 0, 0, 0, 0, id, 0) AS DATE), concat('v', id % 7),
            IF(id % 11 = 0, NULL, concat('note ', id)) FROM ${range}`;
}

/** The same rows in our dialect. */
function ourCandles(range: string): string {
  return `SELECT range AS id, (range % 1000) / 8 AS price, CAST(range / 64 AS DECIMAL(18,8)) AS amount,
            TIMESTAMPTZ '2020-01-01 00:00:00+00' + to_minutes(range) AS at,
            CAST(TIMESTAMP '2020-01-01' + to_minutes(range) AS DATE) AS day, 'v' || range % 7 AS venue,
            CASE WHEN range % 11 = 0 THEN NULL ELSE 'note ' || range END AS note FROM ${range}`;
}

/** Three rows of many columns, a fifth of their values missing. */
function wide(separator: string): Table {
  const schema = Array.from({ length: MANY_COLUMNS }, (_, index): Field => {
    const type = index % 3 === 0 ? "long" : index % 3 === 1 ? "double" : "string";
    return { name: `column${separator}${index}`, type };
  });
  const row = (at: number): Row =>
    Object.fromEntries(
      schema.map(({ name, type }, index) => [
        name,
        index % 5 === at ? null : type === "string" ? `v${index}` : index + at,
      ]),
    );
  return { schema, rows: [row(0), row(1), row(2)] };
}
