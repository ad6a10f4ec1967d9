// Where nothing can be written, what was worked out is shown, and the error says what to type.
import assert from "node:assert/strict";
import { existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { after, before, test } from "node:test";
import * as z from "zod";

import { TemporaryFolder } from "../temporary-folder.ts";
import { callFfe } from "./call-ffe.ts";
import type { Outcome } from "./run-ffe.ts";

let folder: TemporaryFolder;

before(async () => {
  folder = new TemporaryFolder();
  const { exitCode, stderr } = await backfill("--end", "2024-02-01", "--no-validate");
  assert.equal(exitCode, 0, stderr);
  // A file where the folder of the results should be: it stops root, too.
  rmSync(folder.at("lake/ops"), { recursive: true });
  writeFileSync(folder.at("lake/ops"), "");
});
after(() => {
  folder[Symbol.dispose]();
});

const bars = "raw_market_data_1d";

function ffe(...args: readonly string[]): Promise<Outcome> {
  return callFfe([...args, "--storage", "lake"], { cwd: folder.path });
}

function backfill(...more: readonly string[]): Promise<Outcome> {
  const series = ["--assets", "BTCUSD,ETHUSD", "--timeframes", "1d", "--provider", "demo"];
  return ffe("backfill", ...series, "--start", "2024-01-01", ...more);
}

test("validate shows the result that cannot be stored, then says why and names --no-store", async () => {
  const { exitCode, stdout, stderr } = await ffe("validate", bars);
  assert.equal(exitCode, 1);
  assert.match(stdout, /against market_data_quality: 31 of 31 expectations hold/);
  assert.match(
    stderr,
    /^Error: raw_market_data_1d was validated, and 31 of 31 .*could not be kept: .*\(ENOTDIR\)\nffe validate --no-store/,
  );
  const json = await ffe("validate", "--all", "--json");
  assert.equal(json.exitCode, 1);
  const [result] = z.array(z.object({ success: z.boolean() })).parse(JSON.parse(json.stdout));
  assert.deepEqual(result, { success: true });
  assert.match(json.stderr, /--no-store/);
  const { exitCode: unstored } = await ffe("validate", bars, "--no-store");
  assert.equal(unstored, 0);
});

test("a gate that cannot keep its result says how the rows fared", async () => {
  const { exitCode, stderr } = await backfill("--end", "2024-02-20");
  assert.equal(exitCode, 1);
  assert.match(stderr, /Error: raw_market_data_1d was validated, and 31 of 31 .*could not be kept/);
});

test("data files that cannot be written are one error in words, with what to type", async () => {
  writeFileSync(folder.at(`lake/bronze/${bars}/partition_date=2025-01-01`), "");
  const { exitCode, stderr } = await backfill("--end", "2025-02-01", "--no-validate");
  assert.equal(exitCode, 1);
  assert.equal(stderr.match(/Error:/g)?.length, 1, stderr);
  assert.match(stderr, /Cannot write data files below \S+: a part of its path is a file/);
  assert.doesNotMatch(stderr, /IO Error/);
});

test("output that has no place says so without the system's own words", async () => {
  mkdirSync(folder.at("out"));
  for (const args of [
    ["sql", "SELECT 1", "--output", "out/x.parquet"],
    ["data-docs", "--output", "lake/ops/page"],
    ["sql", "--file", "nope.sql"],
  ]) {
    if (args[0] === "sql" && args.includes("--output")) rmSync(folder.at("out"), { recursive: true });
    const { exitCode, stderr } = await ffe(...args);
    assert.notEqual(exitCode, 0);
    assert.doesNotMatch(stderr, /ENO\w+: |EEXIST: |IO Error/);
    assert.match(stderr, /^Error: (?:There is no folder|Cannot \w+ the )/);
  }
  assert.ok(!existsSync(folder.at("out")));
});
