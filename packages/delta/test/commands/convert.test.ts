import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import type { TestContext } from "node:test";

import { noRules } from "../../src/engine/engine.ts";
import { describeType, DeltaTable, field } from "../../src/index.ts";
import type { ConvertOptions } from "../../src/index.ts";
import { logFolder } from "../../src/log/log-files.ts";
import { objectsOf } from "../support/commits.ts";
import { InterruptedStore } from "../support/interrupted-store.ts";
import { contentsOf, operationOf, rowsOf } from "../support/table-contents.ts";
import {
  columns,
  engine,
  filesOf,
  memoryStore,
  memoryTable,
  rejects,
  temporaryFolder,
  writeText,
} from "../support/tables.ts";
import type { MemoryStore } from "../../src/index.ts";

/** A folder of Parquet files without a log: each with the rows of a query. */
async function folderOf(t: TestContext, files: Readonly<Record<string, string>>): Promise<MemoryStore> {
  const store = memoryStore(t);
  for (const [path, sql] of Object.entries(files)) {
    const folder = await temporaryFolder(t);
    const session = await engine.openSession();
    const [written] = await session.writeFiles({
      rows: { sql },
      schema: await session.schemaOf(sql),
      partitionColumns: [],
      columnMapping: "none",
      rules: noRules,
      folder,
    });
    await session.close();
    await store.put(path, await readFile(join(folder, written?.path ?? "")));
  }
  return store;
}

function convert(store: MemoryStore, options: ConvertOptions = {}): ReturnType<typeof DeltaTable.convert> {
  return DeltaTable.convert(store, { engine, ...options });
}

test("a folder of Parquet files becomes a table where it lies, without a byte of data changed", async (t) => {
  const store = await folderOf(t, {
    "a.parquet": "SELECT 1::BIGINT AS id, 'one' AS name",
    "deep/er/b.PARQUET": "SELECT 2::BIGINT AS id, NULL::VARCHAR AS name",
  });
  const before = await contentsOf(store);
  const result = await convert(store, {
    name: "prices",
    description: "of old",
    properties: { "delta.appendOnly": "true" },
  });
  assert.deepEqual(result, { version: 0, isCommitted: true, metrics: { numConvertedFiles: 2 } });
  const table = await DeltaTable.open(store, { engine });
  assert.deepEqual(await rowsOf(table), [
    { id: 1n, name: "one" },
    { id: 2n, name: null },
  ]);
  const { name, description, properties } = await table.describe();
  assert.deepEqual(
    { name, description, properties },
    { name: "prices", description: "of old", properties: { "delta.appendOnly": "true" } },
  );
  const after = await contentsOf(store);
  assert.deepEqual(Object.fromEntries(Object.entries(after).filter(([path]) => path in before)), before);
  assert.deepEqual(await operationOf(table), {
    operation: "CONVERT",
    parameters: { numFiles: "2", partitionedBy: "[]", collectStats: "true" },
    metrics: { numConvertedFiles: "2" },
  });
});

test("a converted table has statistics, and is appended to and changed like any other", async (t) => {
  const store = await folderOf(t, {
    "a.parquet": "SELECT unnest([1, 2])::BIGINT AS id, 'x' AS name",
    "b.parquet": "SELECT unnest([11, 12])::BIGINT AS id, NULL::VARCHAR AS name",
  });
  await convert(store);
  const table = await DeltaTable.open(store, { engine });
  assert.equal((await table.describe()).numRows, 4);
  const scan = await table.scan({ where: "id > 10" });
  assert.equal((await scan.explain()).prunedByStatistics, 1);
  const nameless = await table.scan({ where: "name IS NULL" });
  assert.equal((await nameless.explain()).filesRead, 1);
  await table.append({ rows: [{ id: 21, name: "new" }] });
  await table.update({ set: { name: "'changed'" }, where: "id = 12" });
  await table.delete({ where: "id = 1" });
  assert.deepEqual(
    (await rowsOf(table)).map((row) => Object.values(row).join(" ")),
    ["2 x", "11 ", "12 changed", "21 new"],
  );
});

test("folders that stand for partition columns give their values, of the types said", async (t) => {
  const sql = "SELECT 1::BIGINT AS id";
  const store = await folderOf(t, {
    "Day=2026-01-02/p=a%2Fb c%25/x.parquet": sql,
    "Day=__HIVE_DEFAULT_PARTITION__/p=ü/x.parquet": "SELECT 2::BIGINT AS id",
    "Day=2026-01-03/p=/x.parquet": "SELECT 3::BIGINT AS id",
  });
  await convert(store, { partitionBy: [field("day", "date"), field("p", "string")] });
  const table = await DeltaTable.open(store, { engine });
  const values = (await filesOf(table)).map((file) => file.partitionValues);
  assert.deepEqual(
    values.toSorted((left, right) => (JSON.stringify(left) < JSON.stringify(right) ? -1 : 1)),
    [
      { day: "2026-01-02", p: "a/b c%" },
      { day: "2026-01-03", p: null },
      { day: null, p: "ü" },
    ],
  );
  const scan = await table.scan({ where: "day = '2026-01-02' AND p = 'a/b c%'" });
  assert.deepEqual(
    (await scan.rows()).map((row) => row["id"]),
    [1n],
  );
  assert.equal((await scan.explain()).prunedByPartition, 2);
  await table.append({ rows: [{ id: 4, day: "2026-01-02", p: "a/b c%" }] });
  assert.equal((await rowsOf(table)).length, 4);
  assert.equal((await operationOf(table)).operation, "WRITE");
});

