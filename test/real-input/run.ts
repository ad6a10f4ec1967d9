// Brings real recorded candles the whole way: through a stand-in that speaks the providers' APIs, into Bronze, and back.
// Usage: node test/real-input/run.ts FOLDER, where FOLDER holds BTC_USD_H1_2020_2023.parquet and its siblings.
import assert from "node:assert/strict";
import { join } from "node:path";
import type { Row } from "finance-feedback-delta";

import { parseInstant } from "../../src/market/time-range.ts";
import type { Timeframe } from "../../src/market/timeframe.ts";
import type { ProviderName } from "../../src/providers/provider.ts";
import { marketDataTable } from "../../src/storage/table-names.ts";
import { openWorkshop, sharedEngine } from "../batch/workshop.ts";
import { parquetSource } from "../stand-in/parquet-source.ts";
import { startStandIn } from "../stand-in/server.ts";
import { TemporaryFolder } from "../temporary-folder.ts";

interface RealSeries {
  readonly file: string;
  readonly canonical: string;
  readonly timeframe: Timeframe;
  readonly provider: ProviderName;
  readonly rows: number;
}

const series: readonly RealSeries[] = [
  { file: "BTC_USD_H1_2020_2023", canonical: "BTCUSD", timeframe: "1h", provider: "coinbase", rows: 35_058 },
  { file: "ETH_USD_H1_2020_2023", canonical: "ETHUSD", timeframe: "1h", provider: "coinbase", rows: 35_058 },
  { file: "EUR_USD_M15_2020_2023", canonical: "EURUSD", timeframe: "15m", provider: "oanda", rows: 99_619 },
  { file: "EUR_USD_H1_2020_2023", canonical: "EURUSD", timeframe: "1h", provider: "oanda", rows: 24_908 },
];

const folder = process.argv[2];
if (folder === undefined) throw new Error("Name the folder of the Parquet files");
using temporary = new TemporaryFolder();
const source = await parquetSource(
  series.map(({ file, canonical, timeframe }) => ({
    canonical,
    timeframe,
    path: join(folder, `${file}.parquet`),
  })),
);
const standIn = await startStandIn({ series: source, now: () => parseInstant("2026-06-01") });
try {
  for (const run of [1, 2]) {
    for (const { canonical, timeframe, provider, rows } of series) {
      const { ingester } = openWorkshop({ root: temporary.path, baseUrl: standIn.url });
      const started = performance.now();
      const result = await ingester.ingestHistoricalData({
        assetPair: canonical,
        timeframe,
        startDate: "2020-01-01",
        endDate: "2024-01-01",
        provider,
      });
      const seconds = (performance.now() - started) / 1000;
      assert.equal(result.rowsIngested, run === 1 ? rows : 0);
      assert.equal(result.rowsRejected, 0);
      process.stdout.write(
        `run ${run}: ${canonical} ${timeframe} from ${provider}: ${result.rowsIngested} rows in ${seconds.toFixed(2)} s, version ${result.tableVersion}\n`,
      );
    }
  }
  const { lake } = openWorkshop({ root: temporary.path });
  for (const { file, canonical, timeframe, rows } of series) {
    const scan = await lake.readTable({
      tableName: marketDataTable(timeframe),
      where: `asset_pair = '${canonical}'`,
      columns: ["timestamp", "open", "high", "low", "close", "volume"],
      orderBy: "timestamp",
    });
    const stored = await scan.rows();
    const original = await lake.query(
      `SELECT time AT TIME ZONE 'UTC' AS timestamp, open::VARCHAR::DECIMAL(18,8) AS open, high::VARCHAR::DECIMAL(18,8) AS high,
        low::VARCHAR::DECIMAL(18,8) AS low, close::VARCHAR::DECIMAL(18,8) AS close, volume::VARCHAR::DECIMAL(28,8) AS volume
       FROM read_parquet('${join(folder, `${file}.parquet`)}') ORDER BY time`,
    );
    const expected: Row[] = [];
    for await (const batch of original.batches) expected.push(...batch.toRows());
    assert.equal(stored.length, rows);
    stored.forEach((row, index) => {
      const wanted = expected[index];
      assert.ok(wanted !== undefined);
      for (const name of ["open", "high", "low", "close", "volume"]) assert.equal(row[name], wanted[name]);
      assert.equal(String(row["timestamp"]), String(wanted["timestamp"]));
    });
    process.stdout.write(`${canonical} ${timeframe}: ${stored.length} rows equal the file value by value\n`);
  }
  for (const timeframe of ["15m", "1h"] as const) {
    const history = await lake.getTableHistory(marketDataTable(timeframe));
    process.stdout.write(`${marketDataTable(timeframe)}: ${history.length} commits\n`);
  }
} finally {
  await standIn.close();
  await sharedEngine.close();
}
