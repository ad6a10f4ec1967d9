import assert from "node:assert/strict";
import { test } from "node:test";
import type { TestContext } from "node:test";

import * as fc from "fast-check";

import { MemoryStore } from "../../src/index.ts";
import { writeCheckpoint } from "../../src/log/checkpoint.ts";
import { commitTimes, readHistory, versionAsOf } from "../../src/log/history.ts";
import { commitTimeMs, nextInCommitTimestamp } from "../../src/log/in-commit-timestamp.ts";
import { commitPath } from "../../src/log/log-files.ts";
import { advanceSnapshot, firstSnapshot, loadSnapshot } from "../../src/log/snapshot.ts";
import type { Snapshot } from "../../src/log/snapshot.ts";
import { serializeActions } from "../../src/protocol/actions.ts";
import type { Action } from "../../src/protocol/actions.ts";
import { addOf, classicProtocol, metadataWith, protocolWith } from "../support/logs.ts";
import { engine, memoryStore, range, rejects, throws, writeText } from "../support/tables.ts";

const start = Date.UTC(2026, 0, 1);
const protocol = protocolWith([], ["inCommitTimestamp"]);
const enabled = { "delta.enableInCommitTimestamps": "true" };

function enabledSince(version: number, offset: number): Readonly<Record<string, string>> {
  return {
    ...enabled,
    "delta.inCommitTimestampEnablementVersion": String(version),
    "delta.inCommitTimestampEnablementTimestamp": String(start + offset),
  };
}

interface Times {
  /** Of the commit's file. */
  readonly file: number;
  /** In the commit. */
  readonly carried?: number;
}

/** A log whose version n has the n-th times, as offsets from a start; those from `since` on carry theirs. */
async function timedLog(store: MemoryStore, clock: { now: number }, times: readonly Times[]): Promise<void> {
  const since = times.findIndex((time) => time.carried !== undefined);
  for (const [version, time] of times.entries()) {
    const carried = time.carried === undefined ? {} : { inCommitTimestamp: start + time.carried };
    const actions: Action[] = [{ commitInfo: { operation: `v${version}`, ...carried } }];
    if (version === 0) actions.push({ protocol: classicProtocol }, { metaData: metadataWith() });
    if (version === since) {
      const configuration = since === 0 ? enabled : enabledSince(since, time.carried ?? 0);
      actions.push({ protocol }, { metaData: metadataWith(configuration) });
    }
    actions.push({ add: addOf(`f${version}`) });
    clock.now = start + time.file;
    await writeText(store, commitPath(version), serializeActions(actions));
  }
}

async function tableAt(
  t: TestContext,
  times: readonly Times[],
): Promise<{ readonly store: MemoryStore; readonly latest: Snapshot }> {
  const clock = { now: 0 };
  const store = memoryStore(t, { now: () => clock.now });
  await timedLog(store, clock, times);
  return { store, latest: await loadSnapshot(store, engine) };
}

async function offsets(store: MemoryStore, latest: Snapshot): Promise<number[]> {
  const history = await readHistory(store, undefined, latest);
  return history.map((entry) => entry.timestamp.getTime() - start).toReversed();
}

test("a table whose commits carry their times from the first on is told and travelled by these alone", async (t) => {
  const { store, latest } = await tableAt(t, [
    { file: 9000, carried: 100 },
    { file: 10, carried: 200 },
    { file: 9000, carried: 300 },
  ]);
  assert.deepEqual(await offsets(store, latest), [100, 200, 300]);
  for (const [offset, version] of [
    [100, 0],
    [199, 0],
    [200, 1],
    [300, 2],
    [99_999, 2],
  ] as const)
    assert.equal(await versionAsOf(store, start + offset, latest), version);
  await rejects(
    versionAsOf(store, start + 99, latest),
    "VERSION_NOT_FOUND",
    /the earliest is 0, of 2026-01-01T00:00:00\.100Z/,
  );
});

test("where in-commit timestamps were turned on later, the two kinds of times are never mixed", async (t) => {
  const { store, latest } = await tableAt(t, [
    { file: 100 },
    { file: 50 },
    { file: 5000 },
    { file: 60, carried: 1000 },
    { file: 70, carried: 1100 },
  ]);
  assert.deepEqual(await offsets(store, latest), [100, 101, 5000, 1000, 1100]);
  for (const [offset, version] of [
    [100, 0],
    [101, 1],
    // Version 2 has a later file than version 3 has a time: before the time of enablement it is out of sight.
    [999, 1],
    [1000, 3],
    [1099, 3],
    [1100, 4],
    [5000, 4],
  ] as const)
    assert.equal(await versionAsOf(store, start + offset, latest), version, String(offset));
  await rejects(versionAsOf(store, start + 99, latest), "VERSION_NOT_FOUND", /the earliest is 0/);
});

