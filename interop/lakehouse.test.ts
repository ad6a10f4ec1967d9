// The tables of a lakehouse as a backfill leaves them, read by the peers: the same rows at each version, and with
// conditions, for which peers skip files by our partition values and statistics.
import assert from "node:assert/strict";
import { access, cp, rm } from "node:fs/promises";
import { join } from "node:path";
import { before, describe, it } from "node:test";
import { isDeepStrictEqual } from "node:util";
import { z } from "zod";
import type { AddFile } from "finance-feedback-delta";

import { BatchDataIngester } from "../src/batch/batch-data-ingester.ts";
import { watermarkId } from "../src/bronze/watermark.ts";
import { DeadLetterQueue } from "../src/dead-letters/dead-letter-queue.ts";
import { storePath } from "../packages/delta/src/protocol/paths.ts";
import { AssetPair } from "../src/market/asset-pair.ts";
import { timeRange } from "../src/market/time-range.ts";
import type { Timeframe } from "../src/market/timeframe.ts";
import { createProvider } from "../src/providers/create-provider.ts";
import type { Clock } from "../src/seams/clock.ts";
import { DeltaLakeManager } from "../src/storage/delta-lake-manager.ts";
import { marketDataDefinition } from "../src/tables/market-data.ts";
import { createOptionsOf } from "../src/tables/table-definition.ts";
import { marketDataTable } from "../src/tables/market-data.ts";
import { assertSameRows, type Row, type Table } from "./canonical.ts";
import { canonicalFields } from "./our-engine.ts";
import type { Peer } from "./peer.ts";
import { Workbench } from "./workbench.ts";

const bench = new Workbench();
const { ours, deltaRs, spark, peers, everyone } = bench;

const bitcoin = AssetPair.parse("BTCUSD");
const euro = AssetPair.parse("EURUSD");
/** One of each granularity of partitions: days, months, years. */
const timeframes: readonly Timeframe[] = ["1m", "1h", "1d"];
const hourly = marketDataDefinition("1h");
const schema = canonicalFields(hourly.schema);
const dayMs = 86_400_000;
const [firstDayMs, lastDayMs] = [Date.UTC(2026, 0, 1), Date.UTC(2026, 0, 7)];
const clock: Clock = { now: () => Date.UTC(2026, 1, 1), sleep: async () => {} };
const lake = new DeltaLakeManager({ storagePath: bench.path("lake") });

before(async () => {
  const ingester = new BatchDataIngester(lake, {
    deadLetters: new DeadLetterQueue(bench.path("dlq")),
    createProvider: (name) =>
      createProvider(name, {
        credentials: {},
        clock,
        random: () => 0.5,
        settings: name === "demo" ? { seed: 42 } : {},
      }),
    clock,
  });
  // Day by day, so that every table has a commit for each day and asset, and a checkpoint among them.
  for (let startMs = firstDayMs; startMs <= lastDayMs; startMs += dayMs) {
    const result = await ingester.backfill({
      assetPairs: [bitcoin, euro],
      timeframes,
      range: timeRange(startMs, startMs + dayMs),
      provider: "demo",
    });
    assert.deepEqual(
      result.series.map(({ failure }) => failure),
      result.series.map(() => undefined),
    );
  }
  await lake.close();
});

for (const timeframe of timeframes) {
  const path = join(lake.storagePath, "bronze", marketDataTable(timeframe));

  describe(`the ${timeframe} bars of a backfill`, () => {
    it("are the same to every peer, at each of some versions", async () => {
      const { version = 0, ...newest } = await ours.read(path);
      assert.deepEqual(newest.schema, schema);
      assert.ok(version > 10, `there are ${version} versions`);
      await access(join(path, "_delta_log", "00000000000000000010.checkpoint.parquet"));
      await bench.assertReadBy(peers, path, newest);
      for (const older of [0, 5, 10, version - 1]) {
        const { rows } = await ours.read(path, { version: older });
        // The first commit may be that of a holiday, which has no daily bar.
        assert.ok((rows.length > 0 || older === 0) && rows.length < newest.rows.length);
        await bench.assertReadBy(peers, path, { ...newest, rows }, { version: older });
      }
    });

    it("are the same to every peer as of each version's time", async () => {
      for (const { version, timestamp } of (await spark.history(path)).slice(-3)) {
        const { rows } = await ours.read(path, { version });
        for (const reader of [ours, spark, deltaRs]) {
          const read = await reader.read(path, { timestamp });
          assert.equal(read.version, version, reader.name);
          assertSameRows(read.rows, rows, reader.name);
        }
      }
    });

    it("are found by every peer under conditions", async () => {
      const table = await ours.read(path);
      for (const { where, matches } of conditionsFor(table)) {
        const rows = table.rows.filter((row) => matches(row));
        assert.ok(rows.length > 0 && rows.length < table.rows.length, where);
        await bench.assertReadBy(everyone, path, { ...table, rows }, { where });
      }
    });

    it("come with their watermarks", async () => {
      const { rows } = await ours.read(path, { where: "asset_pair = 'BTCUSD'" });
      const lastBar = rows.map((row) => text(row, "timestamp")).reduce((a, b) => (a > b ? a : b));
      assert.equal(await deltaRs.transactionVersion(path, watermarkId(bitcoin, true)), Date.parse(lastBar));
    });
  });
}

