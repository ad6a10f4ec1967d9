// The peers among themselves: what one writes the others read, value by value. Without this a difference between
// our engine and a peer could as well be a fault of the harness.
import assert from "node:assert/strict";
import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { describe, it } from "node:test";
import { allTypes } from "./all-types.ts";
import { assertSameRows, assertSameTable } from "./canonical.ts";
import { marketRows, marketTable, sparkQuery } from "./market-table.ts";
import { PeerError } from "./peer-error.ts";
import type { HistoryEntry } from "./peer.ts";
import { Workbench } from "./workbench.ts";

const bench = new Workbench();
const { spark, deltaRs, chdb, peers, folder } = bench;

describe("a table written by delta-rs", () => {
  it("reads the same in every peer", async () => {
    const path = join(folder, "delta-rs partitioned");
    await deltaRs.write(path, marketTable, { partitionBy: ["venue"] });
    await bench.assertReadBy(peers, path, marketTable);
  });

  it("reads the same after a merge, a delete, a compaction and a checkpoint", async () => {
    const path = join(folder, "delta-rs-commands");
    await deltaRs.write(
      path,
      marketRows((id) => id <= 2),
    );
    await deltaRs.merge(
      path,
      marketRows((id) => id >= 2 && id <= 4),
      "target.id = source.id",
    );
    await deltaRs.delete(path, "id = 1");
    await deltaRs.optimize(path);
    const version = await deltaRs.checkpoint(path);
    assert.equal((await spark.read(path)).version, version);
    await bench.assertReadBy(
      peers,
      path,
      marketRows((id) => id !== 1 && id <= 4),
    );
  });

  it("keeps its transaction versions for the next writer", async () => {
    const path = join(folder, "delta-rs-transactions");
    await deltaRs.write(path, marketTable, { transactions: { ingester: 7 } });
    await spark.sql(`DELETE FROM delta.\`${path}\` WHERE id = 1`);
    assert.equal(await deltaRs.transactionVersion(path, "ingester"), 7);
    assert.equal(await deltaRs.transactionVersion(path, "somebody else"), null);
  });
});

describe("a table written by Spark", () => {
  it("reads the same in every peer", async () => {
    const path = join(folder, "spark partitioned");
    await bench.writeWithSpark(path, marketTable, "PARTITIONED BY (venue)");
    await bench.assertReadBy(peers, path, marketTable);
  });

  it("reads the same when it is partitioned by dates and timestamps", async () => {
    const path = join(folder, "spark-time-partitions");
    await bench.writeWithSpark(path, marketTable, "PARTITIONED BY (day, timestamp)");
    await bench.assertReadBy(peers, path, marketTable);
  });

  it("reads the same with deletion vectors and mapped columns", async () => {
    const path = join(folder, "spark-features");
    const properties = ["'delta.enableDeletionVectors' = 'true'", "'delta.columnMapping.mode' = 'name'"];
    await bench.writeWithSpark(path, marketTable, `TBLPROPERTIES (${properties.join(", ")})`);
    await spark.sql(`DELETE FROM delta.\`${path}\` WHERE id = 3`);
    assert.ok((await spark.detail(path)).features.includes("deletionVectors"));
    await bench.assertReadBy(
      peers,
      path,
      marketRows((id) => id !== 3),
    );
  });

  it("reads the same from V2 checkpoints", async () => {
    const path = join(folder, "spark-v2-checkpoint");
    const properties = ["'delta.checkpointPolicy' = 'v2'", "'delta.checkpointInterval' = '1'"];
    await bench.writeWithSpark(
      path,
      marketRows((id) => id <= 2),
      `TBLPROPERTIES (${properties.join(", ")})`,
    );
    await spark.sql(`INSERT INTO delta.\`${path}\` ${sparkQuery(marketRows((id) => id > 2))}`);
    await bench.assertReadBy(peers, path, marketTable);
  });
});

describe("types beyond those of market data", () => {
  it("read the same in Spark and delta-rs", async () => {
    const path = join(folder, "all-types");
    await deltaRs.write(path, allTypes);
    assertSameTable(await spark.read(path), allTypes, "Spark");
    assertSameTable(await deltaRs.read(path), allTypes, "delta-rs");
  });

  it("read the same in chdb when it is told what ClickHouse has no types for", async () => {
    const path = join(folder, "all-types-chdb");
    // ClickHouse has no null structs, arrays and maps: it reads them as empty ones.
    const withoutNulls = { ...allTypes, rows: allTypes.rows.filter((row) => row["struct"] !== null) };
    await deltaRs.write(path, withoutNulls);
    const read = await chdb.read(path, { types: { bytes: "binary", local_time: "timestamp_ntz" } });
    assertSameTable(read, withoutNulls, "chdb");
  });
});

