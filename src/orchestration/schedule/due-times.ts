import type { PipelineDefinition } from "../definition/pipeline-definition.ts";
import { CronTimes } from "./cron-times.ts";

/** A scheduled time that has come, and what becomes of it. */
interface DueTime {
  readonly scheduledForMs: number;
  readonly verdict: "run" | "missed";
}

export interface Due {
  /** Up to when all times are decided. */
  readonly untilMs: number;
  /** Oldest first. */
  readonly times: readonly DueTime[];
}

/** A time that is longer ago was not noticed when it came. */
const onTimeMs = 90_000;
/** Of a stop of years so many missed times are noted, the newest. */
const timesMax = 1000;

/**
 * Which scheduled times have come since the last look. Pure: nothing but the two instants decides. What a run has already is for
 * the store to refuse, so a clock that goes back does no harm.
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
