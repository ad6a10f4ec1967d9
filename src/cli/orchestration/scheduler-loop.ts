import { CronTimes } from "../../orchestration/schedule/cron-times.ts";
import { Scheduler } from "../../orchestration/schedule/scheduler.ts";
import { stoppingTasks } from "./stopping-tasks.ts";
import { say } from "../output/say.ts";
import { withOpenedRuns } from "./opened-runs.ts";
import type { RunSettings } from "./run-settings.ts";

/** Runs pipelines at their times until it is stopped. */
export async function runScheduler(settings: RunSettings): Promise<number> {
  return withOpenedRuns(settings, async (opened) => {
    const { store, pipelines, clock, context, runner, runnerOptions, alerts } = opened;
    const tell = (message: string): void =>
      say(`${new Date(clock.now()).toISOString().slice(0, 19)}Z ${message}`);
    const scheduled = pipelines.filter(({ schedule }) => schedule !== undefined);
    const onBegin = (): void => {
      for (const { name, schedule = "", timeZone } of scheduled) {
        const next = new CronTimes(schedule, timeZone).nextAfter(clock.now());
        const isPaused = store.schedules.isPaused(name);
        tell(
          `${name}: ${isPaused ? "paused" : `next at ${next === undefined ? "no time" : new Date(next).toISOString().slice(0, 16)}Z`}`,
        );
      }
      for (const { id, pipeline, date } of store.list({ states: ["cancelled"], limit: 20 }))
        if (store.list({ pipeline, limit: 1 })[0]?.id === id)
          tell(`${pipeline} of ${date}: run ${id} was cancelled; ffe runs resume ${id} goes on`);
    };
    const end = await stoppingTasks((signal) =>
      new Scheduler({
        ...runnerOptions,
        pipelines: scheduled,
        context,
        runner,
        signal,
        alerts,
        tell,
        onBegin,
      }).run(),
    );
    if (end.kind === "stopped") return 0;
    const { pid, host } = end.holder.process;
    tell(`A scheduler runs already: process ${pid} on ${host}. This one ends.`);
    return 0;
  });
}
