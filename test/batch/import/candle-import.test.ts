import { DuckDBInstance } from "@duckdb/node-api";
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { after, test } from "node:test";

import type { ImportResult } from "../../../src/batch/ingestion-results.ts";
import type { ImportRequest } from "../../../src/batch/import/import-request.ts";
import { AssetPair } from "../../../src/market/asset-pair.ts";
import { unionOf } from "../../../src/market/range-set.ts";
import { parseInstant } from "../../../src/market/time-range.ts";
import type { TimeRange } from "../../../src/market/time-range.ts";
import { TemporaryFolder } from "../../temporary-folder.ts";
import { deadLetterRecords, marketRows, openWorkshop, pairs, range, sharedEngine } from "../workshop.ts";
import type { Workshop } from "../workshop.ts";

after(() => sharedEngine.close());

const csv = `Date,Open,High,Low,Close,Volume
2026-01-01 00:00:00,100.5,101,99.25,100,12.5
2026-01-01 01:00:00,100,102,100,101.12345678,0
2026-01-01 03:00:00,101,103,101,102,7
`;

async function importText(
  folder: TemporaryFolder,
  files: Readonly<Record<string, string | Uint8Array>>,
  more: Partial<ImportRequest> = {},
): Promise<{ readonly workshop: Workshop; readonly result: ImportResult }> {
  for (const [name, text] of Object.entries(files)) writeFileSync(folder.at(name), text);
  const workshop = openWorkshop({ root: folder.at("lake") });
  const result = await workshop.ingester.importFiles({
    files: Object.keys(files).map((name) => folder.at(name)),
    assetPair: AssetPair.parse("BTCUSD"),
    timeframe: "1h",
    provider: "coinbase",
    ...more,
  });
  return { workshop, result };
}

async function closes({ lake }: Workshop): Promise<unknown[]> {
  const rows = await marketRows(lake, "raw_market_data_1h");
  return rows.map((row) => [
    row["timestamp"] instanceof Date ? row["timestamp"].toISOString().slice(0, 13) : null,
    row["close"],
    row["volume"],
  ]);
}

const expected = [
  ["2026-01-01T00", "100.00000000", "12.50000000"],
  ["2026-01-01T01", "101.12345678", "0.00000000"],
  ["2026-01-01T03", "102.00000000", "7.00000000"],
];

const json = (times: readonly (string | number)[]): string =>
  JSON.stringify([
    { time: times[0], open: 100.5, high: 101, low: 99.25, close: 100, volume: 12.5 },
    { time: times[1], open: 100, high: 102, low: 100, close: 101.12345678, volume: 0 },
    { time: times[2], open: 101, high: 103, low: 101, close: 102, volume: 7 },
  ]);
const hours = ["2026-01-01T00:00:00Z", "2026-01-01T01:00:00Z", "2026-01-01T03:00:00Z"];
const inUnit = (unit: (ms: number) => number): string => json(hours.map((text) => unit(parseInstant(text))));

const sources: readonly (readonly [string, string | Uint8Array])[] = [
  ["bars.csv", csv],
  ["bars.csv.gz", gzipSync(csv)],
  ["semicolons.csv", csv.replaceAll(",", ";")],
  ["newest-first.csv", [csv.split("\n")[0], ...csv.trim().split("\n").slice(1).toReversed(), ""].join("\n")],
  ["zone.csv", csv.replaceAll(/(\d\d:\d\d:\d\d)/g, "$1+00:00")],
  ["bars.json", json(hours)],
  [
    "bars.jsonl",
    JSON.parse(json(hours))
      .map((row: unknown) => JSON.stringify(row))
      .join("\n"),
  ],
  ["seconds.json", inUnit((ms) => ms / 1000)],
  ["milliseconds.json", inUnit((ms) => ms)],
  ["microseconds.json", inUnit((ms) => ms * 1000)],
  ["nanoseconds.json", inUnit((ms) => ms * 1_000_000)],
];

for (const [name, text] of sources) {
  test(`${name} comes in exactly`, async () => {
    using folder = new TemporaryFolder();
    const { workshop, result } = await importText(folder, { [name]: text });
    assert.deepEqual(await closes(workshop), expected);
    assert.deepEqual([result.rowsIngested, result.rowsRejected, result.tableVersion], [3, 0, 0]);
    assert.equal(result.watermarkMs, parseInstant("2026-01-01T03:00:00Z"));
  });
}

