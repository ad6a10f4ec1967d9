// What a mistake on the command line is told: in the user's words, with what was likely meant.
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { after, before, test } from "node:test";

import { TemporaryFolder } from "../temporary-folder.ts";
import { callFfe } from "./call-ffe.ts";

let folder: TemporaryFolder;

before(async () => {
  folder = new TemporaryFolder();
  const series = [
    "--assets",
    "BTCUSD",
    "--timeframes",
    "1d,1h",
    "--start",
    "2024-01-01",
    "--end",
    "2024-01-05",
  ];
  const made = await callFfe(["backfill", ...series, "--provider", "demo", "--storage", "lake"], {
    cwd: folder.path,
  });
  assert.equal(made.exitCode, 0, made.stderr);
});
after(() => {
  folder[Symbol.dispose]();
});

async function where(condition: string): Promise<string> {
  return said("table", "read", "raw_market_data_1h", "--where", condition);
}

async function said(...args: readonly string[]): Promise<string> {
  const { exitCode, stderr } = await callFfe([...args, "--storage", "lake"], { cwd: folder.path });
  assert.notEqual(exitCode, 0);
  return stderr;
}

test("a number of days has to be above zero, whatever is wrong with it", async () => {
  for (const days of ["-3", "0", "1.5", "week", "00"])
    assert.match(
      await said("backfill", "--assets", "BTCUSD", `--days=${days}`),
      /Give a whole number above zero\./,
      days,
    );
});

test("a condition that ends too early is told so, and nothing is said of parentheses that nobody typed", async () => {
  for (const text of ["asset_pair =", "open > 1 AND", "open > (1", "open IN ("])
    assert.match(await where(text), /could not be read: syntax error at its end: something is missing there/);
  assert.match(await where("open > 3)"), /at or near "\)"/);
  assert.match(await where("open > 3 LIMIT 1"), /at or near "LIMIT"/);
});

test("a table that is not there has its nearest name, where one is near", async () => {
  for (const args of [
    ["table", "history", "raw_market_data1h"],
    ["validate", "raw_market_data_1hh"],
    ["sql", "SELECT * FROM raw_market_dat_1h"],
  ])
    assert.match(await said(...args), /Did you mean raw_market_data_1h\?/, args.join(" "));
  assert.match(
    await said("table", "read", "bronze.raw_market_data1h"),
    /Did you mean bronze.raw_market_data_1h\?/,
  );
  assert.doesNotMatch(await said("sql", "SELECT * FROM nope"), /Did you mean/);
});

test("a file of another timeframe is told so before anything is asked about its clocks", async () => {
  const bars = Array.from({ length: 30 }, (_, hour) => {
    const time = new Date(Date.UTC(2024, 2, 12, hour)).toISOString().slice(0, 19).replace("T", " ");
    return `${time},1.1,1.2,1.1,1.1,5`;
  });
  writeFileSync(folder.at("eurusd.csv"), ["time,open,high,low,close,volume", ...bars, ""].join("\n"));
  const file = ["import", "eurusd.csv", "--asset", "EURUSD", "--provider", "somebody"];
  assert.match(await said(...file, "--timeframe", "4h"), /lie 1 hour apart.*--timeframe 4h/);
  assert.match(await said(...file, "--timeframe", "1h"), /--timezone/);
});

test("a repair that could not ask anybody fails", async () => {
  const bars = [0, 1, 2, 8, 9, 10].map((hour) =>
    `2024-01-01T0${hour}:00:00Z,1,2,1,1,5`.replace("T010", "T10"),
  );
  writeFileSync(folder.at("kraken.csv"), ["time,open,high,low,close,volume", ...bars, ""].join("\n"));
  const file = ["kraken.csv", "--asset", "ETHUSD", "--timeframe", "1h", "--provider", "kraken"];
  const call = (...args: readonly string[]): ReturnType<typeof callFfe> =>
    callFfe([...args, "--storage", "files"], { cwd: folder.path });
  const imported = await call("import", ...file, "--covers", "2024-01-01/2024-01-02");
  assert.equal(imported.exitCode, 0, imported.stderr);
  const repair = await call("gaps", "--repair");
  assert.equal(repair.exitCode, 1, repair.stdout);
  assert.match(
    repair.stderr,
    /Error: no provider could be asked for \d gaps?; the notes say why\. --provider NAME/,
  );
  const json = await call("gaps", "--repair", "--json");
  assert.equal(json.exitCode, 1);
  assert.match(json.stdout, /"gaps_not_asked_for": [1-9]/);
});

test("a repair tells the bars that it added from those between the gaps that had other values", async () => {
  const hours = [0, 1, 4, 5].map((hour) => `2024-01-01T0${hour}:00:00Z,1,2,1,1,5`);
  // One more hole, so that one request holds both gaps and the two bars between them.
  const bars = [...hours, "2024-01-01T08:00:00Z,1,2,1,1,5"];
  writeFileSync(folder.at("demo.csv"), ["time,open,high,low,close,volume", ...bars, ""].join("\n"));
  const call = (...args: readonly string[]): ReturnType<typeof callFfe> =>
    callFfe([...args, "--storage", "revised"], { cwd: folder.path });
  const file = ["demo.csv", "--asset", "BTCUSD", "--timeframe", "1h", "--provider", "demo"];
  await call("import", ...file, "--covers", "2024-01-01T00:00:00Z/2024-01-01T09:00:00Z", "--no-validate");
  const { stdout } = await call("gaps", "--repair");
  assert.match(stdout, /4 bars repaired\. 2 bars beside the gaps came with other values/);
});
