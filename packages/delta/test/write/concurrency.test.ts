import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

import { DeltaError, DeltaTable, LocalStore, StoreError } from "../../src/index.ts";
import type { AppendResult, Snapshot } from "../../src/index.ts";
import { assertNoConflict } from "../../src/log/conflict.ts";
import type { CommitIntent, ReadSet } from "../../src/log/conflict.ts";
import { commitPath } from "../../src/log/log-files.ts";
import { firstSnapshot } from "../../src/log/snapshot.ts";
import { serializeActions } from "../../src/protocol/actions.ts";
import type { Action } from "../../src/protocol/actions.ts";
import { DelegatingStore } from "../support/delegating-store.ts";
import { InterruptedStore } from "../support/interrupted-store.ts";
import {
  columns,
  countingTable,
  engine,
  idsOf,
  memoryStore,
  range,
  rejects,
  temporaryFolder,
  throws,
  writeText,
} from "../support/tables.ts";

const schema = columns({ id: "long" });

/** The object is there, but the answer says otherwise. */
class LostReplyStore extends DelegatingStore {
  losing = false;

  override async putIfAbsent(path: string, data: Uint8Array): Promise<void> {
    await super.putIfAbsent(path, data);
    if (this.losing)
      throw new StoreError("ALREADY_EXISTS", `${path} exists: a client sent its request again`);
  }
}

for (const kind of ["LocalStore", "MemoryStore"] as const) {
  test(`${kind}: many concurrent appenders lose nothing and repeat nothing`, async (t) => {
    const store = kind === "MemoryStore" ? memoryStore(t) : new LocalStore(await temporaryFolder(t));
    const table = await DeltaTable.create(store, { schema, engine });
    const results = await Promise.all(range(1, 24).map((id) => table.append({ rows: [{ id }] })));
    assert.deepEqual(
      results.map((result) => result.version).toSorted((a, b) => a - b),
      range(1, 24),
    );
    assert.deepEqual(results.map((result) => result.checkpointError).filter(Boolean), []);
    assert.deepEqual(await idsOf(table), range(1, 24));
    for (const { version } of results) assert.equal((await idsOf(table, { version })).length, version);
  });
}

test("processes that append to one table, none of which made it, lose nothing and repeat nothing", async (t) => {
  const location = join(await temporaryFolder(t), "lake", "table");
  const script = fileURLToPath(new URL("../support/appending-process.ts", import.meta.url));
  const run = promisify(execFile);
  const perProcess = 8;
  await Promise.all(
    range(0, 2).map((process_) =>
      run(process.execPath, [script, location, String(process_ * perProcess), String(perProcess)]),
    ),
  );
  const table = await DeltaTable.open(location, { engine });
  assert.deepEqual(await idsOf(table), range(0, 3 * perProcess - 1));
  assert.equal((await table.snapshot()).version, 3 * perProcess - 1);
});

test("concurrent creators with createWith make one table with the rows of all", async (t) => {
  const table = DeltaTable.at(memoryStore(t), { engine });
  const results = await Promise.all(
    range(1, 8).map((id) => table.append({ rows: [{ id }] }, { createWith: { schema } })),
  );
  assert.deepEqual(
    results.map((result) => result.version).toSorted((a, b) => a - b),
    range(0, 7),
  );
  assert.deepEqual(await idsOf(table), range(1, 8));
  const history = await table.history();
  assert.equal(history.filter((entry) => entry.operation?.startsWith("CREATE TABLE")).length, 1);
});

test("of concurrent creators exactly one makes the table", async (t) => {
  const store = memoryStore(t);
  const attempts = await Promise.allSettled(
    range(1, 8).map(() => DeltaTable.create(store, { schema, engine })),
  );
  assert.equal(attempts.filter((attempt) => attempt.status === "fulfilled").length, 1);
});

