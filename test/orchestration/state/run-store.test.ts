import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { test } from "node:test";
import * as fc from "fast-check";

import { OrchestrationError } from "../../../src/orchestration/orchestration-error.ts";
import { networkFileSystemOf } from "../../../src/orchestration/state/network-file-system.ts";
import { rerunEvent } from "../../../src/orchestration/run/rerun.ts";
import { dependenciesOf, foldRun, isEnded } from "../../../src/orchestration/state/run-fold.ts";
import type { Run } from "../../../src/orchestration/state/run-fold.ts";
import {
  openReadableRunStore,
  openRunStore,
  runFileName,
} from "../../../src/orchestration/state/run-store.ts";
import type { LaterEvent, RunStore } from "../../../src/orchestration/state/run-store.ts";
import { runsOf } from "../../sampled.ts";
import { TemporaryFolder } from "../../temporary-folder.ts";
import { context, pipelineOf } from "../support/workbench.ts";

const definition = pipelineOf([{ id: "a" }, { id: "b", dependsOn: ["a"] }, { id: "c", dependsOn: ["a"] }]);
const host = { pid: 1, startedAt: "1", host: "h", bootId: "b" };

function create(store: RunStore, scheduledForMs?: number): Run | undefined {
  return store.create({
    atMs: 1,
    runKind: "scheduled",
    date: "2026-03-01",
    scheduledForMs,
    state: "queued",
    definition,
    context,
  });
}

const task = fc.constantFrom("a", "b", "c");
const token = fc.constantFrom("one", "two");
const outcome = fc.constantFrom("success", "failed", "skipped", "cancelled");
type Step = { readonly events: (run: Run) => readonly LaterEvent[]; readonly token?: string };
const step: fc.Arbitrary<Step> = fc.oneof(
  token.map((name): Step => ({
    events: () => [{ kind: "claimed", atMs: 2, runner: { token: name, process: host } }],
  })),
  fc.record({ task, token }).map(({ task: id, token: name }): Step => ({
    token: name,
    events: () => [{ kind: "task_started", atMs: 3, task: id }],
  })),
  fc
    .record({ task, token, outcome, retries: fc.boolean() })
    .map(({ task: id, token: name, outcome: end, retries }): Step => ({
      token: name,
      events: () => [
        {
          kind: "task_ended",
          atMs: 4,
          task: id,
          outcome: end,
          retryAtMs: retries && end === "failed" ? 9 : undefined,
        },
      ],
    })),
  fc.record({ task, token }).map(({ task: id, token: name }): Step => ({
    token: name,
    events: () => [{ kind: "task_settled", atMs: 5, task: id, state: "upstream_failed" }],
  })),
  fc
    .constantFrom("success", "failed", "cancelled")
    .map((state): Step => ({ events: () => [{ kind: "ended", atMs: 6, state }] })),
  fc.constant<Step>({ events: () => [{ kind: "crashed", atMs: 7, retryAtMs: {} }] }),
  fc.constant<Step>({ events: () => [{ kind: "cancel_requested", atMs: 7 }] }),
  fc
    .record({ choice: fc.constantFrom("all", "unsuccessful"), token })
    .map(({ choice, token: name }): Step => ({
      events: (run) => [
        rerunEvent(run, choice, 8),
        { kind: "claimed", atMs: 8, runner: { token: name, process: host } },
      ],
    })),
);

test("whatever processes ask for, in any order, killed or not, a run's state is legal", () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(step, fc.boolean()), { maxLength: 40 }), (steps) => {
      using folder = new TemporaryFolder();
      let store = openRunStore(folder.path);
      const run = create(store);
      assert.ok(run !== undefined);
      for (const [{ events, token: name }, isKilled] of steps) {
        const before = store.events(run.id);
        try {
          store.append(run.id, events(store.find(run.id)), name);
        } catch (error) {
          assert.ok(error instanceof OrchestrationError, String(error));
          assert.deepEqual(store.events(run.id), before, "a refused event leaves nothing");
        }
        if (isKilled) {
          store.close();
          store = openRunStore(folder.path);
        }
        const now = store.find(run.id);
        assertLegal(now);
        assert.equal(store.list()[0]?.state, now.state);
        assert.deepEqual(foldRun(run.id, store.events(run.id)), now);
      }
      store.close();
    }),
    { numRuns: runsOf(12, 400) },
  );
});

