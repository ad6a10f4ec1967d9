import { dayMs } from "../../market/durations.ts";
import { dateOf } from "../definition/command-template.ts";
import type { PipelineDefinition } from "../definition/pipeline-definition.ts";
import { isEnded } from "../state/run-fold.ts";
import type { RunSummary } from "../state/run-store.ts";
import { CronTimes } from "./cron-times.ts";

/** Which dates run again: those without a run, those whose run was no success too, or all. */
type Reprocess = "none" | "failed" | "completed";

export interface BackfillStep {
  readonly date: string;
  /** `undefined` for a pipeline without a schedule. */
  readonly scheduledForMs: number | undefined;
  /** `create` a run, run the one that is there `again`, `resume` it where it stopped, or leave it alone. */
  readonly action: "create" | "again" | "resume" | "leave";
  /** The run that is there. */
  readonly run: RunSummary | undefined;
}

export interface BackfillRange {
  /** The first date, such as `2026-01-01`. */
  readonly from: string;
  /** The date after the last one. */
  readonly to: string;
  readonly reprocess: Reprocess;
  readonly newestFirst: boolean;
}

/** What a backfill does for each scheduled time about a date of the range, up to now. */
export function backfillPlan(
  definition: PipelineDefinition,
  { from, to, reprocess, newestFirst }: BackfillRange,
  existing: readonly RunSummary[],
  nowMs: number,
): readonly BackfillStep[] {
  const steps = timesOf(
    definition,
    Date.parse(`${from}T00:00:00Z`),
    Date.parse(`${to}T00:00:00Z`),
    nowMs,
  ).map(({ date, scheduledForMs }): BackfillStep => {
    const runs = existing.filter(
      (one) =>
        one.scheduledForMs === scheduledForMs || (one.scheduledForMs === undefined && one.date === date),
    );
    // A later run by hand that failed or was stopped does not undo a success.
    const run =
      runs.find(({ state }) => !isEnded(state)) ?? runs.find(({ state }) => state === "success") ?? runs[0];
    return { date, scheduledForMs, run, action: run === undefined ? "create" : actionFor(run, reprocess) };
  });
  return newestFirst ? steps.toReversed() : steps;
}

/** Whether an existing run runs again. A run that was missed or skipped never ran; one that was stopped is not done. */
function actionFor({ state }: RunSummary, reprocess: Reprocess): "again" | "resume" | "leave" {
  if (!isEnded(state)) return "leave";
  if (state === "missed" || state === "skipped") return "again";
  if (state === "cancelled" || state === "crashed") return reprocess === "completed" ? "again" : "resume";
  if (state === "success") return reprocess === "completed" ? "again" : "leave";
  return reprocess === "none" ? "leave" : "again";
}

function timesOf(
  { schedule, timeZone }: PipelineDefinition,
  fromMs: number,
  toMs: number,
  nowMs: number,
): readonly { readonly date: string; readonly scheduledForMs: number | undefined }[] {
  // A run is about the day before its scheduled time.
  const endMs = Math.min(toMs + dayMs - 1, nowMs);
  if (schedule !== undefined)
    return new CronTimes(schedule, timeZone).between(fromMs + dayMs - 1, endMs, stepsMax).map(dateOf);
  const days: { date: string; scheduledForMs: undefined }[] = [];
  for (let dayMsStart = fromMs; dayMsStart < toMs && dayMsStart + dayMs <= nowMs; dayMsStart += dayMs)
    days.push({ date: new Date(dayMsStart).toISOString().slice(0, 10), scheduledForMs: undefined });
  return days;
}

/** More runs than this at once are a mistake. */
const stepsMax = 10_000;
