import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";

import { DeltaError, DeltaTable, field, structType } from "../../src/index.ts";
import type { AppendResult, DeltaErrorCode, RowBatch, RowSource } from "../../src/index.ts";
import {
  columns,
  countingTable,
  engine,
  filesOf,
  idsOf,
  memoryStore,
  memoryTable,
  rejects,
  temporaryFolder,
} from "../support/tables.ts";

const schema = structType([
  field("id", "long", { nullable: false }),
  field("name", "string"),
  field("price", "decimal(10,2)"),
  field("count", "integer"),
  field("tiny", "byte"),
  field("at", "timestamp"),
  field("day", "date"),
  field("flag", "boolean"),
  field("real", "double"),
  field("raw", "binary"),
  field("tags", { type: "array", elementType: "string", containsNull: true }),
  field("counts", { type: "map", keyType: "string", valueType: "long", valueContainsNull: true }),
  field("inner", columns({ a: "long" })),
]);

interface Refusal {
  readonly title: string;
  readonly source: RowSource;
  readonly code: DeltaErrorCode;
  readonly message: RegExp;
}

const row = (values: Readonly<Record<string, unknown>>): RowSource => ({
  rows: [{ id: 1 }, { id: 2, ...values }],
});
const column = (name: string, values: readonly unknown[]): RowSource => ({
  columns: { rowCount: 2, columns: { id: [1, 2], [name]: values } },
});

