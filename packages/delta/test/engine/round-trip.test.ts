import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import type { TestContext } from "node:test";
import * as fc from "fast-check";

import { DeltaTable, describeType, field, structType } from "../../src/index.ts";
import type { Column, ColumnInput, DataType, Row, RowBatch, StructType } from "../../src/index.ts";
import {
  columns,
  engine,
  filesOf,
  memoryStore,
  memoryTable,
  parallelEngine,
  temporaryFolder,
} from "../support/tables.ts";
import { runsOf } from "../../../../test/sampled.ts";

interface Sample {
  readonly type: DataType;
  readonly values: readonly unknown[];
}

/** Values in the form in which rows give them back. */
const samples: readonly Sample[] = [
  {
    type: "string",
    values: [
      "",
      "a",
      "a\0b",
      `${"long text ".repeat(20)}\0 and after a NUL`,
      "\0",
      'it\'s "quoted" \\ 100%',
      "line\nbreak\r\t",
      "Zürich 東京 \u{1F600}\u{10FFFF}\uFFFD",
    ],
  },
  { type: "long", values: [0n, -1n, 2n ** 53n + 1n, 2n ** 63n - 1n, -(2n ** 63n)] },
  { type: "integer", values: [0, -1, 2 ** 31 - 1, -(2 ** 31)] },
  { type: "short", values: [0, 32767, -32768] },
  { type: "byte", values: [0, 127, -128] },
  {
    type: "double",
    values: [
      0,
      0.1,
      -0,
      Number.NaN,
      Number.POSITIVE_INFINITY,
      Number.NEGATIVE_INFINITY,
      5e-324,
      Number.MAX_VALUE,
    ],
  },
  {
    type: "float",
    values: [0, 0.5, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, Math.fround(0.1)],
  },
  { type: "boolean", values: [true, false] },
  { type: "binary", values: [new Uint8Array(), new Uint8Array([0, 1, 255]), new Uint8Array(100).fill(7)] },
  { type: "date", values: ["1970-01-01", "1969-12-31", "2026-02-28", "0004-02-29", "9999-12-31"] },
  {
    type: "timestamp",
    values: [
      new Date(0),
      new Date(-1),
      new Date("1900-06-15T12:34:56.789Z"),
      new Date("9999-12-31T23:59:59.999Z"),
    ],
  },
  { type: "timestamp_ntz", values: [new Date(0), new Date(-1), new Date("2026-02-28T23:59:59.999Z")] },
  { type: "decimal(4,2)", values: ["0.00", "-99.99", "99.99"] },
  { type: "decimal(9,0)", values: ["0", "-999999999", "999999999"] },
  {
    type: "decimal(18,8)",
    values: ["0.00000000", "0.00000001", "-9999999999.99999999", "9999999999.99999999"],
  },
  { type: "decimal(38,10)", values: [`-${"9".repeat(28)}.${"9".repeat(10)}`, "0.0000000001"] },
  { type: "decimal(38,38)", values: [`0.${"9".repeat(38)}`, `-0.${"0".repeat(37)}1`] },
  {
    type: { type: "array", elementType: "string", containsNull: true },
    values: [[], ["a", null, "a\0b", "x".repeat(50)]],
  },
  {
    type: {
      type: "array",
      elementType: { type: "array", elementType: "long", containsNull: true },
      containsNull: true,
    },
    values: [[[1n, null], [], null], []],
  },
  {
    type: { type: "map", keyType: "string", valueType: "decimal(18,8)", valueContainsNull: true },
    values: [
      new Map(),
      new Map([
        ["a.b", "1.50000000"],
        ["", null],
      ]),
    ],
  },
  {
    type: columns({
      "a.b c": "string",
      at: "timestamp",
      day: "date",
      inner: columns({ flag: "boolean", raw: "binary", small: "integer", real: "double" }),
    }),
    values: [
      {
        "a.b c": "x\0y",
        at: new Date(-1),
        day: "1969-12-31",
        inner: { flag: true, raw: new Uint8Array([9]), small: -5, real: 0.25 },
      },
      { "a.b c": null, at: null, day: null, inner: null },
    ],
  },
];