test("Parquet comes in exactly, be its times of whatever type", async () => {
  using folder = new TemporaryFolder();
  const path = folder.at("bars.parquet").replaceAll("'", "''");
  for (const type of ["TIMESTAMP", "TIMESTAMPTZ", "TIMESTAMP_NS", "TIMESTAMP_S", "VARCHAR"]) {
    const instance = await DuckDBInstance.create(":memory:");
    const connection = await instance.connect();
    await connection.run("SET TimeZone = 'UTC'");
    await connection.run(
      `COPY (SELECT CAST('2026-01-01 00:00:00' AS ${type}) AS timestamp, 100.5 AS open, 101.0::DOUBLE AS high,
         99.25::FLOAT AS low, 100::INTEGER AS close, 12.5::DECIMAL(10,3) AS volume) TO '${path}' (FORMAT parquet)`,
    );
    connection.closeSync();
    instance.closeSync();
    using lake = new TemporaryFolder();
    const workshop = openWorkshop({ root: lake.path });
    await workshop.ingester.importFiles({
      files: [folder.at("bars.parquet")],
      assetPair: AssetPair.parse("BTCUSD"),
      timeframe: "1h",
      provider: "coinbase",
    });
    assert.deepEqual(await closes(workshop), expected.slice(0, 1), type);
  }
});

test("the same file again, or one that overlaps, adds nothing twice", async () => {
  using folder = new TemporaryFolder();
  await importText(folder, { "bars.csv": csv });
  const more = `${csv}2026-01-01 04:00:00,101,103,101,102,7\n`;
  const { workshop, result } = await importText(folder, { "bars.csv": csv, "more.csv": more });
  assert.deepEqual([result.rowsIngested, result.rowsUnchanged], [1, 6]);
  assert.equal((await closes(workshop)).length, 4);
});

test("rows go through the same checks as a provider's, and are kept with their reasons", async () => {
  using folder = new TemporaryFolder();
  const dirty = `${csv}2026-01-01 04:00:00,101,99,103,102,7
2026-01-01 05:30:00,101,103,101,102,7
2026-01-01 03:00:00,101,103,101,102,8
yesterday,101,103,101,102,7
2026-01-01 06:00:00,101,103,101,NaN,7
2026-01-01 07:00:00,101,103,101,102,
2100-01-01 00:00:00,101,103,101,102,1
`;
  const { workshop, result } = await importText(folder, { "dirty.csv": dirty });
  assert.deepEqual(await closes(workshop), expected);
  const reasons = (await deadLetterRecords(workshop.deadLetters)).map(({ reason }) => reason).toSorted();
  assert.deepEqual(reasons, [
    "bar not complete yet",
    "close is not a finite number",
    "duplicate timestamp",
    "high < low",
    "timestamp missing or unreadable",
    "timestamp not on the 1h grid",
    "volume missing",
  ]);
  assert.equal(result.gate.passed, false);
  assert.equal(result.rowsRejected, 7);
});

test("columns of other names are named, and of unknown ones the error lists what there is", async () => {
  using folder = new TemporaryFolder();
  const other = csv.replace("Date,Open,High,Low,Close,Volume", "opened,first,max,min,last,size");
  await assert.rejects(importText(folder, { "other.csv": other }), {
    code: "INVALID_ARGUMENT",
    message: /which column is the time\?.*--columns time=NAME.*opened, first, max, min, last, size/,
  });
  const columns = { time: "opened", open: "first", high: "max", low: "min", close: "LAST", volume: "size" };
  const { workshop } = await importText(folder, { "other.csv": other }, { columns });
  assert.deepEqual(await closes(workshop), expected);
});

test("a file's name is no pattern, and what it stands in is no file", async () => {
  using folder = new TemporaryFolder();
  writeFileSync(folder.at("x.csv"), csv.replaceAll("2026", "2025"));
  const { workshop } = await importText(folder, { "[x]*.csv": csv });
  assert.deepEqual(await closes(workshop), expected);
  await assert.rejects(importText(folder, {}, { files: [folder.path], format: "csv" }), {
    code: "INVALID_ARGUMENT",
    message: /it is a folder/,
  });
});

test("without a column of volumes there are none", async () => {
  using folder = new TemporaryFolder();
  const { workshop } = await importText(
    folder,
    {
      "fx.csv": "time,open,high,low,close\n2026-01-01T00:00:00Z,1,2,1,2\n",
    },
    { assetPair: AssetPair.parse("EURUSD") },
  );
  assert.deepEqual(await closes(workshop), [["2026-01-01T00", "2.00000000", null]]);
});

function withVolume(name: string): string {
  return `time,open,high,low,close,${name}\n2026-01-01T00:00:00Z,1,2,1,2,5\n`;
}