const refusals: readonly Refusal[] = [
  {
    title: "a column that the table lacks",
    source: row({ shape: 1 }),
    code: "SCHEMA_MISMATCH",
    message: /no column "shape" \(found in row 1\)/,
  },
  {
    title: "such a column in a set of columns",
    source: column("shape", [1, 2]),
    code: "SCHEMA_MISMATCH",
    message: /no column "shape"/,
  },
  {
    title: "such a column in a query",
    source: { sql: "SELECT 1 AS id, 2 AS shape" },
    code: "SCHEMA_MISMATCH",
    message: /no column "shape"/,
  },
  {
    title: "null where it must not be",
    source: { rows: [{ id: 1 }, { name: "x" }] },
    code: "INVALID_VALUE",
    message: /Row 1: "id"/,
  },
  {
    title: "a missing column that must not be null",
    source: { columns: { rowCount: 1, columns: { name: ["x"] } } },
    code: "INVALID_VALUE",
    message: /"id"/,
  },
  {
    title: "a mask with nulls where none may be",
    source: {
      columns: {
        rowCount: 2,
        columns: { id: { values: new BigInt64Array(2), validity: new Uint8Array([1, 0]) } },
      },
    },
    code: "INVALID_VALUE",
    message: /Row 1: "id"/,
  },
  {
    title: "null from a query where it must not be",
    source: { sql: "SELECT * FROM (VALUES (1), (NULL)) AS v(id)" },
    code: "INVALID_VALUE",
    message: /"id".*1 rows/,
  },
  {
    title: "a text for a number",
    source: row({ count: "5" }),
    code: "INVALID_VALUE",
    message: /Row 1, column "count": "5" \(string\) is not a integer/,
  },
  { title: "a number for a text", source: row({ name: 5 }), code: "INVALID_VALUE", message: /column "name"/ },
  {
    title: "a fraction for an integer",
    source: row({ count: 1.5 }),
    code: "INVALID_VALUE",
    message: /1\.5 .* not an exact integer/,
  },
  {
    title: "a number beyond exact integers for a long",
    source: row({ id: 2 ** 53 }),
    code: "INVALID_VALUE",
    message: /not an exact long/,
  },
  { title: "NaN for a long", source: row({ id: Number.NaN }), code: "INVALID_VALUE", message: /NaN/ },
  {
    title: "an integer out of range",
    source: row({ count: 2 ** 31 }),
    code: "INVALID_VALUE",
    message: /does not fit integer/,
  },
  {
    title: "a byte out of range",
    source: row({ tiny: 128 }),
    code: "INVALID_VALUE",
    message: /does not fit byte/,
  },
  {
    title: "a long out of range",
    source: row({ id: 2n ** 63n }),
    code: "INVALID_VALUE",
    message: /does not fit long/,
  },
  {
    title: "a decimal with too many places",
    source: row({ price: "1.005" }),
    code: "INVALID_VALUE",
    message: /more than 2 decimal places/,
  },
  {
    title: "a decimal with too many digits",
    source: row({ price: "123456789" }),
    code: "INVALID_VALUE",
    message: /does not fit decimal\(10,2\)/,
  },
  {
    title: "a decimal that is none",
    source: row({ price: "1,5" }),
    code: "INVALID_VALUE",
    message: /not a decimal/,
  },
  {
    title: "NaN for a decimal",
    source: row({ price: Number.NaN }),
    code: "INVALID_VALUE",
    message: /not a decimal/,
  },
  {
    title: "a timestamp that is none",
    source: row({ at: "yesterday" }),
    code: "INVALID_VALUE",
    message: /not a timestamp/,
  },
  {
    title: "a day that the calendar lacks",
    source: row({ day: "2025-02-30" }),
    code: "INVALID_VALUE",
    message: /2025-02-30/,
  },
  {
    title: "an hour that the day lacks",
    source: row({ at: "2025-01-01 25:00" }),
    code: "INVALID_VALUE",
    message: /25:00/,
  },
  {
    title: "an invalid Date",
    source: row({ at: new Date(Number.NaN) }),
    code: "INVALID_VALUE",
    message: /invalid Date/,
  },
  {
    title: "a Date with a time of day for a date",
    source: row({ day: new Date(1) }),
    code: "INVALID_VALUE",
    message: /midnight/,
  },
  {
    title: "a number for a boolean",
    source: row({ flag: 1 }),
    code: "INVALID_VALUE",
    message: /column "flag"/,
  },
  {
    title: "a bigint for a double",
    source: row({ real: 1n }),
    code: "INVALID_VALUE",
    message: /column "real"/,
  },
  { title: "a text for a binary", source: row({ raw: "x" }), code: "INVALID_VALUE", message: /column "raw"/ },
  {
    title: "half of a surrogate pair",
    source: row({ name: "\uD83D" }),
    code: "INVALID_VALUE",
    message: /surrogate/,
  },
  {
    title: "a text for an array",
    source: row({ tags: "x" }),
    code: "INVALID_VALUE",
    message: /column "tags"/,
  },
  {
    title: "a wrong element of an array",
    source: row({ tags: [1] }),
    code: "INVALID_VALUE",
    message: /column "tags"/,
  },
  {
    title: "an object for a map",
    source: row({ counts: { a: 1 } }),
    code: "INVALID_VALUE",
    message: /column "counts"/,
  },
  {
    title: "a member that the struct lacks",
    source: row({ inner: { b: 1 } }),
    code: "INVALID_VALUE",
    message: /no member "b"/,
  },
  {
    title: "columns of unequal length",
    source: column("name", ["x"]),
    code: "SCHEMA_MISMATCH",
    message: /1 values for 2 rows/,
  },
  {
    title: "a typed array of another unit",
    source: { columns: { rowCount: 1, columns: { id: [1], at: new Float64Array(1) } } },
    code: "SCHEMA_MISMATCH",
    message: /"at".*Float64Array/,
  },
  {
    title: "a typed array of integers for a decimal",
    source: { columns: { rowCount: 1, columns: { id: [1], price: new Int32Array(1) } } },
    code: "SCHEMA_MISMATCH",
    message: /"price".*Int32Array/,
  },
  {
    title: "a typed array whose numbers do not fit",
    source: { columns: { rowCount: 1, columns: { id: [1], tiny: new Int32Array([300]) } } },
    code: "INVALID_VALUE",
    message: /does not fit byte/,
  },
  {
    title: "a query whose values may not fit",
    source: { sql: "SELECT 1 AS id, 5::BIGINT AS count" },
    code: "SCHEMA_MISMATCH",
    message: /"count" is integer, the query gives long/,
  },
  {
    title: "a query that would round decimals",
    source: { sql: "SELECT 1 AS id, 1.005 AS price" },
    code: "SCHEMA_MISMATCH",
    message: /"price" is decimal\(10,2\), the query gives decimal\(4,3\)/,
  },
  {
    title: "a query that takes text for a timestamp",
    source: { sql: "SELECT 1 AS id, '2025-01-01' AS \"at\"" },
    code: "SCHEMA_MISMATCH",
    message: /"at" is timestamp, the query gives string/,
  },
  {
    title: "a query that gives a type without a Delta type",
    source: { sql: "SELECT 1 AS id, INTERVAL 1 DAY AS name" },
    code: "SCHEMA_MISMATCH",
    message: /INTERVAL/,
  },
  {
    title: "a query that fails",
    source: { sql: "SELECT nothing FROM nowhere" },
    code: "INVALID_QUERY",
    message: /nowhere/,
  },
];

