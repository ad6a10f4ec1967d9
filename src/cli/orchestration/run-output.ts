import { logPath, readLog } from "../../orchestration/run/task-log.ts";
import type { Run, TaskRun } from "../../orchestration/state/run-fold.ts";
import { lengthText } from "../output/length-text.ts";
import type { Paint } from "../output/paint.ts";
import { printTable } from "../output/print-list.ts";
import { say } from "../output/say.ts";
import { writeOut } from "../output/write-out.ts";
import { instant, secondsAtWork, shownState, wholeDocumentOf } from "./run-document.ts";

export async function printRun(run: Run, asJson: boolean, nowMs: number): Promise<void> {
  if (asJson) {
    await writeOut(`${JSON.stringify(wholeDocumentOf(run, nowMs), null, 2)}\n`);
    return;
  }
  const seconds = secondsAtWork(run, nowMs);
  const took = seconds === null ? "" : ` ${run.endedMs === undefined ? "for" : "in"} ${lengthText(seconds)}`;
  const why = run.reason === undefined ? "" : `: ${run.reason}`;
  await writeOut(`${run.pipeline} of ${run.date}: ${run.state}${took}${why}\nRun ${run.id}\n\n`);
  await printTable(
    ["task", "state", "tries", "took", "exit", "reason"],
    run.tasks.map((task) => taskRow(run, task, nowMs)),
    {
      colors: new Map([["state", (state) => colorOf(String(state))]]),
      optional: ["exit", "reason"],
    },
  );
}

export function colorOf(state: string): Paint | undefined {
  if (state === "success") return "green";
  if (state === "failed" || state === "crashed") return "red";
  return state === "running" || state === "queued" ? undefined : "yellow";
}

function taskRow(run: Run, task: TaskRun, nowMs: number): Readonly<Record<string, unknown>> {
  const last = task.tries.at(-1);
  const tookMs = task.tries.reduce(
    (sum, { startedMs, endedMs }) => sum + Math.max(0, (endedMs ?? nowMs) - startedMs),
    0,
  );
  const retry = task.retryAtMs === undefined ? undefined : `next try at ${instant(task.retryAtMs) ?? ""}`;
  return {
    task: task.id,
    state: shownState(run, task),
    tries: task.tries.length,
    took: task.tries.length === 0 ? "" : lengthText(tookMs / 1000),
    exit: last?.exitCode ?? "",
    reason: retry ?? last?.reason ?? "",
  };
}

/** Prints a line on stderr for each change of a task. */
export class TaskProgress {
  readonly #stateFolder: string;
  readonly #isQuiet: boolean;
  #before: Run | undefined;

  constructor(stateFolder: string, isQuiet: boolean) {
    this.#stateFolder = stateFolder;
    this.#isQuiet = isQuiet;
  }

  show(run: Run): void {
    for (const [place, task] of run.tasks.entries()) {
      const before = this.#before?.tasks[place];
      if (before?.state === task.state && before.tries.length === task.tries.length) continue;
      if (this.#before !== undefined) this.#tell(run, task);
    }
    this.#before = run;
  }

  #tell(run: Run, task: TaskRun): void {
    if (this.#isQuiet) return;
    const last = task.tries.at(-1);
    const place = `[${run.tasks.indexOf(task) + 1}/${run.tasks.length}] ${task.id}`;
    if (task.state === "running") {
      say(`${place}: running${task.tries.length > 1 ? `, try ${task.tries.length}` : ""}`);
      return;
    }
    if (last?.endedMs === undefined) {
      say(`${place}: ${task.state}`);
      return;
    }
    const took = lengthText((last.endedMs - last.startedMs) / 1000);
    const why = last.reason ?? (last.exitCode === undefined ? "" : `exit code ${last.exitCode}`);
    const retry = task.retryAtMs === undefined ? "" : `; next try at ${instant(task.retryAtMs) ?? ""}`;
    const isGood = task.state === "success" || task.state === "skipped";
    const state = task.state === "queued" ? "failed" : task.state;
    say(`${place}: ${state} after ${took}${isGood || why === "" ? "" : `, ${why}`}${retry}`);
    if (!isGood && state === "failed") this.#tellLog(run, task.id, last.number);
  }

  /** The last lines of a failed try. */
  #tellLog(run: Run, task: string, number: number): void {
    const { lines } = readLog(logPath(this.#stateFolder, run, task, number));
    for (const { line } of lines.slice(-linesShown)) say(`    ${line}`);
  }
}

const linesShown = 12;
