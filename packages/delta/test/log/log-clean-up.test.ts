import assert from "node:assert/strict";
import { test } from "node:test";
import type { TestContext } from "node:test";

import type { MemoryStore } from "../../src/index.ts";
import { checkpointIfDue, writeCheckpoint } from "../../src/log/checkpoint.ts";
import { cleanUpLog } from "../../src/log/clean-up.ts";
import type { LogCleanUpResult } from "../../src/log/clean-up.ts";
import { checkpointPath, commitPath } from "../../src/log/log-files.ts";
import { loadSnapshot } from "../../src/log/snapshot.ts";
import { serializeActions } from "../../src/protocol/actions.ts";
import type { Protocol } from "../../src/protocol/actions.ts";
import { sampled } from "../../../../test/sampled.ts";
import { DelegatingStore } from "../support/delegating-store.ts";
import { contentOf, protocolWith, simpleLog } from "../support/logs.ts";
import { engine, memoryStore, range, rejects, writeText } from "../support/tables.ts";

const day = 24 * 3600 * 1000;
const start = Date.UTC(2026, 0, 1, 12);
const v2 = { protocol: protocolWith(["v2Checkpoint"]), configuration: { "delta.checkpointPolicy": "v2" } };

interface TestLog {
  readonly store: MemoryStore;
  readonly clock: { now: number };
}

/** A log of one commit a day at noon, from the first of January on, with checkpoints at some versions. */
async function dailyLog(
  t: TestContext,
  days: number,
  checkpoints: readonly number[],
  options: {
    readonly protocol?: Protocol;
    readonly configuration?: Readonly<Record<string, string>>;
    readonly timeOf?: (version: number) => number;
  } = {},
): Promise<TestLog> {
  const clock = { now: start };
  const store = memoryStore(t, { now: () => clock.now });
  for (const [version, actions] of simpleLog(days, options).entries()) {
    clock.now = options.timeOf?.(version) ?? start + version * day;
    await writeText(store, commitPath(version), serializeActions(actions));
    if (checkpoints.includes(version))
      await writeCheckpoint(store, engine, await loadSnapshot(store, engine), clock.now);
  }
  clock.now = start + days * day;
  return { store, clock };
}

async function cleanUp(log: TestLog, options: { readonly dryRun?: boolean } = {}): Promise<LogCleanUpResult> {
  return cleanUpLog(log.store, engine, await loadSnapshot(log.store, engine), log.clock.now, options);
}

async function versionsLeft(store: MemoryStore, pattern: RegExp): Promise<number[]> {
  const names = await store.listNames("_delta_log");
  return names.filter((name) => pattern.test(name)).map((name) => Number(name.slice(0, 20)));
}

const commits = /^\d+\.json$/;

test("what is older than the newest checkpoint before the cutoff goes, and the rest stays readable", async (t) => {
  const log = await dailyLog(t, 60, [10, 20, 25, 29, 31, 50]);
  const { store } = log;
  await writeText(store, "_delta_log/00000000000000000003.crc", "{}");
  await writeText(store, "_delta_log/00000000000000000040.crc", "{}");
  const before = contentOf(await loadSnapshot(store, engine));
  const result = await cleanUp(log);
  // Sixty days on, thirty of retention: the cutoff is the midnight before version 30.
  assert.deepEqual(result.cutoff, new Date(Date.UTC(2026, 0, 31)));
  assert.equal(result.oldestVersion, 29);
  assert.deepEqual(await versionsLeft(store, commits), range(29, 60));
  assert.deepEqual(await versionsLeft(store, /^\d.*checkpoint/), [29, 31, 50]);
  assert.deepEqual(await versionsLeft(store, /crc/), [40]);
  assert.equal(result.refusal, undefined);
  assert.equal(result.commitsDeleted, 29);
  assert.equal(result.checkpointFilesDeleted, 3);
  assert.equal(result.filesDeleted, 33);
  assert.equal(result.paths.length, 33);
  assert.ok(result.bytesDeleted > 1000);
  assert.deepEqual(contentOf(await loadSnapshot(store, engine)), before);
  for (const version of [29, ...sampled("versions that stay", range(30, 60), 3)])
    assert.equal((await loadSnapshot(store, engine, { version })).version, version);
  await rejects(loadSnapshot(store, engine, { version: 28 }), "VERSION_NOT_FOUND", /28/);
  assert.equal((await cleanUp(log)).filesDeleted, 0);
});

