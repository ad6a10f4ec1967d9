import assert from "node:assert/strict";
import { test } from "node:test";
import type { TestContext } from "node:test";

import { field, structType } from "../../src/index.ts";
import type { DeltaTable, Row } from "../../src/index.ts";
import { changeRowsOf, lastCommit } from "../support/commits.ts";
import { contentsOf, operationOf, pick, rowsOf, tableOf } from "../support/table-contents.ts";
import { columns, filesOf, idsOf, memoryTable, range, rejects } from "../support/tables.ts";

const schema = columns({ id: "long", v: "string" });
const on = "target.id = source.id";

function smallTable(t: TestContext, properties: Readonly<Record<string, string>> = {}): Promise<DeltaTable> {
  return tableOf(t, { schema, properties }, [
    [
      { id: 1, v: "a" },
      { id: 2, v: "b" },
    ],
    [{ id: 3, v: "c" }],
  ]);
}

/** Rows as `id v`. */
async function textsOf(table: DeltaTable): Promise<string[]> {
  return (await rowsOf(table)).map((row) => Object.values(row).join(" "));
}

function upsert(table: DeltaTable, rows: readonly Row[]): ReturnType<DeltaTable["overwrite"]> {
  return table.merge({ source: { rows }, on }).whenMatchedUpdateAll().whenNotMatchedInsertAll().execute();
}

for (const name of ["__clause", "__kind", "__source_row", "is_deleted", "__CLAUSE_", "__value_0"]) {
  test(`a table may have a column called ${name}`, async (t) => {
    const table = await memoryTable(t, {
      schema: columns({ id: "long", [name]: "long" }),
      properties: { "delta.enableChangeDataFeed": "true" },
    });
    await table.append({ rows: range(1, 3).map((id) => ({ id, [name]: 7 })) });
    const rows = range(2, 4).map((id) => ({ id, [name]: 7 + id }));
    const result = await table
      .merge({ source: { rows }, on: "target.id = source.id" })
      .whenMatchedUpdateAll()
      .whenNotMatchedInsertAll()
      .execute();
    assert.equal(result.metrics["numTargetRowsInserted"], 1);
    assert.equal(result.metrics["numTargetRowsUpdated"], 2);
    const found = await (await table.scan({ orderBy: "id" })).rows();
    assert.deepEqual(
      found.map((row) => Number(row[name])),
      [7, 9, 10, 11],
    );
    assert.equal((await (await table.changes({ fromVersion: 2 })).rows()).length, 5);
    await table.optimize({ zOrderBy: ["id"], full: true });
    assert.equal((await idsOf(table)).length, 4);
  });
}

test("a merge reports rows and files by Spark's names, and its clauses in the history", async (t) => {
  const table = await smallTable(t);
  const { metrics, version } = await table
    .merge({
      source: {
        rows: [
          { id: 1, v: "A" },
          { id: 2, v: "B" },
          { id: 9, v: "N" },
          { id: 10, v: "-" },
        ],
      },
      on,
    })
    .whenMatchedUpdate({ set: { v: "source.v" }, condition: "target.id = 1" })
    .whenMatchedDelete()
    .whenNotMatchedInsertAll({ condition: "source.v <> '-'" })
    .whenNotMatchedBySourceUpdate({ set: { v: "'left'" } })
    .execute({ userMetadata: "nightly" });
  assert.equal(version, 3);
  assert.deepEqual(await textsOf(table), ["1 A", "3 left", "9 N"]);
  const rowMetrics = {
    numSourceRows: 4,
    numTargetRowsInserted: 1,
    numTargetRowsUpdated: 2,
    numTargetRowsDeleted: 1,
    numTargetRowsMatchedUpdated: 1,
    numTargetRowsMatchedDeleted: 1,
    numTargetRowsNotMatchedBySourceUpdated: 1,
    numTargetRowsNotMatchedBySourceDeleted: 0,
    numTargetRowsCopied: 0,
    numOutputRows: 3,
    numTargetFilesAdded: 1,
    numTargetFilesRemoved: 2,
    numTargetChangeFilesAdded: 0,
    numTargetDeletionVectorsAdded: 0,
  };
  assert.deepEqual(pick(metrics, ...Object.keys(rowMetrics)), rowMetrics);
  const { operation, parameters, metrics: committed } = await operationOf(table);
  assert.equal(operation, "MERGE");
  assert.deepEqual(parameters, {
    predicate: JSON.stringify([on]),
    matchedPredicates: JSON.stringify([
      { predicate: "target.id = 1", actionType: "update" },
      { actionType: "delete" },
    ]),
    notMatchedPredicates: JSON.stringify([{ predicate: "source.v <> '-'", actionType: "insert" }]),
    notMatchedBySourcePredicates: JSON.stringify([{ actionType: "update" }]),
  });
  assert.deepEqual(
    Object.fromEntries(Object.entries(committed).map(([name, value]) => [name, Number(value)])),
    metrics,
  );
  const { info } = await lastCommit(table);
  assert.deepEqual([info.userMetadata, info.isBlindAppend], ["nightly", false]);
});

