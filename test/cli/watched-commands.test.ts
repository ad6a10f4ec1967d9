// Commands that take long tell of it in the same way, whichever they are.
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { test } from "node:test";

import { TemporaryFolder } from "../temporary-folder.ts";
import { callFfe } from "./call-ffe.ts";
import { runFfe } from "./run-ffe.ts";

const bars = (day: string): string =>
  Array.from({ length: 24 }, (_, hour) => `${day} ${String(hour).padStart(2, "0")}:00,1,2,1,1,5`).join("\n");

test("a repair says what it waits for, as text or as JSON, and nothing of it when it is to be quiet", async () => {
  using folder = new TemporaryFolder();
  writeFileSync(
    folder.at("bars.csv"),
    `time,open,high,low,close,volume\n${bars("2024-01-01")}\n${bars("2024-03-01")}\n`,
  );
  writeFileSync(
    folder.at("down.yaml"),
    'providers: { coinbase: { base_url: "http://127.0.0.1:1" } }\nretry: { patience: 1s }\n',
  );
  const options = { cwd: folder.path };
  const file = ["import", "bars.csv", "--asset", "BTCUSD", "--timeframe", "1h", "--provider", "coinbase"];
  assert.equal((await callFfe([...file, "--log-format", "json"], options)).exitCode, 0);
  const repair = ["gaps", "--repair", "--config", "down.yaml"];
  const [text, json, quiet] = await Promise.all(
    [[], ["--log-format", "json"], ["--quiet"]].map((flags) => runFfe([...repair, ...flags], options)),
  );
  const waiting = /cannot be reached.*Waiting 1s for it.*retry\.patience/;
  assert.match(text?.stderr ?? "", waiting);
  const [line = ""] = json?.stderr.split("\n") ?? [];
  assert.partialDeepStrictEqual(JSON.parse(line), { event: "waiting" });
  assert.match(line, waiting);
  assert.doesNotMatch(quiet?.stderr ?? "", /Waiting/);
  for (const outcome of [text, json, quiet]) {
    assert.equal(outcome?.exitCode, 1);
    assert.match(outcome?.stderr ?? "", /Error: Coinbase at 127\.0\.0\.1:1 cannot be reached/);
  }
});

test("all that may take long have the same two flags", async () => {
  const ofTables =
    "read changes delete update optimize vacuum restore checkpoint clean-up-log repair convert add-constraint";
  const commands = [
    ...[
      "quickstart",
      "backfill",
      "import",
      "stream",
      "gaps",
      "freshness",
      "validate",
      "data-docs",
      "sql",
    ].map((name) => [name]),
    ["dlq", "replay"],
    ...ofTables.split(" ").map((name) => ["table", name]),
  ];
  for (const command of commands) {
    const { stdout } = await callFfe([...command, "--help"], { cwd: process.cwd() });
    assert.match(stdout, /--log-format <format>.*--quiet/s, command.join(" "));
  }
});
