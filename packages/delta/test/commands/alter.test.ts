import assert from "node:assert/strict";
import { test } from "node:test";

import { DeltaTable, field, structType } from "../../src/index.ts";
import { physicalNameOf } from "../../src/protocol/column-mapping.ts";
import { lastCommit } from "../support/commits.ts";
import { InterruptedStore } from "../support/interrupted-store.ts";
import { operationOf, rowsOf, tableOf } from "../support/table-contents.ts";
import {
  columns,
  countingTable,
  engine,
  filesOf,
  idsOf,
  memoryStore,
  memoryTable,
  rejects,
  statisticsOf,
} from "../support/tables.ts";

const schema = columns({ id: "long", a: "string" });
const mapped = { "delta.columnMapping.mode": "name" };
const oddNames = ["with.dot", "with space", 'with "quotes"', "ünï/çødé 雪", "'; DROP TABLE x; --", "`tick`"];

async function namesOf(table: DeltaTable): Promise<string[]> {
  return (await table.snapshot()).schema.fields.map((member) => member.name);
}

test("added columns are null in the rows that are there and filled in those that come", async (t) => {
  for (const mode of ["none", "name", "id"]) {
    const properties = { "delta.columnMapping.mode": mode };
    const table = await tableOf(t, { schema, properties }, [[{ id: 1, a: "one" }]]);
    const fields = [
      field("b", "integer"),
      field("c", { type: "array", elementType: "string", containsNull: true }),
    ];
    const result = await table.addColumns(fields, { userMetadata: "more" });
    assert.deepEqual(result, { version: 2, isCommitted: true, metrics: {} });
    await table.append({ rows: [{ id: 2, a: "two", b: 2, c: ["x", null] }] });
    assert.deepEqual(await rowsOf(table), [
      { id: 1n, a: "one", b: null, c: null },
      { id: 2n, a: "two", b: 2, c: ["x", null] },
    ]);
    assert.deepEqual(await rowsOf(table, { version: 1 }), [{ id: 1n, a: "one" }]);
    const [added] = await table.history().then((entries) => entries.filter((entry) => entry.version === 2));
    assert.equal(added?.operation, "ADD COLUMNS");
  }
});

test("the commit of added columns says which, as Spark's does", async (t) => {
  const table = await memoryTable(t, { schema });
  await table.addColumns([field("b", "integer")], { userMetadata: "more" });
  assert.deepEqual(await operationOf(table), {
    operation: "ADD COLUMNS",
    parameters: {
      columns: JSON.stringify([{ column: { name: "b", type: "integer", nullable: true, metadata: {} } }]),
    },
    metrics: {},
  });
  const { info, adds, removes } = await lastCommit(table);
  assert.deepEqual([info.userMetadata, info.isBlindAppend, adds, removes], ["more", true, [], []]);
});

test("a column of a type that the protocol must allow raises the protocol", async (t) => {
  const table = await memoryTable(t, { schema });
  await table.addColumns([field("at", "timestamp_ntz")]);
  assert.ok((await table.describe()).tableFeatures.includes("timestampNtz"));
  await table.append({ rows: [{ id: 1, a: "x", at: "1969-12-31T23:59:59.5" }] });
  assert.equal((await rowsOf(table)).length, 1);
});

test("columns are called anything and can be renamed to anything with column mapping", async (t) => {
  const table = await tableOf(t, { schema, properties: mapped }, [[{ id: 1, a: "kept" }]]);
  let current = "a";
  for (const name of oddNames) {
    await table.addColumns([field(`new ${name}`, "long")]);
    await table.renameColumn(current, name);
    current = name;
    assert.equal((await rowsOf(table))[0]?.[name], "kept");
  }
  await table.append({ rows: [{ id: 2, [current]: "later" }] });
  assert.deepEqual(
    (await rowsOf(table)).map((row) => row[current]),
    ["kept", "later"],
  );
  await table.dropColumns(oddNames.map((name) => `new ${name}`));
  assert.deepEqual(await namesOf(table), ["id", current]);
});

