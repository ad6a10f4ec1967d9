// The tour without a key: bars, records, models, and how trading went.
import assert from "node:assert/strict";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { test } from "node:test";
import * as z from "zod";

import { dayMs } from "../../src/market/durations.ts";
import { TemporaryFolder } from "../temporary-folder.ts";
import { callFfe } from "./call-ffe.ts";
import type { Outcome } from "./run-ffe.ts";

const documentShape = z.object({
  rows_ingested: z.number(),
  backfills: z.array(z.object({ series: z.array(z.object({ error: z.null() })) })),
  records: z.array(
    z.object({ table: z.string(), added: z.number(), already_there: z.number(), rejected: z.literal(0) }),
  ),
  transform: z.object({ counts: z.record(z.string(), z.number()) }).nullable(),
  trading_performance: z.array(
    z.object({ period: z.string(), asset_pair: z.string(), trades: z.number(), sharpe: z.number() }),
  ),
});

/** It is noon: a second run behind midnight has something to add. */
const aheadMs = dayMs / 2 - (Date.now() % dayMs);

function quickstart(folder: TemporaryFolder, ...args: readonly string[]): Promise<Outcome> {
  return callFfe(["quickstart", ...args], { cwd: folder.path, aheadMs });
}

function sumOf(numbers: readonly number[]): number {
  return numbers.reduce((sum, number) => sum + number, 0);
}

test("quickstart goes from bars to how trading went, goes on where it stopped, and adds nothing twice", async () => {
  using folder = new TemporaryFolder();
  mkdirSync(folder.at("data/demo"), { recursive: true });
  writeFileSync(folder.at("data/demo/silver"), "a file where a folder should be");
  const failed = await quickstart(folder);
  assert.equal(failed.exitCode, 1);
  assert.match(failed.stderr, /^Error: \d+ nodes failed; what succeeded is committed:$/m);
  assert.match(failed.stderr, /The same command tries again; ffe transform build --storage data\/demo/);
  assert.doesNotMatch(failed.stdout, /Trading performance/);

  // As after a kill behind the decisions: the trades come, and the models are built.
  rmSync(folder.at("data/demo/silver"));
  rmSync(folder.at("data/demo/bronze/raw_trade_executions"), { recursive: true });
  rmSync(folder.at("data/demo/bronze/raw_portfolio_snapshots"), { recursive: true });
  const first = await quickstart(folder);
  assert.equal(first.exitCode, 0, first.stderr);
  for (const table of [
    "bronze.raw_market_data_1m",
    "silver.decision_history",
    "gold.mart_trading_performance",
  ])
    assert.ok(first.stdout.includes(`${table} `), first.stdout);
  assert.match(first.stdout, /high < low|negative price/);
  for (const period of ["all", "30d"])
    for (const asset of ["BTCUSD", "ETHUSD", "ALL"])
      assert.match(
        first.stdout,
        new RegExp(`^${period} +${asset} +\\d+ +[\\d.]+% +-?[\\d.]+ USD +-?[\\d.]+ +-?[\\d.]+%$`, "m"),
      );
  const commands = first.stdout.match(/^ {2}npx ffe .*$/gm) ?? [];
  assert.equal(commands.length, 4);
  assert.ok(commands.some((command) => command.startsWith('  npx ffe sql --storage data/demo "SELECT')));
  // The demo has a lake of its own.
  assert.ok(existsSync(folder.at("data/demo/bronze")) && !existsSync(folder.at("data/delta_lake")));
  const [name = ""] = readdirSync(folder.at("data/demo/dlq"));
  assert.match(name, /^dlq_\d{4}-\d{2}-\d{2}T\d{2}-\d{2}-\d{2}_[0-9a-f]{8}\.json$/);
  z.object({
    timestamp: z.string(),
    error: z.string(),
    context: z.object({ asset_pair: z.string(), timeframe: z.string(), provider: z.literal("demo") }),
    records: z.array(z.object({ date: z.string(), reason: z.string(), raw: z.unknown() })).min(1),
  }).parse(JSON.parse(readFileSync(folder.at("data/demo/dlq", name), "utf8")));

  const second = await quickstart(folder, "--json");
  const again = documentShape.parse(JSON.parse(second.stdout));
  assert.deepEqual(
    [again.rows_ingested, sumOf(again.records.map(({ added }) => added)), again.transform],
    [0, 0, null],
  );
  assert.equal(sumOf(again.backfills.map(({ series }) => series.length)), 12);
  assert.ok(again.records.every((one) => one.already_there > 0));
  assert.equal(again.trading_performance.length, 6);
});
