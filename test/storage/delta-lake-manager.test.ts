import assert from "node:assert/strict";
import { after, test } from "node:test";

import { DuckDbEngine, field, structType } from "../../src/delta/index.ts";
import type { Row } from "../../src/delta/index.ts";
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

test("storage that is no local folder is refused by name", () => {
  assert.throws(
    () => new DeltaLakeManager({ storagePath: "s3://finance-lake", engine }),
    (error) => error instanceof StorageError && /s3:\/\/finance-lake/.test(error.message),
  );
});
