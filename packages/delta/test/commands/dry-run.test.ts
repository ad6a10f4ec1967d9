import assert from "node:assert/strict";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import type { TestContext } from "node:test";

import { DeltaTable, field, LocalStore } from "../../src/index.ts";
import type { CommandResult, ObjectStore, StagingArea } from "../../src/index.ts";
import { DelegatingStore } from "../support/delegating-store.ts";
import { contentsOf, pick, rowsOf } from "../support/table-contents.ts";
import { columns, engine, filesOf, memoryStore, rejects, temporaryFolder } from "../support/tables.ts";

const on = "target.id = source.id";
const dryRun = true;

interface Command {
  readonly name: string;
  run(table: DeltaTable, options: { readonly dryRun?: boolean }): Promise<CommandResult>;
  /** Metrics that a dry run and the real one have to agree on. */
  readonly metrics?: readonly string[];
}

const replacement = [{ id: 9, v: "z", p: "a" }];

const commands: readonly Command[] = [
  {
    name: "append",
    run: (table, options) => table.append({ rows: replacement }, options),
    metrics: ["numFiles", "numOutputRows"],
  },
  {
    name: "delete of all",
    run: (table, options) => table.delete(options),
    metrics: ["numDeletedRows", "numRemovedFiles"],
  },
  {
    name: "delete of some",
    run: (table, options) => table.delete({ where: "id = 1", ...options }),
    metrics: ["numDeletedRows"],
  },
  {
    name: "update",
    run: (table, options) => table.update({ set: { v: "'z'" }, where: "id < 3", ...options }),
    metrics: ["numUpdatedRows"],
  },
  {
    name: "merge",
    run: (table, options) =>
      table
        .merge({ source: { rows: [{ id: 1, v: "z", p: "a" }, ...replacement] }, on })
        .whenMatchedDelete()
        .whenNotMatchedInsertAll()
        .whenNotMatchedBySourceUpdate({ set: { v: "'left'" } })
        .execute(options),
    metrics: ["numSourceRows", "numTargetRowsInserted", "numTargetRowsUpdated", "numTargetRowsDeleted"],
  },
  {
    name: "overwrite of all",
    run: (table, options) => table.overwrite({ rows: [...replacement, { id: 10, p: "new" }] }, options),
    metrics: ["numFiles", "numOutputRows", "numRemovedFiles", "numRemovedBytes"],
  },
  {
    name: "overwrite by a predicate",
    run: (table, options) => table.overwrite({ rows: replacement }, { where: "p = 'a'", ...options }),
    metrics: ["numOutputRows", "numDeletedRows"],
  },
  {
    name: "overwrite of partitions",
    run: (table, options) => table.overwrite({ rows: replacement }, { dynamicPartitions: true, ...options }),
    metrics: ["numFiles", "numOutputRows", "numRemovedFiles"],
  },
  {
    name: "overwrite with other columns",
    run: (table, options) =>
      table.overwrite(
        { rows: [{ id: 9, p: "a", w: 1 }] },
        { overwriteSchema: true, sourceSchema: columns({ id: "long", p: "string", w: "long" }), ...options },
      ),
  },
  {
    name: "restore",
    run: (table, options) => table.restore({ version: 1 }, options),
    metrics: ["numRemovedFiles", "numRestoredFiles", "tableSizeAfterRestore"],
  },
  {
    name: "repair",
    run: (table, options) => table.repair(options),
    metrics: ["numRemovedFiles", "removedFilesSize"],
  },
  {
    name: "vacuum",
    run: (table, options) => table.vacuum({ retentionHours: 0, allowShortRetention: true, ...options }),
    metrics: ["numFilesToDelete", "sizeOfDataToDelete"],
  },
  {
    name: "lite vacuum",
    run: (table, options) =>
      table.vacuum({ retentionHours: 0, allowShortRetention: true, mode: "lite", ...options }),
    metrics: ["numFilesToDelete", "sizeOfDataToDelete"],
  },
  { name: "adding columns", run: (table, options) => table.addColumns([field("w", "long")], options) },
  { name: "renaming a column", run: (table, options) => table.renameColumn("v", "w", options) },
  { name: "dropping columns", run: (table, options) => table.dropColumns(["v"], options) },
  { name: "setting properties", run: (table, options) => table.setProperties({ owner: "me" }, options) },
  { name: "unsetting properties", run: (table, options) => table.unsetProperties(["unit"], options) },
  { name: "adding a constraint", run: (table, options) => table.addConstraint("other", "id > -1", options) },
  { name: "dropping a constraint", run: (table, options) => table.dropConstraint("positive", options) },
];

const featureSets: readonly (readonly [string, Readonly<Record<string, string>>])[] = [
  ["column mapping", {}],
  [
    "vectors and a change feed too",
    { "delta.enableDeletionVectors": "true", "delta.enableChangeDataFeed": "true" },
  ],
];

/** A table that gives each command something to do: removed files, rows that match, a file for a repair to miss. */
async function usedTable(
  store: ObjectStore,
  properties: Readonly<Record<string, string>>,
  now: () => number,
): Promise<DeltaTable> {
  const table = await DeltaTable.create(store, {
    schema: columns({ id: "long", v: "string", p: "string" }),
    partitionBy: ["p"],
    properties: { unit: "ms", "delta.columnMapping.mode": "name", ...properties },
    engine,
    now,
  });
  const rows = [1, 2, 3, 4].map((id) => ({ id, v: `v${id}`, p: id % 2 === 1 ? "a" : "b" }));
  await table.append({ rows });
  await table.append({ rows: [{ id: 5, v: "v5", p: "c" }] });
  await table.addConstraint("positive", "id > 0");
  await table.delete({ where: "id = 5" });
  return table;
}

