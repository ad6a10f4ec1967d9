import assert from "node:assert/strict";
import { after, test } from "node:test";
import { DuckDbEngine, field, structType } from "finance-feedback-delta";
import type { Row } from "finance-feedback-delta";

import { DeltaLakeManager } from "../../src/storage/delta-lake-manager.ts";
import { StorageError } from "../../src/storage/storage-error.ts";
import { TemporaryFolder } from "../temporary-folder.ts";

const engine = new DuckDbEngine();
after(() => engine.close());

const createWith = {
  schema: structType([field("asset_pair", "string"), field("close", "decimal(18,8)"), field("day", "date")]),
  partitionBy: ["day"],
};

async function filledLake(root: string): Promise<DeltaLakeManager> {
  let nowMs = Date.UTC(2025, 11, 12);
  const lake = new DeltaLakeManager({ storagePath: root, engine, now: () => nowMs });
  for (const [index, close] of ["100", "200", "300"].entries()) {
    nowMs += 1000;
    await lake.createOrUpdateTable({
      tableName: "silver.closes",
      rows: { rows: [{ asset_pair: "BTCUSD", close, day: `2025-12-1${index}` }] },
      createWith,
    });
  }
  return lake;
}

async function closes(rows: Promise<readonly Row[]>): Promise<unknown[]> {
  return (await rows).map((row) => row["close"]);
}

test("a table is made by the first write and grows by the next", async () => {
  using folder = new TemporaryFolder();
  const lake = await filledLake(folder.path);
  const history = await lake.getTableHistory("silver.closes");
  assert.deepEqual(
    history.map((entry) => [entry.version, entry.operation, entry.operationMetrics["numOutputRows"]]),
    [
      [2, "WRITE", "1"],
      [1, "WRITE", "1"],
      [0, "CREATE TABLE AS SELECT", "1"],
    ],
  );
  assert.deepEqual(await lake.listTables(), [{ layer: "silver", name: "closes" }]);
});

test("readTable takes a filter, columns, a version and a time", async () => {
  using folder = new TemporaryFolder();
  const lake = await filledLake(folder.path);
  const all = await lake.readTable({ tableName: "closes", columns: ["close"], orderBy: "close" });
  assert.deepEqual(await closes(all.rows()), ["100.00000000", "200.00000000", "300.00000000"]);
  const filtered = await lake.readTable({ tableName: "silver.closes", where: "day >= '2025-12-12'" });
  assert.deepEqual(await closes(filtered.rows()), ["300.00000000"]);
  assert.equal((await filtered.explain()).prunedByPartition, 2);
  const old = await lake.readTable({ tableName: "silver.closes", version: 0 });
  assert.deepEqual(await closes(old.rows()), ["100.00000000"]);
  const future = await lake.readTable({ tableName: "silver.closes", asOfTimestamp: "2999-01-01" });
  assert.equal((await future.rows()).length, 3);
});

test("two versions of one table meet in one query", async () => {
  using folder = new TemporaryFolder();
  const lake = await filledLake(folder.path);
  const { batches } = await lake.query(
    "SELECT now.close FROM closes now ANTI JOIN silver.closes earlier AT (VERSION => 1) ON earlier.close = now.close",
  );
  const rows: Row[] = [];
  for await (const batch of batches) rows.push(...batch.toRows());
  assert.deepEqual(rows, [{ close: "300.00000000" }]);
});

test("a table that is not there is an error that lists what is", async () => {
  using folder = new TemporaryFolder();
  const lake = await filledLake(folder.path);
  await assert.rejects(
    lake.readTable({ tableName: "silver.opens" }),
    (error) =>
      error instanceof StorageError &&
      error.code === "TABLE_NOT_FOUND" &&
      error.message.includes("silver.closes"),
  );
});

test("storage of a kind that there is no store for is refused by name", async () => {
  const lake = new DeltaLakeManager({ storagePath: "gs://finance-lake", engine });
  await assert.rejects(lake.listTables(), /gs:.*not supported/);
});