const keyed = (type: DataType): StructType => columns({ id: "long", value: type });

/** With nulls at the start, between and at the end. */
function rowsOf(sample: Sample): Row[] {
  const values = [null, ...sample.values.flatMap((value) => [value, null])];
  return values.map((value, index) => ({ id: BigInt(index), value }));
}

async function ordered(table: DeltaTable): Promise<Row[]> {
  return (await table.scan({ orderBy: "id" })).rows();
}

for (const sample of samples) {
  const name = describeType(sample.type);
  const expected = rowsOf(sample);

  test(`${name}: rows go in as objects and come out unchanged`, async (t) => {
    const table = await memoryTable(t, { schema: keyed(sample.type) });
    await table.append({ rows: expected });
    assert.deepEqual(await ordered(table), expected);
  });

  test(`${name}: columns that come out go in again, and batches likewise`, async (t) => {
    const source = await memoryTable(t, { schema: keyed(sample.type) });
    await source.append({ rows: expected });
    const batch = await (await source.scan({ orderBy: "id" })).toBatch();
    const set = { rowCount: batch.rowCount, columns: byName(batch.schema, batch.columns) };

    const byColumns = await memoryTable(t, { schema: keyed(sample.type) });
    await byColumns.append({ columns: set });
    assert.deepEqual(await ordered(byColumns), expected);

    const byBatches = await memoryTable(t, { schema: keyed(sample.type) });
    const half = Math.ceil(expected.length / 2);
    const batches: RowBatch[] = [{ rows: expected.slice(0, half) }, { rows: expected.slice(half) }];
    await byBatches.append({ batches });
    assert.deepEqual(await ordered(byBatches), expected);
  });
}

function byName(schema: StructType, values: readonly Column[]): Record<string, ColumnInput> {
  return Object.fromEntries(
    schema.fields.map((member, position): [string, ColumnInput] => [
      member.name,
      values[position] ?? { values: [] },
    ]),
  );
}

test("a query's result goes in, and every type that a table has comes out as in rows", async (t) => {
  const schema = columns({
    s: "string",
    l: "long",
    i: "integer",
    h: "short",
    b: "byte",
    f: "float",
    d: "double",
    t: "boolean",
    x: "binary",
    y: "date",
    z: "timestamp",
    n: "timestamp_ntz",
    m: "decimal(18,8)",
    a: { type: "array", elementType: "integer", containsNull: true },
    st: columns({ k: "string" }),
  });
  const table = await memoryTable(t, { schema });
  await table.append({
    sql: `SELECT 'x' || chr(0) || 'y' AS s, 9007199254740993 AS l, 1 AS i, 2::SMALLINT AS h, 3::TINYINT AS b,
      0.5::FLOAT AS f, 'nan'::DOUBLE AS d, true AS t, '\\x00'::BLOB AS x, DATE '1969-12-31' AS y,
      TIMESTAMPTZ '1969-12-31 23:59:59.999+00' AS z, TIMESTAMP '2025-01-01' AS n, 1.5::DECIMAL(18,8) AS m,
      [1, NULL] AS a, {k: 'v'} AS st`,
  });
  assert.deepEqual(await (await table.scan()).rows(), [
    {
      s: "x\0y",
      l: 9007199254740993n,
      i: 1,
      h: 2,
      b: 3,
      f: 0.5,
      d: Number.NaN,
      t: true,
      x: new Uint8Array([0]),
      y: "1969-12-31",
      z: new Date(-1),
      n: new Date("2025-01-01T00:00:00Z"),
      m: "1.50000000",
      a: [1, null],
      st: { k: "v" },
    },
  ]);
});

test("a query's columns are matched by name whatever their order and case, and a missing one is null", async (t) => {
  const table = await memoryTable(t, { schema: columns({ a: "long", b: "string", c: "double" }) });
  await table.append({ sql: "SELECT 'x' AS B, 7 AS A" });
  assert.deepEqual(await (await table.scan()).rows(), [{ a: 7n, b: "x", c: null }]);
});

