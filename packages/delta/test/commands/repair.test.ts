import assert from "node:assert/strict";
import { test } from "node:test";
import type { TestContext } from "node:test";

import { DeltaTable } from "../../src/index.ts";
import { storePath } from "../../src/protocol/paths.ts";
import { lastCommit, objectsOf } from "../support/commits.ts";
import { InterruptedStore } from "../support/interrupted-store.ts";
import { contentsOf, operationOf, pick, rowsOf, tableOf } from "../support/table-contents.ts";
import { columns, countingTable, engine, filesOf, idsOf, memoryStore, rejects } from "../support/tables.ts";

/** Loses the data files of a table that hold these ids, each file of which holds one. */
async function lose(table: DeltaTable, ids: readonly number[]): Promise<string[]> {
  const lost = (await filesOf(table)).filter((file) =>
    ids.some((id) => file.stats?.includes(`"minValues":{"id":${id}`) === true),
  );
  assert.equal(lost.length, ids.length);
  for (const file of lost) await table.store.delete(storePath(file.path, table.store.uri));
  return lost.map((file) => file.path);
}

test("a table that lost files can be read again without their rows", async (t) => {
  const table = await countingTable(memoryStore(t), 4);
  const lost = await lose(table, [2, 3]);
  await rejects(rowsOf(table), "DATA_FILE_UNREADABLE");
  const result = await table.repair({ userMetadata: "disk 3 broke" });
  assert.deepEqual(result.missingFiles.toSorted(), lost.toSorted());
  assert.deepEqual(pick({ ...result }, "version", "isCommitted"), { version: 5, isCommitted: true });
  assert.deepEqual(await idsOf(table), [1, 4]);
  const { operation, parameters, metrics } = await operationOf(table);
  assert.equal(operation, "FSCK");
  assert.deepEqual(parameters, { dryRun: "false" });
  assert.equal(metrics["numRemovedFiles"], "2");
  assert.equal(metrics["removedFilesSize"], String(result.metrics["removedFilesSize"]));
  const { info, removes } = await lastCommit(table);
  assert.equal(info.userMetadata, "disk 3 broke");
  assert.deepEqual(removes.map((file) => file.path).toSorted(), lost.toSorted());
});

test("a table that lost nothing, or has nothing, is left as it is", async (t) => {
  for (const versions of [0, 2]) {
    const table = await countingTable(memoryStore(t), versions);
    const before = await contentsOf(table.store);
    const { isCommitted, missingFiles, version } = await table.repair();
    assert.deepEqual(
      { isCommitted, missingFiles, version },
      { isCommitted: false, missingFiles: [], version: versions },
    );
    assert.deepEqual(await contentsOf(table.store), before);
  }
});

test("files are found by their names, of whatever letters partitions give them", async (t) => {
  const schema = columns({ id: "long", "a b": "string" });
  const table = await tableOf(t, { schema, partitionBy: ["a b"] }, [
    [
      { id: 1, "a b": "100% ü/ö" },
      { id: 2, "a b": "100%25 =" },
    ],
  ]);
  assert.equal((await table.repair()).isCommitted, false);
  await lose(table, [2]);
  await table.repair();
  assert.deepEqual(await rowsOf(table), [{ id: 1n, "a b": "100% ü/ö" }]);
});

test("a lost file that has a deletion vector goes with it", async (t) => {
  const properties = { "delta.enableDeletionVectors": "true" };
  const table = await tableOf(t, { schema: columns({ id: "long" }), properties }, [
    [{ id: 1 }, { id: 2 }],
    [{ id: 3 }],
  ]);
  await table.delete({ where: "id = 1" });
  await lose(table, [1]);
  await table.repair();
  assert.deepEqual(await idsOf(table), [3]);
  const [removed] = (await lastCommit(table)).removes;
  assert.equal(removed?.deletionVector?.cardinality, 1);
});