test("of several clauses of a kind the first whose condition holds counts", async (t) => {
  const table = await smallTable(t);
  await table
    .merge({ source: { rows: range(1, 6).map((id) => ({ id, v: "s" })) }, on })
    .whenMatchedUpdate({ set: { v: "'first'" }, condition: "target.id <= 1" })
    .whenMatchedUpdate({ set: { v: "'second'" }, condition: "target.id <= 2" })
    .whenMatchedDelete()
    .whenNotMatchedInsert({ values: { id: "source.id", v: "'four'" }, condition: "source.id = 4" })
    .whenNotMatchedInsert({ values: { id: "-source.id" } })
    .execute();
  assert.deepEqual(await textsOf(table), ["-6 ", "-5 ", "1 first", "2 second", "4 four"]);
});

test("conditions and keys that are null match nothing", async (t) => {
  const table = await tableOf(t, { schema }, [
    [
      { id: null, v: "null key" },
      { id: 1, v: null },
    ],
  ]);
  await table
    .merge({
      source: {
        rows: [
          { id: null, v: "s" },
          { id: 1, v: "s" },
        ],
      },
      on,
    })
    .whenMatchedUpdateAll({ condition: "target.v = 'x'" })
    .whenNotMatchedInsertAll()
    .execute();
  assert.deepEqual((await textsOf(table)).toSorted(), [" null key", " s", "1 "].toSorted());
});

test("a row of the target that several rows of the source would change is refused, and nothing is written", async (t) => {
  const table = await smallTable(t);
  const before = await contentsOf(table.store);
  const source = {
    rows: [
      { id: 1, v: "x" },
      { id: 1, v: "y" },
    ],
  };
  const merges = [
    table.merge({ source, on }).whenMatchedUpdateAll(),
    table.merge({ source, on }).whenMatchedDelete({ condition: "source.v IS NOT NULL" }),
    table
      .merge({ source, on })
      .whenMatchedUpdate({ set: { v: "source.v" }, condition: "source.v = 'x'" })
      .whenMatchedDelete(),
  ];
  for (const merge of merges)
    await rejects(
      merge.execute(),
      "AMBIGUOUS_MERGE",
      /1 rows of the target match several.*target\.id = source\.id/,
    );
  assert.deepEqual(await contentsOf(table.store), before);
});

test("several source rows for one row of the target are no matter where at most one counts, or all delete", async (t) => {
  const table = await smallTable(t);
  const source = {
    rows: [
      { id: 1, v: "x" },
      { id: 1, v: "y" },
      { id: 7, v: "x" },
      { id: 7, v: "x" },
    ],
  };
  await table
    .merge({ source, on })
    .whenMatchedUpdateAll({ condition: "source.v = 'x'" })
    .whenNotMatchedInsertAll()
    .execute();
  assert.deepEqual(await textsOf(table), ["1 x", "2 b", "3 c", "7 x", "7 x"]);
  const { metrics } = await table.merge({ source, on }).whenMatchedDelete().execute();
  assert.deepEqual(await textsOf(table), ["2 b", "3 c"]);
  assert.equal(metrics["numTargetRowsDeleted"], 3);
});