test("columns that cannot be added are refused", async (t) => {
  const table = await memoryTable(t, { schema });
  const refuse = (fields: Parameters<DeltaTable["addColumns"]>[0], message: RegExp): Promise<unknown> =>
    rejects(table.addColumns(fields), "INVALID_SCHEMA", message);
  await refuse([field("A", "long")], /column "A" already/);
  await refuse([field("b", "long", { nullable: false })], /must be nullable/);
  await refuse([field("b", "long"), field("B", "long")], /B/i);
  await refuse([field("", "long")], /name/);
  await rejects(table.addColumns([]), "INVALID_ARGUMENT", /no column/);
  assert.equal((await table.snapshot()).version, 0);
});

test("a renamed column keeps its values, its files and its statistics", async (t) => {
  const table = await tableOf(t, { schema, properties: mapped }, [
    [{ id: 1, a: "one" }],
    [{ id: 2, a: "two" }],
  ]);
  const before = await filesOf(table);
  await table.renameColumn("ID", "key");
  assert.deepEqual(await operationOf(table), {
    operation: "RENAME COLUMN",
    parameters: { oldColumnPath: "id", newColumnPath: "key" },
    metrics: {},
  });
  assert.deepEqual(await filesOf(table), before);
  const scan = await table.scan({ where: "key = 2" });
  assert.deepEqual(await scan.rows(), [{ key: 2n, a: "two" }]);
  assert.equal((await scan.explain()).filesRead, 1);
  assert.deepEqual(await rowsOf(table, { version: 2 }), [
    { id: 1n, a: "one" },
    { id: 2n, a: "two" },
  ]);
});

test("names can be swapped by way of a third, and a column can get its own in other letters", async (t) => {
  const table = await tableOf(t, { schema: columns({ a: "long", b: "long" }), properties: mapped }, [
    [{ a: 1, b: 2 }],
  ]);
  await table.renameColumn("a", "c");
  await table.renameColumn("b", "a");
  await table.renameColumn("c", "b");
  assert.deepEqual(await rowsOf(table), [{ b: 1n, a: 2n }]);
  await table.renameColumn("a", "A");
  assert.deepEqual(await rowsOf(table), [{ b: 1n, A: 2n }]);
});

test("a renamed partition column still prunes, and its new files go where the old ones are", async (t) => {
  const table = await tableOf(t, { schema, partitionBy: ["a"], properties: mapped }, [
    [
      { id: 1, a: "x" },
      { id: 2, a: "y" },
    ],
  ]);
  await table.renameColumn("a", "part");
  await table.append({ rows: [{ id: 3, part: "x" }] });
  const snapshot = await table.snapshot();
  assert.deepEqual(snapshot.partitionColumns, ["part"]);
  const scan = await table.scan({ where: "part = 'x'", orderBy: "id" });
  assert.deepEqual(await scan.rows(), [
    { id: 1n, part: "x" },
    { id: 3n, part: "x" },
  ]);
  assert.equal((await scan.explain()).prunedByPartition, 1);
});

test("renames that cannot be are refused", async (t) => {
  const table = await memoryTable(t, { schema, properties: mapped });
  await rejects(table.renameColumn("nowhere", "b"), "INVALID_SCHEMA", /no column "nowhere".*id, a/);
  await rejects(table.renameColumn("a", "ID"), "INVALID_SCHEMA", /column "id" already/);
  await rejects(table.renameColumn("a", ""), "INVALID_SCHEMA", /name/);
  const unmapped = await memoryTable(t, { schema });
  await rejects(unmapped.renameColumn("a", "b"), "INVALID_ARGUMENT", /delta\.columnMapping\.mode/);
  await rejects(unmapped.dropColumns(["a"]), "INVALID_ARGUMENT", /delta\.columnMapping\.mode/);
});