test("a repair goes behind appends of others", async (t) => {
  const inner = memoryStore(t);
  const other = await countingTable(inner, 2);
  await lose(other, [1]);
  const store = new InterruptedStore(inner);
  store.interruption = () => other.append({ rows: [{ id: 3 }] });
  await DeltaTable.at(store, { engine }).repair();
  assert.deepEqual(await idsOf(other), [2, 3]);
});

test("two repairs of one loss do not take it out twice", async (t) => {
  const inner = memoryStore(t);
  const other = await countingTable(inner, 2);
  await lose(other, [1]);
  const store = new InterruptedStore(inner);
  store.interruption = () => other.repair();
  const { isCommitted, missingFiles } = await DeltaTable.at(store, { engine }).repair();
  assert.deepEqual({ isCommitted, missingFiles }, { isCommitted: false, missingFiles: [] });
  assert.equal((await other.snapshot()).version, 3);
});

/** A table of two files, one of them with a deletion vector whose file is gone. */
async function tableWithoutVector(t: TestContext): Promise<DeltaTable> {
  const properties = { "delta.enableDeletionVectors": "true" };
  const table = await tableOf(t, { schema: columns({ id: "long" }), properties }, [
    [{ id: 1 }, { id: 2 }],
    [{ id: 3 }],
  ]);
  await table.delete({ where: "id = 1" });
  const vectorFiles = (await objectsOf(table.store)).filter((path) => path.endsWith(".bin"));
  assert.equal(vectorFiles.length, 1);
  await table.store.deleteMany(vectorFiles);
  await rejects(rowsOf(table), "DATA_FILE_UNREADABLE");
  return table;
}

test("a lost deletion vector is reported, and its data file stays: rows that were deleted must not come back", async (t) => {
  const table = await tableWithoutVector(t);
  const { isCommitted, version, missingFiles, lostVectors } = await table.repair();
  assert.deepEqual(
    { isCommitted, version, missingFiles },
    { isCommitted: false, version: 3, missingFiles: [] },
  );
  const damaged = (await filesOf(table)).filter((file) => file.deletionVector !== undefined);
  assert.deepEqual(
    lostVectors.map((lost) => lost.dataFile),
    damaged.map((file) => file.path),
  );
  assert.match(lostVectors[0]?.vectorFile ?? "", /deletion_vector_.*\.bin$/);
  await rejects(rowsOf(table), "DATA_FILE_UNREADABLE");
});

test("a data file whose deletion vector is lost goes when that is asked for, and a dry run says so", async (t) => {
  const table = await tableWithoutVector(t);
  const removeFilesOfLostVectors = true;
  const dry = await table.repair({ removeFilesOfLostVectors, dryRun: true });
  assert.deepEqual([dry.isCommitted, dry.metrics["numRemovedFiles"], dry.lostVectors.length], [false, 1, 1]);
  const { isCommitted, lostVectors, metrics } = await table.repair({ removeFilesOfLostVectors });
  assert.equal(isCommitted, true);
  assert.deepEqual(lostVectors, dry.lostVectors);
  assert.deepEqual(metrics, dry.metrics);
  assert.deepEqual(await idsOf(table), [3]);
  const [removed] = (await lastCommit(table)).removes;
  assert.deepEqual([removed?.path, removed?.deletionVector?.cardinality], [lostVectors[0]?.dataFile, 1]);
  assert.deepEqual((await table.repair({ removeFilesOfLostVectors })).lostVectors, []);
});

test("files that are lost go while files of lost vectors stay", async (t) => {
  const table = await tableWithoutVector(t);
  await lose(table, [3]);
  const { missingFiles, lostVectors, isCommitted } = await table.repair();
  assert.deepEqual([missingFiles.length, lostVectors.length, isCommitted], [1, 1, true]);
  assert.deepEqual(
    (await filesOf(table)).map((file) => file.path),
    lostVectors.map((lost) => lost.dataFile),
  );
});
