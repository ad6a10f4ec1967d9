import assert from "node:assert/strict";
import { test } from "node:test";

import { DeltaTable } from "../../src/index.ts";
import type { ObjectStore } from "../../src/index.ts";
import { checksumOf, lastCheckpointPath } from "../../src/log/last-checkpoint.ts";
import { checkpointPath, commitPath } from "../../src/log/log-files.ts";
import { serializeActions } from "../../src/protocol/actions.ts";
import type { Action, Protocol } from "../../src/protocol/actions.ts";
import { DelegatingStore } from "../support/delegating-store.ts";
import {
  columns,
  countingTable,
  engine,
  idsOf,
  memoryStore,
  memoryTable,
  range,
  readText,
  rejects,
  writeText,
} from "../support/tables.ts";

async function reopened(store: ObjectStore): Promise<number[]> {
  return idsOf(await DeltaTable.open(store, { engine }));
}

async function deleteCommits(store: ObjectStore, versions: readonly number[]): Promise<void> {
  for (const version of versions) await store.delete(commitPath(version));
}

async function addCommit(store: ObjectStore, version: number, lines: string): Promise<void> {
  await writeText(store, commitPath(version), lines);
}

/** Counts what is read and stored. */
class WatchedStore extends DelegatingStore {
  readonly reads: string[] = [];
  readonly writes: string[] = [];

  override read(path: string): Promise<Uint8Array> {
    this.reads.push(path);
    return super.read(path);
  }

  override localPath(path: string): Promise<string> {
    this.reads.push(path);
    return super.localPath(path);
  }

  override put(path: string, data: Uint8Array): Promise<void> {
    this.writes.push(path);
    return super.put(path, data);
  }

  override putIfAbsent(path: string, data: Uint8Array): Promise<void> {
    this.writes.push(path);
    return super.putIfAbsent(path, data);
  }
}

test("every tenth version writes a checkpoint, and _last_checkpoint names the newest", async (t) => {
  const store = memoryStore(t);
  await countingTable(store, 21);
  const names = await store.listNames("_delta_log");
  assert.deepEqual(
    names.filter((name) => name.includes("checkpoint")),
    [
      "00000000000000000010.checkpoint.parquet",
      "00000000000000000020.checkpoint.parquet",
      "_last_checkpoint",
    ],
  );
  const hint: unknown = JSON.parse(await readText(store, lastCheckpointPath));
  const { size: sizeInBytes } = await store.describe(checkpointPath(20));
  const expected = { version: 20, size: 22, sizeInBytes, numOfAddFiles: 20 };
  assert.deepEqual(hint, { ...expected, checksum: checksumOf(expected) });
});

/** The checkpoint from which a table opens. */
async function checkpointOf(store: ObjectStore): Promise<number> {
  return (await DeltaTable.at(store, { engine }).snapshot()).checkpointVersion;
}

test("a table's property sets how often checkpoints are written", async (t) => {
  const store = memoryStore(t);
  const table = await DeltaTable.create(store, {
    schema: columns({ id: "long" }),
    properties: { "delta.checkpointInterval": "2" },
    engine,
  });
  for (let id = 1; id <= 4; id += 1) await table.append({ rows: [{ id }] });
  assert.equal(await checkpointOf(store), 4);
  assert.equal((await table.snapshot({ version: 3 })).checkpointVersion, 2);
});

test("with a checkpoint only the commits behind it are read", async (t) => {
  const inner = memoryStore(t);
  await countingTable(inner, 12);
  const store = new WatchedStore(inner);
  const snapshot = await DeltaTable.at(store, { engine }).snapshot();
  assert.equal(snapshot.checkpointVersion, 10);
  assert.deepEqual(
    [...new Set(store.reads)].toSorted(),
    [lastCheckpointPath, checkpointPath(10), commitPath(11), commitPath(12)].toSorted(),
  );
});

