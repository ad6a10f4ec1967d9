import { OrchestrationError } from "../../orchestration/orchestration-error.ts";
import { markCrashedRuns } from "../../orchestration/run/crashed-runs.ts";
import { runToEnd } from "../../orchestration/run/runner.ts";
import { rerunEvent, resumeEvent } from "../../orchestration/run/rerun.ts";
import { backfillPlan } from "../../orchestration/schedule/backfill-plan.ts";
import type { BackfillStep } from "../../orchestration/schedule/backfill-plan.ts";
import type { PipelineDefinition } from "../../orchestration/definition/pipeline-definition.ts";
import type { Run } from "../../orchestration/state/run-fold.ts";
import { CommandError } from "../command-error.ts";
import type { PipelineBackfillOptions } from "../grammar/pipeline.ts";
import { stoppingTasks } from "../orchestration/stopping-tasks.ts";
import { withRuns } from "../orchestration/configured-runs.ts";
import { pipelineNamed } from "../orchestration/opened-runs.ts";
import type { OpenedRuns } from "../orchestration/opened-runs.ts";
import { colorOf } from "../orchestration/run-output.ts";
import { countText } from "../output/count-text.ts";
import { printList } from "../output/print-list.ts";
import { say } from "../output/say.ts";
import { writeOut } from "../output/write-out.ts";

/** `ffe pipeline backfill` */
export async function pipelineBackfill(name: string, options: PipelineBackfillOptions): Promise<number> {
  const { from, to, reprocess, newestFirst = false, json: asJson = false } = options;
  if (from >= to)
    throw new CommandError(
      "INVALID_ARGUMENT",
      `--from ${from} is not before --to ${to}, which is not in the range`,
    );
  return withRuns(options, async (opened) => {
    const { store, clock } = opened;
    const definition = pipelineNamed(name, opened.pipelines);
    markCrashedRuns(store, clock, opened.runnerOptions.processes);
    const existing = store.list({ pipeline: definition.name });
    const plan = backfillPlan(definition, { from, to, reprocess, newestFirst }, existing, clock.now());
    const todo = plan.filter(({ action }) => action !== "leave");
    const failed = plan.filter(({ action, run }) => action === "leave" && run?.state === "failed");
    if (options.dryRun === true) {
      if (!asJson)
        await writeOut(
          `A dry run: nothing was run. ${countText(todo.length, "run")} of ${definition.name}:\n\n`,
        );
      await printList(["date", "scheduled_for", "action", "run", "state"], plan.map(planRow), asJson);
      return 0;
    }
    const rows = await runSteps(todo, definition, opened, options);
    const done = plan.map((step) => ({ ...planRow(step), ...rows.get(step) }));
    await printList(["date", "scheduled_for", "action", "run", "state"], done, asJson, {
      colors: new Map([["state", (state) => colorOf(String(state))]]),
      kept: ["run"],
    });
    if (failed.length > 0)
      say(
        `${countText(failed.length, "run")} of these days failed before and ${failed.length === 1 ? "was" : "were"} left out: --reprocess failed runs ${failed.length === 1 ? "it" : "them"} again.`,
      );
    const isWhole = rows.size === todo.length && failed.length === 0;
    return isWhole && [...rows.values()].every(({ state }) => state === "success") ? 0 : 1;
  });
}

type StepResult = { readonly run: string; readonly state: string };

/** Runs the steps in their order, so many at once. */
async function runSteps(
  todo: readonly BackfillStep[],
  definition: PipelineDefinition,
  opened: OpenedRuns,
  options: PipelineBackfillOptions,
): Promise<ReadonlyMap<BackfillStep, StepResult>> {
  const results = new Map<BackfillStep, StepResult>();
  const left = [...todo];
  await stoppingTasks(async (signal) => {
    const work = async (): Promise<void> => {
      for (let step = left.shift(); step !== undefined && !signal.aborted; step = left.shift()) {
        const run = begun(step, definition, opened);
        if (run === undefined) continue;
        const { runner, runnerOptions } = opened;
        const { id, state } = await runToEnd(run, runner, { ...runnerOptions, signal });
        results.set(step, { run: id, state });
        await opened.alerts.afterRuns();
        if (options.quiet !== true) say(`${step.date}: ${state} (${results.size} of ${todo.length})`);
      }
    };
    await Promise.all(Array.from({ length: Math.min(options.maxActive, todo.length) }, work));
  });
  return results;
}

/** The run of the step, claimed by this process; `undefined` when another process was faster. */
function begun(step: BackfillStep, definition: PipelineDefinition, opened: OpenedRuns): Run | undefined {
  const { store, clock, context, runner } = opened;
  const { date, scheduledForMs } = step;
  const atMs = clock.now();
  const claimed = { kind: "claimed", atMs, runner } as const;
  if (step.run === undefined)
    return store.create(
      { atMs, runKind: "backfill", date, scheduledForMs, state: "queued", definition, context },
      [claimed],
    );
  try {
    const run = store.find(step.run.id);
    const reopened =
      step.action === "resume" ? resumeEvent(run, atMs) : rerunEvent(run, "all", atMs, definition);
    return store.append(run.id, [reopened, claimed]);
  } catch (error) {
    if (error instanceof OrchestrationError && error.code === "WRONG_STATE") return undefined;
    throw error;
  }
}

const actionTexts = { create: "run", again: "run again", resume: "go on", leave: "leave" } as const;

function planRow({ date, scheduledForMs, action, run }: BackfillStep): Readonly<Record<string, unknown>> {
  return {
    date,
    scheduled_for: scheduledForMs === undefined ? null : new Date(scheduledForMs).toISOString(),
    action: actionTexts[action],
    run: run?.id ?? null,
    state: run?.state ?? null,
  };
}