test("mergeUpsert updates the columns it is told where the keys are there, and inserts the others", async () => {
  using folder = new TemporaryFolder();
  const lake = await filledLake(folder.path);
  const result = await lake.mergeUpsert({
    tableName: "silver.closes",
    rows: [
      { asset_pair: "BTCUSD", day: "2025-12-10", close: "42500" },
      { asset_pair: "ETHUSD", day: "2025-12-10", close: "1" },
    ],
    mergeKeys: ["asset_pair", "day"],
    updateColumns: ["close"],
  });
  assert.equal(result.metrics["numTargetRowsUpdated"], 1);
  assert.equal(result.metrics["numTargetRowsInserted"], 1);
  const upserted = await lake.readTable({ tableName: "closes", orderBy: "close" });
  assert.deepEqual(await closes(upserted.rows()), [
    "1.00000000",
    "200.00000000",
    "300.00000000",
    "42500.00000000",
  ]);
});

test("mergeUpsert says which keys two of its rows share, which it needs, and what the table does not allow", async () => {
  using folder = new TemporaryFolder();
  const lake = await filledLake(folder.path);
  const upsert = (
    rows: readonly Row[],
    mergeKeys: readonly string[] = ["asset_pair", "day"],
  ): Promise<unknown> => lake.mergeUpsert({ tableName: "silver.closes", rows, mergeKeys });
  const row = { asset_pair: "SOLUSD", day: "2025-12-10", close: "1" };
  await assert.rejects(upsert([row, { ...row, close: "2" }]), { code: "AMBIGUOUS_MERGE" });
  await assert.rejects(upsert([row], []), { code: "INVALID_ARGUMENT" });
  await assert.rejects(upsert([row], ["timestamp"]), { code: "SCHEMA_MISMATCH" });
  await lake.table("silver.closes").setProperties({ "delta.appendOnly": "true" });
  await assert.rejects(upsert([{ ...row, asset_pair: "BTCUSD" }]), { code: "APPEND_ONLY" });
  assert.equal((await lake.getTableHistory("closes")).length, 4);
});

test("a misspelt option is refused by every method, and changes nothing", async () => {
  using folder = new TemporaryFolder();
  const lake = await filledLake(folder.path);
  const tableName = "silver.closes";
  const calls: readonly (readonly [method: string, options: object])[] = [
    ["readTable", { tableName, verson: 1 }],
    ["mergeUpsert", { tableName, rows: [{ id: 1 }], mergeKeys: ["id"], updateColumn: ["close"] }],
    ["mergeUpsert", { tableName, rows: { rows: [] }, mergeKeys: ["id"] }],
    ["createOrUpdateTable", { tableName, rows: { rows: [] }, createWith, apend: {} }],
    ["optimizeTable", { tableName, zOrderBy: ["id"], dryrun: true }],
    ["vacuumTable", { tableName, dryrun: true }],
    ["restoreTable", { tableName, version: 0, dryrun: true }],
    ["getTableChanges", { tableName, fromversion: 0 }],
  ];
  for (const [method, options] of calls) {
    const found: unknown = Reflect.get(lake, method);
    assert.ok(typeof found === "function", method);
    await assert.rejects(
      async () => Reflect.apply(found, lake, [options]),
      { code: "INVALID_ARGUMENT" },
      method,
    );
  }
  assert.equal((await lake.getTableHistory(tableName)).length, 3);
});

test("a table is optimized, described, vacuumed and restored by its name", async () => {
  using folder = new TemporaryFolder();
  const lake = await filledLake(folder.path);
  const { version } = await lake.optimizeTable({ tableName: "closes", zorderColumns: ["close"] });
  assert.equal(version, 3);
  assert.equal((await lake.describeTable("closes")).partitions.length, 3);
  assert.equal((await lake.vacuumTable({ tableName: "closes", dryRun: true })).files.length, 0);
  await lake.restoreTable({ tableName: "closes", version: 0 });
  const rows = await lake.readTable({ tableName: "closes" });
  assert.deepEqual(await closes(rows.rows()), ["100.00000000"]);
});
