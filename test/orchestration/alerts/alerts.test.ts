import assert from "node:assert/strict";
import { test } from "node:test";

import { DeliveryError } from "../../../src/orchestration/alerts/delivery-error.ts";
import { runToEnd } from "../../../src/orchestration/run/runner.ts";
import { rerunEvent } from "../../../src/orchestration/run/rerun.ts";
import { Scheduler } from "../../../src/orchestration/schedule/scheduler.ts";
import type { PipelineDefinition } from "../../../src/orchestration/definition/pipeline-definition.ts";
import type { LaterEvent } from "../../../src/orchestration/state/run-store.ts";
import type { Run } from "../../../src/orchestration/state/run-fold.ts";
import { alertsOf, FakeReceiver } from "../support/fake-receiver.ts";
import { context, pipelineOf, Workbench } from "../support/workbench.ts";

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;

const failing = pipelineOf([
  { id: "load", retries: [] },
  { id: "report", dependsOn: ["load"] },
]);
const daily = pipelineOf([{ id: "load", retries: [] }], { schedule: "0 1 * * *", deadline: "2h" });
const one = Date.parse("2026-03-02T01:00:00Z");

/** A machine on which everything fails, and writes more than an alert holds. */
function troubled(): Workbench {
  const writes = Array.from({ length: 80 }, (_, line) => `line ${line} hush`);
  return new Workbench(() => ({ exitCode: 1, writes }));
}

/** A run for a scheduled time, as far as events bring it. */
function scheduled(
  bench: Workbench,
  definition: PipelineDefinition,
  scheduledForMs: number,
  events: readonly LaterEvent[] = [],
  state: "queued" | "missed" | "skipped" = "queued",
): Run {
  const date = new Date(scheduledForMs - dayMs).toISOString().slice(0, 10);
  const atMs = bench.clock.now();
  const base = { runKind: "scheduled", definition, context } as const;
  const run = bench.store.create({ ...base, atMs, date, scheduledForMs, state }, events);
  assert.ok(run !== undefined);
  return run;
}

function claimed(bench: Workbench): LaterEvent {
  return { kind: "claimed", atMs: bench.clock.now(), runner: bench.runner() };
}

function goTo(bench: Workbench, when: number): void {
  bench.clock.jump(when - bench.clock.now());
}

test("a run that failed is told of with the last 50 lines of its log, without secrets", async () => {
  using bench = troubled();
  const run = await bench.run(failing);
  const receiver = new FakeReceiver("team");
  await alertsOf(bench, [receiver]).afterRuns();
  const [notice] = receiver.told;
  assert.equal(receiver.told.length, 1);
  assert.equal(notice?.alert.id, `failure:${run.id}`);
  assert.equal(notice.alert.severity, "critical");
  assert.match(notice.alert.title, /^mine failed: load, exit code 1$/);
  assert.match(notice.alert.text, /load: exit code 1, after 1 try\. 1 task behind it did not run\.$/);
  assert.match(notice.alert.nextStep, new RegExp(`ffe runs retry ${run.id}`));
  assert.deepEqual(
    notice.alert.log.map(({ line, task }) => [task, line]),
    Array.from({ length: 50 }, (_, place) => ["load", `line ${place + 30} ***`]),
  );
});

test("a run is told of once for each kind, over restarts, another process and a second failure", async () => {
  using bench = troubled();
  const run = await bench.run(failing);
  const receiver = new FakeReceiver("team");
  const alerts = alertsOf(bench, [receiver]);
  await Promise.all([alerts.afterRuns(), alertsOf(bench, [receiver]).afterRuns()]);
  bench.reopen();
  await alertsOf(bench, [receiver]).afterRuns();
  const runner = bench.runner();
  const again = bench.store.append(run.id, [
    rerunEvent(run, "all", bench.clock.now()),
    { kind: "claimed", atMs: bench.clock.now(), runner },
  ]);
  await bench.clock.during(runToEnd(again, runner, bench.options()));
  await alertsOf(bench, [receiver]).afterRuns();
  assert.deepEqual(receiver.kinds, ["failure"]);
});

