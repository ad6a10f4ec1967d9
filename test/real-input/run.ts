// Brings real recorded candles the whole way: through a stand-in that speaks the providers' APIs, into Bronze, and back.
// Usage: node test/real-input/run.ts [FOLDER], where FOLDER holds BTC_USD_H1_2020_2023.parquet and its siblings. Without
// one it makes files of the same shape.
import assert from "node:assert/strict";
import { join } from "node:path";
import type { Row } from "finance-feedback-delta";

import { parseInstant, timeRange } from "../../src/market/time-range.ts";
import type { Timeframe } from "../../src/market/timeframe.ts";
import type { ProviderName } from "../../src/providers/provider.ts";
import { marketDataTable } from "../../src/tables/market-data.ts";
import { openWorkshop, range, sharedEngine } from "../batch/workshop.ts";
import { parquetSource } from "../stand-in/parquet-source.ts";
import { startStandIn } from "../stand-in/server.ts";
import { TemporaryFolder } from "../temporary-folder.ts";
import { makeFiles } from "./made-files.ts";

interface RealSeries {
  readonly file: string;
  readonly canonical: string;
  readonly timeframe: Timeframe;
  readonly provider: ProviderName;
  /** Of the recorded file. */
  readonly recordedRows: number;
}

const series: readonly RealSeries[] = [
  {
    file: "BTC_USD_H1_2020_2023",
    canonical: "BTCUSD",
    timeframe: "1h",
    provider: "coinbase",
    recordedRows: 35_058,
  },
  {
    file: "ETH_USD_H1_2020_2023",
    canonical: "ETHUSD",
    timeframe: "1h",
    provider: "coinbase",
    recordedRows: 35_058,
  },
  {
    file: "EUR_USD_M15_2020_2023",
    canonical: "EURUSD",
    timeframe: "15m",
    provider: "oanda",
    recordedRows: 99_619,
  },
  {
    file: "EUR_USD_H1_2020_2023",
    canonical: "EURUSD",
    timeframe: "1h",
    provider: "oanda",
    recordedRows: 24_908,
  },
];

const given = process.argv[2];
using temporary = new TemporaryFolder();
using made = new TemporaryFolder();
const folder = given ?? made.path;
if (given === undefined) await makeFiles(folder, series, range("2023-10-01", "2023-12-01"));
process.stdout.write(
  `Reading ${given ?? "files that were made for this run; no folder of recorded ones was named"}\n`,
);
const source = await parquetSource(
  series.map(({ file, canonical, timeframe }) => ({
    canonical,
    timeframe,
    path: join(folder, `${file}.parquet`),
  })),
);
const whole = timeRange(parseInstant("2020-01-01"), parseInstant("2024-01-01"));
const rowsOf = ({ canonical, timeframe, recordedRows }: RealSeries): number =>
  given === undefined ? source.candles(canonical, timeframe, whole).length : recordedRows;
const standIn = await startStandIn({ series: source, now: () => parseInstant("2026-06-01") });
try {
  for (const run of [1, 2]) {
    for (const one of series) {
      const { canonical, timeframe, provider } = one;
      const rows = rowsOf(one);
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
  for (const one of series) {
    const { file, canonical, timeframe } = one;
    const rows = rowsOf(one);
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
