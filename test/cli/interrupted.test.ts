import assert from "node:assert/strict";
import { once } from "node:events";
import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { test } from "node:test";

import { TemporaryFolder } from "../temporary-folder.ts";
import { runFfe } from "./run-ffe.ts";
import type { Outcome } from "./run-ffe.ts";

/** Writes a file that has no end, and sends the signal when something of it is there. */
async function interrupted(folder: TemporaryFolder, signal: NodeJS.Signals): Promise<Outcome> {
  const endless = "SELECT range AS n FROM range(1000000000000)";
  return runFfe(["sql", endless, "--output", "out.csv"], {
    cwd: folder.path,
    onStart: (kill) => {
      const watch = setInterval(() => {
        if (!readdirSync(folder.path).some((name) => name.endsWith(".part"))) return;
        clearInterval(watch);
        kill(signal);
      }, 20);
    },
  });
}

test("Ctrl-C ends a command with 130 and leaves nothing of what it wrote", async () => {
  using folder = new TemporaryFolder();
  assert.equal((await interrupted(folder, "SIGINT")).exitCode, 130);
  assert.deepEqual(readdirSync(folder.path), []);
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
