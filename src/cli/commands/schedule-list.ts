import { dayMs } from "../../market/durations.ts";
import { removeLogs } from "../../orchestration/run/task-log.ts";
import { CronTimes } from "../../orchestration/schedule/cron-times.ts";
import { isLate } from "../../orchestration/schedule/is-late.ts";
import { schedulerLease } from "../../orchestration/schedule/scheduler.ts";
import type { Alert } from "../../orchestration/alerts/alert.ts";
import type { Trouble } from "../../orchestration/state/alert-store.ts";
import type { PipelineDefinition } from "../../orchestration/definition/pipeline-definition.ts";
import type { CommonOptions } from "../grammar/options.ts";
import type { SchedulePruneOptions } from "../grammar/schedule.ts";
import { readingRuns, withRuns, withSoundRuns } from "../orchestration/configured-runs.ts";
import { knownPipeline } from "../orchestration/opened-runs.ts";
import { colorOf } from "../orchestration/run-output.ts";
import { countText } from "../output/count-text.ts";
import { printList } from "../output/print-list.ts";
import { writeOut } from "../output/write-out.ts";

const timesShown = 3;

/** `ffe schedule list` */
export async function scheduleList(options: CommonOptions): Promise<number> {
  return withRuns(options, async ({ pipelines, store, clock }) => {
    const zone = new Intl.DateTimeFormat().resolvedOptions().timeZone;
    const rows = pipelines.flatMap((definition) =>
      nextTimes(definition, clock.now()).map((time) => ({
        pipeline: definition.name,
        utc: new Date(time).toISOString().replace(":00.000Z", "Z"),
        local: localText(time, definition.timeZone),
        time_zone: definition.timeZone,
        machine: localText(time, zone),
        is_paused: store.schedules.isPaused(definition.name),
      })),
    );
    const columns = ["pipeline", "utc", "local", "time_zone", "machine", "is_paused"];
    await printList(columns, rows, options.json === true, { optional: ["machine", "is_paused"] });
    return 0;
  });
}

/** `ffe schedule status` */
export async function scheduleStatus(options: CommonOptions): Promise<number> {
  return readingRuns(options, async ({ pipelines, store, clock }) => {
    const holder = store.leases.holder(schedulerLease, clock.now());
    const open = store.alerts.open().map(openAlertRow);
    const troubles = store.alerts.troubles().map(troubleRow);
    const rows = pipelines.map((definition) => {
      const last = store.foremost(definition.name);
      const [newest] = store.list({ pipeline: definition.name, limit: 1 });
      const [success] = store.list({ pipeline: definition.name, states: ["success"], limit: 1 });
      const [next] = nextTimes(definition, clock.now());
      return {
        pipeline: definition.name,
        schedule: definition.schedule ?? null,
        is_paused: store.schedules.isPaused(definition.name),
        last_state: last?.state ?? null,
        last_run: last?.id ?? null,
        last_result: store.lastEnded(definition.name)?.state ?? null,
        last_success: success?.endedMs === undefined ? null : instantText(success.endedMs),
        is_late: isLate(definition, newest, clock.now()),
        next: next === undefined ? null : instantText(next),
      };
    });
    if (options.json === true) {
      const scheduler = holder === undefined ? null : { ...holder.process };
      const document = { scheduler, pipelines: rows, alerts: { open, undelivered: troubles } };
      await writeOut(`${JSON.stringify(document, null, 2)}\n`);
      return troubles.length === 0 ? 0 : 1;
    }
    await writeOut(
      holder === undefined
        ? "No scheduler runs. ffe schedule starts one; ffe schedule install prints a unit that keeps it running.\n\n"
        : `A scheduler runs: process ${holder.process.pid} on ${holder.process.host}.\n\n`,
    );
    await printList(
      ["pipeline", "last_state", "last_result", "last_success", "is_late", "next", "is_paused", "last_run"],
      rows,
      false,
      {
        optional: ["last_run", "is_paused", "last_result"],
        colors: new Map([
          ["last_state", (state) => colorOf(String(state))],
          ["last_result", (state) => colorOf(String(state))],
          ["is_late", (late) => (late === true ? "red" : undefined)],
        ]),
      },
    );
    if (open.length > 0) {
      await writeOut("\nOpen alerts: a run of the pipeline that succeeds ends them.\n\n");
      await printList(["since", "alert", "run"], open, false, { optional: ["run"] });
    }
    if (troubles.length > 0) {
      await writeOut("\nAlerts that are not delivered; ffe schedule test-alert tries the receivers.\n\n");
      await printList(["alert", "receiver", "tries", "next_try", "error"], troubles, false, {
        kept: ["error"],
        colors: new Map([["error", () => "red"]]),
      });
    }
    return troubles.length === 0 ? 0 : 1;
  });
}

function openAlertRow({
  id,
  title,
  pipeline,
  kind,
  runId,
  sinceMs,
}: Alert): Readonly<Record<string, unknown>> {
  return { id, pipeline, kind, alert: title, since: instantText(sinceMs), run: runId ?? null };
}

function troubleRow({
  alertId,
  pipeline,
  kind,
  receiver,
  tries,
  error,
  nextTryMs,
}: Trouble): Readonly<Record<string, unknown>> {
  const next_try = nextTryMs === undefined ? "given up" : instantText(nextTryMs);
  return { id: alertId, alert: `${pipeline} ${kind}`, receiver, tries, next_try, error };
}

/** `ffe schedule pause` and `ffe schedule resume` */
export async function schedulePause(
  name: string,
  isPaused: boolean,
  options: CommonOptions,
): Promise<number> {
  return withSoundRuns(options, async (opened) => {
    const { store } = opened;
    const pipeline = knownPipeline(name, opened);
    store.schedules.setPaused(pipeline, isPaused);
    if (options.json === true)
      await writeOut(`${JSON.stringify({ pipeline, is_paused: isPaused }, null, 2)}\n`);
    else
      await writeOut(
        isPaused
          ? `${pipeline} is paused: no scheduler starts it. ffe schedule resume ${pipeline} ends that.\n`
          : `${pipeline} runs at its times again.\n`,
      );
    return 0;
  });
}

/** `ffe schedule prune` */
export async function schedulePrune(options: SchedulePruneOptions): Promise<number> {
  return withSoundRuns(options, async ({ store, clock }) => {
    const gone = store.prune(clock.now() - options.days * dayMs, options.keep);
    store.alerts.prune(clock.now() - options.days * dayMs);
    for (const { id, pipeline } of gone) removeLogs(store.folder, pipeline, id);
    if (options.json === true) await writeOut(`${JSON.stringify({ runs_deleted: gone.length }, null, 2)}\n`);
    else await writeOut(`${countText(gone.length, "run")} deleted, with their logs\n`);
    return 0;
  });
}

function nextTimes({ schedule, timeZone }: PipelineDefinition, nowMs: number): readonly number[] {
  if (schedule === undefined) return [];
  const cron = new CronTimes(schedule, timeZone);
  const times: number[] = [];
  for (
    let time = cron.nextAfter(nowMs);
    time !== undefined && times.length < timesShown;
    time = cron.nextAfter(time)
  )
    times.push(time);
  return times;
}

function localText(time: number, timeZone: string): string {
  return new Intl.DateTimeFormat("sv-SE", { timeZone, dateStyle: "short", timeStyle: "short" }).format(time);
}

function instantText(ms: number): string {
  return new Date(ms).toISOString().slice(0, 19).concat("Z");
}