test("a process that is killed between a delivery and its mark leaves it to be made again, under its id", async () => {
  using bench = troubled();
  await bench.run(failing);
  const receiver = new FakeReceiver("team");
  receiver.refusal = new DeliveryError("not yet");
  await alertsOf(bench, [receiver]).afterRuns();
  receiver.refusal = undefined;
  bench.clock.jump(minuteMs);
  const taken = bench.store.alerts.take("team", bench.clock.now());
  assert.ok(taken !== undefined);
  await receiver.send({ ...taken, nowMs: bench.clock.now() });
  bench.reopen();
  const alerts = alertsOf(bench, [receiver]);
  await alerts.deliver();
  assert.equal(receiver.told.length, 1, "for a minute the delivery is that of the other process");
  bench.clock.jump(minuteMs);
  await alerts.deliver();
  await alerts.deliver();
  const ids = receiver.told.map(({ alert }) => alert.id);
  assert.deepEqual(ids, [taken.alert.id, taken.alert.id]);
});

test("a receiver that fails is asked again for a day, harms nobody, and is an error in the state", async () => {
  using bench = troubled();
  const run = await bench.run(failing);
  const dead = new FakeReceiver("dead");
  const well = new FakeReceiver("well");
  dead.refusal = new DeliveryError("cannot be reached");
  const told: string[] = [];
  const alerts = alertsOf(bench, [dead, well], told);
  await alerts.afterRuns();
  assert.deepEqual(well.kinds, ["failure"]);
  const [trouble] = bench.store.alerts.troubles();
  assert.equal(trouble?.receiver, "dead");
  assert.equal(trouble.error, "cannot be reached");
  assert.equal(trouble.nextTryMs, bench.clock.now() + 10_000);
  for (let hours = 0; hours < 100; hours += 1) {
    const [next] = bench.store.alerts.troubles();
    const nextMs = next?.nextTryMs ?? bench.clock.now() + hourMs;
    goTo(bench, nextMs - 1);
    await alerts.deliver();
    goTo(bench, nextMs);
    await alerts.deliver();
  }
  const pauses = dead.askedMs.slice(1).map((askedMs, place) => (askedMs - (dead.askedMs[place] ?? 0)) / 1000);
  assert.deepEqual(pauses.slice(0, 8), [10, 30, 60, 300, 900, 1800, 3600, 3600]);
  assert.ok((dead.askedMs.at(-1) ?? 0) - (dead.askedMs[0] ?? 0) <= dayMs);
  assert.deepEqual(
    bench.store.alerts.troubles().map(({ nextTryMs }) => nextTryMs),
    [undefined],
  );
  assert.deepEqual(told.length, 2);
  assert.match(told[0] ?? "", new RegExp(`failure:${run.id} is not delivered to dead yet`));
  assert.match(told[1] ?? "", /is given up for dead: cannot be reached/);
  assert.equal(well.askedMs.length, 1);
});

test("a delivery that works in the end is no error any more", async () => {
  using bench = troubled();
  await bench.run(failing);
  const receiver = new FakeReceiver("team");
  receiver.refusal = new DeliveryError("answered 429", 120_000);
  const alerts = alertsOf(bench, [receiver]);
  await alerts.afterRuns();
  receiver.refusal = undefined;
  bench.clock.jump(100_000);
  await alerts.deliver();
  assert.deepEqual(receiver.kinds, [], "it asked for two minutes");
  bench.clock.jump(20_000);
  await alerts.deliver();
  assert.deepEqual(receiver.kinds, ["failure"]);
  assert.deepEqual(bench.store.alerts.troubles(), []);
});

test("a clock that is set back does not keep an alert waiting", async () => {
  using bench = troubled();
  bench.clock.jump(300 * dayMs);
  await bench.run(failing);
  const receiver = new FakeReceiver("team");
  receiver.refusal = new DeliveryError("no");
  const alerts = alertsOf(bench, [receiver]);
  await alerts.afterRuns();
  receiver.refusal = undefined;
  bench.clock.jump(-300 * dayMs);
  await alerts.deliver();
  assert.deepEqual(receiver.kinds, ["failure"]);
});

