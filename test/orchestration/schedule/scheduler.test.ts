import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";

import { OrchestrationError } from "../../../src/orchestration/orchestration-error.ts";
import { openRunDatabase } from "../../../src/orchestration/state/run-database.ts";
import { runFileName, RunStore } from "../../../src/orchestration/state/run-store.ts";
import { markCrashedRuns } from "../../../src/orchestration/run/crashed-runs.ts";
import { Scheduler } from "../../../src/orchestration/schedule/scheduler.ts";
import type { SchedulerEnd, SchedulerOptions } from "../../../src/orchestration/schedule/scheduler.ts";
import type { PipelineDefinition } from "../../../src/orchestration/definition/pipeline-definition.ts";
import { context, pipelineOf, Workbench } from "../support/workbench.ts";

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;

interface Watched {
  readonly end: Promise<SchedulerEnd>;
  readonly stop: AbortController;
  readonly told: string[];
}

/** Starts a scheduler that `onLook` can stop. */
function started(
  bench: Workbench,
  pipelines: readonly PipelineDefinition[],
  onLook: (stop: () => void) => void,
  more: Partial<SchedulerOptions> = {},
): Watched {
  const stop = new AbortController();
  const told: string[] = [];
  const scheduler = new Scheduler({
    ...bench.options(),
    pipelines,
    context,
    runner: bench.runner(),
    signal: stop.signal,
    wakeEveryMs: 600_000,
    pollMs: 60_000,
    tell: (message) => told.push(message),
    onLook: () => onLook(() => stop.abort()),
    ...more,
  });
  return { end: scheduler.run(), stop, told };
}

/** Lets a scheduler run until a time. */
async function runUntil(
  bench: Workbench,
  pipelines: readonly PipelineDefinition[],
  until: string,
): Promise<readonly string[]> {
  const untilMs = Date.parse(until);
  const { end, told } = started(bench, pipelines, (stop) => {
    if (bench.clock.now() >= untilMs) stop();
  });
  await bench.clock.during(end);
  return told;
}

function timesOf(bench: Workbench): readonly string[] {
  return bench.store
    .list()
    .toReversed()
    .map(
      ({ scheduledForMs = 0, state }) => `${new Date(scheduledForMs).toISOString().slice(0, 16)} ${state}`,
    );
}

const daily = pipelineOf([{ id: "a" }], { schedule: "0 1 * * *" });

test("a week runs once a day at its time, about the day before", async () => {
  using bench = new Workbench();
  await runUntil(bench, [daily], "2026-03-09T00:00:00Z");
  const runs = bench.store.list().toReversed();
  assert.deepEqual(
    runs.map(({ scheduledForMs = 0, date, state }) => [new Date(scheduledForMs).toISOString(), date, state]),
    Array.from({ length: 7 }, (_, day) => [
      `2026-03-0${day + 2}T01:00:00.000Z`,
      `2026-03-0${day + 1}`,
      "success",
    ]),
  );
  for (const { scheduledForMs = 0, startedMs = 0 } of runs) assert.equal(startedMs, scheduledForMs);
});

test("the first start takes up no times of the past", async () => {
  using bench = new Workbench(undefined, "2026-03-02T01:00:30Z");
  await runUntil(bench, [daily], "2026-03-02T12:00:00Z");
  assert.deepEqual(timesOf(bench), []);
});

