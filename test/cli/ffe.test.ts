import assert from "node:assert/strict";
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { after, before, test } from "node:test";
import { tableFromIPC } from "apache-arrow";
import * as z from "zod";

import { parseInstant } from "../../src/market/time-range.ts";
import { demoSource } from "../stand-in/candle-source.ts";
import { startStandIn } from "../stand-in/server.ts";
import { TemporaryFolder } from "../temporary-folder.ts";
import { callFfe } from "./call-ffe.ts";
import { jsonOf, runFfe } from "./run-ffe.ts";
import type { Outcome } from "./run-ffe.ts";

const folder = new TemporaryFolder();
const rows = z.array(z.record(z.string(), z.unknown()));
const backfillDocument = z.object({
  rows_ingested: z.number(),
  rows_rejected: z.number(),
  series: z.array(
    z.object({
      asset_pair: z.string(),
      timeframe: z.string(),
      providers: z.array(z.object({ provider: z.string(), rows_ingested: z.number() })),
      rows_ingested: z.number(),
      rows_rejected: z.number(),
      watermark: z.string().nullable(),
      table_version: z.number().nullable(),
      error: z.object({ code: z.string(), message: z.string(), next_step: z.string().nullable() }).nullable(),
    }),
  ),
});
const errorDocument = z.object({ error: z.object({ code: z.string(), message: z.string() }) });

function ffe(...args: readonly string[]): Promise<Outcome> {
  return callFfe(args, { cwd: folder.path });
}

const demoWeek = [
  "backfill",
  "--provider",
  "demo",
  "--assets",
  "BTCUSD,ETHUSD",
  "--days",
  "7",
  "--end",
  "2026-01-08",
];

before(async () => {
  const outcome = await ffe(...demoWeek, "--storage", "lake", "--json");
  assert.equal(outcome.exitCode, 0, outcome.stderr);
  const result = backfillDocument.parse(jsonOf(outcome));
  assert.equal(result.rows_ingested + result.rows_rejected, 25_970);
  assert.equal(result.series.length, 12);
});

after(() => {
  folder[Symbol.dispose]();
});

test("a second backfill ingests nothing and says where each series stands", async () => {
  const result = backfillDocument.parse(jsonOf(await ffe(...demoWeek, "--storage", "lake", "--json")));
  assert.equal(result.rows_ingested, 0);
  const hourly = result.series.find((series) => series.asset_pair === "ETHUSD" && series.timeframe === "1h");
  assert.equal(hourly?.watermark, "2026-01-07T23:00:00Z");
  assert.equal(hourly.table_version, 1);
});

test("what is fetched again is said first, and nothing is stored twice", async () => {
  const args = [...demoWeek, "--timeframes", "1d", "--storage", "lake"];
  for (const flag of ["--force", "--full-refresh"]) {
    const outcome = await ffe(...args, flag, "--json");
    assert.match(
      outcome.stderr,
      /Fetching BTCUSD 1d from 2026-01-01T00:00:00Z to 2026-01-08T00:00:00Z again/,
    );
    assert.equal(backfillDocument.parse(jsonOf(outcome)).rows_ingested, 0);
  }
});

test("a dry run says what would be fetched and writes nothing", async () => {
  const outcome = await ffe(...demoWeek, "--storage", "elsewhere", "--dry-run", "--json");
  const plan = z
    .object({ dry_run: z.literal(true), requests: z.number(), expected_rows: z.number() })
    .parse(jsonOf(outcome));
  assert.equal(plan.expected_rows, 25_970);
  assert.ok(!existsSync(folder.at("elsewhere")));
});

test("sql answers as a JSON array with exact decimals and UTC timestamps", async () => {
  const query =
    "SELECT a.asset_pair, count(*) AS bars, min(a.timestamp) AS first, sum(a.volume) AS volume, 2::BIGINT ** 0 AS one, 9007199254740993 AS big " +
    "FROM raw_market_data_1h a JOIN bronze.raw_market_data_1d b ON b.asset_pair = a.asset_pair AND b.timestamp = date_trunc('day', a.timestamp) " +
    "GROUP BY ALL ORDER BY 1";
  const answer = rows.parse(jsonOf(await ffe("sql", query, "--storage", "lake", "--json")));
  assert.deepEqual(
    answer.map((row) => [row["asset_pair"], row["bars"], row["first"], row["big"]]),
    [
      ["BTCUSD", 168, "2026-01-01T00:00:00Z", "9007199254740993"],
      ["ETHUSD", 168, "2026-01-01T00:00:00Z", "9007199254740993"],
    ],
  );
  assert.match(String(answer[0]?.["volume"]), /^\d+\.\d{8}$/);
});

