/**
 * Finds the alerts that stored runs call for: every process finds the same ones, however late it looks. Raised alerts are
 * stored, too, so each is raised once.
 */
import type { PipelineDefinition } from "../definition/pipeline-definition.ts";
import type { Redact } from "../run/task-log.ts";
import { CronTimes } from "../schedule/cron-times.ts";
import type { RunState } from "../state/run-fold.ts";
import type { RunStore, RunSummary } from "../state/run-store.ts";
import type { Alert } from "./alert.ts";
import { alertId, failureAlert, isOverBy, lateAlert, lateForMsMax, recoveredAlert } from "./alert-of-run.ts";
import type { Receiver } from "./receiver.ts";

export interface RaiseOptions {
  readonly store: RunStore;
  readonly receivers: readonly Receiver[];
  readonly redact: Redact;
}

/** Another process may be about to claim the run of a crashed runner. */
const crashPatienceMs = 60_000;
/** A run in one of these states at its deadline is late. A failed run has its own alert, and a skipped one is intended. */
const lateStates: ReadonlySet<RunState> = new Set(["queued", "running", "missed", "cancelled", "crashed"]);

/** Raises alerts for runs that failed, and for pipelines that have recovered. */
export function raiseForEnded({ store, receivers, redact }: RaiseOptions, nowMs: number): void {
  const context = { nowMs, stateFolder: store.folder, redact };
  for (const id of store.alerts.untoldFailures(nowMs - crashPatienceMs)) {
    const run = store.run(id);
    if (run !== undefined) raise(failureAlert(run, context), store, receivers);
  }
  const open = store.alerts.open();
  for (const pipeline of new Set(open.map((alert) => alert.pipeline))) {
    const alerts = open.filter((alert) => alert.pipeline === pipeline);
    const success = firstSuccess(store, pipeline, alerts);
    const run = success === undefined ? undefined : store.run(success.id);
    if (run === undefined) continue;
    const over = alerts.filter((alert) => isOverBy(alert, run));
    raise(
      recoveredAlert(run, over, context),
      store,
      receivers,
      over.map(({ id }) => id),
    );
  }
}

/** Raises alerts for scheduled runs whose deadline has passed, and returns those. */
export function raiseForLate(
  { store, receivers, redact }: RaiseOptions,
  pipelines: readonly PipelineDefinition[],
  nowMs: number,
): readonly Alert[] {
  return pipelines.flatMap((definition) => {
    const late = lateRun(store, definition, nowMs);
    const run = late === undefined ? undefined : store.run(late.id);
    if (late === undefined || run === undefined) return [];
    const alert = lateAlert(run, late.deadlineMs, { nowMs, stateFolder: store.folder, redact });
    raise(alert, store, receivers);
    return [alert];
  });
}

/** The run of the newest scheduled time whose deadline has passed, if it should have ended and has not. */
function lateRun(
  store: RunStore,
  { name, schedule, timeZone, deadlineSeconds }: PipelineDefinition,
  nowMs: number,
): { readonly id: string; readonly deadlineMs: number } | undefined {
  if (schedule === undefined || deadlineSeconds === undefined || store.schedules.isPaused(name))
    return undefined;
  const untilMs = nowMs - deadlineSeconds * 1000;
  const [time] = new CronTimes(schedule, timeZone).between(untilMs - lateForMsMax, untilMs, 1);
  if (time === undefined) return undefined;
  const run = store.scheduledRun(name, time);
  // A backfill of a past time was late before it began.
  if (run === undefined || run.kind !== "scheduled" || !lateStates.has(run.state)) return undefined;
  if (store.alerts.has(alertId("late", run.id))) return undefined;
  const isOvertaken = store
    .list({ pipeline: name, states: ["success"], limit: successesLooked })
    .some(({ scheduledForMs = 0 }) => scheduledForMs > time);
  return isOvertaken ? undefined : { id: run.id, deadlineMs: time + deadlineSeconds * 1000 };
}

/** The newest runs decide; a backfill may have many. */
const successesLooked = 20;

function firstSuccess(store: RunStore, pipeline: string, alerts: readonly Alert[]): RunSummary | undefined {
  return store
    .endedSince(pipeline, "success", Math.min(...alerts.map(({ sinceMs }) => sinceMs)))
    .find((run) => alerts.some((alert) => isOverBy(alert, run)));
}

function raise(
  alert: Alert,
  store: RunStore,
  receivers: readonly Receiver[],
  resolves: readonly string[] = [],
): void {
  store.alerts.raise(
    alert,
    receivers.filter((receiver) => receiver.wants(alert)),
    resolves,
  );
}