test("a checkpoint holds all that the commits before it said", async (t) => {
  const store = memoryStore(t);
  const table = await DeltaTable.create(store, {
    schema: columns({ id: "long", p: "string" }),
    partitionBy: ["p"],
    name: "prices",
    description: "a description",
    properties: { "delta.appendOnly": "true" },
    engine,
  });
  for (let id = 1; id <= 9; id += 1) {
    const transactions = [{ appId: `feed ${id % 2}`, version: id }];
    await table.append({ rows: [{ id, p: id === 3 ? null : `p/${id}` }] }, { transactions });
  }
  await addCommit(
    store,
    10,
    serializeActions([
      { domainMetadata: { domain: "kept", configuration: '{"a":1}', removed: false } },
      { domainMetadata: { domain: "dropped", configuration: "", removed: true } },
      {
        remove: {
          path: "gone.parquet",
          deletionTimestamp: Date.now(),
          dataChange: true,
          size: 5,
          partitionValues: { p: "x" },
        },
      },
      { remove: { path: "long-gone.parquet", deletionTimestamp: 1, dataChange: true } },
    ]),
  );
  for (let id = 11; id <= 20; id += 1) await table.append({ rows: [{ id, p: "later" }] });
  const before = await table.snapshot();
  assert.equal(await checkpointOf(store), 20);
  await deleteCommits(store, range(0, 19));
  const restored = await DeltaTable.at(store, { engine }).snapshot();
  assert.deepEqual(restored.metadata, before.metadata);
  assert.equal(restored.metadata.name, "prices");
  assert.deepEqual(restored.protocol, before.protocol);
  assert.equal(restored.transaction("feed 0")?.version, 8);
  assert.equal(restored.transaction("feed 1")?.version, 9);
  assert.deepEqual([...restored.state.domains.keys()], ["kept"]);
  assert.deepEqual([...restored.state.tombstones.keys()], ["gone.parquet"]);
  assert.equal(restored.fileCount, 19);
  assert.ok([...restored.files].every((file) => file.stats?.includes('"numRecords":1') === true));
  assert.ok([...restored.files].some((file) => file.partitionValues["p"] === null));
  assert.deepEqual(await reopened(store), [...range(1, 9), ...range(11, 20)]);
});

test("a table reads from its checkpoint alone when the older commits are gone", async (t) => {
  const store = memoryStore(t);
  await countingTable(store, 12);
  await deleteCommits(store, range(0, 9));
  assert.deepEqual(await reopened(store), range(1, 12));
  const table = await DeltaTable.open(store, { engine });
  await table.append({ rows: [{ id: 13 }] });
  assert.deepEqual(await idsOf(table), range(1, 13));
  await rejects(table.snapshot({ version: 9 }), "VERSION_NOT_FOUND", /version 9/);
});

test("a checkpoint of a version whose own commit is gone is enough", async (t) => {
  const store = memoryStore(t);
  await countingTable(store, 10);
  await deleteCommits(store, range(0, 10));
  assert.deepEqual(await reopened(store), range(1, 10));
});

test("_last_checkpoint is only a hint: missing, empty, cut off, stale or wrong, it changes nothing", async (t) => {
  const store = memoryStore(t);
  await countingTable(store, 12);
  const good = await readText(store, lastCheckpointPath);
  await store.delete(lastCheckpointPath);
  assert.deepEqual(await reopened(store), range(1, 12));
  for (const hint of ["", good.slice(0, 9), "rubbish", '{"version":99}', '{"version":2,"size":1}', "null"]) {
    await writeText(store, lastCheckpointPath, hint);
    assert.deepEqual(await reopened(store), range(1, 12), hint);
  }
});

test("a damaged checkpoint falls back to the one before it, or to the commits", async (t) => {
  const store = memoryStore(t);
  await countingTable(store, 21);
  const whole = await store.read(checkpointPath(20));
  for (const damaged of [new Uint8Array(), Buffer.from("rubbish"), whole.slice(0, whole.length / 2)]) {
    await store.put(checkpointPath(20), damaged);
    const snapshot = await (await DeltaTable.open(store, { engine })).snapshot();
    assert.equal(snapshot.checkpointVersion, 10);
    assert.deepEqual(await reopened(store), range(1, 21));
  }
  await store.put(checkpointPath(10), Buffer.from("rubbish"));
  assert.deepEqual(await reopened(store), range(1, 21));
  await deleteCommits(store, [0]);
  await rejects(reopened(store), "CORRUPT_LOG", /no readable checkpoint for version 21/);
});

test("a checkpoint without protocol or metadata counts as damaged", async (t) => {
  const store = memoryStore(t);
  await countingTable(store, 11);
  await store.put(checkpointPath(10), await engine.writeCheckpoint([{ txn: { appId: "a", version: 1 } }]));
  assert.deepEqual(await reopened(store), range(1, 11));
});

function part(number: number): string {
  return `_delta_log/00000000000000000005.checkpoint.000000000${number}.0000000002.parquet`;
}

test("an incomplete checkpoint of several parts is ignored, a complete one is used", async (t) => {
  const store = memoryStore(t);
  const table = await countingTable(store, 5);
  const { protocol, metadata, files } = await table.snapshot();
  await store.put(part(1), await engine.writeCheckpoint([{ protocol }, { metaData: metadata }]));
  assert.equal(await checkpointOf(store), -1);
  await store.put(part(2), await engine.writeCheckpoint([...files].map((add) => ({ add }))));
  assert.equal(await checkpointOf(store), 5);
  await deleteCommits(store, range(0, 5));
  assert.deepEqual(await reopened(store), range(1, 5));
});