for (const { title, source, code, message } of refusals) {
  test("an append of a version that the table has is skipped, whatever its rows", async (t) => {
    const table = await countingTable(memoryStore(t), 1);
    const append = (id: number, txnVersion: number): Promise<AppendResult> =>
      table.append({ rows: [{ id }] }, { txnAppId: "nightly", txnVersion });
    assert.equal((await append(2, 7)).isSkipped, undefined);
    const again = await append(3, 7);
    const metrics = { numFiles: 0, numOutputRows: 0, numOutputBytes: 0 };
    assert.deepEqual(again, { version: 2, isCommitted: false, metrics, rowCount: 0, isSkipped: true });
    assert.equal((await append(4, 6)).isSkipped, true);
    await append(5, 8);
    await table.append({ rows: [{ id: 6 }] }, { txnAppId: "hourly", txnVersion: 1 });
    assert.deepEqual(await idsOf(table), [1, 2, 5, 6]);
    assert.equal((await table.snapshot()).transaction("nightly")?.version, 8);
  });

  test(`${title} is refused with ${code}, and nothing is committed`, async (t) => {
    const store = memoryStore(t);
    const table = await DeltaTable.create(store, { schema, engine });
    await rejects(table.append(source, { transactions: [{ appId: "feed", version: 1 }] }), code, message);
    const snapshot = await table.snapshot();
    assert.equal(snapshot.version, 0);
    assert.equal(snapshot.fileCount, 0);
    assert.equal(snapshot.transaction("feed"), undefined);
    assert.deepEqual(await store.listNames(""), ["_delta_log"]);
  });
}

test("no rows at all with constants to come are an append of nothing", async (t) => {
  const table = await memoryTable(t, {
    schema: structType([field("id", "long"), field("source", "string", { nullable: false })]),
  });
  const nothing = { id: new BigInt64Array(0), source: { constant: undefined } };
  const result = await table.append({ columns: { rowCount: 0, columns: nothing } });
  assert.deepEqual([result.rowCount, result.metrics["numFiles"], result.version], [0, 0, 1]);
});

test("an error in a later batch counts rows from the first batch on, and nothing is committed", async (t) => {
  const table = await memoryTable(t, { schema });
  const batches = [{ rows: [{ id: 1 }, { id: 2 }] }, { rows: [{ id: 3 }, { id: 4, count: 0.5 }] }];
  await rejects(table.append({ batches }), "INVALID_VALUE", /Row 3, column "count"/);
  assert.equal((await table.snapshot()).version, 0);
});

test("an error of the source itself reaches the caller as it is, and nothing is committed", async (t) => {
  const table = await memoryTable(t, { schema });
  const failure = new Error("the provider hung up");
  async function* source(): AsyncGenerator<{ readonly rows: readonly { readonly id: number }[] }> {
    yield { rows: [{ id: 1 }] };
    throw failure;
  }
  await assert.rejects(table.append({ batches: source() }), failure);
  assert.equal((await table.snapshot()).version, 0);
  await table.append({ rows: [{ id: 1 }] });
  assert.deepEqual(await idsOf(table), [1]);
});

test("a null in a partition column that must not be null is refused, and no file stays", async (t) => {
  const store = memoryStore(t);
  const table = await DeltaTable.create(store, {
    schema: structType([field("id", "long"), field("p", "string", { nullable: false })]),
    partitionBy: ["p"],
    engine,
  });
  await rejects(
    table.append({ sql: "SELECT 1 AS id, NULL::VARCHAR AS p" }),
    "INVALID_VALUE",
    /"p" must not be null/,
  );
  await rejects(table.append({ rows: [{ id: 1, p: "" }] }), "INVALID_VALUE", /"p"/);
  assert.deepEqual(await store.listNames(""), ["_delta_log"]);
});

