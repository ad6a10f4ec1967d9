// Usage: node runner-killed-at-spawn.ts STATE-FOLDER WORKING-FOLDER
// Begins a run, prints the process of its first task, and is killed before it notes it.
import { writeSync } from "node:fs";

import { definePipeline } from "../../../src/orchestration/definition/define-pipeline.ts";
import { launchProcess } from "../../../src/orchestration/run/launch-task.ts";
import { systemProcesses } from "../../../src/orchestration/run/process-identity.ts";
import { runToEnd } from "../../../src/orchestration/run/runner.ts";
import { openRunStore } from "../../../src/orchestration/state/run-store.ts";
import { systemClock } from "../../../src/seams/clock.ts";

const [stateFolder = "", workingFolder = ""] = process.argv.slice(2);
const store = openRunStore(stateFolder);
const definition = definePipeline({
  name: "mine",
  tasks: [{ id: "only", run: ["sh", "-c", "echo $FFE_TRY >> tries"], retries: ["1s"] }],
});
const runner = { token: "killed", process: systemProcesses.self() };
const atMs = systemClock.now();
const run = store.create(
  { atMs, runKind: "manual", date: "2026-03-01", state: "queued", definition, context: { workingFolder } },
  [{ kind: "claimed", atMs, runner }],
);
if (run === undefined) throw new Error("no run");
await runToEnd(run, runner, {
  store,
  clock: systemClock,
  processes: systemProcesses,
  redact: (text) => text,
  environment: process.env,
  ffe: ["ffe"],
  launch(task) {
    const { process: launched } = launchProcess(task);
    writeSync(1, JSON.stringify(launched));
    process.kill(process.pid, "SIGKILL");
    throw new Error("it goes on after SIGKILL");
  },
});