test("a dry run tells the same and deletes nothing", async (t) => {
  const log = await dailyLog(t, 50, [10, 15]);
  const names = await log.store.listNames("_delta_log");
  const dry = await cleanUp(log, { dryRun: true });
  assert.deepEqual(await log.store.listNames("_delta_log"), names);
  assert.equal(dry.oldestVersion, 15);
  assert.deepEqual(await cleanUp(log), dry);
});

test("a commit at the very cutoff may go, and one a moment later is kept", async (t) => {
  const midnight = Date.UTC(2026, 0, 31);
  for (const [time, oldest] of [
    [midnight, 5],
    [midnight + 1, undefined],
  ] as const) {
    const log = await dailyLog(t, 6, [5], {
      timeOf: (version) => (version === 5 ? time : version === 6 ? time + 2 : start + version),
    });
    log.clock.now = Date.UTC(2026, 2, 2, 23);
    assert.equal((await cleanUp(log)).oldestVersion, oldest);
  }
});

test("where a clock ran backwards, commits are as old as their place in the log says", async (t) => {
  // Version 2 claims the future; those behind it are later still, whatever their files say.
  const log = await dailyLog(t, 10, [5], {
    timeOf: (version) => (version === 2 ? start + 100 * day : start + version * day),
  });
  log.clock.now = start + 90 * day;
  assert.equal((await cleanUp(log)).filesDeleted, 0);
  log.clock.now = start + 132 * day;
  assert.equal((await cleanUp(log)).oldestVersion, 5);
});

test("a table says how long, and whether at all", async (t) => {
  const short = await dailyLog(t, 12, [4, 8], {
    configuration: { "delta.logRetentionDuration": "interval 1 week" },
  });
  assert.equal((await cleanUp(short)).oldestVersion, 4);
  const off = await dailyLog(t, 60, [10], {
    configuration: { "delta.enableExpiredLogCleanup": "false" },
  });
  const result = await cleanUp(off);
  assert.equal(result.filesDeleted, 0);
  assert.match(result.refusal ?? "", /enableExpiredLogCleanup/);
  assert.equal((await versionsLeft(off.store, commits)).length, 61);
});

test("without a complete, readable checkpoint nothing goes", async (t) => {
  const none = await dailyLog(t, 60, []);
  assert.equal((await cleanUp(none)).filesDeleted, 0);
  const partial = await dailyLog(t, 60, []);
  await writeText(
    partial.store,
    "_delta_log/00000000000000000010.checkpoint.0000000001.0000000002.parquet",
    "x",
  );
  assert.equal((await cleanUp(partial)).filesDeleted, 0);
  const damaged = await dailyLog(t, 60, [10]);
  await writeText(damaged.store, checkpointPath(10), "rubbish");
  assert.equal((await cleanUp(damaged)).filesDeleted, 0);
});

test("a damaged checkpoint is passed over for an older one that can be read", async (t) => {
  const log = await dailyLog(t, 60, [10, 20]);
  await writeText(log.store, checkpointPath(20), "rubbish");
  assert.equal((await cleanUp(log)).oldestVersion, 10);
  assert.equal((await loadSnapshot(log.store, engine, { version: 20 })).checkpointVersion, 10);
});

