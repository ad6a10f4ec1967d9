// What the names of files say of assets and timeframes, and what several files of one import say of one bar.
import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { after, test } from "node:test";

import type { ImportRequest, ImportResult } from "../../../src/index.ts";
import { TemporaryFolder } from "../../temporary-folder.ts";
import { imported, zipOf } from "./import-workshop.ts";
import { marketRows, openWorkshop, sharedEngine } from "../workshop.ts";

after(() => sharedEngine.close());

const minuteMs = 60_000;
const header = "time,open,high,low,close,volume";

function bars(price: number, stepMinutes = 60, count = 12): string {
  const lines = Array.from({ length: count }, (_, index) => {
    const time = new Date(Date.UTC(2024, 2, 4) + index * stepMinutes * minuteMs).toISOString().slice(0, 16);
    return `${time}Z,${price},${price + 2},${price - 1},${price + 1},${index + 1}`;
  });
  return [header, ...lines].join("\n");
}

/** Imports files that lie in one folder, and counts the rows of each series. */
async function importAll(
  files: Readonly<Record<string, string | Uint8Array>>,
  request: Partial<ImportRequest>,
): Promise<{ readonly result: ImportResult; readonly series: Readonly<Record<string, number>> }> {
  using folder = new TemporaryFolder();
  const { ingester, lake } = openWorkshop({ root: folder.at("lake") });
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(folder.at(name)), { recursive: true });
    writeFileSync(folder.at(name), content);
  }
  const paths = Object.keys(files).map((name) => folder.at(name));
  try {
    const result = await ingester.importFiles({
      files: paths,
      timeframe: "1h",
      provider: "someone",
      ...request,
    });
    const rows = await marketRows(lake, "raw_market_data_1h");
    const groups = Map.groupBy(rows, (row) => String(row["asset_pair"]));
    return {
      result,
      series: Object.fromEntries([...groups].map(([name, own]) => [name, own.length])),
    };
  } catch (error) {
    assert.deepEqual(await lake.listTables(), [], "a refused import writes nothing");
    throw error;
  }
}

const ofOthers = [
  "ETHUSD_1h.csv",
  "ETH-USD.csv",
  "eth_usd.csv",
  "ETHXBT.csv",
  "ETHUSD/a.csv",
  "ETH.csv",
  "PEPEUSDT-1h-2024-01.csv",
  "WIFEUR_60.csv",
  "EURUSD.csv",
];
const ofNone = [
  "data.csv",
  "candles_2024.csv",
  "export-USD.csv",
  "EXPORT_USD.csv",
  "DATA.csv",
  "OHLCV.csv",
  "bitcoin.csv",
  "part-00001.csv",
];
const ofIt = [
  "BTC.csv",
  "XBTUSD_60.csv",
  "BTCUSD_vs_ETHUSD.csv",
  "COINBASE_BTCUSD, 60.csv",
  "ETH/BTC-USD.csv",
];

test("a file whose name says another asset is refused, and --insist takes it", async () => {
  for (const name of ofOthers)
    await assert.rejects(
      importAll({ [name]: bars(100) }, { assetPair: "BTCUSD" }),
      /its name says \w+, and --asset says BTCUSD.*--insist/,
    );
  const { series } = await importAll({ "ETHUSD_1h.csv": bars(100) }, { assetPair: "BTCUSD", insist: true });
  assert.deepEqual(series, { BTCUSD: 12 });
});

test("names that say no asset, or the one that is said, stand in nobody's way", async () => {
  for (const name of [...ofNone, ...ofIt]) {
    const { series } = await importAll({ [name]: bars(100) }, { assetPair: "BTCUSD" });
    assert.deepEqual(series, { BTCUSD: 12 }, name);
  }
});

test("a ticker alone counts beside a stock", async () => {
  const days = bars(100, 1440);
  for (const name of ["MSFT.csv", "NASDAQ_MSFT, 1D.csv", "MSFT_1d.csv"])
    await assert.rejects(
      imported(name, days.replaceAll("T00:00Z", ""), { assetPair: "AAPL", timeframe: "1d" }),
      /its name says MSFT, and --asset says AAPL/,
    );
});

