import assert from "node:assert/strict";
import { test } from "node:test";

import * as fc from "fast-check";

import { MemoryStore } from "../../src/index.ts";
import { writeCheckpoint } from "../../src/log/checkpoint.ts";
import { commitPath } from "../../src/log/log-files.ts";
import { SnapshotCache } from "../../src/log/snapshot-cache.ts";
import { loadSnapshot } from "../../src/log/snapshot.ts";
import { serializeActions } from "../../src/protocol/actions.ts";
import type { Action } from "../../src/protocol/actions.ts";
import { runsOf } from "../../../../test/sampled.ts";
import { DelegatingStore } from "../support/delegating-store.ts";
import { addOf, classicProtocol, contentOf, metadataWith, simpleLog, writeLog } from "../support/logs.ts";
import { engine, memoryStore, range, rejects, writeText } from "../support/tables.ts";

/** Counts what is asked of it. */
class WatchedStore extends DelegatingStore {
  readonly reads: string[] = [];
  listings = 0;

  override async read(path: string): Promise<Uint8Array> {
    this.reads.push(path);
    return super.read(path);
  }

  override async listNames(
    folder: string,
    options?: { readonly startAfter?: string | undefined },
  ): Promise<readonly string[]> {
    this.listings += 1;
    return super.listNames(folder, options);
  }
}

async function append(store: MemoryStore, version: number, actions: readonly Action[]): Promise<void> {
  await writeText(store, commitPath(version), serializeActions(actions));
}

async function dropTable(store: MemoryStore): Promise<void> {
  const paths: string[] = [];
  for await (const entry of store.listRecursively("")) paths.push(entry.path);
  await store.deleteMany(paths);
}

test("when nothing is new, the same snapshot comes back after one listing and a look at its commit", async (t) => {
  const inner = memoryStore(t);
  await writeLog(inner, simpleLog(20));
  const store = new WatchedStore(inner);
  const cache = new SnapshotCache(store, engine);
  const first = await cache.latest();
  store.reads.length = 0;
  store.listings = 0;
  assert.equal(await cache.latest(), first);
  assert.deepEqual(store.reads, [commitPath(20)]);
  assert.equal(store.listings, 1);
});

test("only new commits are read", async (t) => {
  const inner = memoryStore(t);
  await writeLog(inner, simpleLog(20));
  const store = new WatchedStore(inner);
  const cache = new SnapshotCache(store, engine);
  const old = await cache.latest();
  const before = contentOf(old);
  await append(inner, 21, [{ add: addOf("new") }]);
  await append(inner, 22, [{ remove: { path: "new", dataChange: true } }, { add: addOf("newer") }]);
  store.reads.length = 0;
  const latest = await cache.latest();
  assert.deepEqual(new Set(store.reads), new Set([20, 21, 22].map(commitPath)));
  assert.deepEqual(contentOf(latest), contentOf(await loadSnapshot(inner, engine)));
  assert.deepEqual(contentOf(old), before);
});

test("a table that was deleted and made anew is noticed, with fewer, as many and more versions", async (t) => {
  for (const versions of [3, 10, 15]) {
    const store = memoryStore(t, { now: () => 1 });
    await writeLog(store, simpleLog(10));
    const cache = new SnapshotCache(store, engine);
    await cache.latest();
    await dropTable(store);
    const log = simpleLog(versions);
    // The same number of bytes at the same times: only the contents tell.
    log[10]?.splice(1, 1, { add: addOf("g10.parquet") });
    log[1]?.splice(1, 1, { add: addOf("g1.parquet") });
    await writeLog(store, log);
    assert.deepEqual(contentOf(await cache.latest()), contentOf(await loadSnapshot(store, engine)));
  }
});

test("a table that is gone is not found, and one that comes is", async (t) => {
  const store = memoryStore(t);
  const cache = new SnapshotCache(store, engine);
  await rejects(cache.latest(), "TABLE_NOT_FOUND");
  await writeLog(store, simpleLog(2));
  assert.equal((await cache.latest()).version, 2);
  await dropTable(store);
  await rejects(cache.latest(), "TABLE_NOT_FOUND");
  await writeLog(store, simpleLog(1));
  assert.equal((await cache.latest()).version, 1);
});

test("when its commit was cleaned up, the table is loaded from what is left", async (t) => {
  const store = memoryStore(t);
  await writeLog(store, simpleLog(10));
  const cache = new SnapshotCache(store, engine);
  await cache.latest();
  await append(store, 11, [{ add: addOf("new") }]);
  await writeCheckpoint(store, engine, await loadSnapshot(store, engine), 1);
  for (const version of range(0, 11)) await store.delete(commitPath(version));
  const latest = await cache.latest();
  assert.equal(latest.version, 11);
  assert.equal(latest.checkpointVersion, 11);
  assert.equal((await cache.latest()).version, 11);
});

