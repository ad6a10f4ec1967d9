import type { PipelineDefinition } from "../definition/pipeline-definition.ts";
import { CronTimes } from "./cron-times.ts";

/** A scheduled time that is due, and what happens to it. */
interface DueTime {
  readonly scheduledForMs: number;
  readonly verdict: "run" | "missed";
}

export interface Due {
  /** All times up to this instant are decided. */
  readonly untilMs: number;
  /** Oldest first. */
  readonly times: readonly DueTime[];
}

/** A time that is longer ago was not noticed when it came. */
const onTimeMs = 90_000;
/** At most so many missed times are recorded: after a stop of years, the newest ones. */
const timesMax = 1000;

/**
 * Which scheduled times are due since the last look. Pure: only the two instants decide. The store refuses a time that has a
 * run already, so a clock that goes back does no harm.
 *
 * @param plannedUntilMs of the last look; `undefined` before the first, which takes up no times of the past.
 */
export function dueTimes(
  definition: PipelineDefinition,
  plannedUntilMs: number | undefined,
  nowMs: number,
): Due {
  const { schedule, timeZone } = definition;
  if (schedule === undefined || plannedUntilMs === undefined || plannedUntilMs >= nowMs)
    return { untilMs: nowMs, times: [] };
  const times = new CronTimes(schedule, timeZone).between(plannedUntilMs, nowMs, timesMax);
  return {
    untilMs: nowMs,
    times: times.map((scheduledForMs, place) => ({
      scheduledForMs,
      verdict: runs(definition, nowMs - scheduledForMs, place === times.length - 1) ? "run" : "missed",
    })),
  };
}

function runs(definition: PipelineDefinition, ageMs: number, isNewest: boolean): boolean {
  const { catchUp, startDeadlineSeconds = Number.POSITIVE_INFINITY } = definition;
  if (ageMs > startDeadlineSeconds * 1000) return false;
  return catchUp === "all" || (catchUp === "latest" ? isNewest : ageMs <= onTimeMs);
}
