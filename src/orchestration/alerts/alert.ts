import type { LogLine } from "../run/task-log.ts";

/** The kinds of alerts: a run failed, a deadline passed, or a pipeline recovered. */
export const alertKinds = ["failure", "late", "recovered"] as const;
export type AlertKind = (typeof alertKinds)[number];

/** An alert, as it is stored: each try of each receiver gets the same. */
export interface Alert {
  /** The same for the same run and kind, so a receiver can drop what it has already. */
  readonly id: string;
  readonly kind: AlertKind | "test";
  readonly pipeline: string;
  readonly severity: "critical" | "warning" | "info";
  /** One line. */
  readonly title: string;
  readonly text: string;
  /** What to type. */
  readonly nextStep: string;
  /** The UTC day that the run is about. */
  readonly date?: string | undefined;
  readonly scheduledForMs?: number | undefined;
  readonly runId?: string | undefined;
  readonly runState?: string | undefined;
  /** When its cause happened. */
  readonly sinceMs: number;
  readonly raisedMs: number;
  /** The tasks that failed. */
  readonly tasks: readonly AlertTask[];
  /** The last lines that they wrote, without secrets. */
  readonly log: readonly AlertLogLine[];
}

export interface AlertTask {
  readonly id: string;
  readonly state: string;
  readonly tries: number;
  readonly exitCode?: number | undefined;
  readonly reason?: string | undefined;
}

export interface AlertLogLine extends LogLine {
  readonly task: string;
}

/** What a receiver gets. */
export interface Notice {
  readonly alert: Alert;
  /** When the pipeline recovered; `undefined` until then. */
  readonly resolvedMs: number | undefined;
  readonly nowMs: number;
}

/** An alert as a document, for programs that take it. */
export function alertDocument(alert: Alert): Readonly<Record<string, unknown>> {
  return {
    version: 1,
    id: alert.id,
    kind: alert.kind,
    severity: alert.severity,
    pipeline: alert.pipeline,
    title: alert.title,
    text: alert.text,
    next_step: alert.nextStep,
    date: alert.date ?? null,
    scheduled_for: instant(alert.scheduledForMs),
    run_id: alert.runId ?? null,
    run_state: alert.runState ?? null,
    since: instant(alert.sinceMs),
    raised_at: instant(alert.raisedMs),
    failed_tasks: alert.tasks.map(({ id, state, tries, exitCode, reason }) => ({
      id,
      state,
      tries,
      exit_code: exitCode ?? null,
      reason: reason ?? null,
    })),
    log: alert.log,
  };
}

function instant(ms: number | undefined): string | null {
  return ms === undefined ? null : new Date(ms).toISOString();
}

/** One for a try of the receivers. */
export function testAlert(id: string, nowMs: number): Alert {
  return {
    id: `test:${id}`,
    kind: "test",
    pipeline: "test",
    severity: "info",
    title: "A test of ffe: this receiver gets alerts",
    text: "Nothing is wrong. Somebody called ffe schedule test-alert.",
    nextStep: "ffe schedule status",
    sinceMs: nowMs,
    raisedMs: nowMs,
    tasks: [],
    log: [{ time: new Date(nowMs).toISOString(), stream: "runner", line: "A line of a log", task: "test" }],
  };
}