test("many new commits behind a newer checkpoint are not read one by one", async (t) => {
  const inner = memoryStore(t);
  await writeLog(inner, simpleLog(5));
  const store = new WatchedStore(inner);
  const cache = new SnapshotCache(store, engine);
  await cache.latest();
  await writeLog(inner, simpleLog(300).slice(6), 6);
  const expected = await loadSnapshot(inner, engine);
  await writeCheckpoint(inner, engine, expected, 1);
  store.reads.length = 0;
  assert.deepEqual(contentOf(await cache.latest()), contentOf(expected));
  assert.ok(store.reads.length < 10, String(store.reads.length));
});

test("a gap or a damaged commit is an error each time, until it is mended", async (t) => {
  const store = memoryStore(t);
  await writeLog(store, simpleLog(5));
  const cache = new SnapshotCache(store, engine);
  await cache.latest();
  await append(store, 7, [{ add: addOf("seven") }]);
  await rejects(cache.latest(), "CORRUPT_LOG", /version 6 is missing/);
  await writeText(store, commitPath(6), "rubbish");
  await rejects(cache.latest(), "CORRUPT_LOG", /00006\.json, line 1/);
  await append(store, 6, [{ add: addOf("six") }]);
  assert.equal((await cache.latest()).version, 7);
});

test("a table that comes to need what this engine lacks is refused", async (t) => {
  const store = memoryStore(t);
  await writeLog(store, simpleLog(5));
  const cache = new SnapshotCache(store, engine);
  await cache.latest();
  const protocol = {
    minReaderVersion: 3,
    minWriterVersion: 7,
    readerFeatures: ["shinyFeature"],
    writerFeatures: ["shinyFeature"],
  };
  await append(store, 6, [{ protocol }]);
  await rejects(cache.latest(), "UNSUPPORTED_FEATURE", /shinyFeature/);
  await rejects(cache.latest(), "UNSUPPORTED_FEATURE", /shinyFeature/);
  await append(store, 7, [{ protocol: classicProtocol }]);
  assert.equal((await cache.latest()).version, 7);
});

test("calls that overlap load the table once, and each sees what was there when it began", async (t) => {
  const inner = memoryStore(t);
  await writeLog(inner, simpleLog(20));
  const store = new WatchedStore(inner);
  const cache = new SnapshotCache(store, engine);
  const first = [cache.latest(), cache.latest(), cache.latest()];
  await append(inner, 21, [{ add: addOf("new") }]);
  const second = await cache.latest();
  assert.equal(second.version, 21);
  for (const snapshot of await Promise.all(first)) assert.ok(snapshot.version >= 20);
  assert.equal(store.reads.filter((path) => path === commitPath(3)).length, 1);
});

test("a table that is made anew while it is loaded is not remembered as something it never was", async (t) => {
  const inner = memoryStore(t);
  await writeLog(inner, simpleLog(6));
  const other = simpleLog(6).map((actions) =>
    actions.map((action) => ("add" in action ? { add: addOf(`other ${action.add.path}`) } : action)),
  );
  const store = new WatchedStore(inner);
  const read = store.read.bind(store);
  store.read = async (path) => {
    const data = await read(path);
    if (path === commitPath(6) && store.reads.length > 3) {
      store.read = read;
      await writeLog(inner, other);
    }
    return data;
  };
  const cache = new SnapshotCache(store, engine);
  await cache.latest();
  assert.deepEqual(contentOf(await cache.latest()), contentOf(await loadSnapshot(inner, engine)));
});

type Step = "append" | "checkpoint" | "recreate" | "clean up" | "latest";

test("whatever happens to the table, the cache says what a full load says", async () => {
  const steps = fc.array(
    fc.constantFrom<Step>("append", "append", "checkpoint", "recreate", "clean up", "latest", "latest"),
    { minLength: 5, maxLength: 25 },
  );
  await fc.assert(
    fc.asyncProperty(steps, async (actions) => {
      const store = new MemoryStore();
      try {
        const cache = new SnapshotCache(store, engine);
        let version = -1;
        let table = 0;
        const create = async (): Promise<void> => {
          table += 1;
          version = 0;
          const metaData = { ...metadataWith(), id: String(table) };
          await append(store, 0, [{ protocol: classicProtocol }, { metaData }]);
        };
        await create();
        for (const action of actions) {
          if (action === "append") {
            version += 1;
            await append(store, version, [{ add: addOf(`t${table} v${version}`) }]);
          } else if (action === "checkpoint") {
            await writeCheckpoint(store, engine, await loadSnapshot(store, engine), 1);
          } else if (action === "recreate") {
            await dropTable(store);
            await create();
          } else if (action === "clean up") {
            const { checkpointVersion } = await loadSnapshot(store, engine);
            for (const old of range(0, checkpointVersion - 1)) await store.delete(commitPath(old));
          } else {
            assert.deepEqual(contentOf(await cache.latest()), contentOf(await loadSnapshot(store, engine)));
          }
        }
        assert.deepEqual(contentOf(await cache.latest()), contentOf(await loadSnapshot(store, engine)));
      } finally {
        await store.close();
      }
    }),
    { numRuns: runsOf(8, 40) },
  );
});
