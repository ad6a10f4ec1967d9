import assert from "node:assert/strict";
import { test } from "node:test";

import { pipelineEvents } from "../../../src/events/pipeline-events.ts";
import { markCrashed, markCrashedRuns, recoverRun } from "../../../src/orchestration/run/crashed-runs.ts";
import { rerunEvent, resumeEvent } from "../../../src/orchestration/run/rerun.ts";
import { runToEnd } from "../../../src/orchestration/run/runner.ts";
import { logPath, readLog } from "../../../src/orchestration/run/task-log.ts";
import { sampled } from "../../sampled.ts";
import { daily, pipelineOf, statesOf, Workbench } from "../support/workbench.ts";

test("tasks run in the order of their dependencies, side by side where they may", async () => {
  using bench = new Workbench();
  const run = await bench.run(
    pipelineOf([{ id: "last", dependsOn: ["left", "right"] }, { id: "left" }, { id: "right" }]),
  );
  assert.equal(run.state, "success");
  const [left, right, last] = bench.machine.launched;
  assert.deepEqual([left?.task, right?.task, last?.task], ["left", "right", "last"]);
  assert.equal(left?.atMs, right?.atMs);
  assert.equal(last?.atMs, left?.endedMs);
});

test("a task that fails is tried again exactly 5, 10 and 20 minutes after the end of its failed try", async () => {
  using bench = new Workbench((_, attempt) => ({ exitCode: attempt === 4 ? 0 : 1, takesMs: 7777 * attempt }));
  const run = await bench.run(pipelineOf([{ id: "a" }]));
  assert.equal(run.state, "success");
  const tries = run.tasks[0]?.tries ?? [];
  const pauses = tries.slice(1).map(({ startedMs }, place) => startedMs - (tries[place]?.endedMs ?? 0));
  assert.deepEqual(pauses, [300_000, 600_000, 1_200_000]);
});

test("a task that fails once more than it has retries has failed, and what waits for it does not run", async () => {
  using bench = new Workbench((task) => ({ exitCode: task === "a" ? 1 : 0 }));
  const run = await bench.run(
    pipelineOf([
      { id: "a", retries: ["1m"] },
      { id: "b", dependsOn: ["a"] },
      { id: "c", dependsOn: ["b"] },
      { id: "tidy", dependsOn: ["c"], trigger: "all_done" },
    ]),
  );
  assert.equal(run.state, "failed");
  assert.deepEqual(statesOf(run), {
    a: "failed",
    b: "upstream_failed",
    c: "upstream_failed",
    tidy: "success",
  });
  assert.equal(run.tasks[0]?.tries.length, 2);
});

for (const exitCode of [126, 127])
  test(`a command that cannot be started is not tried again: exit code ${exitCode}`, async () => {
    using bench = new Workbench(() => ({ exitCode }));
    const run = await bench.run(pipelineOf([{ id: "a" }]));
    assert.equal(run.state, "failed");
    assert.equal(bench.machine.launched.length, 1);
  });

test("exit code 2 is not tried again, and 99 says that there was nothing to do", async () => {
  using bench = new Workbench((task) => ({ exitCode: task === "a" ? 2 : 99 }));
  const run = await bench.run(pipelineOf([{ id: "a" }, { id: "b" }, { id: "c", dependsOn: ["b"] }]));
  assert.deepEqual(statesOf(run), { a: "failed", b: "skipped", c: "skipped" });
  assert.equal(bench.machine.launched.length, 2);
});

test("in the daily pipeline a failed validation stops the models, and the tables are optimized all the same", async () => {
  assert.ok(daily !== undefined);
  using bench = new Workbench((task) => ({ exitCode: task === "validate_data_quality" ? 1 : 0 }));
  const run = await bench.run(daily);
  assert.equal(run.state, "failed");
  assert.deepEqual(statesOf(run), {
    ingest_historical_ohlc: "success",
    validate_data_quality: "failed",
    dbt_staging: "upstream_failed",
    dbt_marts: "upstream_failed",
    dbt_tests: "upstream_failed",
    optimize_tables: "success",
    refresh_dashboards: "upstream_failed",
  });
});