test("sql reads an older version, by number and by time", async () => {
  const count = async (...flags: readonly string[]): Promise<unknown> => {
    const outcome = await ffe(
      "sql",
      "SELECT count(*) AS n FROM raw_market_data_1h",
      "--storage",
      "lake",
      "--json",
      ...flags,
    );
    assert.equal(outcome.exitCode, 0, outcome.stderr);
    return rows.parse(jsonOf(outcome))[0]?.["n"];
  };
  assert.equal(await count(), 336);
  assert.equal(await count("--version", "0"), 168);
  assert.equal(await count("--as-of", "2100-01-01"), 336);
  const tooEarly = await ffe(
    "sql",
    "SELECT * FROM raw_market_data_1h",
    "--storage",
    "lake",
    "--as-of",
    "2001-01-01T00:00:00Z",
  );
  assert.equal(tooEarly.exitCode, 1);
  assert.match(tooEarly.stderr, /has no version as of 2001-01-01.*the earliest is 0/s);
});

test("sql refuses anything but one SELECT", async () => {
  for (const query of [
    "DROP TABLE raw_market_data_1h",
    "SELECT 1; SELECT 2",
    "COPY (SELECT 1) TO 'x.csv'",
    "SELEC 1",
  ]) {
    const outcome = await ffe("sql", query, "--storage", "lake", "--json");
    assert.equal(outcome.exitCode, 2, query);
    assert.equal(errorDocument.parse(jsonOf(outcome)).error.code, "INVALID_QUERY");
  }
  assert.ok(!existsSync(folder.at("x.csv")));
});

test("a query that fails late prints one JSON document, or none, and never the beginning of one", async () => {
  const late =
    "SELECT CASE WHEN i = 200000 THEN error('late') ELSE i::VARCHAR END AS x FROM range(200001) t(i)";
  const asked = await ffe("sql", late, "--storage", "lake", "--json");
  assert.match(errorDocument.parse(jsonOf(asked)).error.message, /late/);
  assert.equal(asked.exitCode, 2);
  const formatted = await ffe("sql", late, "--storage", "lake", "--format", "json");
  assert.equal(formatted.stdout, "");
  assert.match(formatted.stderr, /late/);
});

test("one failure has one exit code, whichever command met it", async () => {
  const condition = "CAST(asset_pair AS INTEGER) = 1";
  const table = "raw_market_data_1d";
  for (const args of [
    ["sql", `SELECT * FROM ${table} WHERE ${condition}`],
    ["table", "read", table, "--where", condition],
    ["table", "read", table, "--where", condition, "--output", "never.parquet"],
  ])
    assert.equal((await ffe(...args, "--storage", "lake")).exitCode, 2, args.join(" "));
});

async function readOne(name: string): Promise<unknown> {
  const where = "asset_pair = 'BTCUSD' AND timestamp >= '2026-01-05'";
  const columns = "timestamp,partition_date,is_mock";
  const flags = ["--storage", "lake", "--json", "--columns", columns, "--where", where, "--limit", "1"];
  return jsonOf(await ffe("table", "read", name, ...flags));
}

test("table read takes columns, a filter and a limit, by name, by path and by URI", async () => {
  const expected = [{ timestamp: "2026-01-05T00:00:00Z", partition_date: "2026-01-01", is_mock: true }];
  assert.deepEqual(await readOne("raw_market_data_1d"), expected);
  assert.deepEqual(await readOne("bronze.raw_market_data_1d"), expected);
  assert.deepEqual(await readOne("lake/bronze/raw_market_data_1d"), expected);
  assert.deepEqual(await readOne(`file://${folder.at("lake/bronze/raw_market_data_1d")}`), expected);
});

