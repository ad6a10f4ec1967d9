import assert from "node:assert/strict";
import { test } from "node:test";
import { mkdir, readdir, utimes, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";

import { DeltaTable, LocalStore } from "../../src/index.ts";
import type { ObjectInfo } from "../../src/index.ts";
import { serializeActions } from "../../src/protocol/actions.ts";
import type { Action } from "../../src/protocol/actions.ts";
import { storePath } from "../../src/protocol/paths.ts";
import { commitPath, logFolder } from "../../src/log/log-files.ts";
import { AgeingTable } from "../support/ageing-table.ts";
import { missingFiles, orphansOf } from "../support/committed-files.ts";
import { commitOf, objectsOf } from "../support/commits.ts";
import { DelegatingStore } from "../support/delegating-store.ts";
import { InterruptedStore } from "../support/interrupted-store.ts";
import { addOf, metadataWith, protocolWith, removeOf, writeLog } from "../support/logs.ts";
import { pick } from "../support/table-contents.ts";
import {
  columns,
  engine,
  filesOf,
  idsOf,
  memoryStore,
  range,
  rejects,
  temporaryFolder,
  writeText,
} from "../support/tables.ts";

const schema = columns({ id: "long" });
const hourMs = 3_600_000;

test("a vacuum deletes what no version within the retention needs, and what no version ever needed", async (t) => {
  const ageing = await AgeingTable.create(t);
  const { table, store } = ageing;
  const old = await ageing.append(1);
  await writeText(store, "orphan.parquet", "never committed");
  await writeText(store, "some/where/notes.txt", "nobody's");
  await table.overwrite({ rows: [{ id: 2 }] });
  ageing.pass(100);
  const recent = await ageing.append(3);
  await table.delete({ where: "id = 3" });
  await writeText(store, "being-written.parquet", "not committed yet");
  ageing.pass(100);
  const size = (await store.describe(old[0] ?? "")).size + 15 + 8;
  const { files, metrics } = await table.vacuum();
  assert.deepEqual(files.toSorted(), [...old, "orphan.parquet", "some/where/notes.txt"].toSorted());
  assert.deepEqual(metrics, {
    numFilesToDelete: 3,
    sizeOfDataToDelete: size,
    numDeletedFiles: 3,
    numVacuumedDirectories: 2,
  });
  const left = await ageing.dataObjects();
  assert.equal(left.length, 3);
  assert.ok(left.includes("being-written.parquet"));
  assert.ok(recent.every((path) => left.includes(path)));
  assert.deepEqual(await idsOf(table), [2]);
  assert.deepEqual(await idsOf(table, { version: 3 }), [2, 3]);
});

test("a vacuum stands in the history as Spark's does, by two commits that change nothing", async (t) => {
  const ageing = await AgeingTable.create(t);
  const { table, store } = ageing;
  await ageing.append(1);
  await table.delete({});
  ageing.pass(200);
  await table.vacuum({ retentionHours: 169 });
  const start = await commitOf(store, 3);
  const end = await commitOf(store, 4);
  assert.deepEqual([start.info.operation, end.info.operation], ["VACUUM START", "VACUUM END"]);
  assert.deepEqual(start.info.operationParameters, {
    retentionCheckEnabled: "true",
    specifiedRetentionMillis: String(169 * hourMs),
    defaultRetentionMillis: String(168 * hourMs),
  });
  assert.equal(start.info.operationMetrics?.["numFilesToDelete"], "1");
  assert.ok(Number(start.info.operationMetrics?.["sizeOfDataToDelete"]) > 0);
  assert.deepEqual(end.info.operationParameters, { status: "COMPLETED" });
  assert.deepEqual(end.info.operationMetrics, { numDeletedFiles: "1", numVacuumedDirectories: "1" });
  for (const commit of [start, end]) assert.deepEqual([commit.adds, commit.removes], [[], []]);
});

test("a dry run says what would go, deletes nothing and commits nothing", async (t) => {
  for (const mode of ["full", "lite"] as const) {
    const ageing = await AgeingTable.create(t);
    const old = await ageing.append(1);
    await ageing.table.delete({});
    ageing.pass(200);
    const before = await objectsOf(ageing.store);
    const { files, metrics } = await ageing.table.vacuum({ dryRun: true, mode });
    assert.deepEqual(files, old);
    assert.deepEqual(pick(metrics, "numFilesToDelete", "numDeletedFiles"), {
      numFilesToDelete: 1,
      numDeletedFiles: undefined,
    });
    assert.deepEqual(await objectsOf(ageing.store), before);
  }
});

test("a retention shorter than the table's is refused unless it is allowed, and one below nothing always", async (t) => {
  const ageing = await AgeingTable.create(t);
  const { table } = ageing;
  await ageing.append(1);
  await table.delete({});
  ageing.pass(2);
  await rejects(
    table.vacuum({ retentionHours: 1 }),
    "RETENTION_TOO_SHORT",
    /1 hours.*168.*Nothing was deleted/s,
  );
  await rejects(table.vacuum({ retentionHours: 1, dryRun: true }), "RETENTION_TOO_SHORT");
  for (const retentionHours of [-1, Number.NaN])
    await rejects(table.vacuum({ retentionHours, allowShortRetention: true }), "INVALID_ARGUMENT", /hours/i);
  assert.equal((await table.snapshot()).version, 2);
  assert.equal((await table.vacuum({ retentionHours: 1, allowShortRetention: true })).files.length, 1);
  const { info } = await commitOf(ageing.store, 3);
  assert.equal(info.operationParameters?.["retentionCheckEnabled"], "false");
});

test("a table's own retention holds where none is given", async (t) => {
  const properties = { "delta.deletedFileRetentionDuration": "interval 2 hours" };
  const ageing = await AgeingTable.create(t, { properties });
  await ageing.append(1);
  await ageing.table.delete({});
  ageing.pass(1);
  assert.deepEqual((await ageing.table.vacuum()).files, []);
  ageing.pass(2);
  assert.equal((await ageing.table.vacuum()).files.length, 1);
  assert.equal((await ageing.table.vacuum({ retentionHours: 2 })).files.length, 0);
});

test("a file that was removed long ago and came back is kept", async (t) => {
  const ageing = await AgeingTable.create(t);
  const { table } = ageing;
  await ageing.append(1);
  await table.delete({});
  ageing.pass(200);
  await table.restore({ version: 1 });
  for (const mode of ["full", "lite"] as const) assert.deepEqual((await table.vacuum({ mode })).files, []);
  assert.deepEqual(await idsOf(table), [1]);
});

test("a file that another writer brings back while the vacuum looks is kept", async (t) => {
  const ageing = await AgeingTable.create(t);
  await ageing.append(1);
  await ageing.table.delete({});
  ageing.pass(200);
  const store = new InterruptedStore(ageing.store);
  store.interruption = () => ageing.table.restore({ version: 1 });
  const { files, metrics } = await DeltaTable.at(store, { engine, now: ageing.now }).vacuum();
  assert.deepEqual(files, []);
  assert.deepEqual(pick(metrics, "numFilesToDelete", "numDeletedFiles"), {
    numFilesToDelete: 1,
    numDeletedFiles: 0,
  });
  assert.deepEqual(await idsOf(ageing.table), [1]);
});

test("files of living deletion vectors stay, those of replaced ones go", async (t) => {
  for (const mode of ["full", "lite"] as const) {
    const ageing = await AgeingTable.create(t, { properties: { "delta.enableDeletionVectors": "true" } });
    const { table } = ageing;
    await ageing.append(1, 2, 3, 4, 5);
    await table.delete({ where: "id = 1" });
    await table.delete({ where: "id = 2" });
    ageing.pass(100);
    await table.delete({ where: "id = 3" });
    ageing.pass(100);
    const { files } = await table.vacuum({ mode });
    assert.equal(files.length, 1);
    assert.match(files[0] ?? "", /^deletion_vector_.*\.bin$/);
    assert.deepEqual(await idsOf(table), [4, 5]);
    assert.deepEqual(await idsOf(table, { version: 3 }), [3, 4, 5]);
    await rejects(idsOf(table, { version: 2 }), "DATA_FILE_UNREADABLE", /deletion_vector/);
  }
});

test("one file of vectors stays as long as one of the data files that share it needs it", async (t) => {
  const ageing = await AgeingTable.create(t, { properties: { "delta.enableDeletionVectors": "true" } });
  const { table } = ageing;
  await ageing.append(1, 2);
  await ageing.append(3, 4);
  await table.delete({ where: "id IN (1, 3)" });
  await table.delete({ where: "id = 2" });
  ageing.pass(200);
  for (const mode of ["lite", "full"] as const) {
    const { files } = await table.vacuum({ mode });
    assert.ok(files.every((path) => !path.startsWith("deletion_vector")));
    assert.deepEqual(await idsOf(table), [4]);
  }
});

test("change files stay for the retention and go after it", async (t) => {
  for (const mode of ["full", "lite"] as const) {
    const ageing = await AgeingTable.create(t, { properties: { "delta.enableChangeDataFeed": "true" } });
    const { table, store } = ageing;
    await ageing.append(1, 2, 3);
    await table.update({ set: { id: "id + 10" }, where: "id = 1" });
    ageing.pass(100);
    await table.update({ set: { id: "id + 10" }, where: "id = 2" });
    ageing.pass(100);
    const changeFiles = async (): Promise<number> =>
      (await objectsOf(store)).filter((path) => path.startsWith("_change_data/")).length;
    assert.equal(await changeFiles(), 2);
    const { files } = await table.vacuum({ mode });
    assert.deepEqual(
      files.filter((path) => path.startsWith("_change_data/")),
      (await commitOf(store, 2)).changeFiles.map((file) => file.path),
    );
    assert.equal(await changeFiles(), 1);
    assert.equal((await (await table.changes({ fromVersion: 3, toVersion: 3 })).rows()).length, 2);
  }
});

test("hidden files and folders are not the table's, but for partitions whose names begin so", async (t) => {
  const ageing = await AgeingTable.create(t, {
    schema: columns({ id: "long", _p: "string" }),
    partitionBy: ["_p"],
  });
  const { table, store } = ageing;
  await table.append({ rows: [{ id: 1, _p: "a" }] });
  const hidden = [
    ".part-0.crc",
    "_SUCCESS",
    "_temporary/0/part-0.parquet",
    ".tmp/part-0.parquet",
    "_p=a/_hidden.parquet",
    "_staging=5/part-0.parquet",
    "_change_data/_started",
    "_delta_index/x",
  ];
  const orphans = ["_p=a/orphan.parquet", "_p=gone/orphan.parquet", "_change_data/_p=a/cdc-orphan.parquet"];
  for (const path of [...hidden, ...orphans]) await writeText(store, path, "x");
  const live = (await filesOf(table)).map((file) => file.path);
  ageing.pass(200);
  const { files, metrics } = await table.vacuum();
  assert.deepEqual(files.toSorted(), orphans.toSorted());
  assert.equal(metrics["numVacuumedDirectories"], 3);
  assert.deepEqual(await ageing.dataObjects(), [...hidden, ...live].toSorted());
});

test("partition folders are known by the names that columns have in the files", async (t) => {
  const ageing = await AgeingTable.create(t, {
    schema: columns({ id: "long", _p: "string" }),
    partitionBy: ["_p"],
    properties: { "delta.columnMapping.mode": "name" },
  });
  await ageing.table.append({ rows: [{ id: 1, _p: "a" }] });
  await ageing.table.overwrite({ rows: [{ id: 2, _p: "ü %/" }] });
  ageing.pass(200);
  assert.equal((await ageing.table.vacuum()).files.length, 1);
  assert.deepEqual(await idsOf(ageing.table), [2]);
});

test("the log is never touched, whatever the log says and however old it is", async (t) => {
  const removed = [
    "_delta_log/00000000000000000000.json",
    "./_delta_log/x.json",
    "%5Fdelta_log/_last_checkpoint",
    "_delta_log/p=1/part.parquet",
    "gone.parquet",
  ];
  const ageing = await AgeingTable.create(t);
  const { store, table } = ageing;
  for (const path of ["x.json", "_last_checkpoint", "p=1/part.parquet", "p=1/part.parquet.crc"])
    await writeText(store, `${logFolder}/${path}`, "{}");
  await writeText(store, "gone.parquet", "x");
  const actions: Action[] = removed.map((path) => ({ remove: removeOf(path) }));
  await writeText(store, commitPath(1), serializeActions(actions));
  ageing.pass(24 * 365);
  const before = await objectsOf(store);
  for (const mode of ["lite", "full"] as const) await table.vacuum({ mode });
  const left = await objectsOf(store);
  assert.deepEqual(
    before.filter((path) => !left.includes(path)),
    ["gone.parquet"],
  );
});

test("a log that removes a file outside of the table's root is refused", async (t) => {
  const ageing = await AgeingTable.create(t);
  await writeText(
    ageing.store,
    commitPath(1),
    serializeActions([{ remove: removeOf("../other/part.parquet") }]),
  );
  ageing.pass(200);
  await rejects(ageing.table.vacuum({ mode: "lite" }), "UNSAFE_PATH", /leaves the table's root/);
});

test("a lite vacuum deletes what commits removed, and leaves orphans", async (t) => {
  const ageing = await AgeingTable.create(t);
  const { table, store } = ageing;
  const [old = ""] = await ageing.append(1);
  await table.overwrite({ rows: [{ id: 2 }] });
  await writeText(store, "orphan.parquet", "x");
  ageing.pass(200);
  const { size } = await store.describe(old);
  const { files, metrics } = await table.vacuum({ mode: "lite" });
  assert.deepEqual(files, [old]);
  assert.deepEqual(pick(metrics, "numDeletedFiles", "sizeOfDataToDelete"), {
    numDeletedFiles: 1,
    sizeOfDataToDelete: size,
  });
  assert.deepEqual(await orphansOf(store), ["orphan.parquet"]);
  assert.deepEqual(await missingFiles(store), [old]);
});

test("a lite vacuum counts the sizes of vectors and change files as they are", async (t) => {
  const properties = { "delta.enableDeletionVectors": "true", "delta.enableChangeDataFeed": "true" };
  const ageing = await AgeingTable.create(t, { properties });
  const { table, store } = ageing;
  await ageing.append(1, 2, 3);
  await table.delete({ where: "id = 1" });
  await table.delete({});
  ageing.pass(200);
  let size = 0;
  for (const path of await ageing.dataObjects()) size += (await store.describe(path)).size;
  const { metrics } = await table.vacuum({ mode: "lite" });
  assert.deepEqual(await ageing.dataObjects(), []);
  assert.equal(metrics["sizeOfDataToDelete"], size);
});

test("a second vacuum finds nothing more to delete", async (t) => {
  for (const mode of ["full", "lite"] as const) {
    const ageing = await AgeingTable.create(t);
    await ageing.append(1);
    await ageing.table.delete({});
    ageing.pass(200);
    assert.equal((await ageing.table.vacuum({ mode })).files.length, 1);
    const { files, metrics } = await ageing.table.vacuum({ mode });
    assert.deepEqual(files, []);
    assert.equal(metrics["numDeletedFiles"], 0);
  }
});

test("a lite vacuum of a log whose beginning was cleaned up is refused", async (t) => {
  const ageing = await AgeingTable.create(t);
  await ageing.append(1);
  await ageing.table.checkpoint();
  await ageing.append(2);
  await ageing.store.delete(commitPath(0));
  await rejects(ageing.table.vacuum({ mode: "lite" }), "VERSION_NOT_FOUND", /mode "full"/);
  assert.deepEqual((await ageing.table.vacuum()).files, []);
});

test("a vacuum of an empty table deletes nothing", async (t) => {
  const ageing = await AgeingTable.create(t);
  ageing.pass(1000);
  for (const mode of ["full", "lite"] as const) {
    const { files, metrics } = await ageing.table.vacuum({ mode });
    assert.deepEqual(files, []);
    assert.equal(metrics["numVacuumedDirectories"], 0);
  }
});

test("a table that asks for a check of the protocol before a vacuum gets one", async (t) => {
  const ageing = await AgeingTable.create(t, {
    properties: { "delta.feature.vacuumProtocolCheck": "supported" },
  });
  assert.ok((await ageing.table.describe()).tableFeatures.includes("vacuumProtocolCheck"));
  await ageing.append(1);
  await ageing.table.delete({});
  ageing.pass(200);
  assert.equal((await ageing.table.vacuum()).files.length, 1);
});

test("a table with a feature that the engine does not know is not vacuumed", async (t) => {
  for (const protocol of [
    protocolWith(["vacuumProtocolCheck", "filesInTheCloud"]),
    protocolWith(["vacuumProtocolCheck"], ["filesInTheCloud"]),
  ]) {
    const store = memoryStore(t, { now: () => 1 });
    await writeLog(store, [[{ protocol }, { metaData: metadataWith() }, { add: addOf("a.parquet") }]]);
    await writeText(store, "needed-by-the-feature.bin", "x");
    const table = DeltaTable.at(store, { engine });
    await rejects(table.vacuum(), "UNSUPPORTED_FEATURE", /filesInTheCloud/);
    assert.ok((await objectsOf(store)).includes("needed-by-the-feature.bin"));
  }
});

test("a vacuum of an append-only table takes orphans", async (t) => {
  const ageing = await AgeingTable.create(t, { properties: { "delta.appendOnly": "true" } });
  await ageing.append(1);
  await writeText(ageing.store, "orphan.parquet", "x");
  ageing.pass(200);
  assert.deepEqual((await ageing.table.vacuum()).files, ["orphan.parquet"]);
});

test("on a local disk files that the log names by absolute paths stay, old files beside them go", async (t) => {
  const root = join(await temporaryFolder(t), "tab le");
  const table = await DeltaTable.create(new LocalStore(root), { schema, engine });
  await table.append({ rows: [{ id: 1 }] });
  await table.append({ rows: [{ id: 2 }] });
  const files = await filesOf(table);
  const names = files.map((file) => storePath(file.path, table.store.uri));
  const [first, second] = files;
  const [firstName = "", secondName = ""] = names;
  assert.ok(first !== undefined && second !== undefined);
  await writeText(
    table.store,
    commitPath(3),
    serializeActions([
      { remove: removeOf(first.path, { deletionTimestamp: Date.now() }) },
      { remove: removeOf(second.path, { deletionTimestamp: Date.now() }) },
      { add: { ...first, path: pathToFileURL(join(root, firstName)).href } },
      { add: { ...second, path: encodeURI(join(root, secondName)) } },
    ]),
  );
  const orphan = join(root, "p=1", "or phän%20.parquet");
  await mkdir(dirname(orphan), { recursive: true });
  await writeFile(orphan, "x");
  const old = new Date(Date.now() - 200 * hourMs);
  for (const path of [orphan, ...names.map((name) => join(root, name))]) await utimes(path, old, old);
  const result = await table.vacuum({ retentionHours: 0, allowShortRetention: true });
  assert.deepEqual(result.files, ["p=1/or phän%20.parquet"]);
  assert.deepEqual(await idsOf(table), [1, 2]);
  assert.ok((await readdir(root)).includes(firstName));
});

test("a lite vacuum asks for no commit's time by itself, however many there are", async (t) => {
  const ageing = await AgeingTable.create(t);
  for (const id of range(1, 9)) await ageing.append(id);
  await ageing.table.overwrite({ rows: [{ id: 10 }] });
  ageing.pass(200);
  const described: string[] = [];
  class ListedStore extends DelegatingStore {
    override describe(path: string): Promise<ObjectInfo> {
      described.push(path);
      return super.describe(path);
    }
  }
  const table = DeltaTable.at(new ListedStore(ageing.store), { engine, now: ageing.now });
  const { files } = await table.vacuum({ mode: "lite", dryRun: true });
  assert.equal(files.length, 9);
  assert.deepEqual(
    described.filter((path) => path.startsWith("_delta_log/")),
    [],
  );
});
