// A bar that was revised: time travel goes by versions of the table, known-at by what was known of each bar.
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { BatchDataIngester, DeltaLakeManager, systemClock } from "finance-feedback-pipelines";
import type { CandleRow } from "finance-feedback-pipelines";

const folder = mkdtempSync(join(tmpdir(), "known-at-"));
const lake = new DeltaLakeManager({ storagePath: join(folder, "lake") });
const file = join(folder, "hours.csv");

/** Imports two hours as they were published at an instant. */
async function publish(instant: string, secondClose: string): Promise<void> {
  const hours = `2026-01-08T00:00:00Z,100,120,90,101,5\n2026-01-08T01:00:00Z,101,120,90,${secondClose},5`;
  writeFileSync(file, `time,open,high,low,close,volume\n${hours}`);
  const ingester = new BatchDataIngester(lake, {
    clock: { ...systemClock, now: () => Date.parse(instant) },
  });
  await ingester.importFiles({ files: [file], assetPair: "BTCUSD", timeframe: "1h", provider: "coinbase" });
}

async function show(title: string, choice: { version?: number; knownAt?: string }): Promise<void> {
  const read = { tableName: "raw_market_data_1h", orderBy: "timestamp, _extracted_at", ...choice };
  const rows = await (await lake.readTable<CandleRow>(read)).rows();
  console.log(title, rows.map(({ close }) => Number(close)).join(", "));
}

await publish("2026-01-08T03:00:00Z", "102");
await publish("2026-01-09T03:00:00Z", "104");
await show("all versions of the bars:", {});
await show("version 0 of the table:", { version: 0 });
await show("known on the 8th:", { knownAt: "2026-01-08T12:00:00Z" });
await show("known on the 10th:", { knownAt: "2026-01-10" });
await lake.close();
