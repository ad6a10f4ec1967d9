import assert from "node:assert/strict";
import { test } from "node:test";

import { DeltaTable } from "../../src/index.ts";
import type { ObjectStore } from "../../src/index.ts";
import { commit, committedSnapshot } from "../../src/log/commit.ts";
import { commitPath } from "../../src/log/log-files.ts";
import type { Snapshot } from "../../src/log/snapshot.ts";
import { serializeActions } from "../../src/protocol/actions.ts";
import type { Action } from "../../src/protocol/actions.ts";
import { DelegatingStore } from "../support/delegating-store.ts";
import { columns, countingTable, engine, idsOf, memoryStore, range, rejects } from "../support/tables.ts";

/** Before each attempt of ours others commit: so many as are still owed to it. */
class BusyStore extends DelegatingStore {
  /** For the attempts to come, how many commits of others precede each. */
  readonly owed: number[] = [];
  attempts = 0;
  readonly reads: string[] = [];
  listings = 0;
  #newest: number;

  constructor(inner: ObjectStore, newest: number) {
    super(inner);
    this.#newest = newest;
  }

  override async putIfAbsent(path: string, data: Uint8Array): Promise<void> {
    this.attempts += 1;
    const others = this.owed.shift() ?? 0;
    for (let count = 0; count < others; count += 1) {
      this.#newest += 1;
      await this.inner.putIfAbsent(commitPath(this.#newest), commitOf([]));
    }
    await super.putIfAbsent(path, data);
    this.#newest += 1;
  }

  override async read(path: string): Promise<Uint8Array> {
    this.reads.push(path);
    return super.read(path);
  }

  override async listNames(folder: string): Promise<readonly string[]> {
    this.listings += 1;
    return super.listNames(folder);
  }
}

function commitOf(actions: readonly Action[]): Buffer {
  return Buffer.from(serializeActions([{ commitInfo: { operation: "WRITE" } }, ...actions]), "utf8");
}

interface Written {
  readonly snapshot: Snapshot;
  readonly pauses: number;
}

/** A commit of one transaction: no data, so that only the log is looked at. */
async function commitOne(store: ObjectStore, snapshot: Snapshot): Promise<Written> {
  let pauses = 0;
  const outcome = await commit(store, {
    snapshot,
    actions: [{ txn: { appId: "ours", version: snapshot.version } }],
    operation: { name: "WRITE", parameters: {}, metrics: {} },
    reads: { kind: "nothing" },
    now: () => 0,
    pause: async () => {
      pauses += 1;
    },
  });
  return { snapshot: committedSnapshot(outcome), pauses };
}

test("a writer that is a thousand versions behind commits at its second attempt, without a pause", async (t) => {
  const table = await countingTable(memoryStore(t), 1);
  const snapshot = await table.snapshot();
  const store = new BusyStore(table.store, snapshot.version);
  store.owed.push(1000);
  const made = await commitOne(store, snapshot);
  assert.equal(made.snapshot.version, snapshot.version + 1001);
  assert.equal(store.attempts, 2);
  assert.equal(made.pauses, 0);
  const commits = range(snapshot.version + 1, snapshot.version + 1000).map(commitPath);
  const read = new Set(store.reads);
  assert.deepEqual(
    commits.filter((path) => !read.has(path)),
    [],
  );
  assert.equal(store.reads.length - read.size, 0, "no commit is read twice");
  assert.equal(store.listings, 0, "a long log is not listed");
});

test("however many come between two attempts, a writer needs as many attempts as it was overtaken", async (t) => {
  const table = await countingTable(memoryStore(t), 1);
  const snapshot = await table.snapshot();
  const store = new BusyStore(table.store, snapshot.version);
  store.owed.push(25, 1, 300, 25, 2, 25, 25, 25);
  const made = await commitOne(store, snapshot);
  assert.equal(store.attempts, 9);
  assert.equal(made.snapshot.version, snapshot.version + 428 + 1);
  assert.equal(made.pauses, 5, "one between two attempts, once several were lost");
});

test("what it passes is checked for conflicts, commit by commit", async (t) => {
  const table = await countingTable(memoryStore(t), 1);
  const snapshot = await table.snapshot();
  const store = new BusyStore(table.store, snapshot.version);
  for (const version of range(2, 400)) {
    const actions: Action[] = version === 333 ? [{ txn: { appId: "ours", version: 9 } }] : [];
    await table.store.putIfAbsent(commitPath(version), commitOf(actions));
  }
  await rejects(commitOne(store, snapshot), "CONCURRENT_TRANSACTION", /committed version 333 first/);
  assert.equal(store.attempts, 1);
});

test("an append beside a busy writer lands with its rows, and with one commit for each attempt", async (t) => {
  const inner = memoryStore(t);
  await countingTable(inner, 3);
  const store = new BusyStore(inner, 3);
  const table = DeltaTable.at(store, { engine });
  await table.snapshot();
  store.owed.push(500, 25, 25);
  const { version } = await table.append({ rows: [{ id: 99 }] });
  assert.equal(version, 554);
  assert.equal(store.attempts, 4);
  assert.deepEqual(await idsOf(table), [1, 2, 3, 99]);
});

test("of writers that never pause none gets less than half of the mean", async (t) => {
  const store = memoryStore(t);
  await DeltaTable.create(store, { schema: columns({ id: "long" }), engine });
  const counts = [0, 0, 0, 0];
  const total = (): number => counts.reduce((sum, count) => sum + count, 0);
  const write = async (writer: number): Promise<void> => {
    const table = DeltaTable.at(store, { engine });
    while (total() < 100) {
      await table.append({ rows: [{ id: total() }] });
      counts[writer] = (counts[writer] ?? 0) + 1;
    }
  };
  await Promise.all(counts.map((_, writer) => write(writer)));
  assert.ok(Math.min(...counts) >= total() / counts.length / 2, `${counts.join(", ")} of ${total()}`);
});
