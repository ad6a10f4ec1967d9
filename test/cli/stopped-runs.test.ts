import assert from "node:assert/strict";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import { test } from "node:test";
import * as z from "zod";

import { systemProcesses } from "../../src/orchestration/run/process-identity.ts";
import { openRunStore } from "../../src/orchestration/state/run-store.ts";
import { TemporaryFolder } from "../temporary-folder.ts";
import { callFfe } from "./call-ffe.ts";
import { jsonOf, runFfe } from "./run-ffe.ts";
import type { Outcome } from "./run-ffe.ts";

/** Waits for a file of the folder, and for what the runner stores after the task wrote it. */
async function written(folder: TemporaryFolder, name: string): Promise<string> {
  while (!existsSync(folder.at(name)) || readFileSync(folder.at(name), "utf8") === "") await delay(20);
  return readFileSync(folder.at(name), "utf8").trim();
}

function folderWith(task: string, more = ""): TemporaryFolder {
  const folder = new TemporaryFolder();
  writeFileSync(
    folder.at("ffe.yaml"),
    `pipelines:\n  slow:\n${more}    retries: [1s]\n    tasks: { nap: { run: [sh, -c, ${JSON.stringify(task)}] } }\n`,
  );
  return folder;
}

function call(folder: TemporaryFolder, ...args: readonly string[]): Promise<Outcome> {
  return callFfe([...args, "--config", "ffe.yaml"], { cwd: folder.path });
}

const stateOf = (outcome: Outcome): unknown => z.object({ state: z.string() }).parse(jsonOf(outcome)).state;
const stubborn = "trap '' TERM; echo $$ > pid; while :; do sleep 0.2; done";

test("a run whose runner was killed is cancelled at once, with what is left of its tasks", async () => {
  using folder = folderWith("echo $$ > pid; exec sleep 600");
  await runFfe(["pipeline", "run", "slow", "--config", "ffe.yaml"], {
    cwd: folder.path,
    onStart: (kill) => void written(folder, "pid").then(() => kill("SIGKILL")),
  });
  const pid = Number(await written(folder, "pid"));
  assert.notEqual(systemProcesses.identify(pid), undefined, "the task outlives its runner");
  const cancelled = await call(folder, "runs", "cancel", "latest");
  assert.equal(cancelled.exitCode, 0, cancelled.stderr);
  assert.match(cancelled.stdout, /is cancelled\. Its runner was gone; what it left of 1 task is ended/);
  assert.equal(systemProcesses.identify(pid), undefined);
  assert.equal(stateOf(await call(folder, "runs", "show", "slow", "--json")), "cancelled");
  const again = await call(folder, "runs", "cancel", "latest");
  assert.equal(again.exitCode, 2);
  assert.match(again.stderr, /is cancelled and cannot be cancelled/);
});

for (const [command, schedule] of [
  [["pipeline", "run", "slow"], ""],
  [["schedule"], "    schedule: '* * * * *'\n"],
] as const)
  test(`a second signal to ffe ${command.join(" ")} kills tasks that ignore the first, and their run is cancelled`, async () => {
    using folder = folderWith(stubborn, schedule);
    if (command[0] === "schedule") await queueRun(folder);
    let isAsked = false;
    const ended = await runFfe([...command, "--config", "ffe.yaml"], {
      cwd: folder.path,
      onStart: (kill) => void written(folder, "pid").then(() => kill("SIGINT")),
      onStderr: (text, kill) => {
        if (isAsked || !text.includes("tasks got SIGTERM and have 30 s; once more kills them.")) return;
        isAsked = true;
        kill("SIGINT");
      },
    });
    assert.equal(ended.exitCode, null, "the signal ends the process");
    const pid = Number(await written(folder, "pid"));
    while (systemProcesses.identify(pid) !== undefined) await delay(20);
    assert.equal(stateOf(await call(folder, "runs", "show", "slow", "--json")), "cancelled");
  });

/** A run that waits for a scheduler: one that crashed is taken on again at once. */
async function queueRun(folder: TemporaryFolder): Promise<void> {
  await runFfe(["pipeline", "run", "slow", "--config", "ffe.yaml"], {
    cwd: folder.path,
    onStart: (kill) => void written(folder, "pid").then(() => kill("SIGKILL")),
  });
  const pid = Number(await written(folder, "pid"));
  process.kill(-pid, "SIGKILL");
  writeFileSync(folder.at("pid"), "");
}

