import { formatInstant } from "../../market/time-range.ts";
import type { Run, TaskRun } from "../../orchestration/state/run-fold.ts";
import type { RunSummary } from "../../orchestration/state/run-store.ts";

/** What a run and a line of the list of runs have both. */
type Described = Omit<RunSummary, "heartbeatMs">;

/** A run without its tasks, as a document. */
export function documentOf(run: Described, nowMs: number): Readonly<Record<string, unknown>> {
  return {
    run_id: run.id,
    pipeline: run.pipeline,
    kind: run.kind,
    state: run.state,
    reason: run.reason ?? null,
    date: run.date,
    scheduled_for: instant(run.scheduledForMs),
    created_at: instant(run.createdMs),
    started_at: instant(run.startedMs),
    ended_at: instant(run.endedMs),
    duration_seconds: secondsAtWork(run, nowMs),
  };
}

/** A run with its tasks, as a document. */
export function wholeDocumentOf(run: Run, nowMs: number): Readonly<Record<string, unknown>> {
  return {
    ...documentOf(run, nowMs),
    tasks: run.tasks.map((task) => ({
      id: task.id,
      state: shownState(run, task),
      retry_at: instant(task.retryAtMs),
      tries: task.tries.map((one) => ({
        number: one.number,
        started_at: instant(one.startedMs),
        ended_at: instant(one.endedMs),
        outcome: one.outcome ?? null,
        exit_code: one.exitCode ?? null,
        reason: one.reason ?? null,
      })),
    })),
  };
}

/** Since a runner last took it on, up to its end or to now. */
export function secondsAtWork(
  { startedMs, endedMs }: Pick<RunSummary, "startedMs" | "endedMs">,
  nowMs: number,
): number | null {
  return startedMs === undefined ? null : Math.max(0, (endedMs ?? nowMs) - startedMs) / 1000;
}

/** The tasks of a run that was skipped or missed wait for nothing. */
export function shownState(run: Pick<Run, "state">, { state }: Pick<TaskRun, "state">): string {
  return state === "queued" && (run.state === "skipped" || run.state === "missed") ? run.state : state;
}

export function instant(ms: number | undefined): string | null {
  return ms === undefined ? null : formatInstant(ms);
}