test("a market that has volumes has a column of them, by the usual names or its own, or none that is said", async () => {
  using folder = new TemporaryFolder();
  const refused = importText(folder, { "bars.csv": withVolume("turnover") });
  await assert.rejects(refused, {
    code: "INVALID_ARGUMENT",
    message: /which column is the volume.*volume=none/,
  });
  const { workshop } = await importText(folder, { "bars.csv": withVolume("Volume BTC") });
  assert.deepEqual(await closes(workshop), [["2026-01-01T00", "2.00000000", "5.00000000"]]);
  using other = new TemporaryFolder();
  const silent = await importText(
    other,
    { "bars.csv": withVolume("turnover") },
    { columns: { volume: "none" } },
  );
  assert.deepEqual(await closes(silent.workshop), [["2026-01-01T00", "2.00000000", null]]);
});

/** So many hours from an instant on, as lines of a CSV file. */
function hourLines(first: string, count: number, rest = "100,101,99,100,5"): string[] {
  return Array.from({ length: count }, (_, index) => {
    const time = new Date(parseInstant(first) + index * 3_600_000).toISOString();
    return `${time},${rest}`;
  });
}
const header = "time,open,high,low,close,volume";

test("two exports in one file are read where their columns are the same, and refused where they are not", async () => {
  const joined = (second: string, rest: string): string =>
    [header, ...hourLines("2026-01-01", 40), second, ...hourLines("2026-01-03", 40, rest)].join("\n");
  using folder = new TemporaryFolder();
  for (const [second, rest] of [
    [`${header},trades`, "100,101,99,100,5,7"],
    ["time,close,high,low,open,volume", "100,101,99,100,5"],
  ] as const) {
    const refused = importText(folder, { "grown.csv": joined(second, rest) });
    await assert.rejects(refused, {
      code: "INVALID_ARGUMENT",
      message: /grown\.csv: its columns are.*make two files/,
    });
  }
  const { result } = await importText(folder, { "twice.csv": joined(header, "100,101,99,100,5") });
  assert.deepEqual([result.rowsIngested, result.rowsRejected], [80, 0]);
});

for (const [what, line] of [
  ["too many", "2026-01-02T00:00:00Z,100,101,99,100,5,extra"],
  ["too few", "2026-01-02T00:00:00Z,100,101"],
] as const) {
  test(`a line of ${what} fields is a dead letter, wherever it stands, and the others are in`, async () => {
    for (const before of [0, 24]) {
      using folder = new TemporaryFolder();
      const lines = [header, ...hourLines("2026-01-01", before), line, ...hourLines("2026-01-03", 24)];
      const { workshop, result } = await importText(folder, { "bars.csv": lines.join("\n") });
      assert.equal(result.rowsIngested, before + 24);
      const [record] = await deadLetterRecords(workshop.deadLetters);
      assert.match(record?.reason ?? "", /\d fields where the header has 6/);
      assert.match(JSON.stringify(record?.raw), /2026-01-02/);
    }
  });
}

test("lines end as they like, within one file, and a line of whose file it is may stand above the header", async () => {
  using folder = new TemporaryFolder();
  const [first = "", second = "", third = ""] = hourLines("2026-01-01", 3);
  const text = `https://example.org\r\n${header}\n${first}\r\n${second}\n${third}\r\n`;
  const { result } = await importText(folder, { "bars.csv": text });
  assert.deepEqual([result.rowsIngested, result.rowsRejected], [3, 0]);
});

test("a header in the midst of a file is refused: the rows above it may be of other columns", async () => {
  using folder = new TemporaryFolder();
  const lines = [...hourLines("2026-01-01", 3), header, ...hourLines("2026-01-02", 3)];
  const refused = importText(folder, { "bars.csv": lines.join("\n") });
  await assert.rejects(refused, { code: "INVALID_ARGUMENT", message: /rows before the line that names/ });
});

test("a quote that is never closed, and a column that is there twice, are errors that name the file", async () => {
  using folder = new TemporaryFolder();
  const [line = ""] = hourLines("2026-01-01", 1);
  const open = importText(folder, { "open.csv": `${header}\n"${line}\n` });
  await assert.rejects(open, { code: "INVALID_ARGUMENT", message: /open\.csv.*Quote Not Closed/ });
  const twice = importText(folder, { "twice.csv": `${header},Close\n${line},5\n` });
  await assert.rejects(twice, { code: "INVALID_ARGUMENT", message: /twice\.csv: there are two columns/ });
});