test("other files in the log's folder are ignored", async (t) => {
  const store = memoryStore(t);
  await countingTable(store, 3);
  for (const name of [
    ".tmp-5f0c",
    "00000000000000000001.crc",
    "00000000000000000000.00000000000000000003.compacted.json",
    "00000000000000000099.json.tmp",
    "99.json",
    "_staged_commits/00000000000000000099.uuid.json",
    "_commits/x",
  ]) {
    await writeText(store, `_delta_log/${name}`, "rubbish");
  }
  assert.deepEqual(await reopened(store), range(1, 3));
});

test("a gap in the commits is an error that names the missing version", async (t) => {
  const store = memoryStore(t);
  await countingTable(store, 15);
  await deleteCommits(store, [13]);
  const table = DeltaTable.at(store, { engine });
  await rejects(table.scan(), "CORRUPT_LOG", /13/);
  await rejects(table.append({ rows: [{ id: 1 }] }), "CORRUPT_LOG", /13/);
  assert.deepEqual(await idsOf(table, { version: 12 }), range(1, 12));
});

test("a log whose beginning is gone, without a checkpoint, says where it begins", async (t) => {
  const store = memoryStore(t);
  await countingTable(store, 4);
  await deleteCommits(store, [0, 1]);
  const table = DeltaTable.at(store, { engine });
  await rejects(table.snapshot(), "VERSION_NOT_FOUND", /begins at commit 2/);
});

test("a commit with a line that is no JSON is a corrupt log, by file and line", async (t) => {
  const store = memoryStore(t);
  const table = await countingTable(store, 3);
  const good = await readText(store, commitPath(2));
  await addCommit(store, 2, `${good}{"add":{"path":"cut of`);
  await rejects(table.scan(), "CORRUPT_LOG", /00000000000000000002\.json, line 3/);
  await rejects(table.history(), "CORRUPT_LOG", /00000000000000000002\.json/);
  assert.deepEqual(await idsOf(table, { version: 1 }), [1]);
});

test("a corrupt commit is reported as itself, also behind a good checkpoint", async (t) => {
  const store = memoryStore(t);
  const table = await countingTable(store, 12);
  await addCommit(store, 11, "rubbish");
  await rejects(table.scan(), "CORRUPT_LOG", /00000000000000000011\.json, line 1/);
});

test("actions of unknown kinds are skipped when the protocol allows", async (t) => {
  const store = memoryStore(t);
  const table = await countingTable(store, 1);
  await addCommit(store, 2, '{"shinyNewAction":{"x":1}}\n{"commitInfo":{"operation":"SHINY"}}\n');
  await table.append({ rows: [{ id: 2 }] });
  assert.deepEqual(await idsOf(table), [1, 2]);
});

test("a log without protocol or metadata is corrupt", async (t) => {
  const store = memoryStore(t);
  await addCommit(store, 0, '{"commitInfo":{}}\n');
  await rejects(DeltaTable.at(store, { engine }).snapshot(), "CORRUPT_LOG", /no protocol or no metadata/);
});

test("a version that does not exist is not found, and the newest is named", async (t) => {
  const table = await countingTable(memoryStore(t), 2);
  for (const version of [3, -1]) {
    await rejects(table.scan({ version }), "VERSION_NOT_FOUND", /the newest is 2/);
  }
  for (const version of [1.5, Number.NaN]) {
    await rejects(table.scan({ version }), "INVALID_ARGUMENT", /a whole number, not/);
  }
});

const unreadable: readonly (readonly [string, Protocol, RegExp])[] = [
  ["a reader version of the future", { minReaderVersion: 4, minWriterVersion: 7 }, /reader version 4/],
  [
    "an unknown reader feature",
    {
      minReaderVersion: 3,
      minWriterVersion: 7,
      readerFeatures: ["shinyFeature"],
      writerFeatures: ["shinyFeature"],
    },
    /shinyFeature/,
  ],
  [
    "a catalog",
    {
      minReaderVersion: 3,
      minWriterVersion: 7,
      readerFeatures: ["catalogManaged"],
      writerFeatures: ["catalogManaged"],
    },
    /catalogManaged/,
  ],
];