const lateCases: readonly (readonly [
  what: string,
  state: (bench: Workbench) => Run,
  said: RegExp | undefined,
])[] = [
  ["is queued", (bench) => scheduled(bench, daily, one), /has not started/],
  [
    "runs",
    (bench) => {
      const claim = claimed(bench);
      return scheduled(bench, daily, one, [claim, { kind: "task_started", atMs: one, task: "load" }]);
    },
    /is still running: load is at work, try 1/,
  ],
  ["was missed", (bench) => scheduled(bench, daily, one, [], "missed"), /did not start: no scheduler ran/],
  [
    "was cancelled",
    (bench) => scheduled(bench, daily, one, [{ kind: "ended", atMs: one, state: "cancelled" }]),
    /was cancelled/,
  ],
  ["was skipped", (bench) => scheduled(bench, daily, one, [], "skipped"), undefined],
  [
    "succeeded",
    (bench) => {
      const claim = claimed(bench);
      return scheduled(bench, daily, one, [
        claim,
        { kind: "task_started", atMs: one, task: "load" },
        { kind: "task_ended", atMs: one, task: "load", outcome: "success" },
        { kind: "ended", atMs: one, state: "success" },
      ]);
    },
    undefined,
  ],
];

for (const [what, state, said] of lateCases)
  test(`a scheduled run that ${what} when its deadline passes is ${said === undefined ? "not late" : "late, once"}`, async () => {
    using bench = new Workbench();
    goTo(bench, one);
    const run = state(bench);
    const receiver = new FakeReceiver("team");
    goTo(bench, one + 2 * hourMs - 1);
    const early = alertsOf(bench, [receiver]);
    early.look([daily], bench.clock.now());
    await early.deliver();
    assert.deepEqual(receiver.kinds, []);
    const lines: string[] = [];
    for (const at of [2 * hourMs, 3 * hourMs, 20 * hourMs]) {
      goTo(bench, one + at);
      bench.reopen();
      const alerts = alertsOf(bench, [receiver], lines);
      alerts.look([daily], bench.clock.now());
      await alerts.deliver();
    }
    assert.deepEqual(receiver.kinds, said === undefined ? [] : ["late"]);
    assert.equal(lines.length, said === undefined ? 0 : 1);
    if (said === undefined) return;
    assert.match(
      lines[0] ?? "",
      /^mine is late: it should have ended by 2026-03-02 03:00 UTC; ffe runs show /,
    );
    const [notice] = receiver.told;
    assert.equal(notice?.alert.id, `late:${run.id}`);
    assert.equal(notice.alert.title, "mine is late: it should have ended by 2026-03-02 03:00 UTC");
    assert.match(notice.alert.text, said);
    assert.equal(notice.alert.sinceMs, one + 2 * hourMs);
  });

test("neither a paused pipeline, nor a backfill of past days, nor a time that a newer success has overtaken is late", async () => {
  using bench = new Workbench();
  goTo(bench, one + 10 * hourMs);
  const backfilled = bench.store.create({
    atMs: bench.clock.now(),
    runKind: "backfill",
    date: "2026-03-01",
    scheduledForMs: one,
    state: "queued",
    definition: daily,
    context,
  });
  assert.ok(backfilled !== undefined);
  const paused = { ...daily, name: "paused" };
  scheduled(bench, paused, one);
  bench.store.schedules.setPaused("paused", true);
  const hourly = { ...daily, name: "hourly", schedule: "0 * * * *" };
  scheduled(bench, hourly, one + 8 * hourMs, [], "missed");
  scheduled(bench, hourly, one + 9 * hourMs, [
    claimed(bench),
    { kind: "task_started", atMs: one, task: "load" },
    { kind: "task_ended", atMs: one, task: "load", outcome: "success" },
    { kind: "ended", atMs: one, state: "success" },
  ]);
  const receiver = new FakeReceiver("team");
  const alerts = alertsOf(bench, [receiver]);
  alerts.look([daily, paused, hourly], bench.clock.now());
  await alerts.deliver();
  assert.deepEqual(receiver.kinds, []);
});