test("rows go out whole, in every format, sorted as asked, and none of them shorter than the table", async () => {
  const flags = [
    "--storage",
    "lake",
    "--order-by",
    "timestamp DESC, asset_pair",
    "--columns",
    "asset_pair,timestamp,close",
  ];
  const expected = rows.parse(jsonOf(await ffe("table", "read", "raw_market_data_1h", ...flags, "--json")));
  assert.equal(expected.length, 336);
  assert.equal(expected[0]?.["timestamp"], "2026-01-07T23:00:00Z");
  for (const name of ["out.csv", "out.json", "out.ndjson", "out.parquet", "out.arrow"]) {
    const outcome = await ffe("table", "read", "raw_market_data_1h", ...flags, "--output", name, "--json");
    const written = z.object({ path: z.string(), rows: z.number() }).parse(jsonOf(outcome));
    assert.deepEqual(written, { path: name, rows: 336 });
  }
  const parquet = await ffe("sql", `SELECT * FROM read_parquet('${folder.at("out.parquet")}')`, "--json");
  assert.deepEqual(jsonOf(parquet), expected);
  assert.deepEqual(JSON.parse(readFileSync(folder.at("out.json"), "utf8")), expected);
  const lines = readFileSync(folder.at("out.ndjson"), "utf8").trimEnd().split("\n");
  assert.deepEqual(
    lines.map((line): unknown => JSON.parse(line)),
    expected,
  );
  const cells = readFileSync(folder.at("out.csv"), "utf8").trimEnd().split("\n").slice(1);
  assert.deepEqual(
    cells,
    expected.map((row) => [row["asset_pair"], row["timestamp"], row["close"]].join(",")),
  );
  const arrow = tableFromIPC(readFileSync(folder.at("out.arrow")));
  assert.deepEqual(
    [...(arrow.getChild("asset_pair") ?? [])],
    expected.map((row) => row["asset_pair"]),
  );
});

test("sql takes its query from a file or from stdin, too", async () => {
  writeFileSync(folder.at("count.sql"), "\uFEFF-- how many\nSELECT count(*) AS n FROM raw_market_data_1d;\n");
  const fromFile = await ffe("sql", "--file", "count.sql", "--storage", "lake", "--format", "csv");
  assert.deepEqual([fromFile.stdout, fromFile.exitCode], ["n\n14\n", 0]);
  const input = "SELECT 1 AS n UNION ALL SELECT 2 ORDER BY n";
  const fromStdin = await runFfe(["sql", "-", "--limit", "1", "--format", "ndjson"], {
    cwd: folder.path,
    input,
  });
  assert.equal(fromStdin.stdout, '{"n":1}\n');
  for (const args of [["sql"], ["sql", "SELECT 1", "--file", "count.sql"], ["sql", "--file", "none.sql"]])
    assert.equal((await ffe(...args)).exitCode, 2, args.join(" "));
});

function isBronze(table: Readonly<Record<string, unknown>>): boolean {
  return String(table["table"]).startsWith("bronze.");
}

test("table list, show, history and watermarks tell the same story", async () => {
  const list = rows.parse(jsonOf(await ffe("table", "list", "--storage", "lake", "--json")));
  assert.deepEqual(
    list.filter(isBronze).map((table) => [table["table"], table["rows"]]),
    [
      ["bronze.raw_market_data_1m", 20_160],
      ["bronze.raw_market_data_5m", 4_032],
      ["bronze.raw_market_data_15m", 1_344],
      ["bronze.raw_market_data_1h", 336],
      ["bronze.raw_market_data_4h", 84],
      ["bronze.raw_market_data_1d", 14],
    ],
  );
  const shown = z
    .object({ rows: z.number(), partition_columns: z.array(z.string()), columns: rows })
    .parse(jsonOf(await ffe("table", "show", "raw_market_data_1h", "--storage", "lake", "--json")));
  assert.equal(shown.rows, 336);
  assert.deepEqual(shown.partition_columns, ["partition_date", "partition_asset_pair"]);
  assert.equal(shown.columns.length, 14);
  const history = rows.parse(
    jsonOf(await ffe("table", "history", "raw_market_data_1h", "--storage", "lake", "--json")),
  );
  assert.deepEqual(
    history.map((entry) => [entry["version"], entry["operation"]]),
    [
      [1, "WRITE"],
      [0, "CREATE TABLE AS SELECT"],
    ],
  );
  const marks = rows.parse(jsonOf(await ffe("watermarks", "--storage", "lake", "--json")));
  assert.equal(marks.length, 12);
  assert.ok(marks.every((mark) => mark["is_mock"] === true));
});

