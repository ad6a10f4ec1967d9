import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { after, test } from "node:test";

import { marketDataTable } from "../../src/storage/table-names.ts";
import { deadLetterRecords, marketRows, openWorkshop, sharedEngine } from "../batch/workshop.ts";
import { TemporaryFolder } from "../temporary-folder.ts";
import { runFfe } from "./run-ffe.ts";

after(() => sharedEngine.close());

const timeframes = ["1m", "1h"] as const;
const config = "providers:\n  demo:\n    seed: 7\n    dirty_rows: true\n";

function args(root: string): string[] {
  return [
    "backfill",
    "--provider",
    "demo",
    "--assets",
    "BTCUSD,ETHUSD",
    "--timeframes",
    timeframes.join(","),
    "--start",
    "2025-11-01",
    "--end",
    "2026-01-01",
    "--storage",
    root,
    "--config",
    `${root}.yaml`,
  ];
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

test("a backfill that is killed again and again, and stopped by Ctrl-C, ends in the tables of a quiet run", async () => {
  using folder = new TemporaryFolder();
  const quiet = prepare(folder, "quiet");
  const finished = await runFfe(args(quiet), { cwd: folder.path });
  assert.equal(finished.exitCode, 0, finished.stderr);
  const expected = await contents(quiet);
  const root = prepare(folder, "killed");
  for (const [signal, afterMs] of [
    ["SIGKILL", 150],
    ["SIGINT", 250],
    ["SIGKILL", 350],
    ["SIGKILL", 450],
    ["SIGTERM", 550],
    ["SIGKILL", 700],
  ] as const) {
    await runFfe(args(root), {
      cwd: folder.path,
      onStart: (kill) => {
        setTimeout(kill, afterMs, signal);
      },
    });
  }
  const last = await runFfe(args(root), { cwd: folder.path });
  assert.equal(last.exitCode, 0, last.stderr);
  assert.deepEqual(await contents(root), expected);
});

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
