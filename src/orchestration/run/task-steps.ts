import { definitionOf, dependenciesOf, isEnded } from "../state/run-fold.ts";
import type { Run, TaskRun } from "../state/run-fold.ts";
import { scheduledTimeOf } from "./run-time.ts";

/** What a runner does next. */
export interface Steps {
  /** Tasks that will not run, because of those before them or of the day. */
  readonly settle: readonly { readonly task: string; readonly state: "skipped" | "upstream_failed" }[];
  readonly start: readonly string[];
  /** When the next task may be tried again. */
  readonly wakeAtMs: number | undefined;
  /** The final state of the run; `undefined` while tasks are left. */
  readonly end: "success" | "failed" | undefined;
}

/** Pure: the same run at the same time has the same steps. */
export function nextSteps(run: Run, nowMs: number): Steps {
  const settle: { task: string; state: "skipped" | "upstream_failed" }[] = [];
  const start: string[] = [];
  let wakeAtMs: number | undefined;
  for (const task of run.tasks) {
    if (task.state !== "queued") continue;
    const verdict = verdictOn(run, task);
    if (verdict === "wait") continue;
    if (verdict !== "start") settle.push({ task: task.id, state: verdict });
    else if (task.retryAtMs === undefined || task.retryAtMs <= nowMs) start.push(task.id);
    else wakeAtMs = Math.min(wakeAtMs ?? task.retryAtMs, task.retryAtMs);
  }
  const isOver = run.tasks.every(({ state }) => isEnded(state));
  const isGood = run.tasks.every(({ state }) => state === "success" || state === "skipped");
  return { settle, start, wakeAtMs, end: isOver ? (isGood ? "success" : "failed") : undefined };
}

function verdictOn(run: Run, task: TaskRun): "wait" | "start" | "skipped" | "upstream_failed" {
  const before = dependenciesOf(run, task.id);
  const definition = definitionOf(run, task.id);
  if (!before.every(({ state }) => isEnded(state))) return "wait";
  if (definition?.trigger !== "all_done") {
    if (before.some(({ state }) => state !== "success" && state !== "skipped")) return "upstream_failed";
    if (before.some(({ state }) => state === "skipped")) return "skipped";
  }
  const days = definition?.daysOfMonth;
  const day = new Date(scheduledTimeOf(run)).getUTCDate();
  return days === undefined || (day >= days.from && day <= days.to) ? "start" : "skipped";
}

/** When a failed task is retried; `undefined` when it is not. Some exit codes mean that a retry cannot help. */
export function retryTime(
  run: Run,
  task: TaskRun,
  endedMs: number,
  exitCode: number | undefined,
): number | undefined {
  if (exitCode !== undefined && finalExitCodes.has(exitCode)) return undefined;
  const delay = definitionOf(run, task.id)?.retries[task.countedTries - 1];
  return delay === undefined ? undefined : endedMs + delay * 1000;
}

/** The command line or the configuration is wrong; the command may not be executed; it is not there. */
const finalExitCodes: ReadonlySet<number> = new Set([2, 126, 127]);