test("a dropped column is gone, and one of its name that is added later is another", async (t) => {
  const table = await tableOf(t, { schema, properties: mapped }, [[{ id: 1, a: "old" }]]);
  const result = await table.dropColumns(["A"]);
  assert.deepEqual(result, { version: 2, isCommitted: true, metrics: {} });
  assert.deepEqual(await operationOf(table), {
    operation: "DROP COLUMNS",
    parameters: { columns: `["a"]` },
    metrics: {},
  });
  assert.deepEqual(await rowsOf(table), [{ id: 1n }]);
  await table.addColumns([field("a", "long")]);
  await table.append({ rows: [{ id: 2, a: 7 }] });
  assert.deepEqual(await rowsOf(table), [
    { id: 1n, a: null },
    { id: 2n, a: 7n },
  ]);
  assert.deepEqual(await rowsOf(table, { version: 1 }), [{ id: 1n, a: "old" }]);
});

test("columns that are needed are not dropped", async (t) => {
  const table = await memoryTable(t, {
    schema: columns({ id: "long", a: "string", b: "string" }),
    partitionBy: ["a"],
    properties: mapped,
  });
  await rejects(table.dropColumns(["a"]), "INVALID_SCHEMA", /partitioned by "a"/);
  await rejects(table.dropColumns(["id", "b"]), "INVALID_SCHEMA", /neither a partition column/);
  await rejects(table.dropColumns(["c"]), "INVALID_SCHEMA", /no column "c"/);
  await rejects(table.dropColumns([]), "INVALID_ARGUMENT", /no column/);
  assert.equal((await table.snapshot()).version, 0);
});

test("a column that a constraint, an invariant or a generated column names is neither renamed nor dropped", async (t) => {
  const day = { ...field("day", "long"), metadata: { "delta.generationExpression": "`the id` / 100" } };
  const low = {
    ...field("low", "long"),
    metadata: { "delta.invariants": `{"expression":{"expression":"low <= high"}}` },
  };
  const table = await memoryTable(t, {
    schema: structType([
      field("the id", "long"),
      field("Price", "double"),
      field("free", "long"),
      low,
      field("high", "long"),
      day,
    ]),
    properties: mapped,
  });
  await table.addConstraint("positive", "price > 0 AND 'free' <> \"free\"");
  for (const [name, why] of [
    ["the id", /generated column day/i],
    ["Price", /positive/],
    ["high", /invariant of low/],
  ] as const) {
    await rejects(table.dropColumns([name]), "INVALID_SCHEMA", why);
    await rejects(table.renameColumn(name, "other"), "INVALID_SCHEMA", why);
  }
  await rejects(table.renameColumn("low", "lowest"), "INVALID_SCHEMA", /invariant of low/);
  await table.dropConstraint("positive");
  await table.renameColumn("price", "cost");
  await table.addConstraint("cheap", "cost < 9 AND 'free' <> \"free\"");
  await rejects(table.dropColumns(["high", "low", "the id"]), "INVALID_SCHEMA", /day/);
  await table.dropColumns(["free", "high", "low", "the id", "day"]);
  assert.deepEqual(await namesOf(table), ["cost"]);
});

test("properties are set by their right names, and taken away again", async (t) => {
  const table = await memoryTable(t, { schema, properties: { owner: "me" } });
  await table.setProperties({ "DELTA.appendonly": "true", "my.own": "ünï ' \" =" });
  assert.deepEqual(await operationOf(table), {
    operation: "SET TBLPROPERTIES",
    parameters: { properties: JSON.stringify({ "delta.appendOnly": "true", "my.own": "ünï ' \" =" }) },
    metrics: {},
  });
  assert.deepEqual((await table.snapshot()).metadata.configuration, {
    owner: "me",
    "delta.appendOnly": "true",
    "my.own": "ünï ' \" =",
  });
  await table.unsetProperties(["delta.APPENDONLY", "my.own"]);
  assert.deepEqual(await operationOf(table), {
    operation: "UNSET TBLPROPERTIES",
    parameters: { properties: `["delta.appendOnly","my.own"]`, ifExists: "false" },
    metrics: {},
  });
  assert.deepEqual((await table.snapshot()).metadata.configuration, { owner: "me" });
});