test("a query's values are cast only where none can change", async (t) => {
  const table = await memoryTable(t, {
    schema: columns({ l: "long", d: "double", m: "decimal(18,8)", n: "string" }),
  });
  await table.append({ sql: "SELECT 1::TINYINT AS l, 2::INTEGER AS d, 3::INTEGER AS m, NULL::VARCHAR AS n" });
  assert.deepEqual(await (await table.scan()).rows(), [{ l: 1n, d: 2, m: "3.00000000", n: null }]);
});

test("rows may give other forms of a value: numbers for decimals, ISO text for timestamps, Date for dates", async (t) => {
  const schema = columns({ m: "decimal(18,8)", l: "long", z: "timestamp", y: "date", d: "double" });
  const table = await memoryTable(t, { schema });
  await table.append({
    rows: [
      { m: 1e-7, l: 5, z: "2026-01-08T10:00:00+02:00", y: new Date("2026-01-08T00:00:00Z"), d: 1 },
      { m: 12n, L: 6n, z: "2026-01-08", y: "2026-01-08" },
      { m: " +.5 ", z: "2026-01-08 10:00Z" },
    ],
  });
  assert.deepEqual(await (await table.scan({ orderBy: "m" })).rows(), [
    { m: "0.00000010", l: 5n, z: new Date("2026-01-08T08:00:00Z"), y: "2026-01-08", d: 1 },
    { m: "0.50000000", l: null, z: new Date("2026-01-08T10:00:00Z"), y: null, d: null },
    { m: "12.00000000", l: 6n, z: new Date("2026-01-08T00:00:00Z"), y: "2026-01-08", d: null },
  ]);
});

test("columns keep microseconds, also before 1970; rows floor them to milliseconds", async (t) => {
  const schema = columns({ id: "long", z: "timestamp", n: "timestamp_ntz" });
  const table = await memoryTable(t, { schema });
  const micros = new BigInt64Array([-1n, -1001n, 0n, 1n, 1_735_689_600_123_456n]);
  await table.append({
    columns: { rowCount: 5, columns: { id: [0, 1, 2, 3, 4], z: micros, n: { values: micros } } },
  });
  const scan = await table.scan({ orderBy: "id" });
  const out = await scan.columns();
  assert.deepEqual(out["z"]?.values, micros);
  assert.deepEqual(out["n"]?.values, micros);
  const rows = await scan.rows();
  assert.deepEqual(rows[0]?.["z"], new Date(-1));
  assert.deepEqual(rows[1]?.["z"], new Date(-2));
  await table.append({ rows: [{ id: 9, z: "1969-12-31T23:59:59.999999Z" }] });
  const last = await (await table.scan({ where: "id = 9" })).columns();
  assert.deepEqual(last["z"]?.values, new BigInt64Array([-1n]));
});

test("fixed-width types come out as typed arrays, also without rows, with a mask where there are nulls", async (t) => {
  const types = {
    l: "long",
    i: "integer",
    h: "short",
    b: "byte",
    d: "double",
    f: "float",
    y: "date",
    m: "decimal(18,8)",
    n: "decimal(4,2)",
  } as const;
  const table = await memoryTable(t, { schema: columns(types) });
  await table.append({
    rows: [{ l: 1, i: 2, h: 3, b: 4, d: 5, f: 6, y: "1970-01-08", m: "0.00000009", n: "0.10" }],
  });
  const without = await (await table.scan()).columns();
  assert.deepEqual(without, {
    l: { values: new BigInt64Array([1n]), validity: undefined },
    i: { values: new Int32Array([2]), validity: undefined },
    h: { values: new Int16Array([3]), validity: undefined },
    b: { values: new Int8Array([4]), validity: undefined },
    d: { values: new Float64Array([5]), validity: undefined },
    f: { values: new Float32Array([6]), validity: undefined },
    y: { values: new Int32Array([7]), validity: undefined },
    m: { values: new BigInt64Array([9n]), validity: undefined, scale: 8 },
    n: { values: new BigInt64Array([10n]), validity: undefined, scale: 2 },
  });
  const noRows = await (await table.scan({ where: "l > 99" })).columns();
  for (const [name, { values }] of Object.entries(without))
    assert.deepEqual(noRows[name]?.values, values.slice(0, 0), name);
  await table.append({ rows: [{}] });
  const withNulls = await (await table.scan({ orderBy: "l NULLS LAST" })).columns();
  for (const name of Object.keys(types))
    assert.deepEqual([...(withNulls[name]?.validity ?? [])], [1, 0], name);
});

