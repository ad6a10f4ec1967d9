import assert from "node:assert/strict";
import { test } from "node:test";

import { DeltaTable, LocalStore } from "../../src/index.ts";
import type { Row, RowSource } from "../../src/index.ts";
import { commitPath } from "../../src/log/log-files.ts";
import { CrashingFileSystem } from "../../src/testing/crashing-file-system.ts";
import {
  columns,
  countingTable,
  engine,
  idsOf,
  memoryStore,
  memoryTable,
  rejects,
  temporaryFolder,
  writeText,
} from "../support/tables.ts";

/** Options as a caller without types may pass them: spread into an object literal they have no type that could object. */
function untyped(json: string): object {
  const options: object = JSON.parse(json);
  return options;
}

test("an option of no known name is refused by every command before anything happens", async (t) => {
  const table = await countingTable(memoryStore(t), 2);
  await rejects(
    table.delete({ ...untyped('{"were":"id = 1"}') }),
    "INVALID_ARGUMENT",
    /no option "were".*where/,
  );
  await rejects(
    table.delete({ ...untyped('{"where":"id = 1","dryrun":true}') }),
    "INVALID_ARGUMENT",
    /dryRun/,
  );
  await rejects(
    table.update({ set: { id: "1" }, ...untyped('{"wher":"id = 1"}') }),
    "INVALID_ARGUMENT",
    /wher/,
  );
  await rejects(
    table.append({ rows: [] }, { ...untyped('{"mergeshema":true}') }),
    "INVALID_ARGUMENT",
    /mergeSchema/,
  );
  await rejects(table.overwrite({ rows: [] }, { ...untyped('{"were":"id = 1"}') }), "INVALID_ARGUMENT");
  await rejects(table.optimize({ ...untyped('{"zorderBy":["id"]}') }), "INVALID_ARGUMENT", /zOrderBy/);
  await rejects(table.vacuum({ ...untyped('{"dryrun":true}') }), "INVALID_ARGUMENT");
  await rejects(table.scan({ ...untyped('{"wher":"id = 1"}') }), "INVALID_ARGUMENT");
  assert.throws(
    () => table.merge({ source: { rows: [] }, on: "true", ...untyped('{"onn":"true"}') }),
    /no option "onn"/,
  );
  assert.deepEqual(await idsOf(table), [1, 2]);
  assert.equal((await table.snapshot()).version, 2);
});

test("a filter that was never set does not mean every row", async (t) => {
  const table = await countingTable(memoryStore(t), 2);
  await rejects(table.delete({ where: undefined }), "INVALID_ARGUMENT", /Leave it out to mean every row/);
  await rejects(table.update({ set: { id: "0" }, where: undefined }), "INVALID_ARGUMENT");
  assert.deepEqual(await idsOf(table), [1, 2]);
});

test("values that an option cannot have are refused by name", async (t) => {
  const table = await countingTable(memoryStore(t), 1);
  await rejects(table.scan({ limit: -1 }), "INVALID_ARGUMENT", /limit/);
  await rejects(table.scan({ ...untyped('{"version":"1"}') }), "INVALID_ARGUMENT", /whole number, not "1"/);
  await rejects(table.scan({ ...untyped('{"asOfTimestamp":"2026-11-25"}') }), "INVALID_ARGUMENT", /Date/);
  await rejects(
    table.optimize({ ...untyped('{"zOrderBy":["id"],"curve":"peano"}') }),
    "INVALID_ARGUMENT",
    /hilbert/,
  );
});

test("what is no source of rows is refused, and so is a row that is no object", async (t) => {
  const table = await countingTable(memoryStore(t), 1);
  for (const json of ["{}", "null", '{"rows":[],"sql":"SELECT 1"}', '{"row":[]}']) {
    const source: RowSource = JSON.parse(json);
    await rejects(table.append(source), "INVALID_ARGUMENT", /\{ rows \}/);
  }
  const rows: Row[] = JSON.parse("[null]");
  await rejects(table.append({ rows }), "INVALID_VALUE", /Row 0 must be an object/);
  assert.deepEqual(await idsOf(table), [1]);
});

test("a number too large for a float is refused instead of becoming infinite", async (t) => {
  const table = await memoryTable(t, { schema: columns({ f: "float" }) });
  await rejects(table.append({ rows: [{ f: 1e300 }] }), "INVALID_VALUE", /"f"/);
  await table.append({ rows: [{ f: Number.POSITIVE_INFINITY }, { f: 1e30 }] });
});

test("an empty commit is damage, not a version without changes", async (t) => {
  const store = memoryStore(t);
  await countingTable(store, 3);
  await writeText(store, commitPath(3), "");
  await rejects(DeltaTable.at(store, { engine }).scan(), "CORRUPT_LOG", /3\.json is empty/);
  await rejects(DeltaTable.at(store, { engine }).append({ rows: [{ id: 4 }] }), "CORRUPT_LOG");
});

test("a dry run is refused where the real one would be", async (t) => {
  const table = await memoryTable(t, {
    schema: columns({ id: "long" }),
    properties: { "delta.appendOnly": "true" },
  });
  await table.append({ rows: [{ id: 1 }] });
  const dryRun = true;
  await rejects(table.delete({ dryRun }), "APPEND_ONLY");
  await rejects(table.delete({ where: "id = 1", dryRun }), "APPEND_ONLY");
  await rejects(table.update({ set: { id: "2" }, dryRun }), "APPEND_ONLY");
  assert.equal((await table.delete({ where: "id = 7", dryRun })).isCommitted, false);
});

test("a column of a name that the change data feed needs is refused wherever it would come about", async (t) => {
  const properties = { "delta.enableChangeDataFeed": "true", "delta.columnMapping.mode": "name" };
  const reserved = columns({ id: "long", _change_type: "string" });
  const create = DeltaTable.create(memoryStore(t), { schema: reserved, properties, engine });
  await rejects(create, "INVALID_SCHEMA", /_change_type/);
  const fed = await memoryTable(t, { schema: columns({ id: "long" }), properties });
  await rejects(fed.addColumns(columns({ _commit_version: "long" }).fields), "INVALID_SCHEMA");
  await rejects(fed.renameColumn("id", "_commit_timestamp"), "INVALID_SCHEMA");
  const plain = await memoryTable(t, { schema: reserved });
  await rejects(plain.setProperties({ "delta.enableChangeDataFeed": "true" }), "INVALID_SCHEMA");
});

test("vacuum frees a disk that is too full to record that it begins", async (t) => {
  const folder = await temporaryFolder(t);
  const table = await countingTable(new LocalStore(folder), 2);
  await table.delete({ where: "id = 1" });
  const fileSystem = await CrashingFileSystem.over(folder);
  const full = DeltaTable.at(new LocalStore(folder, fileSystem), { engine });
  fileSystem.arm({ kind: "errno", code: "ENOSPC", at: 1, counting: "changes" });
  const { files } = await full.vacuum({ retentionHours: 0, allowShortRetention: true });
  assert.equal(files.length, 1);
  assert.deepEqual(await idsOf(table), [2]);
});