for (const [catchUp, expected] of [
  ["latest", ["2026-03-03T01:00 missed", "2026-03-04T01:00 missed", "2026-03-05T01:00 success"]],
  ["all", ["2026-03-03T01:00 success", "2026-03-04T01:00 success", "2026-03-05T01:00 success"]],
  ["none", ["2026-03-03T01:00 missed", "2026-03-04T01:00 missed", "2026-03-05T01:00 missed"]],
] as const)
  test(`after a sleep of days, catch_up: ${catchUp} decides which times run`, async () => {
    using bench = new Workbench();
    const definition = pipelineOf([{ id: "a" }], {
      schedule: "0 1 * * *",
      catchUp,
      overlap: "queue",
      maxActiveRuns: 3,
    });
    let hasSlept = false;
    const { end } = started(bench, [definition], (stop) => {
      if (bench.clock.now() >= Date.parse("2026-03-05T06:00:00Z")) stop();
      if (hasSlept || bench.clock.now() < Date.parse("2026-03-02T02:00:00Z")) return;
      hasSlept = true;
      bench.clock.jump(3 * dayMs);
    });
    await bench.clock.during(end);
    const overlapping =
      catchUp === "all" ? timesOf(bench).map((line) => line.replace("skipped", "success")) : timesOf(bench);
    assert.deepEqual(overlapping, ["2026-03-02T01:00 success", ...expected]);
  });

test("a time that is longer ago than start_deadline does not run", async () => {
  using bench = new Workbench();
  const definition = pipelineOf([{ id: "a" }], { schedule: "0 1 * * *", startDeadline: "2h" });
  let hasSlept = false;
  const { end } = started(bench, [definition], (stop) => {
    if (bench.clock.now() > Date.parse("2026-03-02T05:00:00Z")) stop();
    if (!hasSlept) bench.clock.jump(4 * hourMs);
    hasSlept = true;
  });
  await bench.clock.during(end);
  assert.deepEqual(timesOf(bench), ["2026-03-02T01:00 missed"]);
});

test("a clock that goes back runs no time twice, and goes on from there", async () => {
  using bench = new Workbench();
  let jumps = 0;
  const { end } = started(bench, [daily], (stop) => {
    if (bench.clock.now() >= Date.parse("2026-03-04T02:00:00Z")) stop();
    if (jumps > 0 || bench.clock.now() < Date.parse("2026-03-03T02:00:00Z")) return;
    jumps += 1;
    bench.clock.jump(-30 * hourMs);
  });
  await bench.clock.during(end);
  assert.deepEqual(timesOf(bench), [
    "2026-03-02T01:00 success",
    "2026-03-03T01:00 success",
    "2026-03-04T01:00 success",
  ]);
});

test("a clock that was a year ahead by mistake stops nothing", async () => {
  using bench = new Workbench();
  let looks = 0;
  const { end } = started(bench, [daily], (stop) => {
    looks += 1;
    if (looks === 2) bench.clock.jump(365 * dayMs);
    if (looks === 4) bench.clock.jump(-365 * dayMs);
    if (looks > 4 && bench.clock.now() >= Date.parse("2026-03-02T02:00:00Z")) stop();
  });
  await bench.clock.during(end);
  assert.ok(
    timesOf(bench).includes("2026-03-02T01:00 success") || timesOf(bench).includes("2026-03-02T01:00 missed"),
  );
});

test("in Europe/Berlin a daily time runs once on the days when clocks change", async () => {
  for (const [from, until, expected] of [
    [
      "2026-03-28T00:00:00Z",
      "2026-03-31T00:00:00Z",
      ["2026-03-28T01:30", "2026-03-29T01:00", "2026-03-30T00:30"],
    ],
    [
      "2026-10-24T00:00:00Z",
      "2026-10-27T00:00:00Z",
      ["2026-10-24T00:30", "2026-10-25T00:30", "2026-10-26T01:30"],
    ],
  ] as const) {
    using bench = new Workbench(undefined, from);
    const definition = pipelineOf([{ id: "a" }], { schedule: "30 2 * * *", timeZone: "Europe/Berlin" });
    await runUntil(bench, [definition], until);
    assert.deepEqual(
      timesOf(bench),
      expected.map((time) => `${time} success`),
    );
  }
});

