import { dayMs } from "../../market/durations.ts";
import type { PipelineDefinition } from "../definition/pipeline-definition.ts";
import type { RunSummary } from "../state/run-store.ts";
import { CronTimes } from "./cron-times.ts";

/** Whether the newest scheduled time is past its deadline without a run that succeeded. */
export function isLate(
  { schedule, timeZone, deadlineSeconds }: PipelineDefinition,
  last: Pick<RunSummary, "state" | "scheduledForMs" | "createdMs"> | undefined,
  nowMs: number,
): boolean {
  // A pipeline that never ran is not late: no scheduler may have been there.
  if (schedule === undefined || deadlineSeconds === undefined || last === undefined) return false;
  const [due] = new CronTimes(schedule, timeZone).between(0, nowMs - deadlineSeconds * 1000, 1);
  if (due === undefined || due < last.createdMs - dayMs) return false;
  return !(last.state === "success" && (last.scheduledForMs ?? last.createdMs) >= due);
}
