import { dayMs } from "../../market/durations.ts";
import { logPath, readLogEnd } from "../run/task-log.ts";
import type { Redact } from "../run/task-log.ts";
import type { Run, TaskRun } from "../state/run-fold.ts";
import type { Alert, AlertKind, AlertLogLine, AlertTask } from "./alert.ts";

const logLinesMax = 50;
/** A longer line is cut at its end. */
const lineLengthMax = 2000;

interface AlertContext {
  readonly nowMs: number;
  /** Of the runs and their logs. */
  readonly stateFolder: string;
  readonly redact: Redact;
}

/** The id of an alert: a run has one of each kind at most. */
export function alertId(kind: AlertKind, runId: string): string {
  return `${kind}:${runId}`;
}

/** The alert of a failed run, with the end of its tasks' logs. */
export function failureAlert(run: Run, { nowMs, stateFolder, redact }: AlertContext): Alert {
  const failed = run.tasks.filter(({ state }) => state === "failed" || state === "crashed");
  const idle = run.tasks.filter(({ state }) => state === "upstream_failed").length;
  const verb = run.state === "crashed" ? "crashed" : "failed";
  const first = failed[0];
  const sentences = [
    `Run ${run.id} about ${run.date} ${verb} at ${instantText(run.endedMs ?? nowMs)}.`,
    ...failed.map(
      (task) => `${task.id}: ${endOf(task)}, after ${countOf(task.tries.length, "try", "tries")}.`,
    ),
    ...(idle === 0 ? [] : [`${countOf(idle, "task", "tasks")} behind it did not run.`]),
  ];
  return {
    ...basics("failure", run, nowMs),
    severity: "critical",
    title: redact(`${run.pipeline} ${verb}${first === undefined ? "" : `: ${first.id}, ${endOf(first)}`}`),
    text: redact(sentences.join(" ")),
    nextStep:
      run.state === "crashed"
        ? `ffe runs logs ${run.id} prints the logs; ffe runs resume ${run.id} goes on`
        : `ffe runs logs ${run.id} prints the logs; ffe runs retry ${run.id} runs again what failed`,
    sinceMs: run.endedMs ?? nowMs,
    tasks: failed.map((task) => failedTask(task, redact)),
    log: lastLines(run, failed, stateFolder, redact),
  };
}

/** The alert of a scheduled run whose deadline has passed, with its progress. */
export function lateAlert(run: Run, deadlineMs: number, { nowMs }: AlertContext): Alert {
  const active = run.tasks.find(({ state }) => state === "running");
  const waiting = run.tasks.find(({ retryAtMs }) => retryAtMs !== undefined);
  const where =
    active !== undefined
      ? `: ${active.id} is at work, try ${active.tries.length}`
      : waiting === undefined
        ? ""
        : `: ${waiting.id} is tried again at ${instantText(waiting.retryAtMs ?? nowMs)}`;
  const [how, nextStep] = {
    running: [`is still running${where}`, `ffe runs show ${run.id} shows how far it is`],
    queued: ["has not started", "ffe schedule status says whether a scheduler runs, and what runs before it"],
    missed: [
      "did not start: no scheduler ran at its time",
      `ffe pipeline run ${run.pipeline} --date ${run.date} runs it now`,
    ],
    cancelled: ["was cancelled", `ffe runs resume ${run.id} goes on`],
    crashed: ["crashed", `ffe runs resume ${run.id} goes on`],
    // These are not late, whatever the time.
    success: ["succeeded", ""],
    failed: ["failed", ""],
    skipped: ["was skipped", ""],
  }[run.state];
  return {
    ...basics("late", run, nowMs),
    severity: "critical",
    title: `${run.pipeline} is late: it should have ended by ${instantText(deadlineMs)}`,
    text: `Run ${run.id} about ${run.date} ${how ?? ""}.`,
    nextStep: nextStep ?? "",
    sinceMs: deadlineMs,
    tasks: [],
    log: [],
  };
}

/** The alert of a pipeline that has recovered. */
export function recoveredAlert(run: Run, over: readonly Alert[], { nowMs }: AlertContext): Alert {
  return {
    ...basics("recovered", run, nowMs),
    severity: "info",
    title: `${run.pipeline} is well again`,
    text: [
      `Run ${run.id} about ${run.date} succeeded at ${instantText(run.endedMs ?? nowMs)}.`,
      ...over.map(({ title, sinceMs }) => `Over: ${title} (${instantText(sinceMs)}).`),
    ].join(" "),
    nextStep: `ffe runs show ${run.id} shows its tasks`,
    sinceMs: run.endedMs ?? nowMs,
    tasks: [],
    log: [],
  };
}

function basics(
  kind: AlertKind,
  run: Run,
  nowMs: number,
): Pick<Alert, "id" | "kind" | "pipeline" | "date" | "scheduledForMs" | "runId" | "runState" | "raisedMs"> {
  return {
    id: alertId(kind, run.id),
    kind,
    pipeline: run.pipeline,
    date: run.date,
    scheduledForMs: run.scheduledForMs,
    runId: run.id,
    runState: run.state,
    raisedMs: nowMs,
  };
}

function failedTask({ id, state, tries }: TaskRun, redact: Redact): AlertTask {
  const last = tries.at(-1);
  return {
    id,
    state,
    tries: tries.length,
    exitCode: last?.exitCode,
    reason: last?.reason === undefined ? undefined : redact(last.reason),
  };
}

function endOf({ tries, state }: TaskRun): string {
  const last = tries.at(-1);
  if (last?.reason !== undefined) return last.reason;
  return last?.exitCode === undefined ? state : `exit code ${last.exitCode}`;
}

/** The last lines of the last tries, in the order in which they were written. */
function lastLines(
  run: Run,
  failed: readonly TaskRun[],
  stateFolder: string,
  redact: Redact,
): readonly AlertLogLine[] {
  return failed
    .flatMap((task) =>
      readLogEnd(logPath(stateFolder, run, task.id, task.tries.length), logLinesMax).map((line) => ({
        ...line,
        line: redact(line.line).slice(0, lineLengthMax),
        task: task.id,
      })),
    )
    .toSorted((one, other) => (one.time < other.time ? -1 : one.time > other.time ? 1 : 0))
    .slice(-logLinesMax);
}

/** `2026-03-01 03:00 UTC`: alerts are read elsewhere, and later. */
function instantText(ms: number): string {
  const text = new Date(ms).toISOString();
  const seconds = ms % 60_000 === 0 ? 16 : 19;
  return `${text.slice(0, 10)} ${text.slice(11, seconds)} UTC`;
}

function countOf(count: number, one: string, many: string): string {
  return `${count} ${count === 1 ? one : many}`;
}

/** Whether a success is about the same time as an alert, or a later one. */
export function isOverBy(
  alert: Pick<Alert, "runId" | "date" | "scheduledForMs" | "sinceMs">,
  success: {
    readonly id: string;
    readonly date: string;
    readonly scheduledForMs: number | undefined;
    readonly endedMs: number | undefined;
  },
): boolean {
  if (success.endedMs === undefined || success.endedMs < alert.sinceMs) return false;
  if (success.id === alert.runId) return true;
  const date = alert.date ?? "";
  if (success.date !== date) return success.date > date;
  return success.scheduledForMs === undefined || success.scheduledForMs >= (alert.scheduledForMs ?? 0);
}

/** A deadline that is longer ago raises no alert: it is too late to act on it. */
export const lateForMsMax: number = 7 * dayMs;