test("a success ends the trouble of its pipeline, and is told once", async () => {
  let isWell = false;
  using bench = new Workbench(() => ({ exitCode: isWell ? 0 : 1 }));
  const receiver = new FakeReceiver("team");
  const alerts = (): Promise<void> => alertsOf(bench, [receiver]).afterRuns();
  await bench.run(failing);
  await alerts();
  await bench.run({ ...failing, name: "other" });
  await alerts();
  isWell = true;
  const run = await bench.run(failing);
  await alerts();
  bench.reopen();
  await alerts();
  await bench.run(failing);
  await alerts();
  assert.deepEqual(receiver.kinds, ["failure", "failure", "recovered"]);
  const last = receiver.told.at(-1)?.alert;
  assert.equal(last?.id, `recovered:${run.id}`);
  assert.match(last.text, /succeeded at .*\. Over: mine failed: load, exit code 1/);
  assert.deepEqual(
    bench.store.alerts.open().map(({ pipeline }) => pipeline),
    ["other"],
  );
});

test("a run that fails and is run again with success is well again", async () => {
  let isWell = false;
  using bench = new Workbench(() => ({ exitCode: isWell ? 0 : 1 }));
  const receiver = new FakeReceiver("team");
  const run = await bench.run(failing);
  await alertsOf(bench, [receiver]).afterRuns();
  isWell = true;
  const runner = bench.runner();
  const again = bench.store.append(run.id, [
    rerunEvent(run, "unsuccessful", bench.clock.now()),
    { kind: "claimed", atMs: bench.clock.now(), runner },
  ]);
  await bench.clock.during(runToEnd(again, runner, bench.options()));
  await alertsOf(bench, [receiver]).afterRuns();
  assert.deepEqual(
    receiver.told.map(({ alert }) => alert.id),
    [`failure:${run.id}`, `recovered:${run.id}`],
  );
});

test("the success of an earlier day ends nothing", async () => {
  using bench = new Workbench();
  goTo(bench, one);
  const failed: readonly LaterEvent[] = [
    claimed(bench),
    { kind: "task_started", atMs: one, task: "load" },
    { kind: "task_ended", atMs: one, task: "load", outcome: "failed", exitCode: 1 },
    { kind: "ended", atMs: one, state: "failed" },
  ];
  scheduled(bench, daily, one, failed);
  const receiver = new FakeReceiver("team");
  await alertsOf(bench, [receiver]).afterRuns();
  scheduled(bench, daily, one - 3 * dayMs, [
    claimed(bench),
    { kind: "task_started", atMs: one, task: "load" },
    { kind: "task_ended", atMs: one + 5, task: "load", outcome: "success" },
    { kind: "ended", atMs: one + 5, state: "success" },
  ]);
  await alertsOf(bench, [receiver]).afterRuns();
  assert.deepEqual(receiver.kinds, ["failure"]);
});

test("a receiver that repeats is told each minute while an alert is open, once more when it is over, and then no more", async () => {
  let isWell = false;
  using bench = new Workbench(() => ({ exitCode: isWell ? 0 : 1 }));
  const receiver = new FakeReceiver("am", true).only("failure", "late");
  const alerts = alertsOf(bench, [receiver]);
  await bench.run(failing);
  await alerts.afterRuns();
  for (let second = 0; second < 180; second += 10) {
    bench.clock.jump(10_000);
    await alerts.deliver();
  }
  assert.equal(receiver.told.length, 4);
  assert.ok(receiver.told.every(({ resolvedMs }) => resolvedMs === undefined));
  const second = await bench.run(failing);
  await alerts.afterRuns();
  bench.clock.jump(minuteMs);
  await alerts.deliver();
  assert.deepEqual(
    receiver.told.slice(4).map(({ alert }) => alert.id),
    [`failure:${second.id}`, `failure:${second.id}`],
    "the newer alert stands for the older one",
  );
  isWell = true;
  const success = await bench.run(failing);
  bench.reopen();
  const later = alertsOf(bench, [receiver]);
  await later.afterRuns();
  assert.equal(receiver.told.length, 7);
  assert.equal(receiver.told[6]?.resolvedMs, success.endedMs);
  bench.clock.jump(10 * minuteMs);
  await later.deliver();
  assert.equal(receiver.told.length, 7);
});