describe("files that cannot match a condition", () => {
  it("are skipped by their partition", async () => {
    const where = "partition_date = '2026-01-05' AND partition_asset_pair = 'BTCUSD'";
    await assertSkipped(everyone, "1m", where, ({ partitionValues }) =>
      isDeepStrictEqual(Object.values(partitionValues), ["2026-01-05", "BTCUSD"]),
    );
  });

  it("are skipped by their text", async () => {
    await assertSkipped(everyone, "1h", "asset_pair > 'C'", (file) => maxima(file).asset_pair > "C");
  });

  // chdb reads on, whoever wrote the table: it skips by statistics of neither timestamps nor decimals.
  it("are skipped by their timestamps", async () => {
    const where = "timestamp >= '2026-01-07 00:00:00'";
    await assertSkipped(
      [ours, spark, deltaRs],
      "1h",
      where,
      (file) => maxima(file).timestamp >= "2026-01-07",
    );
  });

  it("are skipped by their decimals", async () => {
    await assertSkipped([ours, spark, deltaRs], "1h", "close > 1000", (file) => maxima(file).close > 1000);
  });
});

describe("bars without volumes, and rows without partition values", () => {
  it("are the same to every peer", async () => {
    const path = bench.path("bars without volumes");
    const rows = ["2026-01-05T00:00:00.000000Z", "2026-01-05T01:00:00.000000Z"].map((timestamp) => ({
      ...bar,
      timestamp,
    }));
    const traded = { ...bar, volume: "1.00000000" };
    await ours.create(path, hourly.schema.fields, createOptionsOf(hourly));
    await ours.write(path, { schema, rows }, { mode: "append" });
    await ours.write(path, { schema, rows: [traded] }, { mode: "append" });
    await assertFoundByVolume(path, { schema, rows: [...rows, traded] });
  });

  it("are the same to every peer when they are null themselves", async () => {
    const path = bench.path("rows without partitions");
    const names = new Set(["volume", "partition_date", "partition_asset_pair"]);
    const fields = schema.filter(({ name }) => names.has(name));
    const rows = ["1.00000000", null].flatMap((volume) =>
      ["2026-01-01", null].flatMap((day) =>
        ["BTCUSD", null].map((pair) => ({ volume, partition_date: day, partition_asset_pair: pair })),
      ),
    );
    await ours.create(path, fields, { partitionBy: ["partition_date", "partition_asset_pair"] });
    for (const row of rows) {
      await ours.write(path, { schema: fields, rows: [row] }, { mode: "append" });
    }
    await assertFoundByVolume(path, { schema: fields, rows });
    const partitioned = rows.filter(
      (row) => row.partition_date === null && row.partition_asset_pair !== null,
    );
    await bench.assertReadBy(
      everyone,
      path,
      { schema: fields, rows: partitioned },
      { where: "partition_date IS NULL AND partition_asset_pair = 'BTCUSD'" },
    );
  });
});

async function assertFoundByVolume(path: string, table: Table): Promise<void> {
  const without = table.rows.filter((row) => row["volume"] === null);
  const having = table.rows.filter((row) => row["volume"] !== null);
  await bench.assertReadBy(everyone, path, table);
  await bench.assertReadBy(everyone, path, { ...table, rows: without }, { where: "volume IS NULL" });
  await bench.assertReadBy(everyone, path, { ...table, rows: having }, { where: "volume IS NOT NULL" });
  await bench.assertReadBy(everyone, path, { ...table, rows: having }, { where: "volume > 0" });
}

