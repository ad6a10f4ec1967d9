import type { Row } from "finance-feedback-delta";

import { observationsOf } from "../metrics/series-value.ts";
import type { SeriesValue } from "../metrics/series-value.ts";

/** How a command ended. */
export type CommandStatus = "success" | "failed" | "stopped" | "killed";

/** The counts of a command. */
export interface RecordedRun {
  readonly recordingId: string;
  readonly command: string;
  /** For a command that is a task of a pipeline's run. */
  readonly runId?: string | undefined;
  readonly pipeline?: string | undefined;
  readonly task?: string | undefined;
  readonly try?: number | undefined;
  readonly startedAtMs: number;
}

/** The run that started this command says so in the environment. */
export function runOfEnvironment(
  environment: Readonly<Record<string, string | undefined>>,
): Pick<RecordedRun, "runId" | "pipeline" | "task" | "try"> {
  const tries = Number(environment["FFE_TRY"]);
  return {
    runId: environment["FFE_RUN_ID"],
    pipeline: environment["FFE_PIPELINE"],
    task: environment["FFE_TASK"],
    try: Number.isSafeInteger(tries) && tries > 0 ? tries : undefined,
  };
}

/** The rows of `ops.pipeline_metrics`, one for each series. */
export function metricRows(
  run: RecordedRun,
  values: Iterable<SeriesValue>,
  end: { readonly status: CommandStatus; readonly endedAtMs: number },
): Row[] {
  const common = {
    recording_id: run.recordingId,
    run_id: run.runId ?? null,
    pipeline: run.pipeline ?? null,
    task: run.task ?? null,
    try: run.try ?? null,
    command: run.command,
    status: end.status,
  };
  const times = {
    started_at: new Date(run.startedAtMs),
    ended_at: new Date(end.endedAtMs),
    // The clock may have been set back meanwhile.
    duration_seconds: Math.max(0, (end.endedAtMs - run.startedAtMs) / 1000),
  };
  return Array.from(values, ({ definition, labels, value, distribution }) => ({
    ...common,
    metric: definition.name,
    type: definition.type,
    labels: JSON.stringify(labels),
    value,
    observations: distribution === undefined ? null : observationsOf(distribution),
    bucket_bounds: distribution === undefined ? null : [...distribution.bounds],
    bucket_counts: distribution === undefined ? null : [...distribution.counts],
    ...times,
  }));
}
