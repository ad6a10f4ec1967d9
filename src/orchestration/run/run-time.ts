import { dayMs } from "../../market/durations.ts";

/** The time of a run: its scheduled time, or else the end of its day. */
export function scheduledTimeOf(run: {
  readonly date: string;
  readonly scheduledForMs: number | undefined;
}): number {
  return run.scheduledForMs ?? Date.parse(`${run.date}T00:00:00Z`) + dayMs;
}
