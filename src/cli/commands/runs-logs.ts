import { logPath, readLog } from "../../orchestration/run/task-log.ts";
import { OrchestrationError } from "../../orchestration/orchestration-error.ts";
import { isEnded } from "../../orchestration/state/run-fold.ts";
import type { Run, TaskRun } from "../../orchestration/state/run-fold.ts";
import type { RunsLogsOptions } from "../grammar/runs.ts";
import { isStopped } from "../interruption.ts";
import { readingRuns } from "../orchestration/configured-runs.ts";
import { writeOut } from "../output/write-out.ts";

const followEveryMs = 500;

/** `ffe runs logs`: with `--json` the lines as they are stored, one document a line. */
export async function runsLogs(
  id: string,
  task: string | undefined,
  options: RunsLogsOptions,
): Promise<number> {
  return readingRuns(options, async ({ store, clock }) => {
    const found = store.find(id);
    if (task !== undefined && !found.tasks.some((one) => one.id === task))
      throw new OrchestrationError(
        "INVALID_ARGUMENT",
        `Run ${found.id} has no task ${task}; it has ${found.tasks.map((one) => one.id).join(", ")}`,
      );
    checkTry(found, task, options);
    const readTo = new Map<string, number>();
    for (let run = found; ; run = store.find(found.id)) {
      const isOver = isEnded(run.state);
      await printNew(run, task, store.folder, readTo, options);
      if (options.follow !== true || isOver || isStopped()) return 0;
      await clock.sleep(followEveryMs);
    }
  });
}

async function printNew(
  run: Run,
  only: string | undefined,
  stateFolder: string,
  readTo: Map<string, number>,
  options: RunsLogsOptions,
): Promise<void> {
  for (const task of run.tasks) {
    if (only !== undefined && task.id !== only) continue;
    for (const number of triesOf(task, options)) {
      const path = logPath(stateFolder, run, task.id, number);
      const { lines, end } = readLog(path, readTo.get(path));
      readTo.set(path, end);
      for (const line of lines)
        await writeOut(
          options.json === true
            ? `${JSON.stringify({ task: task.id, try: number, ...line })}\n`
            : `${line.time.slice(11, 19)} ${task.id}${number > 1 ? `.${number}` : ""} | ${line.line}\n`,
        );
    }
  }
}

/** A try that never was has no log. Whoever follows waits for it. */
function checkTry(run: Run, only: string | undefined, { try: wanted, follow }: RunsLogsOptions): void {
  if (wanted === undefined || (follow === true && !isEnded(run.state))) return;
  const tasks = run.tasks.filter(({ id }) => only === undefined || id === only);
  if (tasks.some(({ tries }) => tries.length >= wanted)) return;
  const counts = tasks.map(({ id, tries }) => `${id} has ${tries.length}`).join(", ");
  throw new OrchestrationError("INVALID_ARGUMENT", `Run ${run.id} has no try ${wanted}: ${counts}`, {
    nextStep: `Leave --try out for the last one; ffe runs show ${run.id} lists the tries.`,
  });
}

/** A follower sees every later try. */
function triesOf({ tries }: TaskRun, options: RunsLogsOptions): readonly number[] {
  const numbers = tries.map(({ number }) => number);
  if (options.try !== undefined) return numbers.filter((number) => number === options.try);
  return options.follow === true ? numbers : numbers.slice(-1);
}