test("a log with a gap behind the checkpoint is left alone", async (t) => {
  const log = await dailyLog(t, 60, [10, 50]);
  await log.store.delete(commitPath(40));
  assert.equal((await cleanUp(log)).filesDeleted, 0);
});

test("parts of checkpoints go, and compacted commits that begin before what is kept", async (t) => {
  const log = await dailyLog(t, 60, [20]);
  const { store } = log;
  const gone = [
    "00000000000000000005.checkpoint.0000000001.0000000002.parquet",
    "00000000000000000005.checkpoint.0000000002.0000000002.parquet",
    "00000000000000000006.checkpoint.80a083e8-7026-4e79-81be-64bd76c43a11.json",
    "00000000000000000003.00000000000000000009.compacted.json",
    "00000000000000000020.00000000000000000025.compacted.json",
  ];
  const kept = [
    "00000000000000000021.00000000000000000025.compacted.json",
    "_staged_commits",
    "00000000000000000001.unknown",
  ];
  for (const name of [...gone, ...kept]) await writeText(store, `_delta_log/${name}`, "x");
  await cleanUp(log);
  const names = new Set(await store.listNames("_delta_log"));
  for (const name of gone) assert.ok(!names.has(name), name);
  for (const name of kept) assert.ok(names.has(name), name);
});

test("sidecars go with the last checkpoint that names them, and young ones stay whoever names them", async (t) => {
  const log = await dailyLog(t, 60, [10, 20, 50], v2);
  const { store } = log;
  assert.equal((await store.listNames("_delta_log/_sidecars")).length, 3);
  await store.put("_delta_log/_sidecars/young.parquet", Buffer.from("x"));
  const result = await cleanUp(log);
  assert.equal(result.oldestVersion, 20);
  assert.equal(result.sidecarsDeleted, 1);
  assert.equal((await store.listNames("_delta_log/_sidecars")).length, 3);
  assert.ok((await store.listNames("_delta_log/_sidecars")).includes("young.parquet"));
  for (const version of [20, ...sampled("versions with sidecars", range(21, 60), 3)])
    await loadSnapshot(store, engine, { version });
});

test("while a kept checkpoint cannot say which sidecars it needs, all of them stay", async (t) => {
  const log = await dailyLog(t, 60, [10, 20], v2);
  await writeText(
    log.store,
    "_delta_log/00000000000000000030.checkpoint.80a083e8-7026-4e79-81be-64bd76c43a11.json",
    "rubbish",
  );
  const result = await cleanUp(log);
  assert.equal(result.oldestVersion, 20);
  assert.equal(result.sidecarsDeleted, 0);
  assert.equal((await log.store.listNames("_delta_log/_sidecars")).length, 2);
});

test("checkpoints that the table protects are not cleaned up, unless all of them expired", async (t) => {
  const property = "delta.requireCheckpointProtectionBeforeVersion";
  const protocol = protocolWith([], ["checkpointProtection"]);
  const held = await dailyLog(t, 60, [10, 20], { protocol, configuration: { [property]: "21" } });
  const result = await cleanUp(held);
  assert.equal(result.filesDeleted, 0);
  assert.match(result.refusal ?? "", /requireCheckpointProtectionBeforeVersion is 21/);
  const free = await dailyLog(t, 60, [10, 20], { protocol, configuration: { [property]: "20" } });
  assert.equal((await cleanUp(free)).oldestVersion, 20);
  const unlisted = await dailyLog(t, 60, [10, 20], { configuration: { [property]: "21" } });
  assert.equal((await cleanUp(unlisted)).oldestVersion, 20);
});

/** Dies after some deletions, in the middle of a row of them. */
class DyingStore extends DelegatingStore {
  deletionsLeft = Number.POSITIVE_INFINITY;

  override async deleteMany(paths: readonly string[]): Promise<void> {
    for (const path of paths) {
      if (this.deletionsLeft === 0) throw new Error("killed");
      this.deletionsLeft -= 1;
      await super.delete(path);
    }
  }
}

