import { markCrashedRuns } from "../../orchestration/run/crashed-runs.ts";
import { systemProcesses } from "../../orchestration/run/process-identity.ts";
import { rerunEvent, resumeEvent } from "../../orchestration/run/rerun.ts";
import { runToEnd } from "../../orchestration/run/runner.ts";
import { OrchestrationError } from "../../orchestration/orchestration-error.ts";
import type { ReopenedEvent } from "../../orchestration/state/run-event.ts";
import type { Run } from "../../orchestration/state/run-fold.ts";
import type { CommonOptions } from "../grammar/options.ts";
import type { RunsRetryOptions } from "../grammar/runs.ts";
import { stoppingTasks } from "../orchestration/stopping-tasks.ts";
import { withRuns } from "../orchestration/configured-runs.ts";
import { pipelineNamed } from "../orchestration/opened-runs.ts";
import type { OpenedRuns } from "../orchestration/opened-runs.ts";
import { printRun, TaskProgress } from "../orchestration/run-output.ts";
import type { ProgressOptions } from "../output/progress-bar.ts";
import { say } from "../output/say.ts";

/** `ffe runs retry` */
export async function runsRetry(id: string, options: RunsRetryOptions): Promise<number> {
  return withRuns(options, async (opened) => {
    const { store, clock, pipelines } = opened;
    markCrashedRuns(store, clock, systemProcesses);
    const run = store.find(id);
    const today = pipelines.find(({ name }) => name === run.pipeline);
    const isChanged = today !== undefined && JSON.stringify(today) !== JSON.stringify(run.definition);
    if (isChanged && options.latest !== true && options.quiet !== true)
      say(
        "Note: the pipeline is defined differently by now. The run keeps its own definition; --latest takes today's.",
      );
    const definition = options.latest === true ? pipelineNamed(run.pipeline, pipelines) : undefined;
    const choice =
      options.from !== undefined ? { from: options.from } : options.all === true ? "all" : "unsuccessful";
    return runAgain(run, rerunEvent(run, choice, clock.now(), definition), opened, options);
  });
}

/** `ffe runs resume` */
export async function runsResume(id: string, options: CommonOptions & ProgressOptions): Promise<number> {
  return withRuns(options, async (opened) => {
    markCrashedRuns(opened.store, opened.clock, systemProcesses);
    const run = opened.store.find(id);
    if (run.state !== "crashed" && run.state !== "cancelled" && run.state !== "queued")
      throw new OrchestrationError("WRONG_STATE", `Run ${run.id} of ${run.pipeline} is ${run.state}`, {
        nextStep:
          run.state === "failed"
            ? `ffe runs retry ${run.id} runs again what failed.`
            : `Only a run that crashed or was cancelled goes on; ffe runs retry ${run.id} --all runs all of it again.`,
      });
    const atMs = opened.clock.now();
    const event = run.state === "queued" ? undefined : resumeEvent(run, atMs);
    return runAgain(run, event, opened, options);
  });
}

async function runAgain(
  run: Run,
  event: ReopenedEvent | undefined,
  { store: runs, clock, runner, runnerOptions, alerts }: OpenedRuns,
  options: CommonOptions & ProgressOptions,
): Promise<number> {
  const claimed = { kind: "claimed", atMs: clock.now(), runner } as const;
  const begun = runs.append(run.id, event === undefined ? claimed : [event, claimed]);
  const progress = new TaskProgress(runs.folder, options.quiet === true);
  const onChange = (now: Run): void => {
    progress.show(now);
    runnerOptions.onChange?.(now);
  };
  const ended = await stoppingTasks((signal) =>
    runToEnd(begun, runner, { ...runnerOptions, signal, onChange }),
  );
  await alerts.afterRuns();
  await printRun(ended, options.json === true, clock.now());
  return ended.state === "success" ? 0 : 1;
}