for (const [title, protocol, message] of unreadable) {
  test(`a table that needs ${title} is refused by name, on read and on write, before anything is touched`, async (t) => {
    const inner = memoryStore(t);
    await countingTable(inner, 1);
    await addCommit(inner, 2, serializeActions([{ protocol }]));
    const store = new WatchedStore(inner);
    const table = DeltaTable.at(store, { engine });
    await rejects(table.scan(), "UNSUPPORTED_FEATURE", message);
    await rejects(table.append({ rows: [{ id: 2 }] }), "UNSUPPORTED_FEATURE", message);
    assert.deepEqual(store.writes, []);
    assert.ok(store.reads.every((path) => path.startsWith("_delta_log/")));
    assert.deepEqual(await idsOf(table, { version: 1 }), [1]);
  });
}

const readOnly: readonly (readonly [string, readonly Action[], RegExp])[] = [
  [
    "a writer version of the future",
    [{ protocol: { minReaderVersion: 1, minWriterVersion: 8 } }],
    /writer version 8/,
  ],
  [
    "an unknown writer feature",
    [{ protocol: { minReaderVersion: 1, minWriterVersion: 7, writerFeatures: ["shinyFeature"] } }],
    /shinyFeature/,
  ],
];

for (const [title, actions, message] of readOnly) {
  test(`a table that needs ${title} to write can be read, and a write is refused by name`, async (t) => {
    const inner = memoryStore(t);
    await countingTable(inner, 1);
    await addCommit(inner, 2, serializeActions(actions));
    const store = new WatchedStore(inner);
    const table = DeltaTable.at(store, { engine });
    assert.deepEqual(await idsOf(table), [1]);
    await rejects(table.append({ rows: [{ id: 2 }] }), "UNSUPPORTED_FEATURE", message);
    assert.deepEqual(store.writes, []);
  });
}

test("a table that merely allows features by its legacy versions can be written", async (t) => {
  const store = memoryStore(t);
  const table = await countingTable(store, 1);
  await addCommit(store, 2, serializeActions([{ protocol: { minReaderVersion: 2, minWriterVersion: 6 } }]));
  await table.append({ rows: [{ id: 2 }] });
  assert.deepEqual(await idsOf(table), [1, 2]);
});

test("a timestamp without a zone asks for its table feature, and other tables for none", async (t) => {
  const plain = await memoryTable(t, { schema: columns({ id: "long" }) });
  assert.deepEqual((await plain.snapshot()).protocol, { minReaderVersion: 1, minWriterVersion: 2 });
  const zoneless = await memoryTable(t, {
    schema: columns({ id: "long", inner: columns({ n: "timestamp_ntz" }) }),
  });
  assert.deepEqual((await zoneless.snapshot()).protocol, {
    minReaderVersion: 3,
    minWriterVersion: 7,
    readerFeatures: ["timestampNtz"],
    writerFeatures: ["timestampNtz"],
  });
});

test("a removed file is gone, and an added one with the same path is back", async (t) => {
  const store = memoryStore(t);
  const table = await countingTable(store, 2);
  const [file] = (await table.snapshot()).files;
  assert.ok(file !== undefined);
  await addCommit(store, 3, serializeActions([{ remove: { path: file.path, dataChange: true } }]));
  assert.deepEqual(await idsOf(table), [2]);
  await addCommit(store, 4, serializeActions([{ add: file }]));
  assert.deepEqual(await idsOf(table), [1, 2]);
  assert.deepEqual(await idsOf(table, { version: 2 }), [1, 2]);
  assert.deepEqual(await idsOf(table, { version: 3 }), [2]);
});

test("rows written before a column was added read as null there", async (t) => {
  const store = memoryStore(t);
  const table = await countingTable(store, 1);
  const { metadata } = await table.snapshot();
  const schemaString = JSON.stringify(columns({ id: "long", source: "string" }));
  await addCommit(store, 2, serializeActions([{ metaData: { ...metadata, schemaString } }]));
  await table.append({ rows: [{ id: 2, source: "demo" }] });
  assert.deepEqual(await (await table.scan({ orderBy: "id" })).rows(), [
    { id: 1n, source: null },
    { id: 2n, source: "demo" },
  ]);
  assert.deepEqual(await (await table.scan({ where: "source IS NULL" })).rows(), [{ id: 1n, source: null }]);
});

test("a file that the log names outside the table's root is refused", async (t) => {
  const store = memoryStore(t);
  const table = await countingTable(store, 1);
  const add = {
    path: "../../etc/passwd",
    partitionValues: {},
    size: 1,
    modificationTime: 0,
    dataChange: true,
  };
  await addCommit(store, 2, serializeActions([{ add }]));
  await rejects((await table.scan()).rows(), "UNSAFE_PATH", /etc\/passwd/);
});
