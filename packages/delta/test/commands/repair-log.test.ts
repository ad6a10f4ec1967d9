import assert from "node:assert/strict";
import { test } from "node:test";

import { DeltaTable } from "../../src/index.ts";
import { commitPath } from "../../src/log/log-files.ts";
import { DelegatingStore } from "../support/delegating-store.ts";
import { contentsOf, operationOf } from "../support/table-contents.ts";
import { columns, countingTable, engine, idsOf, memoryStore, rejects, writeText } from "../support/tables.ts";

/** Fails from the nth write on, as a process that is killed. */
class DyingStore extends DelegatingStore {
  writesLeft: number;

  constructor(inner: DelegatingStore["inner"], writesLeft: number) {
    super(inner);
    this.writesLeft = writesLeft;
  }

  override async put(path: string, data: Uint8Array): Promise<void> {
    this.#count();
    await super.put(path, data);
  }

  override async putIfAbsent(path: string, data: Uint8Array): Promise<void> {
    this.#count();
    await super.putIfAbsent(path, data);
  }

  override async deleteMany(paths: readonly string[]): Promise<void> {
    this.#count();
    await super.deleteMany(paths);
  }

  #count(): void {
    if (this.writesLeft === 0) throw new Error("killed");
    this.writesLeft -= 1;
  }
}

test("a table goes back to the version before a damaged commit, and no number is used twice", async (t) => {
  const store = memoryStore(t);
  const table = await countingTable(store, 5);
  await writeText(store, commitPath(3), '{"add":{"path":"a');
  const damaged = DeltaTable.at(store, { engine });
  await rejects(damaged.snapshot(), "CORRUPT_LOG");
  const { faults, snapshot, newestVersion } = await damaged.inspect();
  assert.deepEqual(
    faults.map((fault) => [fault.kind, "version" in fault && fault.version]),
    [["commit", 3]],
  );
  assert.deepEqual([snapshot?.version, newestVersion], [2, 5]);
  const before = await contentsOf(store);
  const dry = await damaged.repairLog({ dryRun: true });
  assert.deepEqual([dry.isCommitted, dry.lostVersions, dry.setAside.length], [false, [3, 4, 5], 3]);
  assert.deepEqual(await contentsOf(store), before);
  const done = await damaged.repairLog({ userMetadata: "power cut" });
  assert.deepEqual([done.version, done.readableVersion, done.lostVersions], [5, 2, [3, 4, 5]]);
  assert.deepEqual(await idsOf(table), [1, 2]);
  assert.equal((await operationOf(table)).operation, "REPAIR LOG");
  const copy = Buffer.from(await store.read("_delta_log/_set_aside/00000000000000000003.json"));
  assert.equal(copy.toString("utf8"), '{"add":{"path":"a');
  assert.deepEqual((await damaged.inspect()).faults, []);
  assert.equal((await damaged.append({ rows: [{ id: 9 }] })).version, 6);
  assert.deepEqual(await idsOf(damaged), [1, 2, 9]);
});

test("a repair that is killed at any write leaves the table unreadable or repaired, and can be run again", async (t) => {
  for (let writes = 0; ; writes += 1) {
    const store = memoryStore(t);
    await countingTable(store, 4);
    await writeText(store, commitPath(2), "");
    const dying = new DyingStore(store, writes);
    const isKilled = await DeltaTable.at(dying, { engine })
      .repairLog()
      .then(
        (result) => result.checkpointError !== undefined,
        () => true,
      );
    const table = DeltaTable.at(store, { engine });
    const readable = await idsOf(table).catch(() => undefined);
    if (readable !== undefined) assert.deepEqual(readable, [1]);
    await table.repairLog();
    assert.deepEqual(await idsOf(table), [1]);
    assert.equal((await table.snapshot()).version, 4);
    assert.equal((await store.read("_delta_log/_set_aside/00000000000000000002.json")).length, 0);
    if (!isKilled) {
      assert.ok(writes > 6, "the repair was killed at each of its writes");
      return;
    }
  }
});

test("a missing commit counts as a damaged one, and a sound log is left alone", async (t) => {
  const store = memoryStore(t);
  const table = await countingTable(store, 3);
  const before = await contentsOf(store);
  assert.deepEqual((await table.repairLog()).lostVersions, []);
  assert.deepEqual(await contentsOf(store), before);
  await store.delete(commitPath(2));
  const { setAside } = await DeltaTable.at(store, { engine }).repairLog();
  assert.deepEqual(setAside, ["_delta_log/_set_aside/00000000000000000003.json"]);
  assert.deepEqual(await idsOf(DeltaTable.at(store, { engine })), [1]);
});

test("a checkpoint that holds what a damaged commit did makes the repair needless", async (t) => {
  const store = memoryStore(t);
  const table = await countingTable(store, 3);
  await table.checkpoint();
  await writeText(store, commitPath(2), "damaged");
  const reopened = DeltaTable.at(store, { engine });
  assert.deepEqual(await idsOf(reopened), [1, 2, 3]);
  const [fault] = (await reopened.inspect()).faults;
  assert.ok(fault?.kind === "commit" && !fault.isNeeded);
  assert.equal((await reopened.repairLog()).isCommitted, false);
});

test("a table of which no version can be read is left as it is", async (t) => {
  const store = memoryStore(t);
  await countingTable(store, 1);
  await writeText(store, commitPath(0), "damaged");
  const before = await contentsOf(store);
  await rejects(DeltaTable.at(store, { engine }).repairLog(), "CORRUPT_LOG");
  assert.deepEqual(await contentsOf(store), before);
});

test("commits that carry their own times still grow later", async (t) => {
  const store = memoryStore(t);
  const table = await DeltaTable.create(store, {
    schema: columns({ id: "long" }),
    properties: { "delta.enableInCommitTimestamps": "true" },
    engine,
  });
  for (let id = 1; id <= 3; id += 1) await table.append({ rows: [{ id }] });
  await writeText(store, commitPath(2), "damaged");
  const repaired = DeltaTable.at(store, { engine, now: () => 0 });
  await repaired.repairLog();
  const times = (await repaired.history()).map(({ timestamp }) => timestamp.getTime()).toReversed();
  assert.deepEqual(
    times,
    [...new Set(times)].toSorted((left, right) => left - right),
  );
  assert.equal(times.length, 4);
});

test("an append-only table can be repaired: no row goes that could be read", async (t) => {
  const store = memoryStore(t);
  const table = await DeltaTable.create(store, {
    schema: columns({ id: "long" }),
    properties: { "delta.appendOnly": "true" },
    engine,
  });
  for (let id = 1; id <= 2; id += 1) await table.append({ rows: [{ id }] });
  const [file] = [...(await table.snapshot()).files];
  assert.ok(file !== undefined);
  await store.put(file.path, (await store.read(file.path)).subarray(0, 50));
  const untouched = await table.repair();
  assert.deepEqual([untouched.isCommitted, untouched.damagedFiles], [false, [file.path]]);
  const repaired = await table.repair({ removeDamagedFiles: true });
  assert.deepEqual([repaired.isCommitted, repaired.damagedFiles], [true, [file.path]]);
  assert.equal((await idsOf(table)).length, 1);
});
