import assert from "node:assert/strict";
import { existsSync, readdirSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { after, test } from "node:test";

import { marketDataTable } from "../../src/tables/market-data.ts";
import { deadLetterRecords, marketRows, openWorkshop, sharedEngine } from "../batch/workshop.ts";
import { sampled } from "../sampled.ts";
import { TemporaryFolder } from "../temporary-folder.ts";
import { callFfe } from "./call-ffe.ts";
import { runFfe } from "./run-ffe.ts";
import type { Outcome } from "./run-ffe.ts";

after(() => sharedEngine.close());

const timeframes = ["1m", "5m", "1h"] as const;
const config = "providers:\n  demo:\n    seed: 7\n    dirty_rows: true\n";
const assets = "BTCUSD,ETHUSD";

function args(root: string): string[] {
  const series = ["--provider", "demo", "--assets", assets, "--timeframes", timeframes.join(",")];
  const range = ["--start", "2025-12-29", "--end", "2025-12-30"];
  return ["backfill", ...series, ...range, "--storage", root, "--config", `${root}.yaml`];
}

/** Sends the signal as soon as the run has made a file of this kind; says how the run ended. */
async function signalledAtFile(
  root: string,
  signal: NodeJS.Signals,
  kind: RegExp,
): Promise<Pick<Outcome, "exitCode" | "stderr">> {
  const files = (): string[] =>
    existsSync(root)
      ? readdirSync(root, { recursive: true, encoding: "utf8" }).filter((name) => kind.test(name))
      : [];
  const before = new Set(files());
  return runFfe(args(root), {
    cwd: dirname(root),
    killWhen: { signal, isDue: () => files().some((name) => !before.has(name)) },
  });
}

async function contents(root: string): Promise<unknown> {
  const { lake, deadLetters } = openWorkshop({ root });
  return {
    tables: await Promise.all(timeframes.map((timeframe) => marketRows(lake, marketDataTable(timeframe)))),
    deadLetters: await deadLetterRecords(deadLetters),
  };
}

function prepare(folder: TemporaryFolder, name: string): string {
  writeFileSync(folder.at(`${name}.yaml`), config);
  return folder.at(name);
}

for (const stop of sampled("how a backfill is stopped", ["SIGINT", "SIGTERM"] as const, 1)) {
  test(`a backfill that is killed again and again, and stopped by ${stop}, ends in the tables of a quiet run`, async () => {
    using folder = new TemporaryFolder();
    const quiet = prepare(folder, "quiet");
    const finished = await callFfe(args(quiet), { cwd: folder.path });
    assert.equal(finished.exitCode, 0, finished.stderr);
    const expected = await contents(quiet);
    const root = prepare(folder, "killed");
    // A signal that came when all was done would show nothing: each of them must find the run at work.
    for (const kind of [/^dlq\/.*\.json/, /\.parquet$/, /_delta_log\/\d+\.json$/]) {
      const killed = await signalledAtFile(root, "SIGKILL", kind);
      assert.equal(killed.exitCode, null, `SIGKILL at ${kind.source}: ${killed.stderr}`);
    }
    const stopped = await signalledAtFile(root, stop, /\.parquet$/);
    assert.match(stopped.stderr, /Stopping after the commit in flight/);
    const last = await callFfe(args(root), { cwd: folder.path });
    assert.equal(last.exitCode, 0, last.stderr);
    assert.deepEqual(await contents(root), expected);
  });
}

test("two backfills of the same range in two processes make no duplicates", async () => {
  using folder = new TemporaryFolder();
  const root = prepare(folder, "both");
  const outcomes = await Promise.all([1, 2].map(() => runFfe(args(root), { cwd: folder.path })));
  for (const outcome of outcomes) assert.equal(outcome.exitCode, 0, outcome.stderr);
  const { lake } = openWorkshop({ root });
  for (const timeframe of timeframes) {
    const rows = await marketRows(lake, marketDataTable(timeframe));
    assert.equal(
      new Set(rows.map((row) => `${String(row["asset_pair"])} ${String(row["timestamp"])}`)).size,
      rows.length,
    );
    assert.ok(rows.length > 0);
  }
});