test("on a terminal there are tables, not JSON", async () => {
  const outcome = await ffe(
    "table",
    "read",
    "raw_market_data_1m",
    "--storage",
    "lake",
    "--columns",
    "asset_pair,close",
  );
  assert.match(outcome.stdout, /^asset_pair\s+close\n-+ +-+\n(BTC|ETH)USD +\d+\.\d{8}\n/);
  assert.match(outcome.stdout, /\.\.\. and 20060 more rows/);
});

test("what the command line gets wrong is exit code 2, and says what is right", async () => {
  const wrong: readonly (readonly [readonly string[], RegExp])[] = [
    [["backfill", "--provider", "demo"], /--assets/],
    [["backfill", "--assets", "BTCUSD", "--timeframes", "2h"], /2h.*1h/s],
    [["backfill", "--assets", "NOT A PAIR"], /BTCUSD/],
    [["backfill", "--assets", "BTCUSD", "--start", "yesterday"], /2026-01-08/],
    [["backfill", "--assets", "BTCUSD", "--start", "2026-01-02", "--end", "2026-01-01"], /before/],
    [["backfill", "--assets", "BTCUSD", "--start", "2026-01-02", "--days", "3"], /not both/],
    [["backfill", "--assets", "EURUSD", "--provider", "coinbase"], /[Cc]oinbase/],
    [["backfill", "--assets", "EURUSD", "--provider", "oanda"], /OANDA_API_TOKEN/],
    [["sql", "SELECT 1", "--version", "1", "--as-of", "2026-01-01"], /cannot be used with/],
    [
      ["table", "read", "raw_market_data_1h", "--storage", "lake", "--where", "close >"],
      /parse|syntax|read/i,
    ],
    [["nonsense"], /unknown command/],
  ];
  for (const [index, [args, message]] of wrong.entries()) {
    const outcome = await (index === 0 ? runFfe(args, { cwd: folder.path }) : ffe(...args));
    assert.equal(outcome.exitCode, 2, `${args.join(" ")}: ${outcome.stderr}`);
    assert.match(outcome.stderr, message);
    assert.equal(outcome.stdout, "");
  }
});

test("mistakes of the command line are JSON, too, where JSON was asked for", async () => {
  for (const args of [
    ["backfill", "--days", "many", "--json"],
    ["sql", "--bogus", "--json"],
    ["table", "list", "--storage", "", "--json"],
  ]) {
    const outcome = await ffe(...args);
    assert.equal(outcome.exitCode, 2);
    assert.equal(errorDocument.parse(jsonOf(outcome)).error.code, "INVALID_COMMAND_LINE");
  }
});

test("a limit is honoured on the terminal as well", async () => {
  const outcome = await ffe(
    "table",
    "read",
    "raw_market_data_1h",
    "--storage",
    "lake",
    "--limit",
    "150",
    "--columns",
    "close",
  );
  assert.match(outcome.stdout, /150 rows\n$/);
});

test("SQL names a table that is not there as table read does, and a data file that is gone by its name", async () => {
  const missing = await ffe("sql", "SELECT * FROM raw_market_data_2h", "--storage", "lake", "--json");
  assert.equal(errorDocument.parse(jsonOf(missing)).error.code, "TABLE_NOT_FOUND");
  await ffe(...demoWeek, "--storage", "broken", "--timeframes", "1d");
  const files = readdirSync(folder.at("broken/bronze/raw_market_data_1d"), {
    recursive: true,
    encoding: "utf8",
  });
  const file = files.find((name) => name.endsWith(".parquet")) ?? "";
  rmSync(folder.at("broken/bronze/raw_market_data_1d", file));
  for (const command of [
    ["table", "read", "raw_market_data_1d"],
    ["sql", "SELECT * FROM raw_market_data_1d"],
  ]) {
    const outcome = await ffe(...command, "--storage", "broken", "--json");
    assert.equal(outcome.exitCode, 1);
    const { error } = errorDocument.parse(JSON.parse(outcome.stdout.replace(/^\[\]?/, "")));
    assert.equal(error.code, "DATA_FILE_UNREADABLE");
    assert.match(error.message, /part-[0-9a-f-]+\.parquet/);
  }
});

