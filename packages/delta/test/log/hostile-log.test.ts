import assert from "node:assert/strict";
import { test } from "node:test";

import * as fc from "fast-check";

import { DeltaError, MemoryStore, StoreError } from "../../src/index.ts";
import { messageOf } from "../../src/errors.ts";
import { writeCheckpoint } from "../../src/log/checkpoint.ts";
import { readHistory } from "../../src/log/history.ts";
import { commitPath } from "../../src/log/log-files.ts";
import { SnapshotCache } from "../../src/log/snapshot-cache.ts";
import { loadSnapshot } from "../../src/log/snapshot.ts";
import type { Snapshot } from "../../src/log/snapshot.ts";
import { serializeActions } from "../../src/protocol/actions.ts";
import type { Action } from "../../src/protocol/actions.ts";
import { runsOf } from "../../../../test/sampled.ts";
import { addOf, contentOf, protocolWith, simpleLog, writeLog } from "../support/logs.ts";
import { engine, memoryStore, range, rejects, writeText } from "../support/tables.ts";

/** The files of a log that has one of everything: classic, V2 and multi-part checkpoints, compactions, checksums. */
async function everything(): Promise<ReadonlyMap<string, Uint8Array>> {
  const store = new MemoryStore();
  try {
    const log = simpleLog(14, {
      protocol: protocolWith(["v2Checkpoint"]),
      configuration: { "delta.checkpointPolicy": "v2" },
    });
    await writeLog(store, log);
    const at = async (version: number): Promise<Snapshot> => loadSnapshot(store, engine, { version });
    const snapshots = new Map<number, Snapshot>();
    for (const version of [3, 6, 9, 12, 14]) snapshots.set(version, await at(version));
    for (const [version, snapshot] of snapshots) {
      const table: Action[] = [
        { protocol: snapshot.protocol },
        { metaData: snapshot.metadata },
        ...[...snapshot.state.transactions.values()].map((txn) => ({ txn })),
      ];
      const files: Action[] = [...snapshot.files].map((add) => ({ add }));
      const digits = String(version).padStart(20, "0");
      if (version === 3) {
        const actions = [...table, ...files];
        await store.put(`_delta_log/${digits}.checkpoint.parquet`, await engine.writeCheckpoint(actions));
      } else if (version === 6) {
        const parts = [table, files];
        for (const [index, part] of parts.entries()) {
          const name = `${digits}.checkpoint.000000000${index + 1}.0000000002.parquet`;
          await store.put(`_delta_log/${name}`, await engine.writeCheckpoint(part));
        }
      } else if (version === 9) {
        const tags = { numOfAddFiles: String(snapshot.fileCount) };
        const actions: Action[] = [{ checkpointMetadata: { version, tags } }, ...table, ...files];
        const name = `${digits}.checkpoint.80a083e8-7026-4e79-81be-64bd76c43a11.json`;
        await writeText(store, `_delta_log/${name}`, serializeActions(actions));
      } else if (version === 12) {
        await writeCheckpoint(store, engine, snapshot, 1);
      } else {
        const checksum = { numFiles: snapshot.fileCount, tableSizeBytes: snapshot.sizeInBytes };
        await writeText(store, `_delta_log/${digits}.crc`, JSON.stringify(checksum));
      }
    }
    const compacted = log
      .slice(13, 15)
      .flat()
      .filter((action) => !("commitInfo" in action));
    await writeText(
      store,
      "_delta_log/00000000000000000013.00000000000000000014.compacted.json",
      serializeActions(compacted),
    );
    const files = new Map<string, Uint8Array>();
    for await (const { path } of store.listRecursively("")) files.set(path, await store.read(path));
    return files;
  } finally {
    await store.close();
  }
}

const original = everything();

async function withFiles(
  files: Iterable<readonly [string, Uint8Array]>,
  work: (store: MemoryStore) => Promise<void>,
): Promise<void> {
  const store = new MemoryStore();
  try {
    for (const [path, data] of files) await store.put(path, data);
    await work(store);
  } finally {
    await store.close();
  }
}

/** The error that it fails with; one without a type is a defect. */
async function typedFailure(work: Promise<unknown>): Promise<unknown> {
  try {
    await work;
    return undefined;
  } catch (error) {
    assert.ok(error instanceof DeltaError || error instanceof StoreError, `not typed: ${messageOf(error)}`);
    assert.match(error.message, /memory:table/);
    return error;
  }
}

