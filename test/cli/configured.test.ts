import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { spawnSync } from "node:child_process";
import { after, test } from "node:test";
import * as z from "zod";

import { TemporaryFolder } from "../temporary-folder.ts";
import { callFfe } from "./call-ffe.ts";
import { jsonOf } from "./run-ffe.ts";
import type { Outcome } from "./run-ffe.ts";

const folder = new TemporaryFolder();
const series = z.array(z.object({ asset_pair: z.string(), timeframe: z.string(), status: z.string() }));

function ffe(...args: readonly string[]): Promise<Outcome> {
  return callFfe(args, { cwd: folder.path });
}

after(() => {
  folder[Symbol.dispose]();
});

test("with assets in the configuration, backfill, validate --all and freshness need no flag", async () => {
  const nothing = await ffe("backfill");
  assert.equal(nothing.exitCode, 2);
  assert.match(nothing.stderr, /--assets BTCUSD,ETHUSD, or ingestion\.assets.*\nSee ffe backfill --help/);

  assert.equal((await ffe("config", "init")).exitCode, 0);
  const again = await ffe("config", "init");
  assert.deepEqual([again.exitCode, /exists already: --force/.test(again.stderr)], [2, true]);
  const path = folder.at("config/config.yaml");
  const text = readFileSync(path, "utf8")
    .replace("assets: []", "assets: [BTCUSD, ETHUSD]")
    .replace("timeframes: [1m, 5m, 15m, 1h, 4h, 1d]", "timeframes: [1d, 4h]")
    .replace("default: auto", "default: demo")
    .replace("# start: 2024-01-01 #", "start: 2026-01-01 #");
  writeFileSync(path, text);

  const backfill = await ffe("backfill", "--json");
  assert.equal(backfill.exitCode, 0, backfill.stderr);
  const stored = await ffe(
    "sql",
    "SELECT min(timestamp) AS first, count(DISTINCT asset_pair) AS assets FROM raw_market_data_1d",
    "--json",
  );
  assert.deepEqual(jsonOf(stored), [{ first: "2026-01-01T00:00:00Z", assets: 2 }]);
  const validated = z
    .array(z.object({ success: z.boolean() }))
    .parse(jsonOf(await ffe("validate", "--all", "--json")));
  assert.deepEqual(validated, [{ success: true }, { success: true }]);
  assert.equal((await ffe("validate")).exitCode, 2);

  const fresh = await ffe("freshness", "--json");
  assert.deepEqual([fresh.exitCode, series.parse(jsonOf(fresh)).length], [0, 4], fresh.stdout);
  const missing = await ffe("freshness", "--json", "--assets", "BTCUSD,SOLUSD", "--timeframes", "1d");
  assert.equal(missing.exitCode, 1);
  assert.deepEqual(
    series.parse(jsonOf(missing)).map((one) => [one.asset_pair, one.status]),
    [
      ["BTCUSD", "fresh"],
      ["SOLUSD", "missing"],
    ],
  );
});

test("config show says what is in force, and check what cannot be used", async () => {
  using empty = new TemporaryFolder();
  const shown = z
    .object({ file: z.string().nullable(), config: z.object({ state: z.object({ path: z.string() }) }) })
    .parse(jsonOf(await callFfe(["config", "show", "--json"], { cwd: empty.path })));
  assert.deepEqual(shown, { file: null, config: { state: { path: "data/state" } } });
  writeFileSync(folder.at("bad.yaml"), "data_quality:\n  suite: nowhere.yaml\n");
  const checked = await ffe("config", "check", "--config", "bad.yaml");
  assert.equal(checked.exitCode, 2);
  assert.match(checked.stderr, /nowhere\.yaml.*does not exist/);
});

test("a mistake names the help of its own command, which says what is required", async () => {
  const mistake = await ffe("table", "read", "x", "--limt", "1");
  assert.deepEqual([mistake.exitCode, /\(see ffe table read --help/.test(mistake.stderr)], [2, true]);
  assert.match((await ffe("import", "--help")).stdout, /--timeframe <timeframe> +required: /);
});

test("dead letters are chosen by their error, under the name of the first description, too", async () => {
  const list = await ffe("dlq", "list", "--error", "schema_validation_failed", "--json");
  assert.deepEqual([jsonOf(list), list.exitCode], [[], 0]);
  const unknown = await ffe("dlq", "list", "--error", "bad_rows");
  assert.equal(unknown.exitCode, 2);
  assert.match(unknown.stderr, /row_checks_failed, expectations_failed/);
});

test("bash completes commands, options and choices", async () => {
  const script = (await ffe("completion", "bash")).stdout;
  const ask = `${script}
    for words in "ffe tab" "ffe table rest" "ffe sql --format nd" "ffe config in"; do
      COMP_WORDS=($words); COMP_CWORD=$((\${#COMP_WORDS[@]} - 1)); _ffe; echo "\${COMPREPLY[@]}"
    done`;
  const answer = spawnSync("bash", ["-c", ask], { encoding: "utf8" });
  assert.equal(answer.stdout, "table\nrestore\nndjson\ninit\n");
  assert.equal((await ffe("completion", "cmd")).exitCode, 2);
});