test("only alerts that a receiver wants reach it", async () => {
  using bench = troubled();
  await bench.run(failing);
  const receiver = new FakeReceiver("team").only("late");
  await alertsOf(bench, [receiver]).afterRuns();
  assert.deepEqual(receiver.kinds, []);
});

test("what is forgotten is not told again", async () => {
  let isWell = false;
  using bench = new Workbench(() => ({ exitCode: isWell ? 0 : 1 }));
  const receiver = new FakeReceiver("team");
  const alerts = alertsOf(bench, [receiver]);
  await bench.run(failing);
  await alerts.afterRuns();
  isWell = true;
  await bench.run(failing);
  await alerts.afterRuns();
  const count = receiver.told.length;
  bench.store.alerts.prune(bench.clock.now() + 1);
  await alerts.afterRuns();
  assert.equal(receiver.told.length, count, "its run is there still");
  bench.store.prune(bench.clock.now() + 1, 0);
  bench.store.alerts.prune(bench.clock.now() + 1);
  await alerts.afterRuns();
  assert.equal(receiver.told.length, count);
  assert.equal(bench.store.alerts.has(receiver.told[0]?.alert.id ?? ""), false);
});

test("a scheduler tells of a run that is late and fails, and of the day on which all is well again", async () => {
  const bench = new Workbench((_, attempt) => ({
    exitCode: bench.clock.now() < Date.parse("2026-03-03T00:00:00Z") ? 1 : 0,
    takesMs: attempt * minuteMs,
  }));
  using _ = bench;
  const definition = pipelineOf([{ id: "load", retries: ["2h", "10m"] }], {
    schedule: "0 1 * * *",
    deadline: "90m",
  });
  const receiver = new FakeReceiver("team");
  const stop = new AbortController();
  const scheduler = new Scheduler({
    ...bench.options({ pollMs: minuteMs }),
    pipelines: [definition],
    context,
    runner: bench.runner(),
    signal: stop.signal,
    wakeEveryMs: minuteMs,
    tell: () => {},
    alerts: alertsOf(bench, [receiver]),
    onLook: () => {
      if (bench.clock.now() > Date.parse("2026-03-03T02:00:00Z")) stop.abort();
    },
  });
  await bench.clock.during(scheduler.run());
  assert.deepEqual(receiver.kinds, ["late", "failure", "recovered"]);
  assert.match(receiver.told[0]?.alert.text ?? "", /load is tried again at 2026-03-02 03:01 UTC/);
  assert.match(receiver.told[1]?.alert.text ?? "", /after 3 tries/);
  assert.equal(new Date(receiver.told[2]?.alert.sinceMs ?? 0).toISOString().slice(0, 10), "2026-03-03");
});

test("a scheduler goes on when alerts cannot be told, and its state cannot be read for them", async () => {
  using bench = troubled();
  const receiver = new FakeReceiver("team");
  receiver.refusal = new Error("hush: broken");
  const told: string[] = [];
  const alerts = alertsOf(bench, [receiver], told);
  await bench.run(failing);
  await alerts.afterRuns();
  bench.store.close();
  alerts.look([daily], bench.clock.now());
  await alerts.deliver();
  assert.match(told.at(-1) ?? "", /^Alerts: /);
  assert.ok(!told.slice(1).join(" ").includes("hush"));
});