test("commands of ffe work on the lake of the run, with no patience of their own", async () => {
  assert.ok(daily !== undefined);
  using bench = new Workbench();
  const runner = bench.runner();
  const atMs = bench.clock.now();
  const run = bench.store.create(
    {
      atMs,
      runKind: "manual",
      date: "2026-03-01",
      state: "queued",
      definition: daily,
      context: { workingFolder: "/lake", config: "/lake/my.yaml", storage: "/lake/demo" },
    },
    [{ kind: "claimed", atMs, runner }],
  );
  assert.ok(run !== undefined);
  await bench.clock.during(runToEnd(run, runner, bench.options()));
  const [first] = bench.machine.launched;
  assert.deepEqual(first?.argv, [
    "node",
    "ffe.js",
    "backfill",
    "--end",
    "2026-03-02",
    "--no-validate",
    "--storage",
    "/lake/demo",
  ]);
  const { FFE_CONFIG, FFE_RETRY_PATIENCE, FFE_RUN_ID, FFE_PIPELINE, FFE_TASK, FFE_TRY } =
    first?.environment ?? {};
  assert.deepEqual(
    { FFE_CONFIG, FFE_RETRY_PATIENCE, FFE_RUN_ID, FFE_PIPELINE, FFE_TASK, FFE_TRY },
    {
      FFE_CONFIG: "/lake/my.yaml",
      FFE_RETRY_PATIENCE: "0",
      FFE_RUN_ID: run.id,
      FFE_PIPELINE: "daily_market_data",
      FFE_TASK: "ingest_historical_ohlc",
      FFE_TRY: "1",
    },
  );
});

test("a task that takes too long gets SIGTERM, and SIGKILL 30 seconds later", async () => {
  using bench = new Workbench(() => ({ takesMs: 3_600_000, isStubborn: true }));
  const run = await bench.run(pipelineOf([{ id: "a", timeout: "2m", retries: [] }]));
  assert.equal(run.state, "failed");
  const [launched] = bench.machine.launched;
  assert.deepEqual(
    launched?.signals.map(({ signal, atMs }) => [signal, (atMs - launched.atMs) / 1000]),
    [
      ["SIGTERM", 120],
      ["SIGKILL", 150],
    ],
  );
});

test("a machine that sleeps for hours does not use up a task's time", async () => {
  using bench = new Workbench(() => ({ takesMs: 60_000 }));
  let changes = 0;
  const run = await bench.run(pipelineOf([{ id: "a", timeout: "2m" }]), {
    onChange: () => {
      changes += 1;
      if (changes === 2) bench.clock.jump(5 * 3_600_000);
    },
  });
  assert.equal(run.state, "success");
});

test("a run that is cancelled ends its tasks, and goes on when it is resumed", async () => {
  using bench = new Workbench((_, attempt) => ({ takesMs: attempt === 1 ? 3_600_000 : 1000 }));
  const definition = pipelineOf([{ id: "a" }, { id: "b", dependsOn: ["a"] }]);
  const run = await bench.run(definition, {
    onChange: (now) => {
      if (now.tasks[0]?.state === "running" && !now.isCancelRequested)
        bench.store.append(now.id, { kind: "cancel_requested", atMs: bench.clock.now() });
    },
  });
  assert.equal(run.state, "cancelled");
  assert.deepEqual(statesOf(run), { a: "cancelled", b: "cancelled" });
  const runner = bench.runner();
  const atMs = bench.clock.now();
  const again = bench.store.append(run.id, [
    rerunEvent(run, "unsuccessful", atMs),
    { kind: "claimed", atMs, runner },
  ]);
  const ended = await bench.clock.during(runToEnd(again, runner, bench.options()));
  assert.equal(ended.state, "success");
});