test("typed arrays with an offset into their buffer, masks and constants are taken as they stand", async (t) => {
  const schema = columns({
    id: "long",
    price: "decimal(38,2)",
    small: "decimal(4,2)",
    source: "string",
    none: "double",
  });
  const table = await memoryTable(t, { schema });
  const whole = new BigInt64Array([99n, 0n, 1n, 2n, 99n]);
  const prices = new BigInt64Array([-150n, 0n, 2n ** 63n - 1n]);
  await table.append({
    columns: {
      rowCount: 3,
      columns: {
        id: whole.subarray(1, 4),
        price: { values: prices, validity: new Uint8Array([1, 0, 1]) },
        small: { values: new BigInt64Array([-1n, 0n, 5n]), validity: new Uint8Array([1, 0, 1]) },
        source: { constant: "coinbase" },
      },
    },
  });
  assert.deepEqual(await ordered(table), [
    { id: 0n, price: "-1.50", small: "-0.01", source: "coinbase", none: null },
    { id: 1n, price: null, small: null, source: "coinbase", none: null },
    { id: 2n, price: "92233720368547758.07", small: "0.05", source: "coinbase", none: null },
  ]);
});

test("batches beyond the engine's vector size keep every value and every null in its place", async (t) => {
  const rowCount = 150_000;
  const schema = columns({
    id: "long",
    text: "string",
    real: "double",
    list: { type: "array", elementType: "long", containsNull: true },
  });
  const table = await memoryTable(t, { schema }, parallelEngine);
  const ids = BigInt64Array.from({ length: rowCount }, (_, index) => BigInt(index));
  const reals = Float64Array.from({ length: rowCount }, (_, index) => index / 4);
  const mask = Uint8Array.from({ length: rowCount }, (_, index) => (index % 3 === 0 ? 0 : 1));
  const texts = Array.from({ length: rowCount }, (_, index) =>
    index % 2 === 0 ? null : `a text of some length ${index}`,
  );
  const lists = Array.from({ length: rowCount }, (_, index) =>
    index % 5 === 0 ? null : [BigInt(index), null],
  );
  await table.append({
    columns: {
      rowCount,
      columns: { id: ids, text: texts, real: { values: reals, validity: mask }, list: lists },
    },
  });
  const batch = await (await table.scan({ orderBy: "id" })).toBatch();
  assert.equal(batch.rowCount, rowCount);
  assert.deepEqual(batch.column("id")?.values, ids);
  assert.deepEqual(batch.column("real")?.validity, mask);
  assert.deepEqual(batch.column("text")?.values, texts);
  const wrong = batch.toRows().findIndex(({ real, list }, index) => {
    const expectedReal = index % 3 === 0 ? null : index / 4;
    const expectedLength = index % 5 === 0 ? undefined : 2;
    return real !== expectedReal || (Array.isArray(list) ? list.length : undefined) !== expectedLength;
  });
  assert.equal(wrong, -1);
});

const awkwardNames = [
  "a.b",
  "with space",
  'quo"te',
  "it's",
  "back`tick",
  "select",
  "Ünïcode",
  "a,b;c{d}(e)=f",
  "filename",
  "constructor",
  "%20",
];