test("a column that hides the positions of rows is read, and its table not changed; a new table has none", async (t) => {
  for (const name of ["file_index", "FILE_ROW_NUMBER"]) {
    const store = await folderOf(t, { "a.parquet": `SELECT 1::BIGINT AS id, 5::BIGINT AS ${name}` });
    const schema = columns({ id: "long", [name]: "long" });
    // As another writer may have made it.
    const metaData = {
      id: "1",
      format: { provider: "parquet", options: {} },
      schemaString: JSON.stringify(schema),
      partitionColumns: [],
      configuration: {},
    };
    const { size } = await store.describe("a.parquet");
    const add = { path: "a.parquet", partitionValues: {}, size, modificationTime: 0, dataChange: true };
    const actions = [{ protocol: { minReaderVersion: 1, minWriterVersion: 2 } }, { metaData }, { add }];
    await writeText(
      store,
      `${logFolder}/${"0".repeat(20)}.json`,
      actions.map((action) => JSON.stringify(action)).join("\n"),
    );
    const table = await DeltaTable.open(store, { engine });
    await table.append({ rows: [{ id: 2, [name]: 6 }] });
    assert.deepEqual(
      (await (await table.scan({ orderBy: "id" })).rows()).map((row) => row[name]),
      [5n, 6n],
    );
    await rejects(table.delete({ where: "id = 1" }), "UNSUPPORTED_FEATURE", /columnMapping/);
    await rejects(memoryTable(t, { schema }), "INVALID_SCHEMA", /positions of rows/);
    const properties = { "delta.columnMapping.mode": "name" };
    const mapped = await memoryTable(t, { schema, properties });
    await mapped.append({ rows: [{ id: 1, [name]: 5 }] });
    await mapped.update({ set: { id: "id + 1" } });
    assert.equal((await rowsOf(mapped))[0]?.[name], 5n);
  }
});

test("a partition column that the files have as well is read from the folders", async (t) => {
  const store = await folderOf(t, { "p=7/x.parquet": "SELECT 1::BIGINT AS id, 'no' AS P" });
  await convert(store, { partitionBy: [field("p", "integer")] });
  const table = await DeltaTable.open(store, { engine });
  assert.deepEqual(await rowsOf(table), [{ id: 1n, p: 7 }]);
});

test("files of different columns make a table of all of them", async (t) => {
  const store = await folderOf(t, {
    "a.parquet": "SELECT 1::BIGINT AS id, 'x' AS name",
    "b.parquet": "SELECT 2::BIGINT AS id, 2.5::DOUBLE AS price",
  });
  await convert(store);
  const table = await DeltaTable.open(store, { engine });
  assert.deepEqual(await rowsOf(table), [
    { id: 1n, name: "x", price: null },
    { id: 2n, name: null, price: 2.5 },
  ]);
});

test("files of no rows, odd names and all types are taken as they are", async (t) => {
  const store = await folderOf(t, {
    "100% ü/spa ce=.parquet":
      "SELECT 1::TINYINT AS \"with space\", 2::SMALLINT AS b, 3 AS c, '1.50'::DECIMAL(10,2) AS d, " +
      "DATE '1900-01-01' AS e, TIMESTAMPTZ '1960-01-01 00:00:00.123456+00' AS f, 'x'::BLOB AS g, " +
      "{'h': [1, NULL]} AS h, MAP {'k': 1.5::FLOAT} AS i, true AS j",
  });
  await convert(store);
  const table = await DeltaTable.open(store, { engine });
  const { schema } = await table.snapshot();
  assert.deepEqual(
    schema.fields.map((member) => describeType(member.type)),
    [
      "byte",
      "short",
      "integer",
      "decimal(10,2)",
      "date",
      "timestamp",
      "binary",
      "struct<h: array<integer>>",
      "map<string, float>",
      "boolean",
    ],
  );
  assert.equal((await rowsOf(table)).length, 1);
});

test("hidden files and files of other kinds are left out", async (t) => {
  const sql = "SELECT 1::BIGINT AS id";
  const store = await folderOf(t, {
    "a.parquet": sql,
    "_tmp/b.parquet": sql,
    ".c.parquet": sql,
    "_staging=1/d.parquet": sql,
  });
  await writeText(store, "_SUCCESS", "");
  await writeText(store, "notes.txt", "not data");
  assert.deepEqual((await convert(store)).metrics, { numConvertedFiles: 1 });
});