test("a run that is retried runs again what did not succeed, and all behind a task with --from", async () => {
  using bench = new Workbench((task, attempt) => ({ exitCode: task === "b" && attempt === 1 ? 1 : 0 }));
  const definition = pipelineOf(
    [
      { id: "a" },
      { id: "b", dependsOn: ["a"] },
      { id: "c", dependsOn: ["b"] },
      { id: "d", dependsOn: ["a"] },
    ],
    { retries: [] },
  );
  let run = await bench.run(definition);
  assert.equal(run.state, "failed");
  for (const [choice, tasks] of [
    ["unsuccessful", ["b", "c"]],
    [{ from: "b" }, ["b", "c"]],
    ["all", ["a", "b", "d", "c"]],
  ] as const) {
    const before = bench.machine.launched.length;
    const runner = bench.runner();
    const atMs = bench.clock.now();
    const again = bench.store.append(run.id, [
      rerunEvent(run, choice, atMs),
      { kind: "claimed", atMs, runner },
    ]);
    run = await bench.clock.during(runToEnd(again, runner, bench.options()));
    assert.equal(run.state, "success");
    assert.deepEqual(
      bench.machine.launched.slice(before).map(({ task }) => task),
      tasks,
    );
  }
  assert.throws(() => rerunEvent(run, "unsuccessful", 0), /No task of run .* is left to run/);
  assert.throws(() => rerunEvent(run, { from: "bb" }, 0), /There is no task bb\. Did you mean b\?/);
});

test("of tasks in one pool one runs at a time, in all runs", async () => {
  using bench = new Workbench(() => ({ takesMs: 60_000 }));
  const definition = pipelineOf([
    { id: "a", pool: "disk" },
    { id: "b", pool: "disk" },
  ]);
  const work = [1, 2].map(() => {
    const runner = bench.runner();
    return runToEnd(bench.begin(definition, runner), runner, bench.options());
  });
  await bench.clock.during(Promise.all(work));
  const times = bench.machine.launched.map(({ atMs, endedMs = 0 }) => [atMs, endedMs] as const);
  assert.equal(times.length, 4);
  const ordered = times.toSorted(([left], [right]) => left - right);
  for (const [place, [start]] of ordered.entries())
    assert.ok(start >= (ordered[place - 1]?.[1] ?? 0), JSON.stringify(ordered));
});

test("logs are lines of JSON, one file a try, without secrets", async () => {
  using bench = new Workbench((_, attempt) => ({
    exitCode: attempt === 1 ? 1 : 0,
    writes: [`it is hush ${attempt}`],
  }));
  const run = await bench.run(pipelineOf([{ id: "a", retries: ["1s"] }]));
  const lines = [1, 2].map((number) => readLog(logPath(bench.store.folder, run, "a", number)).lines);
  assert.deepEqual(
    lines.map(([first]) => [first?.stream, first?.line]),
    [
      ["stdout", "it is *** 1"],
      ["stdout", "it is *** 2"],
    ],
  );
});

test("a try and a run are told of when they end", async (t) => {
  using bench = new Workbench((_, attempt) => ({ exitCode: attempt === 1 ? 1 : 0 }));
  const tasks: string[] = [];
  const runs: string[] = [];
  t.after(pipelineEvents.task.subscribe((event) => void tasks.push(`${event.status} ${event.retriesLater}`)));
  t.after(
    pipelineEvents.run.subscribe(
      (event) => void runs.push(`${event.pipeline} ${event.status} ${event.durationSeconds}`),
    ),
  );
  await bench.run(pipelineOf([{ id: "a", retries: ["1s"] }]));
  assert.deepEqual(tasks, ["failed true", "success false"]);
  assert.deepEqual(runs, ["mine success 3"]);
});

test("a run whose runner lives is not crashed, however old its heartbeat is", async () => {
  using bench = new Workbench();
  const runner = bench.runner();
  const run = bench.begin(pipelineOf([{ id: "a" }]), runner);
  bench.clock.jump(86_400_000);
  assert.deepEqual(markCrashedRuns(bench.store, bench.clock, bench.machine.processes), []);
  bench.machine.killRunner();
  const [crashed, ...others] = markCrashedRuns(bench.store, bench.clock, bench.machine.processes);
  assert.equal(crashed?.id, run.id);
  assert.equal(crashed?.state, "crashed");
  assert.deepEqual(others, []);
  assert.deepEqual(markCrashedRuns(bench.store, bench.clock, bench.machine.processes), []);
});