/** Notes what a command writes, even if it takes it back. */
class WatchedStore extends DelegatingStore {
  readonly changes: string[] = [];

  override putIfAbsent(path: string, data: Uint8Array): Promise<void> {
    this.changes.push(path);
    return super.putIfAbsent(path, data);
  }

  override put(path: string, data: Uint8Array): Promise<void> {
    this.changes.push(path);
    return super.put(path, data);
  }

  override async openStaging(): Promise<StagingArea> {
    const area = await super.openStaging();
    const publish = (paths: readonly string[]): Promise<void> => {
      this.changes.push(...paths);
      return area.publish(paths);
    };
    return { ...area, publish };
  }
}

async function tableFor(
  t: TestContext,
  command: Command,
  properties: Readonly<Record<string, string>>,
): Promise<DeltaTable> {
  const clock = { nowMs: Date.parse("2026-01-01T00:00:00Z") };
  const now = (): number => clock.nowMs;
  const inner = memoryStore(t, { now });
  const table = await usedTable(inner, properties, now);
  clock.nowMs += 3_600_000;
  if (command.name === "repair") {
    const [lost] = await filesOf(table);
    await inner.delete(decodeURIComponent(lost?.path ?? ""));
  }
  return DeltaTable.at(new WatchedStore(inner), { engine, now });
}

for (const [featureName, properties] of featureSets) {
  for (const command of commands) {
    test(`a dry run of ${command.name} leaves every object and the version as they were (${featureName})`, async (t) => {
      const table = await tableFor(t, command, properties);
      const before = await contentsOf(table.store);
      const dry = await command.run(table, { dryRun });
      assert.deepEqual(await contentsOf(table.store), before);
      assert.ok(table.store instanceof WatchedStore);
      assert.deepEqual(table.store.changes, []);
      assert.equal(dry.isCommitted, false);
      assert.equal((await table.snapshot()).version, 4);
      const real = await command.run(table, {});
      assert.equal(real.isCommitted, true);
      assert.equal(real.version, (await table.snapshot()).version);
      assert.notDeepEqual(await contentsOf(table.store), before);
      const metrics = command.metrics ?? [];
      assert.deepEqual(pick(dry.metrics, ...metrics), pick(real.metrics, ...metrics));
      assert.ok(metrics.every((name) => real.metrics[name] !== undefined));
    });
  }
}

test("a dry run leaves nothing on a local disk, neither a staged file nor a partition's empty folder", async (t) => {
  for (const command of commands) {
    const root = join(await temporaryFolder(t), "table");
    const table = await usedTable(new LocalStore(root), {}, Date.now);
    const before = await readdir(root, { recursive: true });
    await command.run(table, { dryRun });
    const after = await readdir(root, { recursive: true });
    assert.deepEqual(after.toSorted(), before.toSorted(), command.name);
  }
});

test("a dry run refuses what the real run would refuse", async (t) => {
  const table = await usedTable(memoryStore(t), {}, Date.now);
  await rejects(table.addConstraint("small", "id < 3", { dryRun }), "CONSTRAINT_VIOLATED");
  await rejects(table.renameColumn("id", "key", { dryRun }), "INVALID_SCHEMA", /positive/);
  await rejects(table.dropColumns(["p"], { dryRun }), "INVALID_SCHEMA");
  await rejects(table.setProperties({ "delta.nonsense": "1" }, { dryRun }), "INVALID_ARGUMENT");
  await rejects(table.delete({ where: "nowhere = 1", dryRun }), "INVALID_PREDICATE");
  await rejects(table.restore({ version: 99 }, { dryRun }), "VERSION_NOT_FOUND");
  await rejects(table.overwrite({ rows: [{ id: -1, v: "x", p: "a" }] }, { dryRun }), "CONSTRAINT_VIOLATED");
  await rejects(
    table
      .merge({ source: { rows: [{ id: 1 }, { id: 1 }] }, on })
      .whenMatchedUpdate({ set: { v: "'x'" } })
      .execute({ dryRun }),
    "AMBIGUOUS_MERGE",
  );
  assert.equal((await rowsOf(table)).length, 4);
});

test("append, too, only counts and checks the rows", async (t) => {
  const store = memoryStore(t);
  const createWith = { schema: columns({ id: "long" }) };
  const missing = DeltaTable.at(store, { engine });
  const first = await missing.append({ rows: [{ id: 1 }] }, { createWith, dryRun });
  assert.deepEqual([first.version, first.rowCount, first.metrics["numFiles"]], [-1, 1, 1]);
  assert.equal(await missing.exists(), false);
  const table = await DeltaTable.create(store, { ...createWith, engine });
  const before = await contentsOf(store);
  const second = await table.append({ rows: [{ id: 1 }, { id: 2 }] }, { dryRun });
  assert.deepEqual([second.version, second.rowCount], [0, 2]);
  await rejects(table.append({ rows: [{ id: "x" }] }, { dryRun }), "INVALID_VALUE");
  assert.deepEqual(await contentsOf(store), before);
});
