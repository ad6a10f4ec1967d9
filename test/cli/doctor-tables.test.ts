// A lake is broken, `ffe doctor` is asked, and its advice is followed to the letter.
import assert from "node:assert/strict";
import {
  cpSync,
  globSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { after, before, test } from "node:test";
import * as z from "zod";

import { DeltaLakeManager } from "../../src/storage/delta-lake-manager.ts";
import { TemporaryFolder } from "../temporary-folder.ts";
import { callFfe } from "./call-ffe.ts";
import { doctorReport, followAdvice } from "./followed-advice.ts";
import type { Patient } from "./followed-advice.ts";
import { jsonOf } from "./run-ffe.ts";

const whole = new TemporaryFolder();
const day = 86_400_000;
const log = "lake/bronze/raw_market_data_1h/_delta_log";

before(async () => {
  // Two commits of bars up to now, so that no series is stale.
  const midnight = Math.floor(Date.now() / day) * day;
  await fill(whole.path, midnight - 4 * day, midnight - 2 * day);
  await fill(whole.path, midnight - 2 * day, midnight);
});
after(() => {
  whole[Symbol.dispose]();
});

async function fill(cwd: string, startMs: number, endMs: number): Promise<void> {
  const range = [startMs, endMs].map((ms) => new Date(ms).toISOString());
  const series = ["--provider", "demo", "--assets", "BTCUSD", "--timeframes", "1h"];
  const words = ["backfill", ...series, "--start", range[0] ?? "", "--end", range[1] ?? ""];
  const outcome = await callFfe([...words, "--no-validate", "--storage", "lake"], { cwd });
  assert.equal(outcome.exitCode, 0, outcome.stderr);
}

/** A copy of the lake. */
function copy(): TemporaryFolder & { readonly patient: Patient } {
  const folder = new TemporaryFolder();
  cpSync(whole.path, folder.path, { recursive: true });
  const args = ["--storage", "lake", "--only", "storage,tables,files,series,dead-letters"];
  return Object.assign(folder, { patient: { cwd: folder.path, args } });
}

async function barsIn({ path: cwd }: TemporaryFolder): Promise<number> {
  const sql = "SELECT count(DISTINCT timestamp) AS n FROM raw_market_data_1h";
  const outcome = await callFfe(["sql", sql, "--json", "--storage", "lake"], { cwd });
  return z.tuple([z.object({ n: z.number() })]).parse(jsonOf(outcome))[0].n;
}

/** Every file and folder, with the size and the time of files. */
function contentsOf(folder: TemporaryFolder): readonly string[] {
  return readdirSync(folder.path, { recursive: true, encoding: "utf8" })
    .toSorted()
    .map((name) => {
      const { size, mtimeMs } = statSync(folder.at(name));
      return statSync(folder.at(name)).isFile() ? `${name} ${size} ${mtimeMs}` : name;
    });
}

function dataFileOf(folder: TemporaryFolder): string {
  const [path] = globSync("lake/bronze/raw_market_data_1h/**/*.parquet", {
    cwd: folder.path,
    exclude: (name) => name.includes("_delta_log"),
  }).toSorted();
  assert.ok(path !== undefined);
  return folder.at(path);
}

test("a sound lake is healthy, and looking at it changes nothing", async () => {
  using folder = copy();
  const contents = contentsOf(folder);
  const report = await doctorReport({ cwd: folder.path, args: ["--storage", "lake"] });
  assert.deepEqual([report.healthy, report.warnings], [true, 0], JSON.stringify(report.findings));
  assert.deepEqual(contentsOf(folder), contents);
});

test("a folder without anything is healthy, and stays empty", async () => {
  using folder = new TemporaryFolder();
  const report = await doctorReport({ cwd: folder.path, args: [] });
  assert.equal(report.healthy, true);
  assert.match(report.findings.find(({ area }) => area === "storage")?.found ?? "", /no table yet/);
  assert.deepEqual(contentsOf(folder), []);
});

test("a missing data file: it is taken out of the table, and its bars are fetched again", async () => {
  using folder = copy();
  const bars = await barsIn(folder);
  rmSync(dataFileOf(folder));
  const [finding] = await followAdvice(folder.patient);
  assert.match(finding?.found ?? "", /1 data file is missing/);
  assert.equal(finding?.severity, "error");
  assert.equal(await barsIn(folder), bars);
});

test("a data file that was cut off: the same", async () => {
  using folder = copy();
  const bars = await barsIn(folder);
  truncateSync(dataFileOf(folder), 1000);
  const [finding] = await followAdvice(folder.patient);
  assert.match(finding?.found ?? "", /its size is not the one in the log/);
  assert.equal(await barsIn(folder), bars);
});

for (const [damage, doDamage] of [
  ["cut off", (path: string) => truncateSync(path, 300)],
  ["empty", (path: string) => truncateSync(path, 0)],
  ["not JSON", (path: string) => writeFileSync(path, "\u0000\u0000\u0000")],
] as const)
  test(`a newest log entry that is ${damage}: back to the version before, and the next run fetches the rest`, async () => {
    using folder = copy();
    const bars = await barsIn(folder);
    const newest = folder.at(log, "00000000000000000001.json");
    doDamage(newest);
    const damaged = readFileSync(newest);
    const [finding] = await followAdvice(folder.patient);
    assert.match(finding?.found ?? "", /00000000000000000001\.json/);
    assert.equal(await barsIn(folder), bars / 2);
    assert.deepEqual(readFileSync(folder.at(log, "_set_aside/00000000000000000001.json")), damaged);
    const midnight = Math.floor(Date.now() / day) * day;
    await fill(folder.path, midnight - 4 * day, midnight);
    assert.equal(await barsIn(folder), bars);
  });

test("a log entry is gone in the middle: versions behind it are not made up", async () => {
  using folder = copy();
  const bars = await barsIn(folder);
  const midnight = Math.floor(Date.now() / day) * day;
  await fill(folder.path, midnight, midnight + 3_600_000);
  rmSync(folder.at(log, "00000000000000000001.json"));
  const [finding] = await followAdvice(folder.patient);
  assert.match(finding?.found ?? "", /00000000000000000001\.json is missing/);
  assert.equal(await barsIn(folder), bars / 2);
});

test("a damaged checkpoint: the table is read without it, and gets another one", async () => {
  using folder = copy();
  const bars = await barsIn(folder);
  await callFfe(["table", "checkpoint", "raw_market_data_1h", "--storage", "lake"], { cwd: folder.path });
  const path = folder.at(log, "00000000000000000001.checkpoint.parquet");
  truncateSync(path, 100);
  const [finding] = await followAdvice(folder.patient);
  assert.deepEqual([finding?.severity, /checkpoint/.test(finding?.found ?? "")], ["warning", true]);
  assert.equal(await barsIn(folder), bars);
});

test("no version can be read: the table is moved away, and kept", async () => {
  using folder = copy();
  truncateSync(folder.at(log, "00000000000000000000.json"), 100);
  const [finding] = await followAdvice(folder.patient);
  assert.match(finding?.meaning ?? "", /No version of the table can be read/);
  assert.ok(
    globSync("lake/set_aside/bronze.raw_market_data_1h.*/**/*.parquet", { cwd: folder.path }).length > 0,
  );
});

test("a folder that no table can be named after is moved out of the way of commands for all tables", async () => {
  using folder = copy();
  cpSync(folder.at("lake/bronze/raw_market_data_1h"), folder.at("lake/bronze/raw_market_data_1h.bak"), {
    recursive: true,
  });
  const [finding] = await followAdvice(folder.patient);
  assert.equal(finding?.subject, "bronze.raw_market_data_1h.bak");
});

test("many small files: they are joined", async () => {
  using folder = copy();
  const lake = new DeltaLakeManager({ storagePath: folder.at("lake") });
  const table = "ops.pipeline_metrics";
  const source = await lake.existingTable(table);
  for (let commit = 0; commit < 101; commit += 1) await source.append({ rows: [{ metric: "made up" }] });
  await lake.close();
  const [finding] = await followAdvice(folder.patient);
  assert.match(finding?.found ?? "", /files are small/);
});

test("over 5 % of a week's rows were rejected: they are counted, tried again, and kept elsewhere", async () => {
  using folder = copy();
  const rows = Array.from({ length: 10 }, (_, index) => {
    const time = `2026-01-${String(5 + index).padStart(2, "0")}T00:00:00Z`;
    return `${time},1,${index < 2 ? "0.5" : "3"},1,2,10\n`;
  });
  writeFileSync(folder.at("bars.csv"), `time,open,high,low,close,volume\n${rows.join("")}`);
  const words = ["--asset", "ETHUSD", "--timeframe", "1d", "--provider", "coinbase"];
  const outcome = await callFfe(["import", "bars.csv", ...words, "--storage", "lake"], { cwd: folder.path });
  assert.match(outcome.stdout, /high < low/, outcome.stderr);
  const patient = { ...folder.patient, args: ["--storage", "lake", "--only", "dead-letters"] };
  const [finding] = await followAdvice(patient);
  assert.match(
    finding?.found ?? "",
    /20\.0 % of the rows of the last 7 days were rejected, 2 of 10, from coinbase: 2 high < low/,
  );
  assert.equal(globSync("lake/dlq.set-aside/dlq_*.json", { cwd: folder.path }).length, 2);
});

test("a damaged table hides no other: each is looked at by itself, and --table looks at one", async () => {
  using folder = copy();
  truncateSync(folder.at(log, "00000000000000000000.json"), 100);
  writeFileSync(folder.at("lake/ops/pipeline_metrics/_delta_log/00000000000000000000.json"), "");
  const all = await doctorReport({ cwd: folder.path, args: ["--storage", "lake"] });
  const subjects = all.findings.filter(({ area }) => area === "tables").map(({ subject }) => subject);
  assert.deepEqual(subjects, ["raw_market_data_1h", "ops.pipeline_metrics"]);
  const one = await doctorReport({
    cwd: folder.path,
    args: ["--storage", "lake", "--table", "ops.pipeline_metrics"],
  });
  assert.deepEqual(
    one.findings.map(({ area, subject }) => `${area} ${subject}`),
    ["tables ops.pipeline_metrics"],
  );
});

test("people get a table and what to type; --strict counts warnings", async () => {
  using folder = copy();
  await callFfe(["table", "checkpoint", "raw_market_data_1h", "--storage", "lake"], { cwd: folder.path });
  truncateSync(folder.at(log, "00000000000000000001.checkpoint.parquet"), 100);
  const words = ["doctor", "--storage", "lake", "--only", "tables"];
  const lenient = await callFfe(words, { cwd: folder.path });
  assert.equal(lenient.exitCode, 0);
  assert.match(lenient.stdout, /^Healthy: 0 errors, 1 warning, 0 notes\.\n/);
  assert.match(lenient.stdout, /^1  ffe table checkpoint raw_market_data_1h --storage lake$/m);
  assert.equal((await callFfe([...words, "--strict"], { cwd: folder.path })).exitCode, 1);
  const unknown = await callFfe(["doctor", "--only", "tabels"], { cwd: folder.path });
  assert.deepEqual([unknown.exitCode, /Did you mean tables/.test(unknown.stderr)], [2, true]);
});