test("merges that cannot be are refused before anything is written", async (t) => {
  const table = await smallTable(t);
  const before = await contentsOf(table.store);
  const source = { rows: [{ id: 1, v: "x" }] };
  const merge = table.merge({ source, on });
  await rejects(merge.execute(), "INVALID_ARGUMENT", /without a clause/);
  await rejects(
    merge.whenMatchedUpdateAll().whenMatchedDelete().execute(),
    "INVALID_ARGUMENT",
    /Clause 1 of whenMatched has no condition/,
  );
  await rejects(
    merge.whenNotMatchedInsertAll().whenNotMatchedInsertAll({ condition: "true" }).execute(),
    "INVALID_ARGUMENT",
    /whenNotMatched/,
  );
  await rejects(
    merge.whenMatchedUpdate({ set: { nowhere: "1" } }).execute(),
    "SCHEMA_MISMATCH",
    /no column "nowhere".*id, v/,
  );
  await rejects(
    merge.whenMatchedUpdate({ set: { v: "'a'", V: "'b'" } }).execute(),
    "SCHEMA_MISMATCH",
    /set twice/,
  );
  for (const expression of ["source.nowhere", "nowhere", "v", "1 +", "source.v)", "(SELECT 1"])
    await rejects(merge.whenMatchedUpdate({ set: { v: expression } }).execute(), "INVALID_PREDICATE");
  await rejects(
    merge.whenNotMatchedInsert({ values: { id: "source.id", v: "target.v" } }).execute(),
    "INVALID_PREDICATE",
    /target/,
  );
  await rejects(
    merge.whenNotMatchedBySourceUpdate({ set: { v: "source.v" } }).execute(),
    "INVALID_PREDICATE",
    /source/,
  );
  await rejects(
    table.merge({ source, on: "target.id = source.nowhere" }).whenMatchedDelete().execute(),
    "INVALID_PREDICATE",
    /nowhere/,
  );
  await rejects(table.merge({ source, on: "id = id" }).whenMatchedDelete().execute(), "INVALID_PREDICATE");
  await rejects(
    table
      .merge({ source, on: "T.id = t.id", targetAlias: "T", sourceAlias: "t" })
      .whenMatchedDelete()
      .execute(),
    "INVALID_ARGUMENT",
    /both called/,
  );
  await rejects(upsert(table, [{ id: 1, v: "x", shape: 2 }]), "SCHEMA_MISMATCH", /"shape"/);
  await rejects(upsert(table, [{ id: "x", v: "x" }]), "INVALID_VALUE", /"id"/);
  await rejects(
    table
      .merge({ source: { sql: "SELECT 1 AS id FROM nowhere" }, on })
      .whenMatchedDelete()
      .execute(),
    "INVALID_QUERY",
    /nowhere/,
  );
  assert.deepEqual(await contentsOf(table.store), before);
});

test("a value that a column's type cannot hold is refused", async (t) => {
  const table = await tableOf(t, { schema: columns({ id: "long", tiny: "byte" }) }, [[{ id: 1, tiny: 1 }]]);
  const merge = table.merge({ source: { sql: "SELECT 1 AS id, 300 AS tiny" }, on });
  await rejects(merge.whenMatchedUpdateAll().execute(), "INVALID_VALUE", /300/);
  assert.equal((await table.snapshot()).version, 1);
});

test("aliases may be any names, also ones that need quotes", async (t) => {
  const table = await smallTable(t);
  await table
    .merge({
      source: { rows: [{ id: 1, v: "x" }] },
      on: `"old one".id = "new.one ü".id`,
      targetAlias: "old one",
      sourceAlias: "new.one ü",
    })
    .whenMatchedUpdate({ set: { v: `"old one".v || "new.one ü".v` } })
    .execute();
  assert.deepEqual(await textsOf(table), ["1 ax", "2 b", "3 c"]);
});

test("a source may be a query over other tables, and over the target itself", async (t) => {
  const table = await smallTable(t);
  const news = await tableOf(t, { schema }, [
    [
      { id: 3, v: "news" },
      { id: 4, v: "news" },
    ],
  ]);
  await table
    .merge({
      source: { sql: "SELECT * FROM News WHERE id > 3 UNION ALL SELECT id, 'self' FROM me WHERE id = 1" },
      tables: { news, me: table },
      on,
    })
    .whenMatchedUpdateAll()
    .whenNotMatchedInsertAll()
    .execute();
  assert.deepEqual(await textsOf(table), ["1 self", "2 b", "3 c", "4 news"]);
});