test("a damaged table does not hide the others from the list", async () => {
  await ffe(...demoWeek, "--storage", "damaged", "--timeframes", "1h,1d");
  writeFileSync(folder.at("damaged/bronze/raw_market_data_1h/_delta_log/00000000000000000001.json"), "{");
  const outcome = await ffe("table", "list", "--storage", "damaged", "--json");
  assert.equal(outcome.exitCode, 1);
  assert.deepEqual(
    rows
      .parse(jsonOf(outcome))
      .filter(isBronze)
      .map((table) => [table["table"], table["rows"]]),
    [
      ["bronze.raw_market_data_1h", null],
      ["bronze.raw_market_data_1d", 14],
    ],
  );
  assert.match(outcome.stderr, /raw_market_data_1h cannot be read: .*00000000000000000001\.json, line 1/);
});

test("a table that is not there is exit code 1, and the error lists those that are", async () => {
  const args = ["table", "read", "raw_market_data_2h", "--storage", "lake"];
  const outcome = await runFfe(args, { cwd: folder.path });
  assert.equal(outcome.exitCode, 1);
  assert.match(outcome.stderr, /raw_market_data_2h.*bronze\.raw_market_data_1h/s);
});

test("the configuration file sets storage, provider and its address; mistakes name file, line and key", async () => {
  const standIn = await startStandIn({
    series: demoSource(5, ["BTCUSD"]),
    now: () => parseInstant("2026-06-01"),
  });
  try {
    mkdirSync(folder.at("config"), { recursive: true });
    writeFileSync(
      folder.at("config/config.yaml"),
      `delta_lake:\n  storage_path: configured\nproviders:\n  coinbase:\n    base_url: ${standIn.url}\n    requests_per_second: 1000\n`,
    );
    const outcome = await ffe(
      "backfill",
      "--assets",
      "BTCUSD",
      "--timeframes",
      "4h",
      "--start",
      "2026-01-01",
      "--end",
      "2026-01-08",
      "--json",
    );
    assert.equal(outcome.exitCode, 0, outcome.stderr);
    assert.equal(backfillDocument.parse(jsonOf(outcome)).rows_ingested, 42);
    assert.ok(existsSync(folder.at("configured/bronze/raw_market_data_4h/_delta_log")));
    writeFileSync(folder.at("wrong.yaml"), "delta_lake:\n  storage_path: x\n  partitioning: day\n");
    const wrong = await ffe("watermarks", "--config", "wrong.yaml");
    assert.equal(wrong.exitCode, 2);
    assert.match(wrong.stderr, /wrong\.yaml, line 3: delta_lake\.partitioning: unknown key/);
  } finally {
    await standIn.close();
  }
});

test("without a network a backfill fails with the reason, the next step and no table", async () => {
  writeFileSync(
    folder.at("offline.yaml"),
    "providers:\n  coinbase:\n    base_url: http://127.0.0.1:1\nretry:\n  patience: 0\n",
  );
  const args = [
    "backfill",
    "--assets",
    "BTCUSD",
    "--days",
    "1",
    "--config",
    "offline.yaml",
    "--storage",
    "offline",
  ];
  const outcome = await ffe(...args);
  assert.equal(outcome.exitCode, 1);
  assert.match(outcome.stderr, /cannot be reached.*--provider demo/s);
  assert.ok(!existsSync(folder.at("offline/bronze")));
  const json = backfillDocument.parse(jsonOf(await ffe(...args, "--json")));
  assert.ok(json.series.every((series) => series.error?.code === "NETWORK_UNREACHABLE"));
});