test("a creator whose schema another one's table does not have is refused, and its files are removed", async (t) => {
  const inner = memoryStore(t);
  const store = new InterruptedStore(inner);
  store.interruption = async () => {
    await DeltaTable.create(inner, { schema: columns({ id: "string" }), engine });
  };
  const table = DeltaTable.at(store, { engine });
  await rejects(
    table.append({ rows: [{ id: 1 }] }, { createWith: { schema } }),
    "SCHEMA_MISMATCH",
    /id string.*id long/s,
  );
  assert.equal((await table.snapshot()).version, 0);
});

test("of two writers of one transaction exactly one wins, the other learns that the work is done", async (t) => {
  const table = await DeltaTable.create(memoryStore(t), { schema, engine });
  const append = (id: number): Promise<AppendResult> =>
    table.append({ rows: [{ id }] }, { transactions: [{ appId: "feed", version: 1 }] });
  const attempts = await Promise.allSettled([append(1), append(2), append(3)]);
  const lost = attempts.filter((attempt) => attempt.status === "rejected");
  assert.equal(lost.length, 2);
  for (const { reason } of lost) {
    assert.ok(reason instanceof DeltaError);
    assert.equal(reason.code, "CONCURRENT_TRANSACTION");
    assert.match(reason.message, /"feed".*another writer has done this work/);
  }
  assert.equal((await idsOf(table)).length, 1);
  assert.equal((await table.snapshot()).transaction("feed")?.version, 1);
});

test("writers of different transactions do not disturb each other", async (t) => {
  const table = await DeltaTable.create(memoryStore(t), { schema, engine });
  await Promise.all(
    range(1, 6).map((id) =>
      table.append({ rows: [{ id }] }, { transactions: [{ appId: `feed ${id}`, version: id }] }),
    ),
  );
  const snapshot = await table.snapshot();
  assert.equal(snapshot.transactions.length, 6);
  assert.deepEqual(await idsOf(table), range(1, 6));
});

test("a transaction keeps the time it was given, or gets that of the commit", async (t) => {
  const table = await DeltaTable.create(memoryStore(t), { schema, engine, now: () => 1234 });
  const transactions = [
    { appId: "a", version: 1, lastUpdated: 99 },
    { appId: "b", version: 2 },
  ];
  await table.append({ rows: [] }, { transactions });
  const snapshot = await table.snapshot();
  assert.deepEqual(snapshot.transaction("a"), { appId: "a", version: 1, lastUpdated: 99 });
  assert.deepEqual(snapshot.transaction("b"), { appId: "b", version: 2, lastUpdated: 1234 });
});

test("a commit whose answer was lost is recognised as our own", async (t) => {
  const store = new LostReplyStore(memoryStore(t));
  const table = await DeltaTable.create(store, { schema, engine });
  store.losing = true;
  const result = await table.append({ rows: [{ id: 1 }] }, { transactions: [{ appId: "feed", version: 1 }] });
  assert.equal(result.version, 1);
  assert.deepEqual(await idsOf(table), [1]);
  assert.equal((await table.snapshot()).version, 1);
});

test("a creation whose answer was lost is recognised as our own", async (t) => {
  const store = new LostReplyStore(memoryStore(t));
  store.losing = true;
  await DeltaTable.create(store, { schema, engine });
  const other = new LostReplyStore(memoryStore(t));
  other.losing = true;
  const table = DeltaTable.at(other, { engine });
  const result = await table.append({ rows: [{ id: 1 }] }, { createWith: { schema } });
  assert.equal(result.version, 0);
  assert.deepEqual(await idsOf(table), [1]);
});

test("an append goes behind removes of others", async (t) => {
  const inner = memoryStore(t);
  const [file] = (await (await countingTable(inner, 1)).snapshot()).files;
  assert.ok(file !== undefined);
  const store = new InterruptedStore(inner);
  store.interruption = (path) =>
    writeText(inner, path, serializeActions([{ remove: { path: file.path, dataChange: true } }]));
  const table = DeltaTable.at(store, { engine });
  const result = await table.append({ rows: [{ id: 2 }] });
  assert.equal(result.version, 3);
  assert.deepEqual(await idsOf(table), [2]);
});