test("a source may have fewer columns than the table where a clause needs no more", async (t) => {
  const table = await smallTable(t);
  for (const source of [{ rows: [{ id: 1 }] }, { sql: "SELECT 1::BIGINT AS id" }]) {
    const merge = table.merge({ source, on });
    await merge.whenMatchedUpdate({ set: { v: "target.v || '+'" } }).execute();
    await rejects(merge.whenMatchedUpdateAll().execute(), "SCHEMA_MISMATCH", /no column "v"/);
  }
  assert.deepEqual((await textsOf(table))[0], "1 a++");
});

test("a source of a schema of its own may have columns that the table lacks, for conditions and values", async (t) => {
  const table = await smallTable(t);
  await table
    .merge({
      source: {
        rows: [
          { key: 1, factor: 3, "is gone": true },
          { key: 2, factor: 3, "is gone": false },
        ],
      },
      sourceSchema: columns({ key: "integer", factor: "long", "is gone": "boolean" }),
      on: "target.id = source.key",
    })
    .whenMatchedDelete({ condition: `source."is gone"` })
    .whenMatchedUpdate({ set: { v: "repeat(target.v, source.factor)" } })
    .execute();
  assert.deepEqual(await textsOf(table), ["2 bbb", "3 c"]);
});

test("a merge of no rows, or into no rows, does what its clauses say", async (t) => {
  const table = await smallTable(t);
  assert.equal((await upsert(table, [])).isCommitted, false);
  await table
    .merge({ source: { rows: [] }, on })
    .whenNotMatchedBySourceDelete()
    .execute();
  assert.deepEqual(await idsOf(table), []);
  assert.deepEqual((await lastCommit(table)).adds, []);
  await upsert(table, [{ id: 5, v: "new" }]);
  assert.deepEqual(await textsOf(table), ["5 new"]);
  const empty = await memoryTable(t, { schema });
  const { isCommitted, metrics } = await empty
    .merge({ source: { rows: [{ id: 1, v: "x" }] }, on })
    .whenMatchedDelete()
    .execute();
  assert.deepEqual([isCommitted, metrics["numSourceRows"], (await empty.snapshot()).version], [false, 1, 0]);
});

test("rows come as columns and as batches too", async (t) => {
  const table = await smallTable(t);
  await table
    .merge({
      source: {
        columns: { rowCount: 2, columns: { id: new BigInt64Array([1n, 4n]), v: { constant: "k" } } },
      },
      on,
    })
    .whenMatchedUpdateAll()
    .whenNotMatchedInsertAll()
    .execute();
  const batches = [{ rows: [{ id: 2, v: "l" }] }, { rows: [{ id: 5, v: "l" }] }];
  await table.merge({ source: { batches }, on }).whenMatchedUpdateAll().whenNotMatchedInsertAll().execute();
  assert.deepEqual(await textsOf(table), ["1 k", "2 l", "3 c", "4 k", "5 l"]);
});

test("in a table with vectors a merge marks the old rows and adds the new ones in one file", async (t) => {
  const table = await smallTable(t, { "delta.enableDeletionVectors": "true" });
  const { metrics } = await upsert(table, [
    { id: 1, v: "A" },
    { id: 3, v: "C" },
    { id: 4, v: "D" },
  ]);
  assert.deepEqual(await textsOf(table), ["1 A", "2 b", "3 C", "4 D"]);
  assert.deepEqual(
    pick(
      metrics,
      "numTargetRowsCopied",
      "numTargetFilesAdded",
      "numTargetFilesRemoved",
      "numTargetDeletionVectorsAdded",
    ),
    {
      numTargetRowsCopied: 0,
      numTargetFilesAdded: 1,
      // The file of which no row is left.
      numTargetFilesRemoved: 1,
      numTargetDeletionVectorsAdded: 1,
    },
  );
});