test("a property raises the protocol as far as it needs, and taking it away leaves the protocol", async (t) => {
  const table = await countingTable(memoryStore(t), 2);
  await table.setProperties({ "delta.enableChangeDataFeed": "true" });
  assert.equal((await table.snapshot()).protocol.minWriterVersion, 4);
  await table.setProperties({ "delta.enableDeletionVectors": "true" });
  const { protocol } = await table.snapshot();
  assert.deepEqual([protocol.minReaderVersion, protocol.minWriterVersion], [3, 7]);
  assert.ok(protocol.writerFeatures?.includes("changeDataFeed"));
  await table.unsetProperties(["delta.enableDeletionVectors"]);
  assert.deepEqual((await table.snapshot()).protocol, protocol);
  await table.delete({ where: "id = 1" });
  assert.deepEqual(await idsOf(table), [2]);
});

test("a feature that is asked for by a property is listed, and is no property", async (t) => {
  const table = await memoryTable(t, { schema });
  await table.setProperties({ "delta.feature.vacuumProtocolCheck": "supported" });
  const { metadata } = await table.snapshot();
  assert.deepEqual(metadata.configuration, {});
  assert.ok((await table.describe()).tableFeatures.includes("vacuumProtocolCheck"));
});

test("a table gets column mapping by name, and its columns keep their names in the files", async (t) => {
  const table = await tableOf(t, { schema, partitionBy: ["a"] }, [[{ id: 1, a: "x" }]]);
  await table.setProperties(mapped);
  await table.addColumns([field("b", "long")]);
  await table.append({ rows: [{ id: 2, a: "y", b: 3 }] });
  assert.deepEqual(await rowsOf(table), [
    { id: 1n, a: "x", b: null },
    { id: 2n, a: "y", b: 3n },
  ]);
  const { fields } = (await table.snapshot()).schema;
  const [id, , b] = fields.map((member) => physicalNameOf(member, "name"));
  assert.equal(id, "id");
  assert.notEqual(b, "b");
  await table.renameColumn("id", "key");
  assert.equal((await rowsOf(table))[0]?.["key"], 1n);
});

test("properties that cannot be are refused", async (t) => {
  const table = await memoryTable(t, { schema });
  const refuse = (properties: Readonly<Record<string, string>>, message: RegExp): Promise<unknown> =>
    rejects(table.setProperties(properties), "INVALID_ARGUMENT", message);
  await refuse({ "delta.apendOnly": "true" }, /no table property delta\.apendOnly/);
  await refuse({ "delta.appendOnly": "yes" }, /true or false/);
  await refuse({ "delta.checkpointInterval": "0" }, /above 0/);
  await refuse({ "delta.constraints.x": "id > 0" }, /adding a constraint/);
  await refuse({ "delta.columnMapping.maxColumnId": "9" }, /kept by the engine/);
  await refuse({ "delta.columnMapping.mode": "id" }, /from none to id/);
  await refuse({}, /no property/);
  await rejects(
    table.setProperties({ "delta.feature.rowTracking": "supported" }),
    "UNSUPPORTED_FEATURE",
    /rowTracking/,
  );
  await rejects(table.setProperties({ "delta.enableRowTracking": "true" }), "UNSUPPORTED_FEATURE");
  await rejects(
    table.setProperties({ "delta.feature.nonsense": "supported" }),
    "UNSUPPORTED_FEATURE",
    /nonsense/,
  );
  await rejects(table.unsetProperties(["nonsense"]), "INVALID_ARGUMENT", /no property "nonsense"/);
  await rejects(table.unsetProperties([]), "INVALID_ARGUMENT", /no property/);
  assert.equal((await table.snapshot()).version, 0);
});