test("the form of times is one for the whole file: what is written otherwise is a dead letter", async () => {
  using folder = new TemporaryFolder();
  const lines = hourLines("2026-01-01", 30).map((line, index) => {
    if (index < 25) return line;
    const [time = "", ...rest] = line.split(",");
    return [String(parseInstant(time) / (index < 28 ? 1000 : 1)), ...rest].join(",");
  });
  const text = [header, ...lines.toReversed()].join("\n");
  const { result } = await importText(folder, { "bars.csv": text });
  assert.deepEqual([result.rowsIngested, result.rowsRejected], [25, 5]);
  assert.deepEqual([...result.reasons.keys()], ["timestamp missing or unreadable"]);
});

test("a member that only the last of many records has is read", async () => {
  using folder = new TemporaryFolder();
  const bars = hourLines("2020-01-01", 25_000).map((line, index) => {
    const [time, open, high, low, close] = line.split(",");
    return JSON.stringify({ time, open, high, low, close, ...(index === 24_999 ? { volume: 5 } : {}) });
  });
  const { result } = await importText(folder, { "late.json": bars.join("\n") });
  assert.deepEqual([result.rowsIngested, result.rowsRejected], [1, 24_999]);
  assert.deepEqual([...result.reasons.keys()], ["volume missing"]);
});

test("bars of another timeframe are refused: what lies between would count as fetched, or a part stand for the whole", async () => {
  using folder = new TemporaryFolder();
  const days = hourLines("2026-01-01", 24 * 12).filter((_, index) => index % 24 === 0);
  const coarse = importText(folder, { "days.csv": [header, ...days].join("\n") });
  await assert.rejects(coarse, { code: "INVALID_ARGUMENT", message: /24 hours apart.*--timeframe 1h/ });
  const fine = importText(
    folder,
    { "hours.csv": [header, ...hourLines("2026-01-01", 240)].join("\n") },
    { timeframe: "1d" },
  );
  await assert.rejects(fine, { code: "INVALID_ARGUMENT", message: /1 hour apart.*--timeframe 1d/ });
});

test("a compressed file that was cut off is an error that names it", async () => {
  using folder = new TemporaryFolder();
  const whole = gzipSync([header, ...hourLines("2026-01-01", 2000)].join("\n"));
  const cut = importText(folder, { "cut.csv.gz": whole.subarray(0, whole.length - 20) });
  await assert.rejects(cut, { code: "INVALID_ARGUMENT", message: /cut\.csv\.gz cannot be read/ });
});

test("a file that is not there keeps the ones before it out, too", async () => {
  using folder = new TemporaryFolder();
  writeFileSync(folder.at("bars.csv"), csv);
  const { ingester, lake } = openWorkshop({ root: folder.at("lake") });
  const request = {
    files: [folder.at("bars.csv"), folder.at("nowhere.csv")],
    assetPair: AssetPair.parse("BTCUSD"),
    timeframe: "1h",
    provider: "coinbase",
  } as const;
  await assert.rejects(ingester.importFiles(request), { message: /nowhere\.csv/ });
  assert.equal(await lake.table("raw_market_data_1h").exists(), false);
});

test("a dry run says what would come, and writes nothing", async () => {
  using folder = new TemporaryFolder();
  const { workshop, result } = await importText(folder, { "bars.csv": csv }, { dryRun: true });
  assert.equal(result.rowsIngested, 3);
  assert.equal(await workshop.lake.table("raw_market_data_1h").exists(), false);
});

for (const [name, text, message] of [
  ["missing.csv", undefined, /missing\.csv cannot be read: it does not exist/],
  ["empty.csv", "", /empty\.csv cannot be read: it is empty/],
  ["rubbish.parquet", "PAR1 rubbish", /rubbish\.parquet cannot be read: it is not a Parquet file/],
  ["broken.json", '[{"time": 1, "open": ', /broken\.json/],
  ["bars.xls", "\u00d0\u00cf\u0011\u00e0 a workbook", /bars\.xls cannot be read: it is an Excel workbook/],
] as const) {
  test(`${name} is an error that names it`, async () => {
    using folder = new TemporaryFolder();
    if (text !== undefined) writeFileSync(folder.at(name), text, "latin1");
    const { ingester } = openWorkshop({ root: folder.at("lake") });
    const request = {
      files: [folder.at(name)],
      assetPair: AssetPair.parse("BTCUSD"),
      timeframe: "1h",
      provider: "coinbase",
    } as const;
    await assert.rejects(ingester.importFiles(request), { code: "INVALID_ARGUMENT", message });
  });
}

