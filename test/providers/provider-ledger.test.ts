import assert from "node:assert/strict";
import { closeSync, existsSync, fstatSync, openSync, writeFileSync, writeSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { test } from "node:test";

import { MemoryLedger } from "../../src/providers/provider-ledger.ts";
import type { ProviderLedger } from "../../src/providers/provider-ledger.ts";
import { SqliteLedger } from "../../src/providers/sqlite-ledger.ts";
import { TemporaryFolder } from "../temporary-folder.ts";

const health = {
  state: "open",
  failure_count: 10,
  last_failure: "it is down",
  last_failure_at: "2026-01-08T12:00:00Z",
  last_success_at: null,
  at_ms: 1,
} as const;

function behaves(ledger: ProviderLedger): void {
  assert.deepEqual([ledger.usedOn("a", "2026-01-08"), ledger.healthOf("a")], [0, undefined]);
  for (let times = 0; times < 3; times += 1) assert.equal(ledger.spend("a", "2026-01-08", 3), true);
  assert.equal(ledger.spend("a", "2026-01-08", 3), false, "the quota is used up");
  assert.equal(ledger.usedOn("a", "2026-01-08"), 3);
  assert.equal(ledger.spend("a", "2026-01-09", 3), true, "another day");
  assert.equal(ledger.spend("b", "2026-01-08", 3), true, "another host");
  ledger.exhaust("b", "2026-01-08", 25);
  assert.equal(ledger.usedOn("b", "2026-01-08"), 25);
  ledger.exhaust("b", "2026-01-08", 3);
  assert.equal(ledger.usedOn("b", "2026-01-08"), 25, "what was counted stays");
  ledger.note("a", health);
  assert.deepEqual(ledger.healthOf("a"), health);
}

const refuse = (message: string): void => assert.fail(message);

test("a ledger in memory counts and remembers", () => {
  behaves(new MemoryLedger());
});

test("a ledger in a file counts and remembers, also for the next process and beside another one", () => {
  using folder = new TemporaryFolder();
  const ledger = new SqliteLedger(folder.at("state"), refuse);
  behaves(ledger);
  const other = new SqliteLedger(folder.at("state"), refuse);
  assert.equal(other.usedOn("a", "2026-01-08"), 3);
  for (let times = 0; times < 10; times += 1) {
    ledger.spend("c", "2026-01-08", 15);
    other.spend("c", "2026-01-08", 15);
  }
  assert.equal(other.usedOn("c", "2026-01-08"), 15);
  ledger.close();
  other.close();
});

test("looking makes no file", () => {
  using folder = new TemporaryFolder();
  const ledger = new SqliteLedger(folder.at("state"), refuse);
  assert.deepEqual([ledger.usedOn("a", "2026-01-08"), ledger.healthOf("a")], [0, undefined]);
  assert.equal(existsSync(folder.at("state")), false);
});

test("a damaged file is put aside and begun anew, and somebody is told", () => {
  using folder = new TemporaryFolder();
  writeFileSync(
    folder.at("providers.db"),
    "this is no database, but it is long enough to be taken for one".repeat(100),
  );
  const told: string[] = [];
  const ledger = new SqliteLedger(folder.path, (message) => told.push(message));
  behaves(ledger);
  ledger.close();
  assert.match(told.join(), /providers\.db is damaged/);
  assert.ok(existsSync(folder.at("providers.db.damaged")));
});

test("where nothing can be written it remembers for the process, and says so once", () => {
  using folder = new TemporaryFolder();
  writeFileSync(folder.at("file"), "");
  const told: string[] = [];
  const ledger = new SqliteLedger(folder.at("file/state"), (message) => told.push(message));
  behaves(ledger);
  assert.equal(told.length, 1);
  assert.match(told.join(), /not remembered from run to run/);
});

test("a file that breaks while it is in use is put aside, and nobody fails for it", () => {
  using folder = new TemporaryFolder();
  const told: string[] = [];
  const ledger = new SqliteLedger(folder.path, (message) => told.push(message));
  ledger.spend("z", "2026-01-08", 3);
  // Another process's write makes ours read the pages again.
  const other = new DatabaseSync(folder.at("providers.db"));
  other.exec("UPDATE quota SET used = 2; PRAGMA wal_checkpoint(TRUNCATE)");
  other.close();
  const file = openSync(folder.at("providers.db"), "r+");
  const { size } = fstatSync(file);
  writeSync(file, Buffer.alloc(size - 4096, "x"), 0, size - 4096, 4096);
  closeSync(file);
  behaves(ledger);
  ledger.close();
  assert.match(told.join(), /providers\.db is damaged/);
});

test("a table that is gone while it is in use leaves the memory of the process", () => {
  using folder = new TemporaryFolder();
  const told: string[] = [];
  const ledger = new SqliteLedger(folder.path, (message) => told.push(message));
  ledger.spend("z", "2026-01-08", 3);
  using database = new DatabaseSync(folder.at("providers.db"));
  database.exec("DROP TABLE quota; DROP TABLE health; DROP TABLE turns");
  behaves(ledger);
  assert.match(told.join(), /not remembered from run to run/);
  assert.equal(told.length, 1);
});

test("two processes take turns at one rate, and a clock that was set back keeps nobody waiting", () => {
  using folder = new TemporaryFolder();
  const [mine, its] = [new SqliteLedger(folder.path, refuse), new SqliteLedger(folder.path, refuse)];
  for (const [index, ledger] of [mine, its, mine, its].entries())
    assert.equal(ledger.tokenScheduleOf("a").reserve(1000, 100, 10_000), 1100 + index * 100);
  assert.equal(its.tokenScheduleOf("b").reserve(1000, 100, 10_000), 1100, "another host");
  assert.equal(its.tokenScheduleOf("a").reserve(5000, 100, 10_000), 5100, "a pause is no credit");
  assert.equal(mine.tokenScheduleOf("a").reserve(10, 100, 500), 600);
  mine.close();
  its.close();
});
