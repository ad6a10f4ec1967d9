// Point-in-time reads: each bar as it was known then.
import assert from "node:assert/strict";
import { after, test } from "node:test";

import { parseInstant } from "../../src/market/time-range.ts";
import { DeltaLakeManager } from "../../src/storage/delta-lake-manager.ts";
import { sharedEngine } from "../batch/workshop.ts";
import { TemporaryFolder } from "../temporary-folder.ts";

after(() => sharedEngine.close());

const tableName = "raw_market_data_1h";

const at = (hours: number): Date => new Date(Date.UTC(2026, 0, 1, hours));

/** A bar that opens at an hour of 1 January, as a provider told it at an hour of the day. */
function bar(hour: number, close: number, toldAt: number, provider = "coinbase"): Record<string, unknown> {
  return {
    asset_pair: "BTCUSD",
    timestamp: at(hour),
    open: "1",
    high: "9",
    low: "1",
    close: String(close),
    volume: null,
    source_provider: provider,
    is_mock: false,
    _extracted_at: at(toldAt),
    _ingestion_id: "test",
    _source_file: "test",
    partition_date: "2026-01-01",
    partition_asset_pair: "BTCUSD",
  };
}

async function withBars(work: (lake: DeltaLakeManager) => Promise<void>): Promise<void> {
  using folder = new TemporaryFolder();
  const lake = new DeltaLakeManager({ storagePath: folder.path, engine: sharedEngine });
  const told = [
    [bar(0, 2, 3), bar(1, 3, 3), bar(0, 7, 3, "oanda")],
    [bar(0, 4, 5), bar(2, 5, 5)],
    [bar(0, 2, 8)],
  ];
  for (const rows of told) await lake.createOrUpdateTable({ tableName, rows: { rows } });
  await work(lake);
}

async function closesAt(lake: DeltaLakeManager, hour: number, where?: string): Promise<unknown[]> {
  const scan = await lake.readTable({
    tableName,
    columns: ["timestamp", "source_provider", "close"],
    orderBy: "timestamp, source_provider",
    where,
    knownAt: new Date(Date.UTC(2026, 0, 1, hour)),
  });
  return (await scan.rows()).map((row) => [
    row["timestamp"] instanceof Date ? row["timestamp"].getUTCHours() : undefined,
    row["source_provider"],
    Number(row["close"]),
  ]);
}

test("each bar of each provider is as it was known then", async () => {
  await withBars(async (lake) => {
    assert.deepEqual(await closesAt(lake, 2), []);
    assert.deepEqual(await closesAt(lake, 3), [
      [0, "coinbase", 2],
      [0, "oanda", 7],
      [1, "coinbase", 3],
    ]);
    assert.deepEqual(await closesAt(lake, 5), [
      [0, "coinbase", 4],
      [0, "oanda", 7],
      [1, "coinbase", 3],
      [2, "coinbase", 5],
    ]);
    assert.deepEqual((await closesAt(lake, 23))[0], [0, "coinbase", 2], "revised back");
  });
});

test("a filter sees the known bars only: an older version of a bar does not come out by it", async () => {
  await withBars(async (lake) => {
    assert.deepEqual(await closesAt(lake, 6, "close = 2"), []);
    assert.deepEqual(await closesAt(lake, 6, "close = 4 AND asset_pair = 'BTCUSD'"), [[0, "coinbase", 4]]);
    assert.deepEqual(await closesAt(lake, 6, "timestamp >= '2026-01-01T02:00:00Z'"), [[2, "coinbase", 5]]);
  });
});

test("SQL reads so as well, other tables as of then, and older versions by themselves", async () => {
  await withBars(async (lake) => {
    const count = async (sql: string, knownAt?: string): Promise<unknown> => {
      const answer = await lake.query(sql, { knownAt });
      for await (const batch of answer.batches) return batch.toRows()[0]?.["n"];
      return undefined;
    };
    const sql = `SELECT count(*) AS n FROM ${tableName}`;
    assert.equal(await count(sql), 6n);
    assert.equal(await count(sql, "2026-01-01T05:00:00Z"), 4n);
    assert.equal(await count(`${sql} WHERE close = 2`, "2026-01-01T05:00:00Z"), 0n);
    assert.equal(await count(`${sql} AT (VERSION => 0)`, "2026-01-01T05:00:00Z"), 3n);
    await lake.createOrUpdateTable({
      tableName: "silver.notes",
      rows: { rows: [{ n: 1 }] },
      createWith: {
        schema: { type: "struct", fields: [{ name: "n", type: "long", nullable: true, metadata: {} }] },
      },
    });
    await assert.rejects(count("SELECT n FROM silver.notes", "2026-01-01T05:00:00Z"), {
      code: "VERSION_NOT_FOUND",
    });
    assert.equal(await count("SELECT n FROM silver.notes", "2100-01-01"), 1n);
  });
});

test("files that hold no bar of the key that is asked for are not read, all others are", async () => {
  await withBars(async (lake) => {
    const plan = async (where: string): Promise<number> => {
      const knownAt = new Date(parseInstant("2026-01-02"));
      return (await (await lake.readTable({ tableName, where, knownAt })).explain()).filesRead;
    };
    assert.equal(await plan("timestamp >= '2026-01-01T02:00:00Z'"), 1);
    assert.equal(await plan("close = 5"), 3);
  });
});

test("what was known and a version exclude each other", async () => {
  await withBars(async (lake) => {
    await assert.rejects(lake.readTable({ tableName, knownAt: "2026-01-01", version: 0 }), {
      code: "INVALID_ARGUMENT",
    });
  });
});