test("columns of any name go in and out, as objects, as columns and by query", async (t) => {
  const schema = structType(awkwardNames.map((name) => field(name, "string")));
  const table = await memoryTable(t, { schema });
  const row = Object.fromEntries(awkwardNames.map((name) => [name, `value of ${name}`]));
  const empty = Object.fromEntries(awkwardNames.map((name) => [name, null]));
  await table.append({ rows: [row] });
  await table.append({ rows: [{}] });
  assert.deepEqual(await (await table.scan({ orderBy: '"a.b" NULLS LAST' })).rows(), [row, empty]);
  assert.deepEqual(
    await (await table.scan({ where: `"quo""te" = 'value of quo"te'`, columns: ['quo"te'] })).rows(),
    [{ 'quo"te': 'value of quo"te' }],
  );
  for (const file of await filesOf(table)) {
    const statistics: unknown = JSON.parse(file.stats ?? "");
    assert.ok(typeof statistics === "object" && statistics !== null && "nullCount" in statistics);
    assert.deepEqual(Object.keys(Object(statistics.nullCount)).toSorted(), awkwardNames.toSorted());
  }
});

test("columns of any name can partition a table", async (t) => {
  for (const name of awkwardNames) {
    const table = await memoryTable(t, {
      schema: structType([field("id", "long"), field(name, "string"), field("file_index2", "string")]),
      partitionBy: [name],
    });
    const rows = [
      { id: 1n, [name]: "x=1/y", file_index2: "a" },
      { id: 2n, [name]: null, file_index2: "b" },
    ];
    await table.append({ rows });
    assert.deepEqual(await ordered(table), rows, name);
  }
});

const awkwardPartitions = [
  "with space",
  "100%",
  "%20",
  "a/b",
  "..",
  "../..",
  ".",
  "a\\b",
  "a=b&c",
  "東京 Zürich \u{1F600}",
  'it\'s "quoted"',
  "[a-z]*?",
  "__HIVE_DEFAULT_PARTITION__",
  "a\nb",
  "NULL",
  " ",
  "#?:;",
];

test("partition values of any text come back, and pruning finds each", async (t) => {
  const folder = await temporaryFolder(t);
  const table = await DeltaTable.create(join(folder, "table"), {
    schema: columns({ id: "long", p: "string" }),
    partitionBy: ["p"],
    engine,
  });
  const rows = awkwardPartitions.map((p, index) => ({ id: BigInt(index), p }));
  await table.append({ rows });
  assert.deepEqual(await ordered(table), rows);
  for (const row of rows) {
    const scan = await table.scan({ where: `p = '${row.p.replaceAll("'", "''")}'` });
    assert.deepEqual(await scan.rows(), [row]);
    assert.equal((await scan.explain()).filesRead, 1, row.p);
  }
});

test("as partition value the empty string is null", async (t) => {
  const schema = columns({ id: "long", p: "string" });
  const sources = [
    {
      rows: [
        { id: 1, p: "" },
        { id: 2, p: null },
      ],
    },
    { sql: "SELECT * FROM (VALUES (1, ''), (2, NULL)) AS v(id, p)" },
  ];
  for (const source of sources) {
    const table = await memoryTable(t, { schema, partitionBy: ["p"] });
    await table.append(source);
    assert.deepEqual(await ordered(table), [
      { id: 1n, p: null },
      { id: 2n, p: null },
    ]);
    assert.equal(await countWhere(table, "p IS NULL"), 2);
    assert.deepEqual(
      (await filesOf(table)).map((file) => file.partitionValues),
      [{ p: null }],
    );
  }
});

async function countWhere(table: DeltaTable, where: string): Promise<number> {
  return (await (await table.scan({ where })).rows()).length;
}

test("every type that can partition a table does", async (t) => {
  for (const sample of samples) {
    if (typeof sample.type === "object" || sample.type === "binary") continue;
    const table = await memoryTable(t, {
      schema: structType([field("id", "long"), field("value", sample.type)]),
      partitionBy: ["value"],
    });
    // A NUL has no place in a folder's name, and minus zero is zero to a partition.
    const rows = rowsOf(sample)
      .filter((row) => !String(row["value"]).includes("\0") && row["value"] !== "")
      .filter((row) => !Object.is(row["value"], -0));
    await table.append({ rows });
    assert.deepEqual(await ordered(table), rows, describeType(sample.type));
  }
});