test("an append whose table changed its schema meanwhile is refused, and its files are removed", async (t) => {
  const inner = memoryStore(t);
  const { metadata } = await (await countingTable(inner, 1)).snapshot();
  const before = await inner.listNames("");
  const store = new InterruptedStore(inner);
  store.interruption = (path) =>
    writeText(
      inner,
      path,
      serializeActions([{ commitInfo: { operation: "ADD COLUMNS" } }, { metaData: metadata }]),
    );
  const table = DeltaTable.at(store, { engine });
  await rejects(
    table.append({ rows: [{ id: 2 }] }),
    "CONCURRENT_WRITE",
    /ADD COLUMNS committed version 2 first and changed the table.s metadata/,
  );
  assert.deepEqual(await idsOf(table), [1]);
  assert.deepEqual(await inner.listNames(""), before);
});

test("the precondition sees each version that the append would go behind", async (t) => {
  const inner = memoryStore(t);
  const outer = await countingTable(inner, 1);
  const store = new InterruptedStore(inner);
  store.interruption = async () => {
    await outer.append({ rows: [{ id: 2 }] });
  };
  const seen: (number | undefined)[] = [];
  const precondition = (snapshot: Snapshot | undefined): void => {
    seen.push(snapshot?.version);
  };
  await DeltaTable.at(store, { engine }).append({ rows: [{ id: 3 }] }, { precondition });
  assert.deepEqual(seen, [1, 1, 2]);
  store.interruption = async () => {
    await outer.append({ rows: [{ id: 4 }] });
  };
  const refusal = new Error("version 4 is one too many");
  const append = DeltaTable.at(store, { engine }).append(
    { rows: [{ id: 5 }] },
    {
      precondition: (snapshot) => {
        if (snapshot?.version === 4) throw refusal;
      },
    },
  );
  await assert.rejects(append, refusal);
  assert.deepEqual(await idsOf(outer), range(1, 4));
});

test("a store that fails after it took the commit leaves the files that the commit names", async (t) => {
  const inner = memoryStore(t);
  await countingTable(inner, 1);
  class FailingStore extends DelegatingStore {
    override async putIfAbsent(path: string, data: Uint8Array): Promise<void> {
      await super.putIfAbsent(path, data);
      throw new StoreError("IO_FAILED", "the connection broke");
    }
  }
  await rejects(
    DeltaTable.at(new FailingStore(inner), { engine }).append({ rows: [{ id: 2 }] }),
    "IO_FAILED",
  );
  assert.deepEqual(await idsOf(DeltaTable.at(inner, { engine })), [1, 2]);
});

test("a winner's commit that is no commit is reported, by its file", async (t) => {
  const inner = memoryStore(t);
  await countingTable(inner, 1);
  const store = new InterruptedStore(inner);
  store.interruption = (path) => writeText(inner, path, "rubbish");
  await rejects(
    DeltaTable.at(store, { engine }).append({ rows: [{ id: 2 }] }),
    "CORRUPT_LOG",
    new RegExp(commitPath(2)),
  );
});

const metadata = {
  id: "m",
  format: { provider: "parquet", options: {} },
  schemaString: JSON.stringify(columns({ id: "long" })),
  partitionColumns: [],
  configuration: {},
};
const add = { path: "a", partitionValues: {}, size: 1, modificationTime: 0, dataChange: true };
const domain = { domain: "d", configuration: "", removed: false };
const reader: ReadSet = { kind: "rows", predicate: undefined, paths: new Set(["a"]) };
type Whom = "any" | "reader" | "none";
const winners: readonly (readonly [string, Action, Whom])[] = [
  ["changed the protocol", { protocol: { minReaderVersion: 1, minWriterVersion: 2 } }, "none"],
  ["changed the metadata", { metaData: metadata }, "any"],
  ["set a metadata domain of ours", { domainMetadata: domain }, "any"],
  ["set another metadata domain", { domainMetadata: { ...domain, domain: "other" } }, "none"],
  ["committed another transaction", { txn: { appId: "other", version: 1 } }, "none"],
  ["added rows", { add }, "reader"],
  ["rearranged rows", { add: { ...add, dataChange: false } }, "none"],
  ["removed a file that was read", { remove: { path: "a", dataChange: true } }, "reader"],
  ["removed another file", { remove: { path: "b", dataChange: true } }, "none"],
];