test("a partition column whose name begins with an underscore has folders that do", async (t) => {
  const store = await folderOf(t, { "_p=1/a.parquet": "SELECT 1::BIGINT AS id" });
  await convert(store, { partitionBy: [field("_p", "long")] });
  assert.deepEqual(await rowsOf(await DeltaTable.open(store, { engine })), [{ id: 1n, _p: 1n }]);
});

test("a dry run converts nothing", async (t) => {
  const store = await folderOf(t, { "a.parquet": "SELECT 1::BIGINT AS id" });
  const before = await contentsOf(store);
  const { isCommitted, metrics } = await convert(store, { dryRun: true });
  assert.deepEqual({ isCommitted, metrics }, { isCommitted: false, metrics: { numConvertedFiles: 1 } });
  assert.deepEqual(await contentsOf(store), before);
  assert.equal(await DeltaTable.at(store, { engine }).exists(), false);
});

test("a table, or one that another writer makes meanwhile, is not converted", async (t) => {
  const store = await folderOf(t, { "a.parquet": "SELECT 1::BIGINT AS id" });
  const racing = new InterruptedStore(store);
  racing.interruption = () => DeltaTable.create(store, { schema: columns({ id: "long" }), engine });
  await rejects(DeltaTable.convert(racing, { engine }), "TABLE_ALREADY_EXISTS", /meanwhile/);
  await rejects(convert(store), "TABLE_ALREADY_EXISTS", /already/);
  assert.deepEqual(await rowsOf(await DeltaTable.open(store, { engine })), []);
});

test("folders that do not fit the partition columns are refused by the file's name", async (t) => {
  const sql = "SELECT 1::BIGINT AS id";
  const store = await folderOf(t, { "day=2026-01-01/a.parquet": sql, "b.parquet": sql });
  const day = field("day", "date");
  await rejects(convert(store), "INVALID_ARGUMENT", /day=2026-01-01\/a\.parquet.*\(day\), not \(\)/);
  await rejects(convert(store, { partitionBy: [day] }), "INVALID_ARGUMENT", /b\.parquet/);
  await store.delete("b.parquet");
  await rejects(convert(store, { partitionBy: [field("month", "date")] }), "INVALID_ARGUMENT", /month/);
  await rejects(convert(store, { partitionBy: [day, field("p", "string")] }), "INVALID_ARGUMENT");
  assert.ok(!(await DeltaTable.at(store, { engine }).exists()));
});

test("a folder's value that its column's type cannot hold is refused by the file's name", async (t) => {
  const store = await folderOf(t, { "day=yesterday/a.parquet": "SELECT 1::BIGINT AS id" });
  const before = await contentsOf(store);
  await rejects(
    convert(store, { partitionBy: [field("day", "date")] }),
    "INVALID_ARGUMENT",
    /day=yesterday\/a\.parquet.*date/,
  );
  assert.deepEqual(await contentsOf(store), before);
});

test("what cannot become a table is refused, and nothing is made of it", async (t) => {
  const empty = memoryStore(t);
  await rejects(convert(empty), "INVALID_ARGUMENT", /no Parquet file/);
  const broken = memoryStore(t);
  await writeText(broken, "a.parquet", "this is no Parquet");
  await rejects(convert(broken), "DATA_FILE_UNREADABLE", /a\.parquet/);
  const store = await folderOf(t, { "a.parquet": "SELECT 1::BIGINT AS id" });
  await rejects(
    convert(store, { properties: { "delta.columnMapping.mode": "name" } }),
    "INVALID_ARGUMENT",
    /Convert first/,
  );
  await rejects(convert(store, { properties: { "delta.nonsense": "1" } }), "INVALID_ARGUMENT", /nonsense/);
  await rejects(
    convert(store, { properties: { "delta.enableRowTracking": "true" } }),
    "UNSUPPORTED_FEATURE",
    /rowTracking/,
  );
  for (const each of [empty, broken, store])
    assert.ok((await objectsOf(each)).every((path) => !path.startsWith(logFolder)));
});

test("a partition column of a type that cannot be one, or no other column, is refused", async (t) => {
  const store = await folderOf(t, { "p=1/a.parquet": "SELECT 1::BIGINT AS p" });
  await rejects(
    convert(store, { partitionBy: [field("p", "long")] }),
    "INVALID_SCHEMA",
    /neither a partition column/,
  );
  const list = { type: "array", elementType: "long", containsNull: true } as const;
  const other = await folderOf(t, { "p=1/a.parquet": "SELECT 1::BIGINT AS id" });
  await rejects(convert(other, { partitionBy: [field("p", list)] }), "INVALID_SCHEMA", /"p"/);
});

test("what a new table could not be, a converted folder cannot be either", async (t) => {
  const store = await folderOf(t, { "a.parquet": "SELECT 1::BIGINT AS id, 'x' AS _change_type" });
  const fed = convert(store, { properties: { "delta.enableChangeDataFeed": "true" } });
  await rejects(fed, "INVALID_SCHEMA", /_change_type/);
  await rejects(convert(store, { properties: { "delta.columnmapping.MODE": "name" } }), "INVALID_ARGUMENT");
  assert.deepEqual(await objectsOf(store), ["a.parquet"]);
});