test("timestamps that partition a table keep their microseconds", async (t) => {
  const table = await memoryTable(t, {
    schema: columns({ id: "long", z: "timestamp", n: "timestamp_ntz" }),
    partitionBy: ["z", "n"],
  });
  const micros = new BigInt64Array([-1n, 1_735_689_600_123_456n]);
  await table.append({ columns: { rowCount: 2, columns: { id: [1, 2], z: micros, n: micros } } });
  const out = await (await table.scan({ orderBy: "id" })).columns();
  assert.deepEqual(out["z"]?.values, micros);
  assert.deepEqual(out["n"]?.values, micros);
  const serialized = new Set((await filesOf(table)).map((file) => file.partitionValues["z"]));
  assert.deepEqual(serialized, new Set(["1969-12-31T23:59:59.999999Z", "2025-01-01T00:00:00.123456Z"]));
});

async function awkwardFolder(t: TestContext, name: string): Promise<DeltaTable> {
  const folder = await temporaryFolder(t);
  return DeltaTable.create(join(folder, name), {
    schema: columns({ id: "long", p: "string" }),
    partitionBy: ["p"],
    engine,
  });
}

test("a table's folder may have any name", async (t) => {
  for (const name of [
    "[a]*?",
    "it's",
    "100% sure",
    "a b",
    "Zürich 東京",
    "year=2025",
    "{x},y",
    "table.json",
  ]) {
    const table = await awkwardFolder(t, name);
    for (let id = 1; id <= 10; id += 1) await table.append({ rows: [{ id, p: `p${id % 2}` }] });
    const reopened = DeltaTable.at(table.store, { engine });
    assert.equal((await reopened.snapshot()).checkpointVersion, 10, name);
    const scan = await table.scan({ where: "p = 'p1'", orderBy: "id" });
    assert.deepEqual(
      (await scan.rows()).map((row) => row["id"]),
      [1n, 3n, 5n, 7n, 9n],
      name,
    );
    assert.equal((await (await DeltaTable.open(table.store.uri, { engine })).history()).length, 11, name);
  }
});

test("random rows of many types survive", async (t) => {
  const schema = columns({
    id: "long",
    s: "string",
    d: "double",
    l: "long",
    m: "decimal(18,8)",
    z: "timestamp",
    list: { type: "array", elementType: "string", containsNull: true },
  });
  const wellFormed = fc.string({ unit: "binary" });
  const anyRow = fc.record({
    s: fc.option(wellFormed),
    d: fc.option(fc.double().map((value) => value)),
    l: fc.option(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })),
    m: fc.option(fc.constantFrom("1.50000000", "-0.00000001", "9999999999.99999999")),
    z: fc.option(
      fc.date({
        min: new Date("0100-01-01T00:00:00Z"),
        max: new Date("9999-12-31T00:00:00Z"),
        noInvalidDate: true,
      }),
    ),
    list: fc.option(fc.array(fc.option(wellFormed))),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(anyRow, { minLength: 1, maxLength: 20 }), async (values) => {
      const rows = values.map((value, index) => ({ id: BigInt(index), ...value }));
      const store = memoryStore(t);
      const table = await DeltaTable.create(store, { schema, engine });
      await table.append({ rows });
      assert.deepEqual(await ordered(table), rows);
      await store.close();
    }),
    { numRuns: runsOf(3, 50) },
  );
});

test("an append of no rows commits no file and keeps its transaction", async (t) => {
  const table = await memoryTable(t, { schema: columns({ id: "long" }) });
  const result = await table.append({ rows: [] }, { transactions: [{ appId: "feed", version: 4 }] });
  assert.deepEqual([result.version, result.rowCount, result.metrics["numFiles"]], [1, 0, 0]);
  assert.equal((await table.snapshot()).transaction("feed")?.version, 4);
  await table.append({ sql: "SELECT 1 AS id WHERE false" });
  assert.deepEqual(await filesOf(table), []);
  assert.deepEqual(await (await table.scan()).rows(), []);
  assert.deepEqual((await (await table.scan()).toBatch()).rowCount, 0);
});
