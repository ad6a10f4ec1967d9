import assert from "node:assert/strict";
import { test } from "node:test";
import type { TestContext } from "node:test";

import type { MemoryStore } from "../../src/index.ts";
import { checkpointIfDue, writeCheckpoint } from "../../src/log/checkpoint.ts";
import { commitPath, listLog } from "../../src/log/log-files.ts";
import { checksumOf, lastCheckpointPath } from "../../src/log/last-checkpoint.ts";
import { loadSnapshot } from "../../src/log/snapshot.ts";
import type { Action } from "../../src/protocol/actions.ts";
import { DelegatingStore } from "../support/delegating-store.ts";
import {
  addOf,
  classicProtocol,
  contentOf,
  metadataWith,
  protocolWith,
  removeOf,
  simpleLog,
  writeLog,
} from "../support/logs.ts";
import { engine, memoryStore, range, readText, rejects } from "../support/tables.ts";

const now = 2_000_000_000_000;
const day = 24 * 3600 * 1000;
const v2 = { protocol: protocolWith(["v2Checkpoint"]), configuration: { "delta.checkpointPolicy": "v2" } };

async function deleteCommits(store: MemoryStore, versions: readonly number[]): Promise<void> {
  for (const version of versions) await store.delete(commitPath(version));
}

/** A log of one commit. */
async function logOf(t: TestContext, actions: readonly Action[]): Promise<MemoryStore> {
  const store = memoryStore(t);
  await writeLog(store, [actions]);
  return store;
}

const rich: readonly Action[] = [
  {
    add: addOf("a.parquet", {
      partitionValues: { p: null, q: "x" },
      stats: '{"numRecords":1}',
      tags: { INSERTION_TIME: "1" },
      deletionVector: {
        storageType: "u",
        pathOrInlineDv: "ab^-aqEH.-t@S}K{vb[*k^",
        offset: 4,
        sizeInBytes: 40,
        cardinality: 6,
      },
      baseRowId: 0,
      defaultRowCommitVersion: 3,
      clusteringProvider: "liquid",
    }),
  },
  { add: addOf("b.parquet") },
  {
    remove: removeOf("c.parquet", {
      deletionTimestamp: now - day,
      extendedFileMetadata: true,
      partitionValues: { p: "y" },
      size: 7,
      deletionVector: { storageType: "i", pathOrInlineDv: "wi5b=", sizeInBytes: 4, cardinality: 1 },
      baseRowId: 9,
      defaultRowCommitVersion: 2,
    }),
  },
  { txn: { appId: "app", version: 3 } },
  { domainMetadata: { domain: "com.example", configuration: '{"a":"ü"}', removed: false } },
];

for (const [title, protocol, configuration] of [
  ["classic", classicProtocol, {}],
  ["V2", v2.protocol, v2.configuration],
] as const) {
  test(`a ${title} checkpoint keeps all that the actions carry`, async (t) => {
    const store = await logOf(t, [{ protocol }, { metaData: metadataWith(configuration) }, ...rich]);
    const before = await loadSnapshot(store, engine);
    const result = await writeCheckpoint(store, engine, before, now);
    assert.equal(result.version, 0);
    await deleteCommits(store, [0]);
    const after = await loadSnapshot(store, engine);
    assert.equal(after.checkpointVersion, 0);
    assert.deepEqual(contentOf(after), contentOf(before));
    const [remove] = after.state.tombstones.values();
    const [expected] = before.state.tombstones.values();
    assert.ok(expected !== undefined);
    assert.deepEqual(remove, { ...expected, dataChange: false });
  });
}

test("a V2 checkpoint has a unique name, says what it is, and has its files in sidecars", async (t) => {
  const store = memoryStore(t);
  await writeLog(store, simpleLog(5, v2));
  const snapshot = await loadSnapshot(store, engine);
  const { paths, sizeInBytes, actionCount } = await writeCheckpoint(store, engine, snapshot, now);
  const [top = "", ...sidecars] = paths;
  assert.match(top, /^_delta_log\/00000000000000000005\.checkpoint\.[0-9a-f-]{36}\.parquet$/);
  assert.equal(sidecars.length, 1);
  assert.match(sidecars[0] ?? "", /^_delta_log\/_sidecars\/[0-9a-f-]{36}\.parquet$/);
  const actions: Action[] = [];
  for await (const some of engine.readCheckpoint([await store.localPath(top)])) actions.push(...some);
  assert.deepEqual(
    actions.flatMap((action) => ("checkpointMetadata" in action ? [action.checkpointMetadata] : [])),
    [{ version: 5, tags: { numOfAddFiles: "4", sidecarNumActions: "4" } }],
  );
  assert.ok(!actions.some((action) => "add" in action || "remove" in action));
  const { size } = await store.describe(top);
  const hint: unknown = JSON.parse(await readText(store, lastCheckpointPath));
  const expected = {
    version: 5,
    size: actionCount,
    sizeInBytes,
    numOfAddFiles: 4,
    v2Checkpoint: { path: top.slice("_delta_log/".length), sizeInBytes: size, modificationTime: now },
  };
  assert.deepEqual(hint, { ...expected, checksum: checksumOf(expected) });
});