test("killed after any number of deletions, all kept versions are whole and the next clean-up ends the work", async (t) => {
  const { store: whole, clock } = await dailyLog(t, 40, [3, 5, 7], v2);
  const snapshot = await loadSnapshot(whole, engine);
  const expected = contentOf(snapshot);
  const { paths } = await cleanUpLog(whole, engine, snapshot, clock.now, { dryRun: true });
  assert.ok(paths.length > 10);
  const objects = new Map<string, { readonly data: Uint8Array; readonly modifiedAtMs: number }>();
  for await (const entry of whole.listRecursively(""))
    objects.set(entry.path, { data: await whole.read(entry.path), modifiedAtMs: entry.modifiedAtMs });
  for (const deletions of [...sampled("killed clean-ups", range(0, paths.length - 1), 4), paths.length]) {
    let now = 0;
    const inner = memoryStore(t, { now: () => now });
    for (const [path, { data, modifiedAtMs }] of objects) {
      now = modifiedAtMs;
      await inner.put(path, data);
    }
    const store = new DyingStore(inner);
    store.deletionsLeft = deletions;
    const cleaning = cleanUpLog(store, engine, snapshot, clock.now);
    if (deletions < paths.length) await assert.rejects(cleaning, /killed/);
    else await cleaning;
    assert.deepEqual(contentOf(await loadSnapshot(inner, engine)), expected);
    assert.equal((await loadSnapshot(inner, engine, { version: 7 })).version, 7);
    store.deletionsLeft = Number.POSITIVE_INFINITY;
    await cleanUpLog(store, engine, snapshot, clock.now);
    assert.deepEqual(await versionsLeft(inner, commits), range(7, 40));
    assert.deepEqual(await versionsLeft(inner, /^\d.*checkpoint/), [7]);
  }
});

test("commits and checkpoints of others during a clean-up stay", async (t) => {
  const log = await dailyLog(t, 45, [5, 10]);
  const { store, clock } = log;
  const snapshot = await loadSnapshot(store, engine);
  const racing = new DyingStore(store);
  const deleteMany = racing.deleteMany.bind(racing);
  racing.deleteMany = async (paths) => {
    await writeText(store, commitPath(46), serializeActions([{ txn: { appId: "other", version: 1 } }]));
    await writeCheckpoint(store, engine, await loadSnapshot(store, engine), clock.now);
    await deleteMany(paths);
  };
  await cleanUpLog(racing, engine, snapshot, clock.now);
  const after = await loadSnapshot(store, engine);
  assert.equal(after.version, 46);
  assert.equal(after.checkpointVersion, 46);
  assert.deepEqual(await versionsLeft(store, commits), range(10, 46));
});

test("a checkpoint that is due is followed by a clean-up, whose failure comes back", async (t) => {
  const log = await dailyLog(t, 60, [10, 20]);
  const snapshot = await loadSnapshot(log.store, engine);
  const dying = new DyingStore(log.store);
  dying.deletionsLeft = 3;
  const error = await checkpointIfDue(dying, engine, snapshot, log.clock.now);
  assert.match(error?.message ?? "", /clean-up of the log after version 60 failed: killed/);
  assert.equal(await checkpointIfDue(log.store, engine, snapshot, log.clock.now), undefined);
  assert.deepEqual(await versionsLeft(log.store, commits), range(20, 60));
  assert.deepEqual(await versionsLeft(log.store, /^\d.*checkpoint/), [20, 60]);
});

test("where nothing can have expired, the log is not looked through file by file", async (t) => {
  const log = await dailyLog(t, 20, [5, 10]);
  let listings = 0;
  const { store } = log;
  const listRecursively = store.listRecursively.bind(store);
  store.listRecursively = (folder) => {
    listings += 1;
    return listRecursively(folder);
  };
  await cleanUp(log);
  assert.equal(listings, 0);
});
