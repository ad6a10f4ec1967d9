import assert from "node:assert/strict";
import { test } from "node:test";
import { DeltaTable, field, structType } from "finance-feedback-delta";

import { TemporaryFolder } from "../temporary-folder.ts";
import { callFfe } from "./call-ffe.ts";
import { jsonOf } from "./run-ffe.ts";
import type { Outcome } from "./run-ffe.ts";

/** A lakehouse with one table of three files, of ids 1 to 3. */
async function withTable(
  work: (ffe: (...args: readonly string[]) => Promise<Outcome>) => Promise<void>,
  properties: Readonly<Record<string, string>> = {},
): Promise<void> {
  using folder = new TemporaryFolder();
  const table = await DeltaTable.create(`${folder.path}/lake/silver/trades`, {
    schema: structType([field("id", "long"), field("price", "decimal(18,8)")]),
    properties,
  });
  for (const id of [1, 2, 3]) await table.append({ rows: [{ id, price: id }] });
  await table.engine.close();
  await work((...args) => callFfe(["table", ...args, "--storage", "lake"], { cwd: folder.path }));
}

function metricsOf(outcome: Outcome): unknown {
  assert.equal(outcome.exitCode, 0, outcome.stderr);
  const json = jsonOf(outcome);
  assert.ok(typeof json === "object" && json !== null && "metrics" in json);
  return json.metrics;
}

function metric(outcome: Outcome, name: string): unknown {
  const metrics = metricsOf(outcome);
  assert.ok(typeof metrics === "object" && metrics !== null);
  return new Map<string, unknown>(Object.entries(metrics)).get(name);
}

test("optimize joins files once, a dry run none", () =>
  withTable(async (ffe) => {
    assert.equal(metric(await ffe("optimize", "trades", "--dry-run", "--json"), "numRemovedFiles"), 3);
    assert.equal(metric(await ffe("optimize", "trades", "--json"), "numAddedFiles"), 1);
    assert.match((await ffe("optimize", "trades")).stdout, /Nothing to do: the table stays at version 4/);
    assert.equal(metric(await ffe("optimize", "trades", "--zorder", "price", "--json"), "numAddedFiles"), 1);
  }));

test("vacuum keeps to the retention unless forced, and restore brings back what is left", () =>
  withTable(async (ffe) => {
    await ffe("optimize", "trades");
    const short = await ffe("vacuum", "trades", "--retention-hours", "0");
    assert.equal(short.exitCode, 1);
    assert.match(short.stderr, /--force allows it/);
    const restored = await ffe("restore", "trades", "--version", "1");
    assert.match(restored.stdout, /Table restored: version 5/);
    assert.equal((await ffe("restore", "trades")).exitCode, 2);
    const doomed = await ffe("vacuum", "trades", "--retention-hours", "0", "--force", "--dry-run", "--json");
    assert.equal(metric(doomed, "numFilesToDelete"), 3);
    const gone = await ffe("vacuum", "trades", "--retention-hours", "0", "--force", "--json");
    assert.equal(metric(gone, "numDeletedFiles"), 3);
    assert.match((await ffe("read", "trades")).stdout, /1 row/);
  }));

test("delete and update say how many rows they changed, and delete wants to be told which", () =>
  withTable(async (ffe) => {
    assert.equal((await ffe("delete", "trades")).exitCode, 2);
    assert.equal((await ffe("delete", "trades", "--where", "no such (", "--json")).exitCode, 2);
    assert.equal(metric(await ffe("delete", "trades", "--where", "id = 1", "--json"), "numDeletedRows"), 1);
    const updated = await ffe("update", "trades", "--set", "price=price * 2", "--where", "id = 2", "--json");
    assert.equal(metric(updated, "numUpdatedRows"), 1);
    assert.match((await ffe("read", "trades", "--where", "id = 2")).stdout, /4\.00000000/);
    assert.equal(metric(await ffe("delete", "trades", "--all", "--json"), "numDeletedRows"), 2);
  }));

test("columns, properties and constraints come and go", () =>
  withTable(async (ffe) => {
    const commands = [
      ["set-properties", "trades", "delta.columnMapping.mode=name", "delta.enableChangeDataFeed=true"],
      ["add-columns", "trades", "note:string", "fee:decimal(18,8)"],
      ["rename-column", "trades", "note", "the note"],
      ["drop-columns", "trades", "fee"],
      ["add-constraint", "trades", "positive", "price > 0"],
      ["update", "trades", "--set", "the note='x'"],
      ["drop-constraint", "trades", "positive"],
      ["unset-properties", "trades", "delta.enableChangeDataFeed"],
      ["checkpoint", "trades"],
      ["clean-up-log", "trades", "--dry-run"],
      ["repair", "trades"],
    ];
    for (const command of commands) {
      const outcome = await ffe(...command);
      assert.equal(outcome.exitCode, 0, `${command.join(" ")}: ${outcome.stderr}`);
    }
    const shown = await ffe("describe", "trades");
    assert.match(shown.stdout, /the note\s+string/);
    assert.doesNotMatch(shown.stdout, /fee/);
    const changes = await ffe("changes", "trades", "--from", "9", "--to", "9", "--json");
    const rows = jsonOf(changes);
    assert.ok(Array.isArray(rows));
    assert.equal(rows.length, 6);
    const without = await ffe("changes", "trades", "--from", "0");
    assert.equal(without.exitCode, 1);
    assert.match(without.stderr, /set-properties NAME delta.enableChangeDataFeed=true/);
    assert.equal((await ffe("set-properties", "trades", "nonsense")).exitCode, 2);
    assert.equal((await ffe("add-columns", "trades", "x:money")).exitCode, 2);
  }));