/** What a backfill of the demo provider would fetch of an hourly series. */
async function toFetch(workshop: Workshop, asked: TimeRange): Promise<readonly TimeRange[]> {
  const [plan] = await workshop.ingester.plan({
    assetPairs: pairs("BTCUSD"),
    timeframes: ["1h"],
    range: asked,
    provider: "demo",
  });
  return unionOf(plan?.pieces.map((piece) => piece.range) ?? []);
}

test("a backfill fetches all that a file does not hold, and says what it leaves out", async () => {
  using folder = new TemporaryFolder();
  const { workshop, result } = await importText(folder, { "bars.csv": csv }, { provider: "demo" });
  assert.deepEqual(result.covered, [
    range("2026-01-01", "2026-01-01T02:00:00Z"),
    range("2026-01-01T03:00:00Z", "2026-01-01T04:00:00Z"),
  ]);
  const { series } = await workshop.ingester.backfill({
    assetPairs: pairs("BTCUSD"),
    timeframes: ["1h"],
    range: range("2025-12-31", "2026-01-02"),
    provider: "demo",
  });
  assert.deepEqual(
    series[0]?.plan.pieces.map((piece) => piece.range),
    [
      range("2025-12-31", "2026-01-01"),
      range("2026-01-01T02:00:00Z", "2026-01-01T03:00:00Z"),
      range("2026-01-01T04:00:00Z", "2026-01-02"),
    ],
  );
  assert.match(
    series[0]?.plan.notes.join() ?? "",
    /2026-01-01T00:00:00Z to 2026-01-01T02:00:00Z.*not fetched, because an imported file covers it/,
  );
  assert.equal((await marketRows(workshop.lake, "raw_market_data_1h")).length, 48);
});

test("a hole of months in a file is fetched, every bar of it", async () => {
  using folder = new TemporaryFolder();
  const text = [header, ...hourLines("2023-01-01", 24), ...hourLines("2023-07-01", 24)].join("\n");
  const { workshop } = await importText(folder, { "bars.csv": text }, { provider: "demo" });
  const hole = range("2023-01-02", "2023-07-01");
  assert.deepEqual(await toFetch(workshop, range("2023-01-01", "2023-07-02")), [hole]);
});

test("a bar of 1970 is a dead letter and covers nothing", async () => {
  using folder = new TemporaryFolder();
  const lines = ["1710284400", "0", "1710291600", "1710295200"].map((time) => `${time},100,101,99,100,1`);
  const { workshop, result } = await importText(folder, { "bars.csv": [header, ...lines].join("\n") });
  assert.deepEqual(result.covered, [
    range("2024-03-12T23:00:00Z", "2024-03-13T00:00:00Z"),
    range("2024-03-13T01:00:00Z", "2024-03-13T03:00:00Z"),
  ]);
  const [record] = await deadLetterRecords(workshop.deadLetters);
  assert.match(record?.reason ?? "", /^implausible time/);
});

test("a weekend of currencies is no hole; what a file is said to cover is not fetched", async () => {
  using folder = new TemporaryFolder();
  const week = [
    ...hourLines("2024-03-06", 70, "1,2,1,2,"),
    ...hourLines("2024-03-10T21:00:00Z", 24, "1,2,1,2,"),
  ];
  const fx = await importText(
    folder,
    { "fx.csv": [header, ...week].join("\n") },
    { assetPair: AssetPair.parse("EURUSD"), columns: { volume: "none" } },
  );
  assert.deepEqual(fx.result.covered, [range("2024-03-06", "2024-03-11T21:00:00Z")]);
  using other = new TemporaryFolder();
  const covers = range("2025-12-01", "2026-02-01");
  const { workshop, result } = await importText(other, { "bars.csv": csv }, { provider: "demo", covers });
  assert.deepEqual(result.covered, [covers]);
  assert.deepEqual(await toFetch(workshop, range("2025-12-15", "2026-01-15")), []);
});

test("bars in the open that do not count as fetched are not stored twice by a backfill", async () => {
  using folder = new TemporaryFolder();
  const thin = hourLines("2026-01-01", 300).filter((_, index) => index % 3 !== 0);
  const { workshop, result } = await importText(
    folder,
    { "thin.csv": [header, ...thin].join("\n") },
    { provider: "demo" },
  );
  assert.ok(result.covered.length < 100);
  assert.match(result.warnings.join(), /holes all over.*--covers/);
  const again = await workshop.ingester.importFiles({
    files: [folder.at("thin.csv")],
    assetPair: AssetPair.parse("BTCUSD"),
    timeframe: "1h",
    provider: "demo",
  });
  assert.deepEqual([again.rowsIngested, again.rowsUnchanged], [0, 200]);
});