/** Whoever skips what cannot match does not miss the files: they are removed from a copy of the table. */
async function assertSkipped(
  readers: readonly Peer[],
  timeframe: Timeframe,
  where: string,
  mayMatch: (file: AddFile) => boolean,
): Promise<void> {
  const path = join(lake.storagePath, "bronze", marketDataTable(timeframe));
  const copy = bench.path(`copy where ${where}`);
  const { version, ...expected } = await ours.read(path, { where });
  assert.ok(expected.rows.length > 0, `version ${version}`);
  await cp(path, copy, { recursive: true });
  const files = [...(await (await ours.open(copy)).snapshot()).files];
  const removed = files.filter((file) => !mayMatch(file));
  assert.ok(removed.length > 0 && removed.length < files.length);
  for (const file of removed) {
    await rm(join(copy, storePath(file.path, "/")));
  }
  await bench.assertReadBy(readers, copy, expected, { where });
}

/** Conditions at the edges of bars and of files, and what they match in the canonical form. */
function conditionsFor({ rows }: Table): readonly { where: string; matches: (row: Row) => boolean }[] {
  const middle = (column: string, asset: AssetPair): string => {
    const values = rows
      .filter((row) => row["asset_pair"] === asset.canonical)
      .map((row) => text(row, column))
      .toSorted((a, b) => Number(unscaled(a) - unscaled(b)));
    return values[Math.floor(values.length / 2)] ?? "";
  };
  const [close, volume] = [middle("close", euro), middle("volume", bitcoin)];
  return [
    {
      where: "timestamp >= '2026-01-03 00:00:00' AND timestamp < '2026-01-05 00:00:00'",
      matches: (row) =>
        text(row, "timestamp") >= "2026-01-03T00:00:00.000000Z" &&
        text(row, "timestamp") < "2026-01-05T00:00:00.000000Z",
    },
    {
      where: "timestamp = '2026-01-07 00:00:00'",
      matches: (row) => row["timestamp"] === "2026-01-07T00:00:00.000000Z",
    },
    {
      where: `close >= CAST('${close}' AS DECIMAL(18,8)) AND close < 100`,
      matches: (row) =>
        unscaled(text(row, "close")) >= unscaled(close) && unscaled(text(row, "close")) < 10_000_000_000n,
    },
    {
      where: `close = CAST('${close}' AS DECIMAL(18,8))`,
      matches: (row) => row["close"] === close,
    },
    {
      where: `asset_pair = 'BTCUSD' AND volume <= CAST('${volume}' AS DECIMAL(28,8))`,
      matches: (row) => row["asset_pair"] === "BTCUSD" && unscaled(text(row, "volume")) <= unscaled(volume),
    },
    {
      where: "partition_asset_pair = 'EURUSD'",
      matches: (row) => row["partition_asset_pair"] === "EURUSD",
    },
    {
      where: "partition_date = '2026-01-01' AND partition_asset_pair <> 'EURUSD'",
      matches: (row) => row["partition_date"] === "2026-01-01" && row["partition_asset_pair"] !== "EURUSD",
    },
  ];
}

function text(row: Row, column: string): string {
  const value = row[column];
  assert.ok(typeof value === "string", `${column} is ${JSON.stringify(value)}`);
  return value;
}

/** All decimals of the tables have eight digits behind the point. */
function unscaled(decimal: string): bigint {
  return BigInt(decimal.replace(".", ""));
}

function maxima({ stats = "{}" }: AddFile): z.infer<typeof Statistics>["maxValues"] {
  return Statistics.parse(JSON.parse(stats)).maxValues;
}

const Statistics = z.object({
  maxValues: z.object({ asset_pair: z.string(), timestamp: z.string(), close: z.number() }),
});

const bar: Row = {
  asset_pair: "EURUSD",
  timestamp: "2026-01-05T02:00:00.000000Z",
  open: "1.08000000",
  high: "1.09000000",
  low: "1.07000000",
  close: "1.08345000",
  volume: null,
  source_provider: "alpha_vantage",
  is_mock: false,
  _extracted_at: "2026-02-01T00:00:00.123456Z",
  _ingestion_id: "one",
  _source_file: "https://api.example/?a=1&b=2",
  partition_date: "2026-01-01",
  partition_asset_pair: "EURUSD",
};