test("a merge into a table with a change feed tells each change", async (t) => {
  const table = await smallTable(t, { "delta.enableChangeDataFeed": "true" });
  await upsert(table, [
    { id: 1, v: "A" },
    { id: 4, v: "D" },
  ]);
  const changes = await changeRowsOf(table, 3);
  assert.deepEqual(
    changes
      .map((row) => `${String(row["_change_type"])} ${String(row["id"])} ${String(row["v"])}`)
      .toSorted(),
    ["insert 4 D", "update_postimage 1 A", "update_preimage 1 a"],
  );
});

test("columns of odd names are merged, under column mapping too", async (t) => {
  const names = ["a.b", 'q"uote', "ünï 雪", "source", "target"];
  for (const mode of ["none", "name", "id"]) {
    const wide = structType([field("id", "long"), ...names.map((name) => field(name, "string"))]);
    const rowOf = (id: number, value: string): Row =>
      Object.fromEntries([["id", id], ...names.map((name) => [name, value])]);
    const table = await tableOf(t, { schema: wide, properties: { "delta.columnMapping.mode": mode } }, [
      [rowOf(1, "old")],
    ]);
    await upsert(table, [rowOf(1, "new"), rowOf(2, "new")]);
    assert.deepEqual(await rowsOf(table), [
      { ...rowOf(1, "new"), id: 1n },
      { ...rowOf(2, "new"), id: 2n },
    ]);
  }
});

test("an append-only table takes merges that only insert", async (t) => {
  const table = await smallTable(t, { "delta.appendOnly": "true" });
  await table
    .merge({
      source: {
        rows: [
          { id: 1, v: "x" },
          { id: 9, v: "x" },
        ],
      },
      on,
    })
    .whenNotMatchedInsertAll()
    .execute();
  assert.deepEqual(await textsOf(table), ["1 a", "2 b", "3 c", "9 x"]);
  await rejects(upsert(table, [{ id: 1, v: "x" }]), "APPEND_ONLY");
  assert.equal((await filesOf(table)).length, 3);
});

test("a merge adds the source's columns that its clauses set, in its own commit or not at all", async (t) => {
  const table = await smallTable(t, { "delta.enableChangeDataFeed": "true" });
  const before = (await table.snapshot()).version;
  const wider = columns({ id: "long", v: "string", note: "string", other: "long" });
  const merge = (rows: readonly Row[]): ReturnType<DeltaTable["merge"]> =>
    table
      .merge({ source: { rows }, sourceSchema: wider, mergeSchema: true, on })
      .whenMatchedUpdate({ set: { v: "source.v", note: "source.note" } })
      .whenNotMatchedInsert({ values: { id: "source.id", note: "source.note" } });
  const twice = [
    { id: 1, v: "A", note: "x", other: 1 },
    { id: 1, v: "B", note: "y", other: 1 },
  ];
  await rejects(merge(twice).execute(), "AMBIGUOUS_MERGE");
  assert.equal((await table.snapshot()).version, before);
  await merge([
    { id: 1, v: "A", note: "x", other: 1 },
    { id: 9, v: "i", note: "z", other: 1 },
  ]).execute();
  assert.equal((await table.snapshot()).version, before + 1);
  assert.deepEqual(
    (await table.snapshot()).schema.fields.map(({ name }) => name),
    ["id", "v", "note"],
  );
  const rows = (await (await table.scan({ orderBy: "id" })).rows()).map((row) =>
    Object.values(row).join(" "),
  );
  assert.deepEqual(rows, ["1 A x", "2 b ", "3 c ", "9  z"]);
  const changes = await (await table.changes({ fromVersion: before + 1 })).rows();
  assert.deepEqual(changes.map((row) => `${String(row["_change_type"])} ${String(row["note"])}`).toSorted(), [
    "insert z",
    "update_postimage x",
    "update_preimage null",
  ]);
  // No row changes, and the column is there all the same.
  await table
    .merge({ source: { rows: [] }, sourceSchema: wider, mergeSchema: true, on })
    .whenNotMatchedInsertAll()
    .execute();
  assert.equal((await table.snapshot()).schema.fields.at(-1)?.name, "other");
});