test("a table that does not exist is not made by an append", async (t) => {
  const store = memoryStore(t);
  await rejects(DeltaTable.at(store, { engine }).append({ rows: [] }), "TABLE_NOT_FOUND");
  await rejects(DeltaTable.open(store, { engine }), "TABLE_NOT_FOUND");
  await rejects(DeltaTable.at(store, { engine }).scan(), "TABLE_NOT_FOUND");
  await rejects(DeltaTable.at(store, { engine }).history(), "TABLE_NOT_FOUND");
  assert.deepEqual(await store.listNames(""), []);
});

test("createWith makes the table in the commit that brings its first rows", async (t) => {
  const table = DeltaTable.at(memoryStore(t), { engine });
  const createWith = {
    schema: columns({ id: "long", p: "string" }),
    partitionBy: ["p"],
    name: "prices",
    properties: { "delta.appendOnly": "true" },
  };
  const first = await table.append(
    { rows: [{ id: 1, p: "a" }] },
    { createWith, transactions: [{ appId: "feed", version: 7 }] },
  );
  assert.equal(first.version, 0);
  const snapshot = await table.snapshot();
  assert.equal(snapshot.metadata.name, "prices");
  assert.equal(snapshot.metadata.configuration["delta.appendOnly"], "true");
  assert.deepEqual(snapshot.partitionColumns, ["p"]);
  assert.equal(snapshot.transaction("feed")?.version, 7);
  const second = await table.append({ rows: [{ id: 2, p: "b" }] }, { createWith });
  assert.equal(second.version, 1);
  assert.deepEqual(await idsOf(table), [1, 2]);
});

test("createWith of another schema or partitioning than the table's is refused", async (t) => {
  const table = await memoryTable(t, { schema: columns({ id: "long", p: "string" }), partitionBy: ["p"] });
  const rows = [{ id: 1, p: "a" }];
  await rejects(
    table.append(
      { rows },
      { createWith: { schema: columns({ id: "integer", p: "string" }), partitionBy: ["p"] } },
    ),
    "SCHEMA_MISMATCH",
    /id long.*id integer/s,
  );
  await rejects(
    table.append({ rows }, { createWith: { schema: columns({ id: "long", p: "string" }) } }),
    "SCHEMA_MISMATCH",
    /partitioned by \(p\)/,
  );
  assert.equal((await table.snapshot()).version, 0);
});

test("a name of a partition column may differ from the schema's in case", async (t) => {
  const table = DeltaTable.at(memoryStore(t), { engine });
  const createWith = { schema: columns({ id: "long", p: "string" }), partitionBy: ["P"] };
  await table.append({ rows: [{ id: 1, p: "a" }] }, { createWith });
  await table.append({ rows: [{ id: 2, p: "b" }] }, { createWith });
  assert.deepEqual((await table.snapshot()).partitionColumns, ["p"]);
});

test("a table cannot be made of a wrong partitioning, nor twice", async (t) => {
  const store = memoryStore(t);
  const list = { type: "array", elementType: "long", containsNull: true } as const;
  const create = (partitionBy: readonly string[]): Promise<DeltaTable> =>
    DeltaTable.create(store, { schema: columns({ id: "long", list }), partitionBy, engine });
  await rejects(create(["day"]), "INVALID_SCHEMA", /"day" is not in the schema \(id, list\)/);
  await rejects(create(["list"]), "INVALID_SCHEMA", /cannot partition/);
  await rejects(
    DeltaTable.create(store, { schema: columns({ id: "long" }), partitionBy: ["id"], engine }),
    "INVALID_SCHEMA",
    /neither a partition column/,
  );
  await rejects(create(["id", "ID"]), "INVALID_SCHEMA", /twice/);
  assert.equal(await DeltaTable.at(store, { engine }).exists(), false);
  await create([]);
  await rejects(create([]), "TABLE_ALREADY_EXISTS");
});

