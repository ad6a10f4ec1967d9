// How long a scrape of `ffe metrics serve` takes, and what memory the exporter holds, with many assets in six timeframes.
// New counts and bars come all the time, so that each look at the lake has something to read.
// Usage: node bench/exporter.ts [SECONDS] [ASSETS]
import { spawn } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";

import { metrics } from "../src/monitoring/metrics/definitions.ts";
import { distributionOf } from "../src/monitoring/metrics/series-value.ts";
import type { SeriesValue } from "../src/monitoring/metrics/series-value.ts";
import { metricRows } from "../src/monitoring/recording/metric-rows.ts";
import { appendRows } from "../src/monitoring/recording/recording.ts";
import { DeltaLakeManager } from "../src/storage/delta-lake-manager.ts";
import { marketDataDefinition } from "../src/tables/market-data.ts";
import { createOptionsOf } from "../src/tables/table-definition.ts";
import { projectFolder } from "./folders.ts";
import { median } from "./measurement.ts";

const seconds = Number(process.argv[2] ?? 60);
const assetCount = Number(process.argv[3] ?? 500);
const timeframes = ["1m", "5m", "15m", "1h", "4h", "1d"] as const;
const intervalSeconds = 5;
/** Bitcoin against made-up dollars: the exporter looks at the hours of each market. */
const assets = Array.from({ length: assetCount }, (_, place) => `A${String(place).padStart(3, "0")}USDT`);

const folder = await mkdtemp(join(tmpdir(), "bench-exporter-"));
const storagePath = join(folder, "lake");
try {
  const lake = new DeltaLakeManager({ storagePath });
  await addBars(lake, assets, Date.UTC(2026, 0, 5));
  for (let run = 0; run < 5; run += 1) await addCounts(lake, run, assets);
  const exporter = spawn(
    process.execPath,
    [join(projectFolder, "bin", "ffe.js"), "metrics", "serve", "--port", "0"].concat([
      "--interval",
      String(intervalSeconds),
      "--storage",
      storagePath,
    ]),
    { cwd: folder, stdio: ["ignore", "ignore", "pipe"] },
  );
  try {
    const url = await new Promise<string>((resolve, reject) => {
      let said = "";
      exporter.stderr.setEncoding("utf8").on("data", (text: string) => {
        said += text;
        const found = /http:\S+\/metrics/.exec(said)?.[0];
        if (found !== undefined) resolve(found);
      });
      exporter.once("exit", () => reject(new Error(said)));
    });
    while ((await fetch(url)).status !== 200) await delay(100);
    const endMs = performance.now() + seconds * 1000;
    const writing = writeUntil(lake, endMs);
    const tookMs: number[] = [];
    let bytes = 0;
    while (performance.now() < endMs) {
      const startedMs = performance.now();
      bytes = (await (await fetch(url)).arrayBuffer()).byteLength;
      tookMs.push(performance.now() - startedMs);
      await delay(20);
    }
    await writing;
    const sorted = tookMs.toSorted((one, other) => one - other);
    const p99 = sorted[Math.floor(sorted.length * 0.99)] ?? 0;
    process.stdout.write(
      `${assetCount} assets, ${tookMs.length} scrapes of ${(bytes / 1e6).toFixed(1)} MB in ${seconds} s: ` +
        `p50 ${median(tookMs).toFixed(1)} ms, p99 ${p99.toFixed(1)} ms, longest ${(sorted.at(-1) ?? 0).toFixed(1)} ms; ` +
        `${await memoryOf(exporter.pid)}\n`,
    );
  } finally {
    exporter.kill("SIGTERM");
  }
  await lake.close();
} finally {
  await rm(folder, { recursive: true, force: true });
}

/** Counts of a backfill each two seconds, and new bars of a tenth of the assets. */
async function writeUntil(lake: DeltaLakeManager, endMs: number): Promise<void> {
  for (let run = 100; performance.now() < endMs; run += 1) {
    await addCounts(lake, run, assets.slice(0, assetCount / 10));
    await addBars(lake, assets.slice(0, assetCount / 10), Date.UTC(2026, 0, 5 + run));
    await delay(2000);
  }
}

async function addCounts(lake: DeltaLakeManager, run: number, of: readonly string[]): Promise<void> {
  const values = of.flatMap((asset) =>
    timeframes.flatMap((timeframe): SeriesValue[] => [
      {
        definition: metrics.ingestionRecords,
        labels: { asset_pair: asset, timeframe, provider: "coinbase" },
        value: 1000 + run,
      },
      {
        definition: metrics.ingestionDuration,
        labels: { asset_pair: asset, timeframe },
        value: 1.5,
        distribution: distributionOf(1.5, metrics.ingestionDuration.buckets ?? []),
      },
    ]),
  );
  const began = { recordingId: `run ${run}`, command: "backfill", startedAtMs: Date.UTC(2026, 0, 5) };
  await appendRows(lake, metricRows(began, values, { status: "success", endedAtMs: Date.UTC(2026, 0, 6) }));
}

async function addBars(lake: DeltaLakeManager, of: readonly string[], dayMs: number): Promise<void> {
  const day = new Date(dayMs).toISOString().slice(0, 10);
  for (const timeframe of timeframes) {
    const definition = marketDataDefinition(timeframe);
    await lake.table(`raw_market_data_${timeframe}`).append(
      {
        sql: `SELECT unnest([${of.map((asset) => `'${asset}'`).join(", ")}]) AS asset_pair,
                TIMESTAMPTZ '${day} 00:00:00+00' AS timestamp, 1::DECIMAL(18,8) AS open, 1::DECIMAL(18,8) AS high,
                1::DECIMAL(18,8) AS low, 1::DECIMAL(18,8) AS close, 1::DECIMAL(28,8) AS volume,
                'coinbase' AS source_provider, false AS is_mock, now() AS _extracted_at, 'bench' AS _ingestion_id,
                'bench' AS _source_file, DATE '${day}' AS partition_date, asset_pair AS partition_asset_pair`,
      },
      { createWith: createOptionsOf(definition) },
    );
  }
}

async function memoryOf(pid: number | undefined): Promise<string> {
  const status = await readFile(`/proc/${pid}/status`, "utf8").catch(() => "");
  const mebibytes = (name: string): string =>
    `${Math.round(Number(new RegExp(`^${name}:\\s+(\\d+)`, "m").exec(status)?.[1] ?? 0) / 1024)} MiB`;
  return `resident ${mebibytes("VmRSS")}, at most ${mebibytes("VmHWM")}`;
}