test("an archive of all pairs and timeframes goes to the series that its names say, and the rest is named", async () => {
  const archive = zipOf({
    "XBTUSD_1.csv": bars(100, 1),
    "XBTUSD_60.csv": bars(100),
    "ETHUSD_60.csv": bars(20),
    "1INCHEUR_60.csv": bars(3),
    "ETHUSD_240.csv": bars(20, 240),
  });
  const { result, series } = await importAll({ "all.zip": archive }, {});
  assert.deepEqual(series, { BTCUSD: 12, ETHUSD: 12, "1INCHEUR": 12 });
  const notes = result.readings.flatMap((reading) => reading.notes).join("; ");
  assert.match(notes, /its name says that it is of ETHUSD/);
  assert.match(notes, /left out .*XBTUSD_1\.csv, .*ETHUSD_240\.csv/);
  await assert.rejects(importAll({ "all.zip": archive }, { assetPair: "BTCUSD" }), /its name says ETHUSD/);
});

test("numbers that count the parts of a series are no timeframes", async () => {
  const later = bars(100).replaceAll("2024-03-04", "2024-03-05");
  const archive = zipOf({ "BTCUSD_60.csv": bars(100), "BTCUSD_61.csv": later });
  const { series } = await importAll({ "parts.zip": archive }, { assetPair: "BTCUSD" });
  assert.deepEqual(series, { BTCUSD: 24 });
});

test("two files that say other values of one bar are refused; the same values are one bar", async () => {
  await assert.rejects(
    importAll({ "a.csv": bars(100), "b.csv": bars(20) }, { assetPair: "BTCUSD" }),
    /The open of BTCUSD at 2024-03-04T00:00:00Z is 100 in .*a\.csv, and 20 in .*b\.csv/,
  );
  const late = bars(100).replace(/,12$/, ",13");
  await assert.rejects(
    importAll({ "a.csv": bars(100), "b.csv": late }, { assetPair: "BTCUSD" }),
    /The volume of BTCUSD at 2024-03-04T11:00:00Z is 12 in .*a\.csv, and 13 in .*b\.csv/,
  );
  const { result, series } = await importAll(
    { "a.csv": bars(100), "b.csv": bars(100).replaceAll(",100,", ",100.00,") },
    { assetPair: "BTCUSD" },
  );
  assert.deepEqual(series, { BTCUSD: 12 });
  assert.equal(result.rowsRejected, 0);
});

test("all files are looked at before a row of any is stored", async () => {
  for (const files of [
    { "a.csv": bars(100), "b.csv": bars(100, 1) },
    { "a.csv": bars(100), "b.csv": bars(100, 1440) },
    { "all.zip": zipOf({ "a.csv": bars(100), "b.csv": bars(100, 1440, 3) }) },
  ])
    await assert.rejects(importAll(files, { assetPair: "BTCUSD" }), /apart|both have bars/);
});

test("a few bars whose distances are those of a coarser timeframe are refused, and --insist takes them", async () => {
  for (const [count, stepMinutes, timeframe, distance] of [
    [4, 1440, "1h", "24 hours"],
    [2, 240, "1h", "4 hours"],
    [2, 60, "1m", "1 hour"],
    [5, 10_080, "1d", "7 days"],
  ] as const) {
    const request = { assetPair: "BTCUSD", timeframe };
    const rows = bars(100, stepMinutes, count);
    await assert.rejects(imported("a.csv", rows, request), new RegExp(`${distance} apart`));
    assert.equal((await imported("a.csv", rows, { ...request, insist: true })).rows.length, count);
  }
  await assert.rejects(imported("a.csv", bars(100, 1020), { assetPair: "BTCUSD" }), /17 hours apart/);
});

test("the bars of Friday and Monday are days of a stock", async () => {
  const days = `${header}\n2024-03-08,100,102,99,101,5\n2024-03-11,100,102,99,101,5\n`;
  assert.equal((await imported("a.csv", days, { assetPair: "AAPL", timeframe: "1d" })).rows.length, 2);
});

test("a failure behind commits says what was committed", async () => {
  const bad = `${header}\n2024-05-01 00:00,5,1,1,1,1\n2024-05-01 01:00,5,1,1,1,1\n`;
  using folder = new TemporaryFolder();
  const { ingester } = openWorkshop({ root: folder.at("lake") });
  writeFileSync(folder.at("a.csv"), bars(100));
  writeFileSync(folder.at("b.csv"), bad);
  const run = ingester.importFiles({
    files: [folder.at("a.csv"), folder.at("b.csv")],
    timeframe: "1h",
    provider: "someone",
    assetPair: "BTCUSD",
  });
  await assert.rejects(run, /b\.csv: none of its 2 rows.*committed and stay: 12 of BTCUSD/);
});