function assertLegal(run: Run): void {
  const states = run.tasks.map(({ state }) => state);
  if (run.state !== "running") assert.ok(!states.includes("running"), run.state);
  if (run.state === "success") assert.ok(states.every((state) => state === "success" || state === "skipped"));
  if (run.state === "failed" || run.state === "cancelled") assert.ok(states.every((state) => isEnded(state)));
  for (const one of run.tasks) {
    if (one.state === "running") assert.ok(dependenciesOf(run, one.id).every(({ state }) => isEnded(state)));
    if (one.state === "success") assert.equal(one.tries.at(-1)?.outcome, "success");
    assert.ok(one.tries.slice(0, -1).every(({ endedMs }) => endedMs !== undefined));
  }
}

test("a scheduled time of a pipeline has one run, whoever asks", () => {
  using folder = new TemporaryFolder();
  using one = openRunStore(folder.path);
  using two = openRunStore(folder.path);
  assert.ok(create(one, 1000) !== undefined);
  assert.equal(create(two, 1000), undefined);
  assert.ok(create(two, 2000) !== undefined);
  assert.equal(one.list().length, 2);
});

test("a file of the version before alerts is taken on, and its old failures are not told of", () => {
  using folder = new TemporaryFolder();
  let old: string | undefined;
  {
    using store = openRunStore(folder.path);
    old = failedRun(store);
    using database = new DatabaseSync(join(folder.path, runFileName));
    database.exec("DROP TABLE alerts; DROP TABLE alert_deliveries; PRAGMA user_version = 1");
  }
  using store = openRunStore(folder.path);
  assert.deepEqual(store.alerts.untoldFailures(0), []);
  assert.deepEqual(store.alerts.open(), []);
  assert.equal(store.list().length, 1);
  const now = failedRun(store);
  assert.notEqual(now, old);
  assert.deepEqual(store.alerts.untoldFailures(0), [now]);
});

/** Makes a run that failed. */
function failedRun(store: RunStore): string {
  create(store);
  const { id } = store.find("latest");
  store.append(id, [
    { kind: "claimed", atMs: 2, runner: { token: "one", process: host } },
    { kind: "task_started", atMs: 3, task: "a" },
    { kind: "task_ended", atMs: 4, task: "a", outcome: "failed", exitCode: 1 },
    { kind: "task_settled", atMs: 5, task: "b", state: "upstream_failed" },
    { kind: "task_settled", atMs: 5, task: "c", state: "upstream_failed" },
    { kind: "ended", atMs: 6, state: "failed" },
  ]);
  return id;
}

test("events stay as they were written", () => {
  using folder = new TemporaryFolder();
  using store = openRunStore(folder.path);
  create(store);
  using database = new DatabaseSync(join(folder.path, runFileName));
  assert.throws(() => database.exec("UPDATE run_events SET kind = 'x'"), /append-only/);
});