for (const [overlap, expected] of [
  ["skip", ["success", "skipped", "skipped", "success"]],
  ["queue", ["success", "success", "skipped", "success"]],
  ["allow", ["success", "success", "success", "success"]],
] as const)
  test(`a time at which the run before is still at work: overlap ${overlap}`, async () => {
    using bench = new Workbench((_, attempt) => ({ takesMs: attempt * 2.5 * hourMs }));
    const definition = pipelineOf([{ id: "a", timeout: "1d" }], { schedule: "0 1-4 * * *", overlap });
    const { end } = started(bench, [definition], (stop) => {
      if (bench.clock.now() >= Date.parse("2026-03-02T11:00:00Z")) stop();
    });
    await bench.clock.during(end);
    assert.deepEqual(
      timesOf(bench).map((line) => line.slice(17)),
      expected,
    );
    const skipped = bench.store.list({ states: ["skipped"] });
    for (const { reason } of skipped)
      assert.match(reason ?? "", /^run [0-9a-f-]{36} is still (running|queued)$/);
  });

test("a pipeline that is paused does not run, and takes up nothing when it is resumed", async () => {
  using bench = new Workbench();
  bench.store.schedules.setPaused("mine", true);
  const { end } = started(bench, [daily], (stop) => {
    if (bench.clock.now() >= Date.parse("2026-03-03T00:00:00Z"))
      bench.store.schedules.setPaused("mine", false);
    if (bench.clock.now() >= Date.parse("2026-03-03T12:00:00Z")) stop();
  });
  await bench.clock.during(end);
  assert.deepEqual(timesOf(bench), ["2026-03-03T01:00 success"]);
});

test("of two schedulers one works, and the other says which", async () => {
  using bench = new Workbench();
  const first = started(bench, [daily], (stop) => {
    if (bench.clock.now() >= Date.parse("2026-03-02T02:00:00Z")) stop();
  });
  const second = started(bench, [daily], () => {});
  const [one, two] = await bench.clock.during(Promise.all([first.end, second.end]));
  assert.equal(one.kind, "stopped");
  assert.equal(two.kind, "other");
  assert.deepEqual(timesOf(bench), ["2026-03-02T01:00 success"]);
});

test("a scheduler that is stopped cancels its runs", async () => {
  using bench = new Workbench(() => ({ takesMs: 5 * hourMs }));
  const definition = pipelineOf([{ id: "a", timeout: "1d" }], { schedule: "0 1 * * *" });
  const told = await runUntil(bench, [definition], "2026-03-02T02:00:00Z");
  assert.deepEqual(timesOf(bench), ["2026-03-02T01:00 cancelled"]);
  assert.ok(told.some((line) => line.includes("ffe runs resume")));
});

for (const isSeen of [false, true])
  test(`a scheduler that comes after a killed one takes its run on, and the task's retry applies${isSeen ? ", though another command has marked it" : ""}`, async () => {
    using bench = new Workbench((_, attempt) => ({ takesMs: attempt === 1 ? 5 * hourMs : 1000 }));
    const definition = pipelineOf([{ id: "a", timeout: "1d" }], { schedule: "0 1 * * *" });
    let isDead = false;
    const first = started(
      bench,
      [definition],
      () => {
        if (bench.clock.now() < Date.parse("2026-03-02T02:00:00Z")) return;
        isDead = true;
        throw new Error("killed");
      },
      { onChange: () => assert.ok(!isDead) },
    );
    await assert.rejects(bench.clock.during(first.end), /killed/);
    bench.machine.killRunner();
    bench.clock.jump(61_000);
    if (isSeen) assert.equal(markCrashedRuns(bench.store, bench.clock, bench.machine.processes).length, 1);
    const told = await runUntil(bench, [definition], "2026-03-02T04:00:00Z");
    const [run] = bench.store.list();
    assert.equal(run?.state, "success");
    assert.ok(told.some((line) => line.includes("had crashed")));
    const tries = bench.store.find(run.id).tasks[0]?.tries ?? [];
    assert.deepEqual(
      tries.map(({ outcome }) => outcome),
      ["crashed", "success"],
    );
    assert.equal((tries[1]?.startedMs ?? 0) - (tries[0]?.endedMs ?? 0), 300_000);
  });

