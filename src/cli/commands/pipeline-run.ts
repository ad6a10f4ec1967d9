import { dateOf, taskCommand } from "../../orchestration/definition/command-template.ts";
import { quotedWord } from "../../orchestration/definition/command-line.ts";
import { fromTask, withParameters } from "../../orchestration/definition/partial-pipeline.ts";
import type { PipelineDefinition } from "../../orchestration/definition/pipeline-definition.ts";
import { runToEnd } from "../../orchestration/run/runner.ts";
import { scheduledTimeOf } from "../../orchestration/run/run-time.ts";
import type { Run } from "../../orchestration/state/run-fold.ts";
import type { PipelineRunOptions } from "../grammar/pipeline.ts";
import { stoppingTasks } from "../orchestration/stopping-tasks.ts";
import { withRuns } from "../orchestration/configured-runs.ts";
import { pipelineNamed } from "../orchestration/opened-runs.ts";
import type { OpenedRuns } from "../orchestration/opened-runs.ts";
import { printRun, TaskProgress } from "../orchestration/run-output.ts";
import { lengthText } from "../output/length-text.ts";
import { printList } from "../output/print-list.ts";
import { say } from "../output/say.ts";
import { writeOut } from "../output/write-out.ts";

/** `ffe pipeline run` */
export async function pipelineRun(name: string, options: PipelineRunOptions): Promise<number> {
  return withRuns(options, async (opened) => {
    const { store, clock, context, runner, runnerOptions } = opened;
    const whole = withParameters(pipelineNamed(name, opened.pipelines), options.parameter);
    const definition = options.from === undefined ? whole : fromTask(whole, options.from);
    const date = options.date ?? dateOf(clock.now()).date;
    if (options.dryRun === true) return showTasks(definition, date, options);
    const quiet = options.quiet === true;
    warnOfOthers(opened, definition, quiet);
    const atMs = clock.now();
    const run = store.create({ atMs, runKind: "manual", date, state: "queued", definition, context }, [
      { kind: "claimed", atMs, runner },
    ]);
    if (run === undefined) throw new Error("A run without a scheduled time always finds its place");
    if (!quiet) say(`${definition.name} of ${date}: run ${run.id}`);
    const progress = new TaskProgress(store.folder, quiet);
    const onChange = (now: Run): void => {
      progress.show(now);
      runnerOptions.onChange?.(now);
    };
    const ended = await stoppingTasks((signal) =>
      runToEnd(run, runner, { ...runnerOptions, signal, onChange }),
    );
    await opened.alerts.afterRuns();
    await printRun(ended, options.json === true, clock.now());
    if (!quiet && ended.state === "failed")
      say(`ffe runs logs ${ended.id} prints the logs; ffe runs retry ${ended.id} runs again what failed.`);
    if (!quiet && ended.state === "cancelled") say(`ffe runs resume ${ended.id} goes on.`);
    return ended.state === "success" ? 0 : 1;
  });
}

/** Two runs at once do no harm: commits keep them apart. */
function warnOfOthers({ store }: OpenedRuns, { name }: PipelineDefinition, quiet: boolean): void {
  const [other] = store.active(name);
  if (other !== undefined && !quiet)
    say(`Note: run ${other.id} of ${name} is ${other.state}. Both work on the same tables, which is safe.`);
}

async function showTasks(
  definition: PipelineDefinition,
  date: string,
  options: PipelineRunOptions,
): Promise<number> {
  const about = { date, scheduledForMs: scheduledTimeOf({ date, scheduledForMs: undefined }) };
  const tasks = definition.tasks.map((task) => ({
    task: task.id,
    after: task.dependsOn.join(", "),
    trigger: task.trigger,
    retries: task.retries.map(lengthText).join(", "),
    timeout: lengthText(task.timeoutSeconds),
    command: taskCommand(definition, task, about).map(quotedWord).join(" "),
  }));
  if (options.json !== true)
    await writeOut(`A dry run: nothing was run. ${definition.name} of ${date} would run:\n\n`);
  await printList(
    ["task", "after", "trigger", "retries", "timeout", "command"],
    tasks,
    options.json === true,
    {
      optional: ["timeout", "trigger", "retries", "after"],
      kept: ["command"],
    },
  );
  return 0;
}
