// The peers among themselves: what one writes the others read, value by value. Without this a difference between
// our engine and a peer could as well be a fault of the harness.
import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { assertSameRows, assertSameTable, type Table } from "./canonical.ts";
import { marketTable, sparkQuery } from "./market-table.ts";
import { PeerError } from "./peer-error.ts";
import { Chdb, DeltaRs, type HistoryEntry, type Peer, Spark } from "./peer.ts";

const spark = new Spark();
const deltaRs = new DeltaRs();
const chdb = new Chdb();
const peers: readonly Peer[] = [spark, deltaRs, chdb];
let folder: string;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), "interop-peers-"));
});

after(async () => {
  await Promise.all(peers.map((peer) => peer.close()));
  await rm(folder, { recursive: true, force: true });
});

async function assertAllRead(path: string, expected: Table): Promise<void> {
  for (const peer of peers) {
    assertSameTable(await peer.read(path), expected, peer.name);
  }
}

function writeWithSpark(path: string, table: Table, clauses = ""): Promise<Table> {
  return spark.sql(`CREATE TABLE delta.\`${path}\` USING delta ${clauses} AS ${sparkQuery(table)}`);
}

describe("a table written by delta-rs", () => {
  it("reads the same in every peer", async () => {
    const path = join(folder, "delta-rs partitioned");
    await deltaRs.write(path, marketTable, { partitionBy: ["venue"] });
    await assertAllRead(path, marketTable);
  });

  it("reads the same after a merge, a delete, a compaction and a checkpoint", async () => {
    const path = join(folder, "delta-rs-commands");
    await deltaRs.write(
      path,
      rowsWhere((id) => id <= 2),
    );
    await deltaRs.merge(
      path,
      rowsWhere((id) => id >= 2 && id <= 4),
      "target.id = source.id",
    );
    await deltaRs.delete(path, "id = 1");
    await deltaRs.optimize(path);
    const version = await deltaRs.checkpoint(path);
    assert.equal((await spark.read(path)).version, version);
    await assertAllRead(
      path,
      rowsWhere((id) => id !== 1 && id <= 4),
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
    await writeWithSpark(path, marketTable, "PARTITIONED BY (venue)");
    await assertAllRead(path, marketTable);
  });

  it("reads the same when it is partitioned by dates and timestamps", async () => {
    const path = join(folder, "spark-time-partitions");
    await writeWithSpark(path, marketTable, "PARTITIONED BY (day, timestamp)");
    await assertAllRead(path, marketTable);
  });

  it("reads the same with deletion vectors and mapped columns", async () => {
    const path = join(folder, "spark-features");
    const properties = ["'delta.enableDeletionVectors' = 'true'", "'delta.columnMapping.mode' = 'name'"];
    await writeWithSpark(path, marketTable, `TBLPROPERTIES (${properties.join(", ")})`);
    await spark.sql(`DELETE FROM delta.\`${path}\` WHERE id = 3`);
    assert.ok((await spark.detail(path)).features.includes("deletionVectors"));
    await assertAllRead(
      path,
      rowsWhere((id) => id !== 3),
    );
  });

  it("reads the same from V2 checkpoints", async () => {
    const path = join(folder, "spark-v2-checkpoint");
    const properties = ["'delta.checkpointPolicy' = 'v2'", "'delta.checkpointInterval' = '1'"];
    await writeWithSpark(
      path,
      rowsWhere((id) => id <= 2),
      `TBLPROPERTIES (${properties.join(", ")})`,
    );
    await spark.sql(`INSERT INTO delta.\`${path}\` ${sparkQuery(rowsWhere((id) => id > 2))}`);
    await assertAllRead(path, marketTable);
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
      rowsWhere((id) => id <= 2),
    );
    await deltaRs.write(
      path,
      rowsWhere((id) => id > 2),
      { mode: "overwrite" },
    );
    for (const peer of peers) {
      const old = await peer.read(path, { version: 0 });
      assertSameRows(old.rows, rowsWhere((id) => id <= 2).rows, peer.name);
      assert.equal(old.version, 0);
      assertSameRows((await peer.read(path)).rows, rowsWhere((id) => id > 2).rows, peer.name);
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
      rowsWhere((id) => id <= 2),
    );
    await deltaRs.write(
      path,
      rowsWhere((id) => id > 2),
      { mode: "append" },
    );
    for (const peer of peers) {
      const read = await peer.read(path, { where: "id > 2 AND close < 1" });
      assertSameRows(read.rows, rowsWhere((id) => id === 3).rows, peer.name);
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
});

/** Without the time: Spark takes it from the file, unless commits carry it, delta-rs from the commit. */
function comparableCommit({ version, operation, engineInfo }: HistoryEntry): object {
  return { version, operation, engineInfo };
}

function rowsWhere(condition: (id: number) => boolean): Table {
  return {
    ...marketTable,
    rows: marketTable.rows.filter(({ id }) => typeof id === "number" && condition(id)),
  };
}

const allTypes: Table = {
  schema: [
    { name: "tiny", type: "byte" },
    { name: "small", type: "short" },
    { name: "single", type: "float" },
    { name: "bytes", type: "binary" },
    { name: "local_time", type: "timestamp_ntz" },
    { name: "huge", type: "decimal(38,18)" },
    {
      name: "struct",
      type: {
        type: "struct",
        fields: [
          { name: "when", type: "timestamp" },
          { name: "prices and sizes", type: { type: "array", elementType: "decimal(10,2)" } },
        ],
      },
    },
    {
      name: "map",
      type: { type: "map", keyType: "string", valueType: { type: "array", elementType: "long" } },
    },
  ],
  rows: [
    {
      tiny: -128,
      small: 32767,
      single: 0.10000000149011612,
      bytes: "00ff80",
      local_time: "1969-07-20T20:17:40.000001",
      huge: "-12345678901234567890.123456789012345678",
      struct: { when: "1969-12-31T23:59:59.999999Z", "prices and sizes": ["1.10", null, "-0.01"] },
      map: [
        ["a", [1, null, "9007199254740993"]],
        ["", []],
      ],
    },
    {
      tiny: 127,
      small: -32768,
      single: "Infinity",
      bytes: "",
      local_time: "2024-02-29T00:00:00.000000",
      huge: "0.000000000000000001",
      struct: { when: null, "prices and sizes": [] },
      map: [],
    },
    {
      tiny: null,
      small: null,
      single: null,
      bytes: null,
      local_time: null,
      huge: null,
      struct: null,
      map: null,
    },
  ],
};