test("a run is found by the end of its id, as the latest, and by its pipeline", () => {
  using folder = new TemporaryFolder();
  using store = openRunStore(folder.path);
  assert.throws(() => store.find("latest"), /There is no run latest/);
  const run = create(store);
  assert.ok(run !== undefined);
  for (const text of [run.id, run.id.slice(-8), run.id.slice(0, 13).toUpperCase(), "latest", "mine"])
    assert.equal(store.find(text).id, run.id);
  assert.throws(() => store.find("zzzz"), /There is no run zzzz/);
  assert.match(run.id, /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
});

test("old runs are forgotten, and all but the newest", () => {
  using folder = new TemporaryFolder();
  using store = openRunStore(folder.path);
  for (let place = 1; place <= 5; place += 1)
    store.create({
      atMs: place * 1000,
      runKind: "scheduled",
      date: "2026-03-01",
      scheduledForMs: place,
      state: "missed",
      definition,
      context,
    });
  create(store, 99);
  assert.equal(store.prune(2001, 10).length, 2);
  assert.deepEqual(
    store.prune(0, 1).map(({ createdMs }) => createdMs),
    [4000, 3000],
  );
  assert.deepEqual(
    store
      .list()
      .map(({ state }) => state)
      .toSorted(),
    ["missed", "queued"],
  );
});

test("the newest run of each pipeline and state can be read without writing", () => {
  using folder = new TemporaryFolder();
  assert.equal(openRunStore(folder.path, { readOnly: true }), undefined);
  using store = openRunStore(folder.path);
  for (const atMs of [1000, 2000])
    store.create({ atMs, runKind: "manual", date: "2026-03-01", state: "missed", definition, context });
  create(store);
  using reading = openRunStore(folder.path, { readOnly: true });
  assert.deepEqual(
    reading?.latestRuns().map(({ state, createdMs }) => [state, createdMs]),
    [
      ["missed", 2000],
      ["queued", 1],
    ],
  );
});

test("a lease has one holder until it runs out, is given back, or its holder is gone", () => {
  using folder = new TemporaryFolder();
  using store = openRunStore(folder.path);
  const [one, two] = ["one", "two"].map((name) => ({ token: name, process: host }));
  assert.ok(one !== undefined && two !== undefined);
  const take = (holder: typeof one, nowMs: number, isGone = false): string | undefined =>
    store.leases.take("l", holder, nowMs, 30_000, () => isGone)?.token;
  assert.equal(take(one, 0), undefined);
  assert.equal(take(two, 10_000), "one");
  assert.equal(take(one, 20_000), undefined);
  assert.equal(take(two, 40_000), "one");
  assert.equal(take(two, 50_001), undefined);
  assert.equal(take(one, 51_000, true), undefined);
  store.leases.release("l", one);
  assert.equal(take(two, 52_000), undefined);
  // A clock that went back by a day does not make a lease of a day.
  assert.equal(take(one, 52_000 - 86_400_000), undefined);
});

test("a damaged file, and one of a newer version, say what to do", () => {
  using folder = new TemporaryFolder();
  writeFileSync(folder.at(runFileName), "this is no database, whatever its name says".repeat(100));
  assert.throws(
    () => openRunStore(folder.path),
    (error) =>
      error instanceof OrchestrationError &&
      error.code === "STATE_UNUSABLE" &&
      /mv /.test(error.nextStep ?? ""),
  );
  using other = new TemporaryFolder();
  openRunStore(other.path).close();
  const database = new DatabaseSync(other.at(runFileName));
  database.exec("PRAGMA user_version = 99");
  database.close();
  assert.throws(() => openRunStore(other.path), /newer version of ffe/);
});

test("a network file system is told by the mount that a folder lies on", () => {
  const mounts = `22 1 0:20 / / rw - ext4 /dev/sda1 rw
40 22 0:40 / /mnt/lake rw,relatime shared:1 - nfs4 server:/lake rw
41 40 0:41 / /mnt/lake/local rw - ext4 /dev/sdb rw
42 22 0:42 / /mnt/my\\040share rw - fuse.sshfs me@there: rw
43 22 0:43 / /mnt/la rw - cifs //there/la rw
`;
  assert.equal(networkFileSystemOf("/mnt/lake/state", mounts), "nfs4");
  assert.equal(networkFileSystemOf("/mnt/lake", mounts), "nfs4");
  assert.equal(networkFileSystemOf("/mnt/lake/local/state", mounts), undefined);
  assert.equal(networkFileSystemOf("/mnt/my share/x", mounts), "fuse.sshfs");
  assert.equal(networkFileSystemOf("/mnt/lak", mounts), undefined);
  assert.equal(networkFileSystemOf("/home/me", mounts), undefined);
  assert.equal(networkFileSystemOf("/home/me", ""), undefined);
});

test("runs are read where SQLite cannot make the memory that processes share, as on a full disk", () => {
  using folder = new TemporaryFolder();
  const store = openRunStore(folder.path);
  const run = create(store);
  store.close();
  // A folder stands where that memory should be.
  mkdirSync(folder.at(`${runFileName}-shm`));
  assert.throws(() => openRunStore(folder.path), /which keeps the runs of pipelines, cannot be used/);
  using readable = openReadableRunStore(folder.path);
  assert.equal(readable.find("latest").id, run?.id);
  assert.throws(
    () => readable.cancel(run?.id ?? "", 2),
    (error) => error instanceof OrchestrationError && error.code === "STATE_UNUSABLE",
  );
});

test("names and latest mean the run at work, then the newest that began, not a time that was skipped", () => {
  using folder = new TemporaryFolder();
  using store = openRunStore(folder.path);
  const [old, other] = [create(store, 1), create(store, 2)];
  assert.ok(old !== undefined && other !== undefined);
  const claimed = { kind: "claimed", atMs: 2, runner: { token: "one", process: host } } as const;
  store.append(other.id, claimed);
  store.append(other.id, { kind: "ended", atMs: 3, state: "cancelled" });
  for (const scheduledForMs of [3, 4])
    store.create({
      atMs: 4,
      runKind: "scheduled",
      date: "2026-03-01",
      scheduledForMs,
      state: "skipped",
      definition,
      context,
    });
  store.append(old.id, { kind: "ended", atMs: 4, state: "cancelled" });
  for (const text of ["latest", "mine"]) assert.equal(store.find(text).id, other.id, "it began");
  const waiting = create(store, 5);
  for (const text of ["latest", "mine"]) assert.equal(store.find(text).id, waiting?.id, "it waits");
  const atWork = create(store, 6);
  store.append(atWork?.id ?? "", claimed);
  create(store, 7);
  for (const text of ["latest", "mine"]) assert.equal(store.find(text).id, atWork?.id, "it is at work");
  assert.equal(store.lastEnded("mine")?.id, other.id);
});
