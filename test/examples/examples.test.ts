// The programs of examples/, each as it stands there, with what it prints.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { promisify } from "node:util";

import { TemporaryFolder } from "../temporary-folder.ts";

const run = promisify(execFile);
const examples = join(import.meta.dirname, "../../examples");
const fromSource = join(import.meta.dirname, "from-source.mjs");

const printed: Readonly<Record<string, readonly string[]>> = {
  "first-table.ts": [
    "2026-01-08 BTC 42500.50",
    "2026-01-08 ETH 3000.00",
    "2026-01-09 BTC 42000.00",
    "ETH before the update: 3100.00",
    "version 2: UPDATE",
    "version 1: WRITE",
    "version 0: CREATE TABLE",
  ],
  "backfill-and-query.ts": [
    "BTCUSD: 168 bars",
    "ETHUSD: 168 bars",
    "BTCUSD again: 0 bars",
    "BTCUSD 2026-01-06 24 true",
    "BTCUSD 2026-01-07 24 true",
    "ETHUSD 2026-01-06 24 true",
    "ETHUSD 2026-01-07 24 true",
  ],
  "own-gate.ts": [
    "The gate is closed.",
    "  critical: expect_column_values_to_be_between: 1 row",
    "  warning: expect_column_values_to_not_be_null: 1 row",
    "The gate is open.",
    "  warning: expect_column_values_to_not_be_null: 1 row",
  ],
  "time-travel-and-known-at.ts": [
    "all versions of the bars: 101, 102, 104",
    "version 0 of the table: 101, 102",
    "known on the 8th: 101, 102",
    "known on the 10th: 101, 104",
  ],
  "import-own-columns.ts": [
    "2 bars stored, 1 rejected",
    '"2026-01-08T12:00:00.000Z" 102.25000000',
    '"2026-01-08T14:00:00.000Z" 104.00000000',
    'high < low {"time":"08.01.2026 14:00","open":"102.25","high":"101","low":"104","close":"103","volume":"7"}',
  ],
};

for (const [name, lines] of Object.entries(printed))
  test(`examples/${name} prints what it should`, async () => {
    using folder = new TemporaryFolder();
    const { stdout } = await run(process.execPath, ["--import", fromSource, join(examples, name)], {
      cwd: folder.path,
      env: { ...process.env, TMPDIR: folder.path, NO_COLOR: "1" },
    });
    assert.deepEqual(stdout.trim().split("\n"), lines);
    // Beside what they keep in a folder of their own, they leave nothing where they are run.
    assert.equal(readdirSync(folder.path).filter((entry) => entry === "data").length, 0);
  });

test("every example is run here, stays short, and is in the README", () => {
  const readme = readFileSync(join(examples, "README.md"), "utf8");
  const names = readdirSync(examples).filter((name) => name.endsWith(".ts"));
  assert.deepEqual(names.toSorted(), Object.keys(printed).toSorted());
  for (const name of names) {
    assert.ok(readFileSync(join(examples, name), "utf8").trim().split("\n").length <= 40, name);
    assert.ok(readme.includes(`](${name})`), name);
  }
});
