import assert from "node:assert/strict";
import { test } from "node:test";

import { DeltaTable, field } from "../../src/index.ts";
import { lastCommit, objectsOf } from "../support/commits.ts";
import { InterruptedStore } from "../support/interrupted-store.ts";
import { operationOf, pick, rowsOf, tableOf } from "../support/table-contents.ts";
import {
  columns,
  countingTable,
  engine,
  filesOf,
  idsOf,
  memoryStore,
  range,
  rejects,
} from "../support/tables.ts";

const schema = columns({ id: "long" });
const rowsTo = (count: number): { readonly id: number }[] => range(1, count).map((id) => ({ id }));

test("a restore makes the table what it was at a version, as a new version", async (t) => {
  const table = await countingTable(memoryStore(t), 3);
  await table.delete({ where: "id = 1" });
  const result = await table.restore({ version: 2 }, { userMetadata: "undo" });
  assert.deepEqual(pick({ ...result }, "version", "isCommitted"), { version: 5, isCommitted: true });
  assert.deepEqual(await idsOf(table), [1, 2]);
  assert.deepEqual(await idsOf(table, { version: 4 }), [2, 3]);
  const { operation, parameters, metrics } = await operationOf(table);
  assert.equal(operation, "RESTORE");
  assert.deepEqual(parameters, { version: "2" });
  const sizes = (await filesOf(table)).map((file) => file.size);
  assert.deepEqual(metrics, {
    tableSizeAfterRestore: String(sizes.reduce((sum, size) => sum + size, 0)),
    numOfFilesAfterRestore: "2",
    numRemovedFiles: "1",
    numRestoredFiles: "1",
    removedFilesSize: String(result.metrics["removedFilesSize"]),
    restoredFilesSize: String(result.metrics["restoredFilesSize"]),
  });
  const { info, adds, removes } = await lastCommit(table);
  assert.equal(info.userMetadata, "undo");
  assert.ok([...adds, ...removes].every((file) => file.dataChange));
});

test("a restore to a time takes the newest version at or before it", async (t) => {
  let now = Date.parse("2026-01-01T00:00:00Z");
  const store = memoryStore(t, { now: () => now });
  const table = await DeltaTable.create(store, { schema, engine, now: () => now });
  for (const { id } of rowsTo(3)) {
    now += 60_000;
    await table.append({ rows: [{ id }] });
  }
  await table.restore({ asOfTimestamp: new Date("2026-01-01T00:02:30Z") });
  assert.deepEqual(await idsOf(table), [1, 2]);
  assert.deepEqual((await operationOf(table)).parameters, { timestamp: "2026-01-01T00:02:30.000Z" });
});

test("a restore to what the table is makes no version", async (t) => {
  const table = await countingTable(memoryStore(t), 2);
  const { isCommitted, version } = await table.restore({ version: 2 });
  assert.deepEqual({ isCommitted, version }, { isCommitted: false, version: 2 });
  await table.restore({ version: 1 });
  assert.equal((await table.restore({ version: 1 })).isCommitted, false);
});

test("a restore to the first version empties the table, and another brings it back", async (t) => {
  const table = await countingTable(memoryStore(t), 2);
  await table.restore({ version: 0 });
  assert.deepEqual(await idsOf(table), []);
  await table.restore({ version: 2 });
  assert.deepEqual(await idsOf(table), [1, 2]);
});

test("a restore brings back the rows that deletion vectors marked, and marks them again", async (t) => {
  const properties = { "delta.enableDeletionVectors": "true" };
  const table = await tableOf(t, { schema, properties }, [rowsTo(6)]);
  await table.delete({ where: "id = 1" });
  await table.delete({ where: "id = 2" });
  for (const [version, ids] of [
    [1, range(1, 6)],
    [3, range(3, 6)],
    [2, range(2, 6)],
  ] as const) {
    await table.restore({ version });
    assert.deepEqual(await idsOf(table), ids);
  }
});

test("a restore takes back columns, properties and constraints, not the protocol", async (t) => {
  const table = await countingTable(memoryStore(t), 1);
  const { protocol } = await table.snapshot();
  await table.addColumns([field("note", "string")]);
  await table.addConstraint("positive", "id > 0");
  await table.setProperties({ "delta.enableDeletionVectors": "true", owner: "me" });
  const grown = (await table.snapshot()).protocol;
  assert.notDeepEqual(grown, protocol);
  await table.restore({ version: 1 });
  const snapshot = await table.snapshot();
  assert.deepEqual(snapshot.metadata.configuration, {});
  assert.deepEqual(
    snapshot.schema.fields.map((member) => member.name),
    ["id"],
  );
  assert.deepEqual(snapshot.protocol, grown);
  await table.append({ rows: [{ id: -1 }] });
  await table.restore({ version: 4 });
  await rejects(table.append({ rows: [{ id: -2, note: "x" }] }), "CONSTRAINT_VIOLATED", /positive/);
});

