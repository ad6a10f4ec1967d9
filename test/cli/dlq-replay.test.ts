// One dead letter that cannot be replayed does not keep the others in the queue.
import assert from "node:assert/strict";
import { readdirSync, writeFileSync } from "node:fs";
import { test } from "node:test";

import { DeadLetterQueue } from "../../src/dead-letters/dead-letter-queue.ts";
import { TemporaryFolder } from "../temporary-folder.ts";
import { callFfe } from "./call-ffe.ts";

const bar = {
  open: "1",
  high: "2",
  low: "1",
  close: "2",
  volume: "5",
  reason: "high < low",
  sourceFile: "a",
};

test("replay goes on behind files that nothing takes back, that name nothing or that are damaged", async () => {
  using folder = new TemporaryFolder();
  const queue = new DeadLetterQueue(folder.at("lake/dlq"));
  const rows = [{ ...bar, openTimeMs: Date.UTC(2024, 0, 1), raw: {} }];
  const series = { asset_pair: "BTCUSD", timeframe: "1d", provider: "coinbase" };
  await queue.write({ ...series, timeframe: "3d" }, rows);
  await queue.write({ ...series, provider: "coinbsae" }, rows);
  await queue.writeRecords({ table: "nothing_of_ours", source: "somebody" }, [
    { reason: "odd", sourceFile: "a", row: {}, raw: null },
  ]);
  writeFileSync(folder.at("lake/dlq/dlq_2023-01-01T00-00-00_00000000.json"), "{ half");
  // Of all files the last one.
  await queue.write(series, [{ ...bar, openTimeMs: Date.UTC(2025, 0, 1), raw: {} }]);

  const replay = (...more: readonly string[]): ReturnType<typeof callFfe> =>
    callFfe(["dlq", "replay", "--storage", "lake", ...more], { cwd: folder.path });
  const dry = await replay("--dry-run", "--json");
  assert.equal(dry.exitCode, 1);
  assert.partialDeepStrictEqual(JSON.parse(dry.stdout), { replayed: 1, failures: [{}, {}, {}, {}] });
  const { exitCode, stdout, stderr } = await replay();
  assert.equal(exitCode, 1);
  assert.match(stdout, /^1 row moved into Bronze, 0 there already, 0 still rejected/);
  for (const why of [/cannot be read/, /3d/, /Did you mean coinbase\?/, /rows of somebody have no way back/])
    assert.match(stderr, why);
  assert.equal(stderr.match(/^Error:/gm)?.length, 4, stderr);
  assert.equal(readdirSync(folder.at("lake/dlq")).length, 4);

  const list = await callFfe(["dlq", "list", "--storage", "lake"], { cwd: folder.path });
  assert.equal(list.exitCode, 1);
  assert.match(list.stdout, /^3 records in 3 files/);
  const purge = await callFfe(["dlq", "purge", "--all", "--storage", "lake"], { cwd: folder.path });
  assert.equal(purge.exitCode, 2);
  assert.equal(readdirSync(folder.at("lake/dlq")).length, 4);
});