test("a run whose runner on this machine is gone is crashed at once", async () => {
  using bench = new Workbench();
  bench.begin(pipelineOf([{ id: "a" }]), bench.runner());
  assert.deepEqual(markCrashedRuns(bench.store, bench.clock, bench.machine.processes), []);
  bench.machine.killRunner();
  assert.equal(markCrashedRuns(bench.store, bench.clock, bench.machine.processes).length, 1);
});

for (const [where, elsewhere] of [
  ["on another machine", { host: "other" }],
  ["in a container of this machine that numbers its own processes", { pidNamespace: "pid:[1]" }],
] as const)
  test(`a runner ${where} is gone when its heartbeat has been silent for five minutes`, async () => {
    using bench = new Workbench();
    const runner = bench.runner();
    bench.begin(pipelineOf([{ id: "a" }]), { ...runner, process: { ...runner.process, ...elsewhere } });
    bench.machine.killRunner();
    bench.clock.jump(299_000);
    assert.deepEqual(markCrashedRuns(bench.store, bench.clock, bench.machine.processes), []);
    bench.clock.jump(2000);
    assert.equal(markCrashedRuns(bench.store, bench.clock, bench.machine.processes).length, 1);
  });

test("a run counts its time from when it was last taken on, not from a failure hours before", async () => {
  using bench = new Workbench((_, attempt) => ({ takesMs: 5000, exitCode: attempt === 1 ? 1 : 0 }));
  const failed = await bench.run(pipelineOf([{ id: "a" }], { retries: [] }));
  bench.clock.jump(3 * 3_600_000);
  const runner = bench.runner();
  const atMs = bench.clock.now();
  const again = bench.store.append(failed.id, [
    rerunEvent(failed, "unsuccessful", atMs),
    { kind: "claimed", atMs, runner },
  ]);
  const { startedMs, endedMs = 0 } = await bench.clock.during(runToEnd(again, runner, bench.options()));
  assert.equal(startedMs, atMs);
  assert.equal(endedMs - atMs, 5000);
  assert.equal(bench.store.list()[0]?.startedMs, atMs);
});

test("a crashed run can be cancelled, and only a resume takes it on again", async () => {
  using bench = new Workbench();
  const run = bench.begin(pipelineOf([{ id: "a" }, { id: "b", dependsOn: ["a"] }]), bench.runner());
  bench.machine.killRunner();
  markCrashedRuns(bench.store, bench.clock, bench.machine.processes);
  const cancelled = bench.store.cancel(run.id, bench.clock.now());
  assert.equal(cancelled.state, "cancelled");
  assert.throws(() => recoverRun(bench.store, cancelled, bench.runner(), 0), /WRONG_STATE|cancelled/);
  assert.throws(() => bench.store.cancel(run.id, bench.clock.now()), /is cancelled and cannot be cancelled/);
  const runner = bench.runner();
  const atMs = bench.clock.now();
  const again = bench.store.append(run.id, [resumeEvent(cancelled, atMs), { kind: "claimed", atMs, runner }]);
  const ended = await bench.clock.during(runToEnd(again, runner, bench.options()));
  assert.equal(ended.state, "success");
});

test("a process that ends at once kills its tasks and leaves its run cancelled", async () => {
  using bench = new Workbench(() => ({ takesMs: 3_600_000, isStubborn: true }));
  const stop = new AbortController();
  const ends: (() => void)[] = [];
  const run = await bench
    .run(pipelineOf([{ id: "a" }, { id: "b", dependsOn: ["a"] }]), {
      signal: stop.signal,
      beforeSuddenEnd(tidy) {
        ends.push(tidy);
        return () => {};
      },
      onChange(now) {
        if (now.tasks[0]?.state !== "running") return;
        stop.abort();
        void bench.clock.sleep(15_000).then(() => ends[0]?.());
      },
    })
    .catch(() => undefined);
  assert.equal(run, undefined, "the runner did not go on");
  const [stored] = bench.store.list();
  assert.equal(stored?.state, "cancelled");
  assert.deepEqual(statesOf(bench.store.find(stored?.id ?? "")), { a: "cancelled", b: "cancelled" });
  assert.deepEqual(bench.machine.launched[0]?.signals.map(({ signal }) => signal).slice(0, 2), [
    "SIGTERM",
    "SIGKILL",
  ]);
});

