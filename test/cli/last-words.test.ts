// What a command says last, where, and in which form: errors behind everything else, on stderr.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync, readFileSync, writeFileSync } from "node:fs";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";
import * as z from "zod";

import { demoSource } from "../stand-in/candle-source.ts";
import { startStandIn } from "../stand-in/server.ts";
import { TemporaryFolder } from "../temporary-folder.ts";
import { callFfe } from "./call-ffe.ts";
import { userEnvironment } from "./user-environment.ts";

const folder = new TemporaryFolder();
const bin = fileURLToPath(new URL("../../bin/ffe.js", import.meta.url));
const bars = ["1h", "4h"].map((timeframe) => {
  const file = folder.at(`BTCUSD-${timeframe}.csv`);
  writeFileSync(file, "timestamp,open,high,low,close,volume\n2026-01-01T00:00:00Z,1,2,1,2,5\n");
  return { timeframe, file };
});

after(() => {
  folder[Symbol.dispose]();
});

/** Runs the command with both streams into one file, as on a terminal. */
async function together(
  args: readonly string[],
  stdout?: string,
): Promise<{ code: number | null; text: string }> {
  const path = folder.at("together.txt");
  const all = openSync(path, "w");
  const out = stdout === undefined ? all : openSync(stdout, "w");
  const child = spawn(process.execPath, [bin, ...args], {
    cwd: folder.path,
    env: { ...userEnvironment() },
    stdio: ["ignore", out, all],
  });
  const [code] = z
    .tuple([z.number().nullable()])
    .rest(z.unknown())
    .parse(await once(child, "exit"));
  for (const descriptor of new Set([all, out])) closeSync(descriptor);
  return { code, text: readFileSync(path, "utf8") };
}

test("validate --all begins with a line for each table and ends with those that fail", async () => {
  for (const { timeframe, file } of bars) {
    const imported = await callFfe(
      ["import", file, "--timeframe", timeframe, "--asset", "BTCUSD", "--provider", "mine"],
      {
        cwd: folder.path,
      },
    );
    assert.equal(imported.exitCode, 0, imported.stderr);
  }
  const suite = {
    name: "late",
    expectations: [{ type: "expect_bars_to_be_fresh", kwargs: { timeframe: "4h", max_lag_seconds: 1 } }],
  };
  writeFileSync(folder.at("late.json"), JSON.stringify(suite));
  const one = await together(["validate", "raw_market_data_4h", "--suite", "late.json", "--no-store"]);
  assert.equal(one.code, 1);
  assert.match(
    one.text,
    /against late: 0 of 1 expectation hold\nError: raw_market_data_4h breaks critical expectations of late:\n {2}raw_market_data_4h: expect_bars_to_be_fresh.*\n$/,
  );
  const broken = {
    name: "few",
    expectations: [{ type: "expect_table_row_count_to_be_between", kwargs: { max_value: 0 } }],
  };
  writeFileSync(folder.at("few.json"), JSON.stringify(broken));
  const all = await together(["validate", "--all", "--suite", "few.json", "--no-store"]);
  assert.match(all.text, /^ +table +version/);
  assert.match(
    all.text,
    /Error: 2 of 2 tables break critical expectations of few:\n {2}raw_market_data_1h: expect_table_row.*\n {2}raw_market_data_4h: .*\n$/,
  );
});

test("the error of a backfill stands behind the gates that are open", async () => {
  const now = Date.UTC(2026, 1, 1);
  const standIn = await startStandIn({ series: demoSource(3, ["BTCUSD", "ETHUSD"]), now: () => now });
  standIn.intercept = ({ url }) =>
    url.pathname.includes("ETH") ? { kind: "answer", status: 403, body: "no" } : undefined;
  try {
    writeFileSync(folder.at("half.yaml"), `providers: { coinbase: { base_url: "${standIn.url}" } }\n`);
    const range = ["--start", "2026-01-01", "--end", "2026-01-02", "--timeframes", "1h"];
    const call = [
      "backfill",
      "--config",
      "half.yaml",
      "--storage",
      "half",
      "--provider",
      "coinbase",
      ...range,
    ];
    const { text } = await together([...call, "--assets", "ETHUSD,BTCUSD"]);
    assert.match(
      text,
      /expectations of market_data_quality hold\n(?:.*\n)*Error: Coinbase answered with status 403/,
    );
    assert.doesNotMatch(text, /Error(?:.*\n)*.*quality hold/);
    const { text: json } = await together([...call, "--assets", "ETHUSD", "--log-format", "json"]);
    const last = json.trimEnd().split("\n").at(-1) ?? "";
    const said = z.object({ event: z.string(), message: z.string() }).parse(JSON.parse(last));
    assert.equal(said.event, "error");
    assert.match(said.message, /status 403/);
  } finally {
    await standIn.close();
  }
});

test("an error before the work is a line of JSON, too, where progress is", async () => {
  const outcome = await callFfe(["validate", "nothing", "--log-format", "json"], { cwd: folder.path });
  const said = z.object({ event: z.string(), code: z.string() }).parse(JSON.parse(outcome.stderr));
  assert.deepEqual(said, { event: "error", code: "INVALID_TABLE_NAME" });
});

test("a full disk behind stdout is one clear error", async () => {
  for (const args of [["sql", "SELECT 1"], ["sql", "SELECT 1", "--json"], ["--help"]]) {
    const { code, text } = await together(args, "/dev/full");
    assert.equal(code, 1, text);
    assert.match(
      text,
      /^Error: Cannot write to stdout: no space is left[^\n]*\(ENOSPC\)[^\n]*\n(?:Make room[^\n]*\n)?$/,
    );
  }
});