for (const [signal, state] of [
  ["SIGINT", "cancelled"],
  ["SIGKILL", "crashed"],
] as const)
  test(`a backfill that ${signal} stopped goes on with the day that was at work when it is asked again`, async () => {
    using folder = folderWith(
      "echo {date} >> days; if test {date} = 2026-01-02 && test ! -e pid; then echo $$ > pid; exec sleep 600; fi",
      "    schedule: '0 1 * * *'\n",
    );
    const range = ["pipeline", "backfill", "slow", "--from", "2026-01-01", "--to", "2026-01-04"];
    await runFfe([...range, "--config", "ffe.yaml"], {
      cwd: folder.path,
      onStart: (kill) => void written(folder, "pid").then(() => kill(signal)),
    });
    const plan = await call(folder, ...range, "--dry-run");
    assert.match(plan.stdout, new RegExp(`^2026-01-02 .* go on .* ${state}`, "m"));
    const done = await call(folder, ...range);
    assert.equal(done.exitCode, 0, done.stderr);
    assert.equal(readFileSync(folder.at("days"), "utf8"), "2026-01-01\n2026-01-02\n2026-01-02\n2026-01-03\n");
  });

test("the state is shown and changed although a pipeline of the configuration is wrong", async () => {
  using folder = folderWith("exit 0");
  assert.equal((await call(folder, "pipeline", "run", "slow")).exitCode, 0);
  writeFileSync(
    folder.at("ffe.yaml"),
    `${readFileSync(folder.at("ffe.yaml"), "utf8")}  broken: { tasks: { only: { run: "echo |" } } }\n`,
  );
  assert.equal((await call(folder, "pipeline", "list")).exitCode, 2);
  for (const args of [
    ["runs", "list", "--pipeline", "slow"],
    ["runs", "show", "latest"],
    ["runs", "logs", "slow"],
    ["schedule", "status"],
    ["schedule", "pause", "slow"],
    ["schedule", "resume", "slow"],
  ]) {
    const outcome = await call(folder, ...args);
    assert.equal(outcome.exitCode, 0, outcome.stderr);
    assert.match(outcome.stderr, /^Warning: ffe\.yaml, line 5: pipelines\.broken\.tasks\.only\.run: .*\n$/);
  }
  const cancelled = await call(folder, "runs", "cancel", "latest");
  assert.match(cancelled.stderr, /is success and cannot/);
});

test("a try that never was is an error that says how many there are", async () => {
  using folder = folderWith("exit 0");
  await call(folder, "pipeline", "run", "slow");
  const outcome = await call(folder, "runs", "logs", "latest", "nap", "--try", "9");
  assert.equal(outcome.exitCode, 2);
  assert.match(outcome.stderr, /has no try 9: nap has 1\n/);
});

test("the list of runs and a run have the same names in JSON", async () => {
  using folder = folderWith("exit 0");
  await call(folder, "pipeline", "run", "slow");
  const shown = z
    .looseObject({ tasks: z.unknown() })
    .parse(jsonOf(await call(folder, "runs", "show", "slow", "--json")));
  const { tasks, ...described } = shown;
  assert.deepEqual(jsonOf(await call(folder, "runs", "list", "--json")), [described]);
  assert.equal(typeof described["duration_seconds"], "number");
  assert.ok(tasks !== undefined);
});

test("the tasks of a time that was skipped wait for nothing", async () => {
  using folder = folderWith("exit 0");
  await call(folder, "pipeline", "run", "slow");
  using store = openRunStore(folder.at("data/state"));
  const { definition, context } = store.find("latest");
  const skipped = store.create({
    atMs: Date.now(),
    runKind: "scheduled",
    date: "2026-01-01",
    scheduledForMs: 1,
    state: "skipped",
    reason: "another run is still running",
    definition,
    context,
  });
  const shown = await call(folder, "runs", "show", skipped?.id ?? "");
  assert.match(shown.stdout, /^nap +skipped +0/m);
  const status = await call(folder, "schedule", "status", "--json");
  const { pipelines } = z
    .object({ pipelines: z.array(z.looseObject({ pipeline: z.string() })) })
    .parse(jsonOf(status));
  const slow = pipelines.find(({ pipeline }) => pipeline === "slow");
  assert.deepEqual([slow?.["last_state"], slow?.["last_result"]], ["success", "success"]);
});