test("the policy alone makes no V2 checkpoint: the protocol must allow it", async (t) => {
  for (const options of [
    { configuration: v2.configuration },
    { protocol: v2.protocol },
    { protocol: v2.protocol, configuration: { "delta.checkpointPolicy": "classic" } },
  ]) {
    const store = memoryStore(t);
    await writeLog(store, simpleLog(3, options));
    await writeCheckpoint(store, engine, await loadSnapshot(store, engine), now);
    assert.deepEqual(
      (await listLog(store)).checkpoints.map((checkpoint) => checkpoint.kind),
      ["classic"],
    );
  }
});

test("many files go into several sidecars", async (t) => {
  const count = 120_000;
  const adds = range(1, count).map((index) => ({ add: addOf(`f${index}`) }));
  const { protocol, configuration } = v2;
  const store = await logOf(t, [{ protocol }, { metaData: metadataWith(configuration) }, ...adds]);
  const before = await loadSnapshot(store, engine);
  const { paths } = await writeCheckpoint(store, engine, before, now);
  assert.equal(paths.length, 4);
  await deleteCommits(store, [0]);
  const after = await loadSnapshot(store, engine);
  assert.equal(after.fileCount, count);
  assert.equal(after.sizeInBytes, before.sizeInBytes);
});

/** Fails at the n-th write, and remembers what was written. */
class FailingStore extends DelegatingStore {
  readonly written: string[] = [];
  failAt = Number.POSITIVE_INFINITY;

  override async put(path: string, data: Uint8Array): Promise<void> {
    if (this.written.length === this.failAt) throw new Error("the disk is full");
    this.written.push(path);
    await super.put(path, data);
  }
}

test("a V2 checkpoint that fails halfway leaves the table as it was", async (t) => {
  const inner = memoryStore(t);
  await writeLog(inner, simpleLog(5, v2));
  const expected = contentOf(await loadSnapshot(inner, engine));
  const store = new FailingStore(inner);
  for (const failAt of [0, 1]) {
    store.written.length = 0;
    store.failAt = failAt;
    const snapshot = await loadSnapshot(store, engine);
    await assert.rejects(writeCheckpoint(store, engine, snapshot, now), /disk is full/);
    const reread = await loadSnapshot(inner, engine);
    assert.equal(reread.checkpointVersion, -1);
    assert.deepEqual(contentOf(reread), expected);
  }
});

test("applications' progress expires only where the table says so, and not when its age is unknown", async (t) => {
  const txns: readonly Action[] = [
    { txn: { appId: "old", version: 1, lastUpdated: now - 10 * day } },
    { txn: { appId: "recent", version: 2, lastUpdated: now - 1 * day } },
    { txn: { appId: "ageless", version: 3 } },
  ];
  for (const [configuration, kept] of [
    [{}, ["ageless", "old", "recent"]],
    [{ "delta.setTransactionRetentionDuration": "interval 7 days" }, ["ageless", "recent"]],
    [{ "delta.setTransactionRetentionDuration": "interval 30 days" }, ["ageless", "old", "recent"]],
  ] as const) {
    const store = await logOf(t, [
      { protocol: classicProtocol },
      { metaData: metadataWith(configuration) },
      ...txns,
    ]);
    await writeCheckpoint(store, engine, await loadSnapshot(store, engine), now);
    await deleteCommits(store, [0]);
    const after = await loadSnapshot(store, engine);
    assert.deepEqual([...after.state.transactions.keys()].toSorted(), kept);
  }
});

test("removed files are remembered for as long as the table says", async (t) => {
  const removes: readonly Action[] = [
    { remove: removeOf("old", { deletionTimestamp: now - 8 * day }) },
    { remove: removeOf("recent", { deletionTimestamp: now - 6 * day }) },
    { remove: removeOf("undated", { deletionTimestamp: undefined }) },
  ];
  for (const [configuration, kept] of [
    [{}, ["recent"]],
    [{ "delta.deletedFileRetentionDuration": "interval 2 weeks" }, ["old", "recent"]],
    [{ "delta.deletedFileRetentionDuration": "interval 0 days" }, []],
  ] as const) {
    const store = await logOf(t, [
      { protocol: classicProtocol },
      { metaData: metadataWith(configuration) },
      ...removes,
    ]);
    await writeCheckpoint(store, engine, await loadSnapshot(store, engine), now);
    await deleteCommits(store, [0]);
    const after = await loadSnapshot(store, engine);
    assert.deepEqual([...after.state.tombstones.keys()].toSorted(), kept);
  }
});

test("a table with what only a later writer knows gets no checkpoint that would lose it", async (t) => {
  const store = await logOf(t, [
    { protocol: { minReaderVersion: 1, minWriterVersion: 7, writerFeatures: ["shinyFeature"] } },
    { metaData: metadataWith() },
  ]);
  const snapshot = await loadSnapshot(store, engine);
  await rejects(writeCheckpoint(store, engine, snapshot, now), "UNSUPPORTED_FEATURE", /shinyFeature/);
});

test("a failure of a checkpoint that is due comes back, and is not thrown", async (t) => {
  const inner = memoryStore(t);
  await writeLog(inner, simpleLog(10));
  const store = new FailingStore(inner);
  store.failAt = 0;
  const error = await checkpointIfDue(store, engine, await loadSnapshot(inner, engine), now);
  assert.match(error?.message ?? "", /checkpoint of version 10 failed: the disk is full/);
  store.failAt = Number.POSITIVE_INFINITY;
  assert.equal(await checkpointIfDue(store, engine, await loadSnapshot(inner, engine), now), undefined);
  assert.equal((await loadSnapshot(inner, engine)).checkpointVersion, 10);
});