test("a run that crashed more than a day ago is left to the user", async () => {
  using bench = new Workbench();
  bench.begin(pipelineOf([{ id: "a" }]), bench.runner());
  bench.machine.killRunner();
  bench.clock.jump(61_000);
  markCrashedRuns(bench.store, bench.clock, bench.machine.processes);
  bench.clock.jump(24 * hourMs);
  await runUntil(bench, [], "2026-03-04T02:00:00Z");
  assert.equal(bench.store.list()[0]?.state, "crashed");
});

test("a run that is cancelled in the moment in which the scheduler takes it on stops nothing", async () => {
  using bench = new Workbench();
  const definition = pipelineOf([{ id: "a" }], { schedule: "0 1 * * *" });
  const { store } = bench;
  const append = store.append.bind(store);
  store.append = (id, events, token) => {
    if (!Array.isArray(events) && "kind" in events && events.kind === "claimed")
      append(id, { kind: "ended", atMs: bench.clock.now(), state: "cancelled" });
    return append(id, events, token);
  };
  await runUntil(bench, [definition], "2026-03-03T02:00:00Z");
  assert.deepEqual(timesOf(bench), ["2026-03-02T01:00 cancelled", "2026-03-03T01:00 cancelled"]);
});

/** The store of a bench on a disk without room, which a test can make. */
function onFullDisk(bench: Workbench): { readonly fill: () => void; readonly makeRoom: () => void } {
  const { folder } = bench.store;
  bench.store.close();
  const database = openRunDatabase(join(folder, runFileName), false);
  bench.store = new RunStore(database, folder);
  return {
    fill() {
      const pages = Number(database.prepare("PRAGMA page_count").get()?.["page_count"]);
      database.exec(`PRAGMA max_page_count = ${pages}`);
    },
    makeRoom: () => database.exec("PRAGMA max_page_count = 1000000"),
  };
}

test("on a full disk a scheduler and its runs wait, say so once, and go on when there is room", async () => {
  using bench = new Workbench(() => ({ takesMs: 60_000 }));
  const disk = onFullDisk(bench);
  const definition = pipelineOf(
    Array.from({ length: 40 }, (_, place) => ({ id: `task_${place}` })),
    { schedule: "0 1 * * *" },
  );
  let isFilled = false;
  const untilMs = Date.parse("2026-03-03T00:00:00Z");
  const { end, told } = started(bench, [definition], (stop) => {
    const nowMs = bench.clock.now();
    if (!isFilled && bench.store.active().length > 0) {
      isFilled = true;
      disk.fill();
    }
    if (nowMs >= Date.parse("2026-03-02T05:00:00Z")) disk.makeRoom();
    if (nowMs >= untilMs) stop();
  });
  await bench.clock.during(end);
  const [run] = bench.store.list();
  assert.equal(run?.state, "success");
  assert.ok((run.endedMs ?? 0) >= Date.parse("2026-03-02T05:00:00Z"), "it waited");
  const full = told.filter((line) => line.includes("the disk is full"));
  assert.equal(full.length, 1, told.join("\n"));
  assert.match(
    full[0] ?? "",
    /runs\.sqlite, which keeps the runs of pipelines, cannot be written: the disk is full\. The scheduler waits/,
  );
  assert.ok(told.includes("There is room on the disk again: the scheduler goes on"));
});

test("without a scheduler a full disk ends a run with an error that names the file and what to do", async () => {
  using bench = new Workbench();
  const disk = onFullDisk(bench);
  const tasks = Array.from({ length: 200 }, (_, place) => ({ id: `task_${place}` }));
  await assert.rejects(
    bench.run(pipelineOf(tasks), { onChange: () => disk.fill() }),
    (error) =>
      error instanceof OrchestrationError &&
      error.code === "STATE_FULL" &&
      error.message.includes(runFileName) &&
      error.nextStep?.startsWith("Make room on the disk") === true,
  );
});
