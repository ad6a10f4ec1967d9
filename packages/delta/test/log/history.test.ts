import assert from "node:assert/strict";
import { test } from "node:test";
import type { TestContext } from "node:test";

import { DeltaTable } from "../../src/index.ts";
import { commitPath } from "../../src/log/log-files.ts";
import { columns, engine, idsOf, memoryStore, rejects, writeText } from "../support/tables.ts";

const start = Date.UTC(2026, 0, 1);

/** A table whose version n is committed, by the store's clock, at the n-th time. */
async function tableAt(t: TestContext, times: readonly number[]): Promise<DeltaTable> {
  let now = times[0] ?? 0;
  const store = memoryStore(t, { now: () => now });
  const table = await DeltaTable.create(store, { schema: columns({ id: "long" }), engine, now: () => now });
  for (let version = 1; version < times.length; version += 1) {
    now = times[version] ?? 0;
    await table.append({ rows: [{ id: version }] });
  }
  return table;
}

async function versionAt(table: DeltaTable, time: number): Promise<number> {
  return (await table.snapshot({ asOfTimestamp: new Date(time) })).version;
}

test("history tells each version, newest first, with what made it", async (t) => {
  const table = await tableAt(t, [start]);
  await table.append({ rows: [{ id: 1 }, { id: 2 }] }, { userMetadata: "nightly" });
  const [append, create] = await table.history();
  assert.equal(append?.version, 1);
  assert.deepEqual(append.timestamp, new Date(start + 1));
  assert.equal(append.operation, "WRITE");
  assert.deepEqual(append.operationParameters, { mode: "Append", partitionBy: "[]" });
  assert.equal(append.operationMetrics["numOutputRows"], "2");
  assert.equal(append.operationMetrics["numFiles"], "1");
  assert.match(append.operationMetrics["numOutputBytes"] ?? "", /^[1-9]\d*$/);
  assert.equal(append.readVersion, 0);
  assert.equal(append.isolationLevel, "Serializable");
  assert.equal(append.isBlindAppend, true);
  assert.equal(append.userMetadata, "nightly");
  assert.match(append.engineInfo ?? "", /^finance-feedback-delta\//);
  assert.equal(create?.version, 0);
  assert.equal(create.operation, "CREATE TABLE");
  assert.equal(create.readVersion, undefined);
});

test("history can be limited to the newest versions", async (t) => {
  const table = await tableAt(t, [start, start + 1000, start + 2000]);
  assert.deepEqual(
    (await table.history(2)).map((entry) => entry.version),
    [2, 1],
  );
});

test("a commit of another writer without commitInfo has an entry all the same", async (t) => {
  const table = await tableAt(t, [start]);
  await writeText(table.store, commitPath(1), '{"txn":{"appId":"a","version":1}}\n');
  const [entry] = await table.history();
  assert.equal(entry?.version, 1);
  assert.equal(entry.operation, undefined);
  assert.deepEqual(entry.operationMetrics, {});
});

test("time travel by timestamp gives the newest version committed at or before it", async (t) => {
  const hour = 3_600_000;
  const table = await tableAt(t, [start, start + hour, start + 2 * hour]);
  assert.equal(await versionAt(table, start), 0);
  assert.equal(await versionAt(table, start + hour - 1), 0);
  assert.equal(await versionAt(table, start + hour), 1);
  assert.equal(await versionAt(table, start + 2 * hour), 2);
  assert.equal(await versionAt(table, start + 1000 * hour), 2);
  const rows = await (await table.scan({ asOfTimestamp: new Date(start + hour) })).rows();
  assert.deepEqual(rows, [{ id: 1n }]);
});

test("before the first version nothing is found, and the earliest is named", async (t) => {
  const table = await tableAt(t, [start, start + 1000]);
  await rejects(
    table.scan({ asOfTimestamp: new Date(start - 1) }),
    "VERSION_NOT_FOUND",
    /2025-12-31T23:59:59\.999Z; the earliest is 0, of 2026-01-01T00:00:00\.000Z/,
  );
});

test("where the clock ran backwards, each version is a millisecond after the one before", async (t) => {
  const table = await tableAt(t, [start, start + 1000, start - 5000, start + 500, start + 1003]);
  const times = (await table.history()).map((entry) => entry.timestamp.getTime() - start).toReversed();
  assert.deepEqual(times, [0, 1000, 1001, 1002, 1003]);
  assert.equal(await versionAt(table, start + 999), 0);
  assert.equal(await versionAt(table, start + 1000), 1);
  assert.equal(await versionAt(table, start + 1001), 2);
  assert.equal(await versionAt(table, start + 1003), 4);
});

test("every time of the history leads back to its version", async (t) => {
  const table = await tableAt(
    t,
    [5, 5, 5, 4, 9, 9, 1, 20].map((offset) => start + offset),
  );
  for (const entry of await table.history())
    assert.equal(await versionAt(table, entry.timestamp.getTime()), entry.version);
});

test("time travel by version gives each version as it was", async (t) => {
  const table = await tableAt(t, [start, start + 1, start + 2]);
  assert.deepEqual(await idsOf(table, { version: 0 }), []);
  assert.deepEqual(await idsOf(table, { version: 1 }), [1]);
  assert.deepEqual(await idsOf(table, { version: 2 }), [1, 2]);
});

test("a version and a timestamp at once, or an invalid timestamp, are refused", async (t) => {
  const table = await tableAt(t, [start]);
  await rejects(table.scan({ version: 0, asOfTimestamp: new Date(start) }), "INVALID_ARGUMENT");
  await rejects(table.scan({ asOfTimestamp: new Date(Number.NaN) }), "INVALID_ARGUMENT");
});