test("a precondition that throws ends the append with its error, nothing committed and no file left", async (t) => {
  const store = memoryStore(t);
  const table = await DeltaTable.create(store, { schema, engine });
  const refusal = new Error("no longer wanted");
  const append = table.append(
    { rows: [{ id: 1 }] },
    {
      precondition: () => {
        throw refusal;
      },
    },
  );
  await assert.rejects(append, refusal);
  assert.deepEqual(await store.listNames(""), ["_delta_log"]);
});

test("a batch of a stream is a STREAMING UPDATE in the history, and may move progress alone", async (t) => {
  const store = memoryStore(t);
  const table = DeltaTable.at(store, { engine });
  const createWith = { schema: columns({ id: "long" }) };
  const batch = async (epochId: number, ids: readonly number[]): Promise<AppendResult> =>
    table.append(
      { rows: ids.map((id) => ({ id })) },
      {
        createWith,
        stream: { queryId: "trades", epochId },
        transactions: [{ appId: "ffe.stream/trades/0", version: 10 * epochId }],
      },
    );
  await batch(0, []);
  await batch(1, []);
  const { rowCount } = await batch(2, [1, 2]);
  assert.equal(rowCount, 2);
  const snapshot = await table.snapshot();
  assert.equal(snapshot.transaction("ffe.stream/trades/0")?.version, 20);
  const [last, before, first] = await table.history();
  assert.equal(first?.operation, "CREATE TABLE AS SELECT");
  assert.deepEqual(
    [before, last].map((entry) => [entry?.operation, entry?.operationParameters, entry?.operationMetrics]),
    [
      [
        "STREAMING UPDATE",
        { outputMode: "Append", queryId: "trades", epochId: "1" },
        { numAddedFiles: "0", numRemovedFiles: "0", numOutputRows: "0", numOutputBytes: "0" },
      ],
      [
        "STREAMING UPDATE",
        { outputMode: "Append", queryId: "trades", epochId: "2" },
        {
          numAddedFiles: "1",
          numRemovedFiles: "0",
          numOutputRows: "2",
          numOutputBytes: last?.operationMetrics?.["numOutputBytes"],
        },
      ],
    ],
  );
  await rejects(
    table.append({ rows: [] }, { stream: { queryId: "trades", epochId: -1 } }),
    "INVALID_ARGUMENT",
    /epochId/,
  );
});

test("the result counts rows, files and bytes, and the files say the same", async (t) => {
  const table = await memoryTable(t, { schema: columns({ id: "long", p: "string" }), partitionBy: ["p"] });
  const result = await table.append({ sql: "SELECT range AS id, 'p' || range % 3 AS p FROM range(10)" });
  const files = await filesOf(table);
  assert.deepEqual([result.version, result.rowCount, result.metrics["numFiles"]], [1, 10, 3]);
  assert.equal(
    result.metrics["numOutputBytes"],
    files.reduce((sum, file) => sum + file.size, 0),
  );
  for (const file of files) {
    assert.equal((await table.store.describe(decodeURIComponent(file.path))).size, file.size);
    assert.equal(file.dataChange, true);
  }
});

test("errors of tables are errors of the language too", async (t) => {
  const error = await rejects(DeltaTable.open(memoryStore(t), { engine }), "TABLE_NOT_FOUND", /memory:table/);
  assert.ok(error instanceof DeltaError);
  assert.equal(error.name, "DeltaError");
});

test("a write that fails midway leaves no data file behind", async (t) => {
  const location = join(await temporaryFolder(t), "table");
  const table = await DeltaTable.create(location, {
    schema: columns({ id: "long", p: "string" }),
    partitionBy: ["p"],
    engine,
  });
  await assert.rejects(table.append({ batches: brokenOff() }), /the source went away/);
  const query =
    "SELECT range AS id, CASE WHEN range < 900000 THEN 'a' ELSE error('late') END AS p FROM range(1000000)";
  await rejects(table.append({ sql: query }), "INVALID_VALUE", /late/);
  assert.deepEqual(
    readdirSync(location, { recursive: true }).filter((name) => String(name).endsWith(".parquet")),
    [],
  );
});

async function* brokenOff(): AsyncGenerator<RowBatch> {
  yield {
    columns: { rowCount: 1_000_000, columns: { id: new BigInt64Array(1_000_000), p: { constant: "a" } } },
  };
  throw new Error("the source went away");
}