test("when the versions before are cleaned up, an instant before the enablement is not found", async (t) => {
  const { store, latest } = await tableAt(t, [{ file: 1 }, { file: 2 }, { file: 3, carried: 1000 }]);
  await writeCheckpoint(store, engine, latest, start);
  await store.delete(commitPath(0));
  await store.delete(commitPath(1));
  await rejects(
    versionAsOf(store, start + 500, latest),
    "VERSION_NOT_FOUND",
    /the earliest is 2, of 2026-01-01T00:00:01\.000Z/,
  );
  assert.equal(await versionAsOf(store, start + 1000, latest), 2);
});

test("the property counts only with the feature, and times that are in commits only with the property", async (t) => {
  const times = [
    { file: 10, carried: 500 },
    { file: 20, carried: 600 },
  ];
  const { store } = await tableAt(t, times);
  for (const actions of [
    [{ protocol: classicProtocol }, { metaData: metadataWith(enabled) }],
    [{ protocol }, { metaData: metadataWith() }],
    [{ protocol }, { metaData: metadataWith({ "delta.enableInCommitTimestamps": "false" }) }],
  ]) {
    await writeText(store, commitPath(0), serializeActions(actions));
    const latest = await loadSnapshot(store, engine);
    assert.equal(latest.inCommitTimestampMs, undefined);
    assert.notDeepEqual(await offsets(store, latest), [500, 600]);
    assert.equal(await versionAsOf(store, start + 550, latest), 1);
  }
});

test("a history can be limited, and its times are those of the whole", async (t) => {
  const { store, latest } = await tableAt(t, [
    { file: 100 },
    { file: 50 },
    { file: 0, carried: 200 },
    { file: 0, carried: 300 },
  ]);
  const entries = await readHistory(store, 3, latest);
  assert.deepEqual(
    entries.map((entry) => [entry.version, entry.timestamp.getTime() - start]),
    [
      [3, 300],
      [2, 200],
      [1, 101],
    ],
  );
});

test("the times of a range of versions are those of the history", async (t) => {
  const { store, latest } = await tableAt(t, [
    { file: 100 },
    { file: 50 },
    { file: 40 },
    { file: 0, carried: 200 },
    { file: 0, carried: 300 },
  ]);
  const all = new Map(
    (await readHistory(store, undefined, latest)).map((entry) => [entry.version, entry.timestamp.getTime()]),
  );
  assert.deepEqual(await commitTimes(store, latest), new Map([...all].toReversed()));
  for (const first of range(0, 4)) {
    for (const last of range(first, 4)) {
      const expected = range(first, last).map((version) => [version, all.get(version)]);
      assert.deepEqual([...(await commitTimes(store, latest, { first, last }))], expected);
    }
  }
});

test("a commit without the time that the table asks for is named", async (t) => {
  const { store, latest } = await tableAt(
    t,
    range(1, 4).map((carried) => ({ file: 1, carried })),
  );
  await writeText(store, commitPath(2), serializeActions([{ commitInfo: { inCommitTimestamp: undefined } }]));
  await rejects(readHistory(store, undefined, latest), "CORRUPT_LOG", /00002\.json has no inCommitTimestamp/);
});

test("properties of the enablement that are no numbers are named", async (t) => {
  const { store, latest } = await tableAt(t, [{ file: 1, carried: 1 }]);
  const configuration = { ...enabled, "delta.inCommitTimestampEnablementVersion": "x" };
  const snapshot = advanceSnapshot(latest, [[{ metaData: metadataWith(configuration) }]]);
  await rejects(versionAsOf(store, start, snapshot), "CORRUPT_LOG", /EnablementVersion \(x\)/);
});