test("a restore takes back renames and drops, and never gives a column's id out twice", async (t) => {
  const properties = { "delta.columnMapping.mode": "name" };
  const table = await tableOf(t, { schema: columns({ id: "long", a: "string", b: "string" }), properties }, [
    [{ id: 1, a: "one", b: "uno" }],
  ]);
  await table.renameColumn("a", "first");
  await table.dropColumns(["b"]);
  await table.addColumns([field("c", "string")]);
  const highest = (await table.snapshot()).metadata.configuration["delta.columnMapping.maxColumnId"];
  await table.restore({ version: 1 });
  assert.deepEqual(await rowsOf(table), [{ id: 1n, a: "one", b: "uno" }]);
  assert.equal((await table.snapshot()).metadata.configuration["delta.columnMapping.maxColumnId"], highest);
  await table.addColumns([field("d", "string")]);
  assert.deepEqual(await rowsOf(table), [{ id: 1n, a: "one", b: "uno", d: null }]);
});

test("a restore to when commits had times of their own counts them from anew", async (t) => {
  const table = await countingTable(memoryStore(t), 1);
  await table.setProperties({ "delta.enableInCommitTimestamps": "true" });
  await table.setProperties({ "delta.enableInCommitTimestamps": "false" });
  await table.append({ rows: [{ id: 2 }] });
  await table.restore({ version: 2 });
  const { configuration } = (await table.snapshot()).metadata;
  assert.equal(configuration["delta.enableInCommitTimestamps"], "true");
  assert.equal(configuration["delta.inCommitTimestampEnablementVersion"], "5");
  assert.equal((await table.history()).length, 6);
  assert.deepEqual(await idsOf(table), [1]);
});

test("the change data feed of a restore tells what went and what came", async (t) => {
  const properties = { "delta.enableChangeDataFeed": "true", "delta.enableDeletionVectors": "true" };
  const table = await tableOf(t, { schema, properties }, [rowsTo(3), [{ id: 4 }]]);
  await table.delete({ where: "id = 2" });
  await table.restore({ version: 1 });
  const rows = await (await table.changes({ fromVersion: 4, orderBy: "id" })).rows();
  assert.deepEqual(
    rows.map((row) => `${String(row["_change_type"])} ${String(row["id"])}`),
    ["insert 2", "delete 4"],
  );
});

test("a restore of files that are gone is refused by their names, or brings back the others", async (t) => {
  const table = await countingTable(memoryStore(t), 3);
  const [lost] = await filesOf(table);
  assert.ok(lost !== undefined);
  await table.delete({});
  await table.store.delete(lost.path);
  const before = await objectsOf(table.store);
  await rejects(table.restore({ version: 3 }), "DATA_FILE_UNREADABLE", new RegExp(lost.path));
  assert.deepEqual(await objectsOf(table.store), before);
  const { metrics } = await table.restore({ version: 3 }, { ignoreMissingFiles: true });
  assert.equal((await idsOf(table)).length, 2);
  const files = await filesOf(table);
  assert.deepEqual(pick(metrics, "numRestoredFiles", "numOfFilesAfterRestore", "tableSizeAfterRestore"), {
    numRestoredFiles: 2,
    numOfFilesAfterRestore: 2,
    tableSizeAfterRestore: files.reduce((sum, file) => sum + file.size, 0),
  });
});

test("a restore goes on from what another writer committed meanwhile", async (t) => {
  const inner = memoryStore(t);
  const other = await countingTable(inner, 2);
  const store = new InterruptedStore(inner);
  store.interruption = () => other.append({ rows: [{ id: 3 }] });
  const { version, metrics } = await DeltaTable.at(store, { engine }).restore({ version: 1 });
  assert.equal(version, 4);
  assert.equal(metrics["numRemovedFiles"], 2);
  assert.deepEqual(await idsOf(other), [1]);
});

test("a restore to what never was, or to nothing said, is refused", async (t) => {
  const table = await countingTable(memoryStore(t), 1);
  const asOfTimestamp = new Date();
  await rejects(table.restore({}), "INVALID_ARGUMENT", /version or the timestamp/);
  await rejects(table.restore({ version: 1, asOfTimestamp }), "INVALID_ARGUMENT", /not both/);
  await rejects(table.restore({ version: 7 }), "VERSION_NOT_FOUND", /7/);
  await rejects(table.restore({ version: -1 }), "VERSION_NOT_FOUND");
  await rejects(table.restore({ asOfTimestamp: new Date(0) }), "VERSION_NOT_FOUND");
  await rejects(table.restore({ asOfTimestamp: new Date(Number.NaN) }), "INVALID_ARGUMENT", /invalid Date/);
  assert.equal((await table.snapshot()).version, 1);
});

test("an append-only table is not restored to fewer rows", async (t) => {
  const properties = { "delta.appendOnly": "true" };
  const table = await tableOf(t, { schema, properties }, [rowsTo(1), rowsTo(1)]);
  await rejects(table.restore({ version: 1 }), "APPEND_ONLY");
});