const place = fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true });

type Damage =
  | { readonly kind: "delete" | "empty"; readonly file: number }
  | { readonly kind: "truncate"; readonly file: number; readonly at: number }
  | { readonly kind: "overwrite"; readonly file: number; readonly at: number; readonly bytes: Uint8Array }
  | { readonly kind: "swap"; readonly file: number; readonly with: number };

const bytes = fc.uint8Array({ minLength: 1, maxLength: 8 });

/** What a reader notices for sure. */
const obvious: fc.Arbitrary<Damage> = fc.oneof(
  fc.record({ kind: fc.constantFrom("delete" as const, "empty" as const), file: place }),
  fc.record({ kind: fc.constant("truncate" as const), file: place, at: place }),
  fc.record({ kind: fc.constant("swap" as const), file: place, with: place }),
);
const any: fc.Arbitrary<Damage> = fc.oneof(
  obvious,
  fc.record({ kind: fc.constant("overwrite" as const), file: place, at: place, bytes }),
);

function applyDamage(files: Map<string, Uint8Array>, candidates: readonly string[], damage: Damage): void {
  const pick = (at: number): string => candidates[Math.floor(at * candidates.length)] ?? "";
  const path = pick(damage.file);
  const data = files.get(path);
  if (data === undefined) return;
  switch (damage.kind) {
    case "delete":
      files.delete(path);
      return;
    case "empty":
      files.set(path, new Uint8Array());
      return;
    case "truncate":
      files.set(path, data.slice(0, Math.floor(damage.at * data.length)));
      return;
    case "swap":
      files.set(path, files.get(pick(damage.with)) ?? data);
      return;
    case "overwrite": {
      const copy = Uint8Array.from(data);
      const at = Math.floor(damage.at * data.length);
      copy.set(damage.bytes.slice(0, data.length - at), at);
      files.set(path, copy);
    }
  }
}

const isCommit = /\/\d{20}\.json$/;

test("damage to anything but the commits costs time, not the table", async () => {
  const files = await original;
  const shortcuts = [...files.keys()].filter((path) => !isCommit.test(path));
  const commits = [...files].filter(([path]) => isCommit.test(path));
  let expected: unknown;
  await withFiles(commits, async (store) => {
    expected = contentOf(await loadSnapshot(store, engine));
  });
  await fc.assert(
    fc.asyncProperty(fc.array(obvious, { minLength: 1, maxLength: 6 }), async (damages) => {
      const damaged = new Map(files);
      for (const damage of damages) applyDamage(damaged, shortcuts, damage);
      await withFiles(damaged, async (store) => {
        assert.deepEqual(contentOf(await loadSnapshot(store, engine)), expected);
      });
    }),
    { numRuns: runsOf(15, 150) },
  );
});

test("damage to anything, of any kind, is a typed error or a snapshot, never anything else", async () => {
  const files = await original;
  const all = [...files.keys()];
  await fc.assert(
    fc.asyncProperty(
      fc.array(any, { minLength: 1, maxLength: 4 }),
      fc.nat({ max: 14 }),
      async (damages, version) => {
        const damaged = new Map(files);
        for (const damage of damages) applyDamage(damaged, all, damage);
        await withFiles(damaged, async (store) => {
          await typedFailure(loadSnapshot(store, engine));
          await typedFailure(loadSnapshot(store, engine, { version }));
          await typedFailure(readHistory(store));
          await typedFailure(new SnapshotCache(store, engine).latest());
        });
      },
    ),
    { numRuns: runsOf(15, 150) },
  );
});

test("a log without its first commits is as good as its checkpoints, and says so otherwise", async () => {
  const files = await original;
  const shortcuts = [...files.keys()].filter(
    (path) => /checkpoint/.test(path) && !path.endsWith("_last_checkpoint"),
  );
  let expected: unknown;
  await withFiles(files, async (store) => {
    expected = contentOf(await loadSnapshot(store, engine));
  });
  await fc.assert(
    fc.asyncProperty(fc.subarray(shortcuts), fc.nat({ max: 14 }), async (broken, first) => {
      const damaged = new Map(files);
      for (const path of broken) damaged.set(path, Buffer.from("PAR1 rubbish PAR1"));
      for (const version of range(0, first - 1)) damaged.delete(commitPath(version));
      const whole = (version: number, names: number): boolean =>
        version >= first - 1 &&
        shortcuts.filter((path) => path.includes(`/${String(version).padStart(20, "0")}.`)).length ===
          names &&
        !broken.some((path) => path.includes(String(version).padStart(20, "0")));
      const sidecars = shortcuts.filter((path) => path.includes("_sidecars"));
      assert.equal(sidecars.length, 0);
      const isReadable = first === 0 || whole(3, 1) || whole(6, 2) || whole(9, 1) || whole(12, 1);
      await withFiles(damaged, async (store) => {
        if (isReadable) assert.deepEqual(contentOf(await loadSnapshot(store, engine)), expected);
        else assert.ok((await typedFailure(loadSnapshot(store, engine))) instanceof DeltaError);
      });
    }),
    { numRuns: runsOf(12, 100) },
  );
});

