import type { Clock } from "../../seams/clock.ts";
import type { Runner } from "../state/run-event.ts";
import type { Run } from "../state/run-fold.ts";
import type { LaterEvent, RunStore } from "../state/run-store.ts";
import { OrchestrationError } from "../orchestration-error.ts";
import { lifeOf } from "./process-identity.ts";
import type { Processes } from "./process-identity.ts";
import { retryTime } from "./task-steps.ts";

/** The heartbeat is all that shows whether a runner on another machine, or in another container, lives. */
const silentElsewhereMs = 5 * 60_000;

/**
 * Marks runs whose runner is gone. Of a process of this machine an old heartbeat does not count: the machine may have slept.
 *
 * @returns the runs that it marked.
 */
export function markCrashedRuns(store: RunStore, clock: Clock, processes: Processes): readonly Run[] {
  return store.list({ states: ["running"] }).flatMap(({ id, heartbeatMs = 0 }) => {
    const run = store.run(id);
    return run !== undefined && isGone(run, clock.now() - heartbeatMs, processes)
      ? [markCrashed(store, run, clock)]
      : [];
  });
}

/** Whether a run that should be running has no runner. */
export function isGone({ runner }: Run, silentMs: number, processes: Processes): boolean {
  if (runner === undefined) return false;
  const life = lifeOf(runner.process, processes);
  return life === "gone" || (life === "unknown" && silentMs >= silentElsewhereMs);
}

export function markCrashed(store: RunStore, run: Run, clock: Clock): Run {
  const atMs = clock.now();
  const retries = run.tasks.flatMap((task) => {
    const time = task.state === "running" ? retryTime(run, task, atMs, undefined) : undefined;
    return time === undefined ? [] : [[task.id, time] as const];
  });
  try {
    return store.append(
      run.id,
      { kind: "crashed", atMs, retryAtMs: Object.fromEntries(retries) },
      run.runner?.token,
    );
  } catch (error) {
    // Another process has just marked it.
    const now = store.run(run.id);
    if (error instanceof OrchestrationError && now !== undefined) return now;
    throw error;
  }
}

/**
 * Claims a crashed run: the retries of its tasks apply.
 *
 * @throws OrchestrationError `WRONG_STATE` where it was cancelled or claimed meanwhile.
 */
export function recoverRun(store: RunStore, run: Run, runner: Runner, atMs: number): Run {
  const last = store.events(run.id).findLast((event) => event.kind === "crashed");
  const retryAtMs = new Map(Object.entries(last?.kind === "crashed" ? last.retryAtMs : {}));
  const tasks = run.tasks.flatMap(({ id, state }) => {
    const time = retryAtMs.get(id);
    return state === "crashed" && time !== undefined ? [{ id, retryAtMs: time, keepsTries: true }] : [];
  });
  const events: readonly LaterEvent[] = [
    { kind: "reopened", atMs, tasks },
    { kind: "claimed", atMs, runner },
  ];
  return store.append(run.id, events, undefined, "crashed");
}