test("a runner whose run was taken over stops, and ends its task", async () => {
  using bench = new Workbench(() => ({ takesMs: 3_600_000 }));
  const definition = pipelineOf([{ id: "a" }]);
  await assert.rejects(
    bench.run(definition, {
      onChange: (run) => {
        if (run.tasks[0]?.state !== "running") return;
        markCrashed(bench.store, run, bench.clock);
      },
    }),
    /WRONG_STATE|taken over run/,
  );
  assert.deepEqual(
    bench.machine.launched[0]?.signals.map(({ signal }) => signal),
    ["SIGTERM"],
  );
});

/** A process ends at once: nothing after it happens. */
class Killed extends Error {}

const diamond = pipelineOf([
  { id: "a" },
  { id: "b", dependsOn: ["a"], retries: ["5m"] },
  { id: "c", dependsOn: ["a"] },
  { id: "d", dependsOn: ["b", "c"], trigger: "all_done" },
]);
/** Changes of a quiet run: one claim, a start and an end for each of five tries, and the end of the run. */
const changes = 12;

for (const kill of sampled(
  "the change of state after which a runner is killed",
  Array.from({ length: changes }, (_, place) => place + 1),
  4,
)) {
  test(`a runner that is killed after change ${kill} of its run loses no task, and none that had finished runs twice`, async () => {
    using bench = new Workbench((task, attempt) => ({ exitCode: task === "b" && attempt === 1 ? 1 : 0 }));
    let seen = 0;
    const runner = bench.runner();
    const run = bench.begin(diamond, runner);
    const dying = { isDead: false };
    const work = runToEnd(run, runner, {
      ...bench.options(),
      onChange: () => {
        seen += 1;
        if (seen === kill) {
          dying.isDead = true;
          throw new Killed();
        }
      },
      launch: (launch) => {
        const launched = bench.machine.launch(launch);
        // A dead process sends no signal: its task goes on.
        return { ...launched, signal: (one) => (dying.isDead ? undefined : launched.signal(one)) };
      },
    });
    await assert.rejects(bench.clock.during(work), Killed);
    bench.machine.killRunner();
    bench.reopen();
    bench.clock.jump(61_000);
    const finished = (bench.store.run(run.id)?.tasks ?? []).filter(({ state }) => state === "success");
    const before = bench.machine.launched.length;
    const [crashed] = markCrashedRuns(bench.store, bench.clock, bench.machine.processes);
    if (kill === changes) {
      assert.equal(crashed, undefined);
      assert.equal(bench.store.run(run.id)?.state, "success");
      return;
    }
    assert.equal(crashed?.id, run.id);
    const next = bench.runner();
    const again = recoverRun(bench.store, crashed, next, bench.clock.now());
    let ended = await bench.clock.during(runToEnd(again, next, bench.options()));
    if (crashed.tasks.some(({ state, countedTries }) => state === "crashed" && countedTries > 1)) {
      // The killed try was the last that the task had: the run ends as failed, until the user resumes it.
      assert.equal(statesOf(ended)["b"], "crashed");
      const last = bench.runner();
      const events = [
        rerunEvent(ended, "unsuccessful", bench.clock.now()),
        { kind: "claimed", atMs: bench.clock.now(), runner: last },
      ] as const;
      ended = await bench.clock.during(runToEnd(bench.store.append(run.id, events), last, bench.options()));
    }
    assert.deepEqual(statesOf(ended), { a: "success", b: "success", c: "success", d: "success" });
    assert.equal(ended.state, "success");
    for (const { task } of bench.machine.launched.slice(before))
      assert.ok(!finished.some(({ id }) => id === task), `${task} had finished`);
  });
}