const hostileLines: readonly (readonly [string, string])[] = [
  ["an array", "[]"],
  ["a number", "1"],
  ["an add that is no object", '{"add":[]}'],
  ["an add without a path", '{"add":{"size":1}}'],
  ["a path that is no text", '{"add":{"path":{"a":1},"size":1}}'],
  ["a size that is no number", '{"add":{"path":"x","size":"1"}}'],
  ["metadata without a schema", '{"metaData":{"id":"x","partitionColumns":[]}}'],
  ["a schema that is no JSON", '{"metaData":{"id":"x","partitionColumns":[],"schemaString":"{"}}'],
  [
    "partition columns that are no texts",
    '{"metaData":{"id":"x","schemaString":"{}","partitionColumns":[1]}}',
  ],
  ["a protocol of texts", '{"protocol":{"minReaderVersion":"1","minWriterVersion":"2"}}'],
  [
    "features that are no list",
    '{"protocol":{"minReaderVersion":3,"minWriterVersion":7,"readerFeatures":"x"}}',
  ],
  ["an unknown deletion vector", '{"add":{"path":"x","size":1,"deletionVector":{"storageType":"z"}}}'],
  ["JSON nested beyond measure", `{"add":${'{"a":'.repeat(100_000)}`],
  ["a byte order mark inside", '\ufeff{"add":{"path":"x","size":1}'],
];

for (const [title, line] of hostileLines) {
  test(`a commit with ${title} is an error that names file and line, or a line without meaning`, async (t) => {
    const store = memoryStore(t);
    await writeLog(store, simpleLog(3));
    const good = Buffer.from(await store.read(commitPath(2))).toString("utf8");
    await writeText(store, commitPath(2), `${good}${line}\n`);
    const error = await typedFailure(loadSnapshot(store, engine));
    if (error !== undefined)
      assert.ok(
        error instanceof DeltaError && /000002\.json, line 4|schema/i.test(error.message),
        messageOf(error),
      );
    assert.equal((await loadSnapshot(store, engine, { version: 1 })).fileCount, 1);
  });
}

test("a path or an application named as an object's own members is a name like any other", async (t) => {
  const store = memoryStore(t);
  const names = ["__proto__", "constructor", "toString", "hasOwnProperty"];
  const log = simpleLog(1);
  log.push(names.map((path) => ({ add: addOf(path, { partitionValues: { [path]: path } }) })));
  log.push(names.map((appId, version) => ({ txn: { appId, version } })));
  await writeLog(store, log);
  const before = await loadSnapshot(store, engine);
  await writeCheckpoint(store, engine, before, 1);
  for (const version of range(0, 3)) await store.delete(commitPath(version));
  const after = await loadSnapshot(store, engine);
  assert.deepEqual(contentOf(after), contentOf(before));
  assert.equal(after.transaction("__proto__")?.version, 0);
  assert.equal(after.transaction("valueOf"), undefined);
});

test("names of versions beyond what numbers hold are no files of the log", async (t) => {
  const store = memoryStore(t);
  await writeLog(store, simpleLog(2));
  for (const name of [
    "99999999999999999999.json",
    "99999999999999999999.checkpoint.parquet",
    "00000000000000000001.99999999999999999999.compacted.json",
    "00000000000000000002.checkpoint.0000000001.9999999999.parquet",
    "00000000000000000002.checkpoint.0000000000.0000000001.parquet",
  ])
    await writeText(store, `_delta_log/${name}`, "rubbish");
  assert.equal((await loadSnapshot(store, engine)).version, 2);
  await rejects(loadSnapshot(store, engine, { version: 3 }), "VERSION_NOT_FOUND", /the newest is 2/);
});
