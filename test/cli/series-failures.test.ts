// What stops many series for one reason is said once.
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { test } from "node:test";

import { TemporaryFolder } from "../temporary-folder.ts";
import { callFfe } from "./call-ffe.ts";

test("a place that cannot be written fails every series and is one error, which counts them", async () => {
  using folder = new TemporaryFolder();
  writeFileSync(folder.at("data"), "a file where a folder should be");
  const { exitCode, stderr } = await callFfe(["quickstart"], { cwd: folder.path });
  assert.equal(exitCode, 1);
  assert.equal(stderr.match(/Error:/g)?.length, 1, stderr);
  assert.match(stderr, /\(BTCUSD 1m, ETHUSD 1m, BTCUSD 5m and 9 more series\)\nNothing was committed\./);
});

test("what is committed beside series that failed is counted, by quickstart too", async () => {
  using folder = new TemporaryFolder();
  const range = ["--provider", "demo", "--start", "2026-01-05", "--end", "2026-01-07"];
  const { exitCode, stderr } = await callFfe(
    ["backfill", "--assets", "BTCUSD,ETHUSD", "--timeframes", "1h", "--storage", "lake", ...range],
    { cwd: folder.path },
  );
  assert.equal(exitCode, 0, stderr);
  // A folder where the dead letters of a table of minutes should be: only that series fails.
  writeFileSync(folder.at("lake/bronze/raw_market_data_1m"), "a file where a folder should be");
  const second = await callFfe(["quickstart", "--storage", "lake"], { cwd: folder.path });
  assert.equal(second.exitCode, 1);
  assert.match(second.stderr, /\(BTCUSD 1m, ETHUSD 1m\)\n[\d,]+ rows are committed and stay\./);
});
