import { markCrashedRuns } from "../../orchestration/run/crashed-runs.ts";
import { systemProcesses } from "../../orchestration/run/process-identity.ts";
import { runStates } from "../../orchestration/state/run-store.ts";
import type { RunSummary } from "../../orchestration/state/run-store.ts";
import { formatInstant } from "../../market/time-range.ts";
import { CommandError } from "../command-error.ts";
import type { CommonOptions } from "../grammar/options.ts";
import type { RunsListOptions } from "../grammar/runs.ts";
import { withRuns } from "../orchestration/configured-runs.ts";
import { pipelineNamed } from "../orchestration/opened-runs.ts";
import { colorOf, printRun } from "../orchestration/run-output.ts";
import { lengthText } from "../output/length-text.ts";
import { printList } from "../output/print-list.ts";
import { writeOut } from "../output/write-out.ts";

/** `ffe runs list` */
export async function runsList(options: RunsListOptions): Promise<number> {
  const states = runStates.filter((state) => options.state?.includes(state) ?? true);
  const unknown = options.state?.find((state) => !runStates.some((known) => known === state));
  if (unknown !== undefined)
    throw new CommandError(
      "INVALID_ARGUMENT",
      `There is no state ${unknown}; there are ${runStates.join(", ")}`,
    );
  return withRuns(options, async ({ store, clock, pipelines }) => {
    markCrashedRuns(store, clock, systemProcesses);
    const { limit } = options;
    const pipeline =
      options.pipeline === undefined ? undefined : pipelineNamed(options.pipeline, pipelines).name;
    const rows = store.list({ pipeline, states, limit }).map((run) => rowOf(run, clock.now()));
    if (rows.length === 0 && options.json !== true) {
      await writeOut("No run yet. Try: ffe pipeline run daily_market_data --dry-run\n");
      return 0;
    }
    await printList(
      ["run", "pipeline", "date", "kind", "state", "started", "took", "reason"],
      rows,
      options.json === true,
      {
        colors: new Map([["state", (state) => colorOf(String(state))]]),
        optional: ["kind", "took", "reason"],
      },
    );
    return 0;
  });
}

/** `ffe runs show` */
export async function runsShow(id: string, options: CommonOptions): Promise<number> {
  return withRuns(options, async ({ store, clock }) => {
    markCrashedRuns(store, clock, systemProcesses);
    await printRun(store.find(id), options.json === true);
    return 0;
  });
}

/** `ffe runs cancel` */
export async function runsCancel(id: string, options: CommonOptions): Promise<number> {
  return withRuns(options, async ({ store, clock }) => {
    markCrashedRuns(store, clock, systemProcesses);
    const run = store.find(id);
    const atMs = clock.now();
    const event =
      run.state === "queued"
        ? ({ kind: "ended", atMs, state: "cancelled" } as const)
        : ({ kind: "cancel_requested", atMs } as const);
    const now = store.append(run.id, event);
    if (options.json === true) await printRun(now, true);
    else
      await writeOut(
        now.state === "cancelled"
          ? `Run ${run.id} is cancelled.\n`
          : `Run ${run.id} is asked to stop; its tasks have 30 s to end. ffe runs resume ${run.id} goes on.\n`,
      );
    return 0;
  });
}

function rowOf(run: RunSummary, nowMs: number): Readonly<Record<string, unknown>> {
  const { startedMs, endedMs, scheduledForMs } = run;
  return {
    run: run.id,
    pipeline: run.pipeline,
    date: run.date,
    kind: run.kind,
    state: run.state,
    scheduled_for: scheduledForMs === undefined ? null : formatInstant(scheduledForMs),
    started: startedMs === undefined ? null : formatInstant(Math.floor(startedMs / 1000) * 1000),
    ended: endedMs === undefined ? null : formatInstant(Math.floor(endedMs / 1000) * 1000),
    took: startedMs === undefined ? null : lengthText(((endedMs ?? nowMs) - startedMs) / 1000),
    reason: run.reason ?? null,
  };
}