test("what data files or rows depend on is not unset", async (t) => {
  const table = await memoryTable(t, { schema, properties: mapped });
  await table.addConstraint("positive", "id > 0");
  await table.setProperties({ "delta.enableInCommitTimestamps": "true" });
  for (const name of [
    "delta.columnMapping.mode",
    "delta.columnMapping.maxColumnId",
    "delta.constraints.positive",
    "delta.inCommitTimestampEnablementVersion",
  ])
    await rejects(table.unsetProperties([name]), "INVALID_ARGUMENT", /cannot be unset/);
  await rejects(
    table.setProperties({ "delta.columnMapping.mode": "none" }),
    "INVALID_ARGUMENT",
    /from name to none/,
  );
});

test("a change of the table goes on from what another writer committed meanwhile", async (t) => {
  const inner = memoryStore(t);
  const other = await DeltaTable.create(inner, { schema, properties: mapped, engine });
  await other.append({ rows: [{ id: 1, a: "one" }] });
  const store = new InterruptedStore(inner);
  const table = DeltaTable.at(store, { engine });
  store.interruption = () => other.append({ rows: [{ id: 2, a: "two" }] });
  await table.renameColumn("a", "b");
  store.interruption = () => other.addColumns([field("c", "long")]);
  await table.addColumns([field("d", "long")]);
  assert.deepEqual(await namesOf(other), ["id", "b", "c", "d"]);
  assert.equal((await rowsOf(other)).length, 2);
  store.interruption = () => other.dropColumns(["c"]);
  await rejects(table.renameColumn("c", "e"), "INVALID_SCHEMA", /no column "c"/);
});

test("the choice of columns that get statistics follows renames and drops", async (t) => {
  const nested = structType([field("x", "long"), field("y", "long")]);
  const property = "delta.dataSkippingStatsColumns";
  const table = await memoryTable(t, {
    schema: structType([field("id", "long"), field("a", "long"), field("s", nested), field("b", "long")]),
    properties: { ...mapped, [property]: "a, `S`.x,id" },
  });
  const chosen = async (): Promise<string | undefined> =>
    (await table.snapshot()).metadata.configuration[property];
  await table.renameColumn("A", "the first");
  assert.equal(await chosen(), "`the first`, `S`.x,id");
  await table.renameColumn("s", "t");
  assert.equal(await chosen(), "`the first`,t.x,id");
  await table.append({ rows: [{ id: 1, "the first": 2, t: { x: 3, y: 4 }, b: 5 }] });
  const { minValues } = JSON.parse(await statisticsOf(table));
  assert.deepEqual(Object.values(minValues).map(String).toSorted(), ["1", "2", "[object Object]"]);
  await table.dropColumns(["t", "the first"]);
  assert.equal(await chosen(), "id");
  await table.renameColumn("b", "c");
  assert.equal(await chosen(), "id");
  await table.dropColumns(["id"]);
  assert.equal(await chosen(), "");
});

test("an overwrite with another schema takes columns that are gone out of the choice as well", async (t) => {
  const property = "delta.dataSkippingStatsColumns";
  const table = await memoryTable(t, {
    schema: structType([field("id", "long"), field("a", "long")]),
    properties: { [property]: "a,id" },
  });
  const sourceSchema = structType([field("id", "long"), field("b", "long")]);
  await table.overwrite({ rows: [{ id: 1, b: 2 }] }, { overwriteSchema: true, sourceSchema });
  assert.equal((await table.snapshot()).metadata.configuration[property], "id");
});

test("a table that does not choose the columns that get statistics does not begin to by a rename", async (t) => {
  const table = await memoryTable(t, { schema, properties: mapped });
  await table.renameColumn("a", "b");
  const { configuration } = (await table.snapshot()).metadata;
  assert.equal("delta.dataSkippingStatsColumns" in configuration, false);
});