describe("time travel", () => {
  it("by version gives the same rows in every peer", async () => {
    const path = join(folder, "time-travel");
    await deltaRs.write(
      path,
      marketRows((id) => id <= 2),
    );
    await deltaRs.write(
      path,
      marketRows((id) => id > 2),
      { mode: "overwrite" },
    );
    for (const peer of peers) {
      const old = await peer.read(path, { version: 0 });
      assertSameRows(old.rows, marketRows((id) => id <= 2).rows, peer.name);
      assert.equal(old.version, 0);
      assertSameRows((await peer.read(path)).rows, marketRows((id) => id > 2).rows, peer.name);
    }
  });

  it("by timestamp finds the same version in Spark and delta-rs", async () => {
    const path = join(folder, "time-travel");
    const commits = await spark.history(path);
    for (const { version, timestamp } of commits) {
      assert.equal((await spark.read(path, { timestamp })).version, version);
      assert.equal((await deltaRs.read(path, { timestamp })).version, version);
    }
  });
});

describe("a condition", () => {
  it("selects the same rows in every peer", async () => {
    const path = join(folder, "conditions");
    await deltaRs.write(
      path,
      marketRows((id) => id <= 2),
    );
    await deltaRs.write(
      path,
      marketRows((id) => id > 2),
      { mode: "append" },
    );
    for (const peer of peers) {
      const read = await peer.read(path, { where: "id > 2 AND close < 1" });
      assertSameRows(read.rows, marketRows((id) => id === 3).rows, peer.name);
    }
  });
});

describe("descriptions of a table", () => {
  it("agree between Spark and delta-rs", async () => {
    const path = join(folder, "described");
    const configuration = { "delta.appendOnly": "true" };
    await deltaRs.write(path, marketTable, { partitionBy: ["venue"], configuration });
    await spark.sql(`INSERT INTO delta.\`${path}\` ${sparkQuery(marketTable)}`);

    const [sparkDetail, deltaRsDetail] = [await spark.detail(path), await deltaRs.detail(path)];
    assert.deepEqual({ ...sparkDetail, features: [] }, { ...deltaRsDetail, features: [] });
    assert.deepEqual(sparkDetail.configuration, configuration);
    assert.deepEqual(sparkDetail.partitionColumns, ["venue"]);

    const [sparkHistory, deltaRsHistory] = [await spark.history(path), await deltaRs.history(path)];
    assert.deepEqual(
      sparkHistory.map(({ version, engineInfo }) => [version, engineInfo?.split(/[:/]/u)[0]]),
      [
        [1, "Apache-Spark"],
        [0, "delta-rs"],
      ],
    );
    assert.deepEqual(sparkHistory.map(comparableCommit), deltaRsHistory.map(comparableCommit));
  });
});

describe("a peer that cannot do what it is asked", () => {
  it("says so, and goes on", async () => {
    const path = join(folder, "no such table");
    for (const peer of peers) {
      await assert.rejects(
        peer.read(path),
        (error: unknown) =>
          error instanceof PeerError && error.code === "PEER_REFUSED" && error.message.includes(path),
      );
      assert.notDeepEqual(await peer.versions(), {});
    }
  });

  it("gives no rows of a read that failed halfway in the answers that follow", async () => {
    const [broken, sound] = [join(folder, "a file is gone"), join(folder, "all files are there")];
    await deltaRs.write(sound, marketTable);
    for (let commit = 0; commit < 3; commit += 1) {
      await deltaRs.write(broken, marketTable, { mode: "append" });
    }
    const file = (await readdir(broken)).find((name) => name.endsWith(".parquet"));
    await rm(join(broken, file ?? "no data file"));
    for (const peer of peers) {
      await assert.rejects(peer.read(broken), PeerError);
      assertSameTable(await peer.read(sound), marketTable, peer.name);
    }
  });
});

/** Without the time: Spark takes it from the file, unless commits carry it, delta-rs from the commit. */
function comparableCommit({ version, operation, engineInfo }: HistoryEntry): object {
  return { version, operation, engineInfo };
}
