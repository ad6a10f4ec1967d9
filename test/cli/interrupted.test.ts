import assert from "node:assert/strict";
import { once } from "node:events";
import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { test } from "node:test";

import { TemporaryFolder } from "../temporary-folder.ts";
import { callFfe } from "./call-ffe.ts";
import { runFfe } from "./run-ffe.ts";
import type { Outcome } from "./run-ffe.ts";

/** Writes a file that has no end, and sends the signal when something of it is there. */
async function interrupted(folder: TemporaryFolder, signal: NodeJS.Signals): Promise<Outcome> {
  const endless = "SELECT range AS n FROM range(1000000000000)";
  return runFfe(["sql", endless, "--output", "out.csv"], {
    cwd: folder.path,
    killWhen: { signal, isDue: () => readdirSync(folder.path).some((name) => name.endsWith(".part")) },
  });
}

test("Ctrl-C ends a command with 130 and leaves nothing of what it wrote", async () => {
  using folder = new TemporaryFolder();
  assert.equal((await interrupted(folder, "SIGINT")).exitCode, 130);
  assert.deepEqual(readdirSync(folder.path), []);
});

/** A query that reads for years before its first row, over a table so that its plan is told. */
const endlessCount =
  "SELECT count(*) FROM raw_market_data_1h, range(1000000000000000) AS r(x) WHERE x % 7 = 3";

function withOneBar(folder: TemporaryFolder): void {
  writeFileSync(folder.at("bar.csv"), "time,open,high,low,close,volume\n2024-01-01T00:00:00Z,1,2,1,1,5\n");
}

const importOne = ["import", "bar.csv", "--asset", "BTCUSD", "--timeframe", "1h", "--provider", "coinbase"];

/** Runs the query, and sends the signals: one when it is planned, the next when that was answered. */
async function signalled(
  folder: TemporaryFolder,
  flags: readonly string[],
  signals: readonly NodeJS.Signals[],
): Promise<Outcome> {
  let sent = 0;
  return runFfe(["sql", endlessCount, ...flags], {
    cwd: folder.path,
    environment: { FFE_DEBUG: "scan" },
    onStderr: (text, kill) => {
      const due = text.includes("Stopping") ? 2 : text.includes("plan") ? 1 : 0;
      const signal = signals[sent];
      if (sent >= due || signal === undefined) return;
      sent += 1;
      kill(signal);
    },
  });
}

test("Ctrl-C interrupts a query that has no rows yet, and a second one ends at once", async () => {
  using folder = new TemporaryFolder();
  withOneBar(folder);
  assert.equal((await callFfe(importOne, { cwd: folder.path })).exitCode, 0);
  const before = readdirSync(folder.path);
  const text = await signalled(folder, [], ["SIGINT"]);
  assert.equal(text.exitCode, 130, text.stderr);
  assert.match(text.stderr, /Stopping; once more stops at once\.\n(?:.*\n)*Stopped at your request\.\n/);
  assert.doesNotMatch(text.stderr, /Error/);
  const json = await signalled(folder, ["--json"], ["SIGTERM"]);
  assert.equal(json.exitCode, 143, json.stderr);
  assert.partialDeepStrictEqual(JSON.parse(json.stdout), { error: { code: "INTERRUPTED" } });
  const file = await signalled(folder, ["--output", "out.parquet"], ["SIGINT"]);
  assert.equal(file.exitCode, 130, file.stderr);
  const twice = await signalled(folder, ["--output", "out.csv"], ["SIGINT", "SIGINT"]);
  // Where the first one was quick enough there was nothing left to end.
  assert.ok(twice.exitCode === null || twice.exitCode === 130, twice.stderr);
  assert.deepEqual(readdirSync(folder.path), before);
});

test("a kill leaves the file that was there before as it was", async () => {
  using folder = new TemporaryFolder();
  writeFileSync(folder.at("out.csv"), "old");
  await interrupted(folder, "SIGKILL");
  assert.equal(readFileSync(folder.at("out.csv"), "utf8"), "old");
});

test("Ctrl-C ends a backfill that waits for its provider with 130", async () => {
  using folder = new TemporaryFolder();
  let stop: ((signal: NodeJS.Signals) => void) | undefined;
  // Takes questions and never answers.
  const silent = createServer((socket) => {
    socket.on("error", () => {});
    stop?.("SIGINT");
  });
  silent.listen(0, "127.0.0.1");
  await once(silent, "listening");
  const address = silent.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  writeFileSync(folder.at("c.yaml"), `providers: { coinbase: { base_url: "http://127.0.0.1:${port}" } }\n`);
  const flags = ["--assets", "BTCUSD", "--timeframes", "1h", "--days", "2", "--provider", "coinbase"];
  const outcome = await runFfe(["backfill", ...flags, "--config", "c.yaml"], {
    cwd: folder.path,
    onStart: (kill) => {
      stop = kill;
    },
  });
  silent.close();
  assert.equal(outcome.exitCode, 130, outcome.stderr);
  assert.match(outcome.stderr, /Stopped at your request/);
});

test("Ctrl-C in an import says what is committed, and the same command goes on", async () => {
  using folder = new TemporaryFolder();
  const files = Array.from({ length: 40 }, (_, index) => `${index}.csv`);
  for (const [index, file] of files.entries()) {
    const time = new Date(Date.UTC(2024, 0, 1, index)).toISOString();
    writeFileSync(folder.at(file), `time,open,high,low,close,volume\n${time},1,2,1,1,5\n`);
  }
  const call = ["import", ...files, ...importOne.slice(2), "--no-validate"];
  let isSent = false;
  const stopped = await runFfe(call, {
    cwd: folder.path,
    environment: { FFE_DEBUG: "delta" },
    onStderr: (text, kill) => {
      if (isSent || !text.includes("commit")) return;
      isSent = true;
      kill("SIGINT");
    },
  });
  assert.equal(stopped.exitCode, 130, stopped.stderr);
  assert.match(
    stopped.stderr,
    /Stopped at your request\. The rows that came before are committed and stay: \d+ of BTCUSD\. The same command goes on/,
  );
  assert.doesNotMatch(stopped.stderr, /Error/);
  const again = await callFfe([...call, "--json"], { cwd: folder.path });
  assert.equal(again.exitCode, 0, again.stderr);
});
