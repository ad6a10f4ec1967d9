// Four years of real candles through every kind of trouble; see test/cli/troubled-backfill.ts.
// Usage: node test/real-input/troubled.ts FOLDER [SEED], where FOLDER holds BTC_USD_H1_2020_2023.parquet and its siblings.
import { join } from "node:path";

import { timeRange } from "../../src/market/time-range.ts";
import { sharedEngine } from "../batch/workshop.ts";
import { backfillThroughTrouble } from "../cli/troubled-backfill.ts";
import { parquetSource } from "../stand-in/parquet-source.ts";

const [, , folder, seed = "1"] = process.argv;
if (folder === undefined) throw new Error("Name the folder of the Parquet files");
const assets = ["BTCUSD", "ETHUSD", "EURUSD"];
const source = await parquetSource(
  assets.map((canonical) => ({
    canonical,
    timeframe: "1h",
    path: join(folder, `${canonical.slice(0, 3)}_USD_H1_2020_2023.parquet`),
  })),
);
const report = await backfillThroughTrouble({
  source,
  assets,
  timeframe: "1h",
  range: timeRange(Date.UTC(2020, 0, 1), Date.UTC(2024, 0, 1)),
  seed: Number(seed),
  dirtyShare: 0.01,
  requestsPerSecond: 9.8,
  kills: 15,
  requestsAlive: [10, 50],
  requestsDown: 30,
  onRun: (text) => process.stdout.write(`${text}\n`),
});
process.stdout.write(
  `seed ${seed}: ${report.rows} bars equal to the last digit, ${report.dirtyRows} dirty rows once each, after ${report.runs} runs, ${report.killed} of them killed, ${report.faults} faults, ${report.requests} requests\n`,
);
await sharedEngine.close();
