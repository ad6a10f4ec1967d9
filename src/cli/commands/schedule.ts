import type { ScheduleRunOptions } from "../grammar/schedule.ts";
import { configuredRuns } from "../orchestration/configured-runs.ts";
import { runScheduler } from "../orchestration/scheduler-loop.ts";
import { writeOut } from "../output/write-out.ts";

/** `ffe schedule run`, and what it asks another process for. */
export async function scheduleRun(options: ScheduleRunOptions): Promise<number> {
  const settings = configuredRuns(options);
  if (options.settings !== true) return runScheduler(settings);
  await writeOut(JSON.stringify(settings));
  return 0;
}