function intentOf(reads: ReadSet, actions: readonly Action[] = []): CommitIntent {
  const snapshot = firstSnapshot("t", [
    { protocol: { minReaderVersion: 1, minWriterVersion: 2 } },
    { metaData: metadata },
  ]);
  return {
    snapshot,
    actions: [{ domainMetadata: domain }, { txn: { appId: "feed", version: 1 } }, ...actions],
    reads,
  };
}

const mergedBySpark: Action = { commitInfo: { operation: "MERGE", engineInfo: "Spark" } };

function checkAgainst(action: Action, reads: ReadSet): void {
  assertNoConflict(intentOf(reads, [{ add: { ...add, path: "new" } }]), [mergedBySpark, action], 7);
}

for (const [what, action, whom] of winners) {
  test(`a winner that ${what} stops ${whom === "any" ? "everybody" : whom === "reader" ? "who read, not who appends blindly" : "nobody"}`, () => {
    if (whom === "any")
      throws(
        () => checkAgainst(action, { kind: "nothing" }),
        "CONCURRENT_WRITE",
        /MERGE by Spark committed version 7 first/,
      );
    else checkAgainst(action, { kind: "nothing" });
    if (whom === "none") checkAgainst(action, reader);
    else throws(() => checkAgainst(action, reader), "CONCURRENT_WRITE", /version 7/);
  });
}

test("whoever changes the protocol too is stopped by a change of the protocol", () => {
  const protocol: Action = { protocol: { minReaderVersion: 1, minWriterVersion: 2 } };
  throws(
    () => assertNoConflict(intentOf({ kind: "nothing" }, [protocol]), [protocol], 3),
    "CONCURRENT_WRITE",
    /protocol/,
  );
});

function added(max: number): Action {
  return { add: { ...add, stats: `{"numRecords":1,"maxValues":{"id":${max}}}` } };
}

test("rows that others add outside of what was read are no conflict, inside of it they are", () => {
  const reads: ReadSet = {
    kind: "rows",
    predicate: { kind: "compare", column: "id", operator: ">", literal: { kind: "number", text: "100" } },
    paths: new Set(),
  };
  assertNoConflict(intentOf(reads), [added(100)], 1);
  throws(() => assertNoConflict(intentOf(reads), [added(101)], 1), "CONCURRENT_WRITE");
});

test("a file that was read and only moved stops who removes files, not who only adds", () => {
  const moved: Action = { remove: { path: "a", dataChange: false } };
  assertNoConflict(intentOf(reader, [{ add: { ...add, path: "new" } }]), [moved], 1);
  const removing: Action = { remove: { path: "b", dataChange: true } };
  throws(() => assertNoConflict(intentOf(reader, [removing]), [moved], 1), "CONCURRENT_WRITE");
});

test("two who remove the same file cannot both", () => {
  const remove: Action = { remove: { path: "b", dataChange: false } };
  throws(
    () => assertNoConflict(intentOf({ kind: "nothing" }, [remove]), [remove], 1),
    "CONCURRENT_WRITE",
    /removed b/,
  );
});

test("rearranging rows is no conflict with those who add", () => {
  const rearranging: readonly Action[] = [
    { remove: { path: "b", dataChange: false } },
    { add: { ...add, path: "new", dataChange: false } },
  ];
  assertNoConflict(intentOf(reader, rearranging), [{ add }], 1);
});

test("a commit that went behind another says which version it had read", async (t) => {
  const store = memoryStore(t);
  const table = await countingTable(store, 1);
  const other = DeltaTable.at(store, { engine });
  // The other's work is between our reading and our first attempt.
  const interrupted = new InterruptedStore(store);
  interrupted.interruption = async () => {
    await other.append({ rows: [{ id: 2 }] });
  };
  const { version } = await DeltaTable.at(interrupted, { engine }).append({ rows: [{ id: 3 }] });
  assert.equal(version, 3);
  const [newest] = await table.history(1);
  assert.equal(newest?.readVersion, 1);
});