test("every time of a history leads back to its version, however the clocks ran", async () => {
  const times = fc
    .record({
      files: fc.array(fc.nat({ max: 40 }), { minLength: 1, maxLength: 12 }),
      since: fc.option(fc.nat({ max: 12 }), { nil: undefined }),
      steps: fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 12, maxLength: 12 }),
    })
    .map(({ files, since, steps }) => {
      // Later than the file before, as the protocol asks of the commit that turns them on.
      let carried = Math.max(0, ...files.slice(0, since)) + files.length;
      return files.map((file, version) => {
        if (since === undefined || version < since) return { file };
        carried += steps[version] ?? 1;
        return { file, carried };
      });
    });
  await fc.assert(
    fc.asyncProperty(times, async (log) => {
      const clock = { now: 0 };
      const store = new MemoryStore({ now: () => clock.now });
      await timedLog(store, clock, log);
      const latest = await loadSnapshot(store, engine);
      for (const entry of await readHistory(store, undefined, latest))
        assert.equal(await versionAsOf(store, entry.timestamp.getTime(), latest), entry.version);
    }),
    { numRuns: 60 },
  );
});

test("a snapshot knows its own time, from its commit, from a checkpoint alone, and when it goes on", async (t) => {
  const { store, latest } = await tableAt(
    t,
    range(1, 4).map((carried) => ({ file: 1, carried })),
  );
  assert.equal(latest.inCommitTimestampMs, start + 4);
  await writeCheckpoint(store, engine, latest, start);
  for (const version of range(0, 2)) await store.delete(commitPath(version));
  const alone = await loadSnapshot(store, engine);
  assert.equal(alone.checkpointVersion, 3);
  assert.equal(alone.inCommitTimestampMs, start + 4);
  const next = advanceSnapshot(alone, [[{ commitInfo: { inCommitTimestamp: start + 9 } }]]);
  assert.equal(next.inCommitTimestampMs, start + 9);
  const off = advanceSnapshot(next, [
    [{ commitInfo: { inCommitTimestamp: 1 } }, { metaData: metadataWith() }],
  ]);
  assert.equal(off.inCommitTimestampMs, undefined);
});

test("a snapshot of compacted commits takes its time from the last of these", async (t) => {
  const { store, latest } = await tableAt(
    t,
    range(1, 4).map((carried) => ({ file: 1, carried })),
  );
  const actions: Action[] = [
    { protocol },
    { metaData: latest.metadata },
    ...[...latest.files].map((add) => ({ add })),
  ];
  await writeText(
    store,
    "_delta_log/00000000000000000000.00000000000000000003.compacted.json",
    serializeActions(actions),
  );
  await writeText(store, commitPath(1), "must not be read");
  const compacted = await loadSnapshot(store, engine);
  assert.equal(compacted.inCommitTimestampMs, start + 4);
});

test("where the commit of a checkpoint is gone, its checksum tells the time, or nothing does", async (t) => {
  const { store, latest } = await tableAt(
    t,
    range(1, 4).map((carried) => ({ file: 1, carried })),
  );
  await writeCheckpoint(store, engine, latest, start);
  for (const version of range(0, 3)) await store.delete(commitPath(version));
  const unknown = await loadSnapshot(store, engine);
  assert.equal(unknown.inCommitTimestampMs, undefined);
  throws(() => nextInCommitTimestamp(unknown, start), "CORRUPT_LOG", /version 3 has no in-commit timestamp/);
  const checksum = {
    numFiles: 4,
    tableSizeBytes: latest.sizeInBytes,
    inCommitTimestampOpt: start + 4,
  };
  await writeText(store, "_delta_log/00000000000000000003.crc", JSON.stringify(checksum));
  assert.equal((await loadSnapshot(store, engine)).inCommitTimestampMs, start + 4);
});

test("the next commit's time is now, but later than the one before", () => {
  const snapshot = firstSnapshot("memory:t", [
    { commitInfo: { inCommitTimestamp: 1000 } },
    { protocol },
    { metaData: metadataWith(enabled) },
  ]);
  assert.equal(nextInCommitTimestamp(snapshot, 5000), 5000);
  assert.equal(nextInCommitTimestamp(snapshot, 1000), 1001);
  assert.equal(nextInCommitTimestamp(snapshot, 7), 1001);
});

test("the time of a commit is the one that it carries, or that of its file", async (t) => {
  const carried = await tableAt(t, [{ file: 7, carried: 100 }]);
  assert.equal(await commitTimeMs(carried.store, carried.latest), start + 100);
  const plain = await tableAt(t, [{ file: 7 }]);
  assert.equal(await commitTimeMs(plain.store, plain.latest), start + 7);
});
