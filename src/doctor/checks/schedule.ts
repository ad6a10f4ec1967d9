import { configuredPipelines } from "../../config/configured-pipelines.ts";
import { formatInstant } from "../../market/time-range.ts";
import type { PipelineDefinition } from "../../orchestration/definition/pipeline-definition.ts";
import { isGone } from "../../orchestration/run/crashed-runs.ts";
import { systemProcesses } from "../../orchestration/run/process-identity.ts";
import { isLate } from "../../orchestration/schedule/is-late.ts";
import { schedulerLease } from "../../orchestration/schedule/scheduler.ts";
import { openRunStore } from "../../orchestration/state/run-store.ts";
import type { RunStore, RunSummary } from "../../orchestration/state/run-store.ts";
import type { Check } from "../check.ts";
import type { Finding } from "../finding.ts";
import type { Installation } from "../installation.ts";

/** A runner that has not said for so long that it lives may be gone. */
const silentMs = 60_000;

/** Whether the pipelines run, how their newest runs ended, and whether alerts arrive. */
export const scheduleCheck: Check = {
  area: "schedule",
  examine(installation) {
    const { config, statePath } = installation.parts;
    const pipelines = configuredPipelines(config).map(({ definition }) => definition);
    using store = openRunStore(statePath, { readOnly: true });
    if (store === undefined) return [neverRun(installation)];
    const crashed = crashedRuns(store, installation);
    return [
      ...crashed.map((run) => crashedFinding(run, installation)),
      ...pipelines.flatMap((definition) => pipelineFindings(definition, store, installation)),
      ...schedulerFindings(store, pipelines, installation),
      ...alertFindings(store, installation),
    ];
  },
};

function neverRun(installation: Installation): Finding {
  return {
    severity: "info",
    subject: "scheduler",
    found: "No pipeline has run here.",
    meaning: "Nothing is fetched by itself. A run by hand does once what the scheduler does daily.",
    commands: [installation.ffe("pipeline", "run", "daily_market_data")],
  };
}

/** Runs that should be at work, and nobody works on them. */
function crashedRuns(store: RunStore, { nowMs }: Installation): readonly RunSummary[] {
  return store.list({ states: ["running"] }).filter(({ id, heartbeatMs = 0 }) => {
    const silence = nowMs - heartbeatMs;
    if (silence < silentMs) return false;
    const run = store.run(id);
    return run !== undefined && isGone(run, silence, systemProcesses);
  });
}

function crashedFinding({ id, pipeline }: RunSummary, installation: Installation): Finding {
  return {
    severity: "error",
    subject: pipeline,
    found: `Run ${id} crashed: the process that worked on it is gone.`,
    meaning: "Its tasks that finished count; the others were not done.",
    commands: [installation.ffe("runs", "resume", id)],
  };
}

function pipelineFindings(
  definition: PipelineDefinition,
  store: RunStore,
  installation: Installation,
): readonly Finding[] {
  const { name } = definition;
  const [last] = store.list({ pipeline: name, limit: 1 });
  if (last?.state === "failed" || last?.state === "crashed")
    return [failedFinding(last, store, installation)];
  if (!isLate(definition, last, installation.nowMs) || store.schedules.isPaused(name)) return [];
  return [
    {
      severity: "warning",
      subject: name,
      found: `Its newest scheduled time has passed its deadline without a success; ${lastSuccess(name, store)}.`,
      meaning: "The tables are older than they should be.",
      commands: [installation.ffe("pipeline", "run", name)],
    },
  ];
}

function failedFinding(run: RunSummary, store: RunStore, installation: Installation): Finding {
  const isCrash = run.state === "crashed";
  return {
    severity: "error",
    subject: run.pipeline,
    found: `Its newest run, ${run.id}, ${isCrash ? "crashed" : "failed"}${run.reason === undefined ? "" : `: ${run.reason}`}; ${lastSuccess(run.pipeline, store)}.`,
    meaning: "What its tasks should have done is not done. The log says why.",
    commands: [
      installation.ffe("runs", "logs", run.id),
      installation.ffe("runs", isCrash ? "resume" : "retry", run.id),
    ],
  };
}

function lastSuccess(pipeline: string, store: RunStore): string {
  const [success] = store.list({ pipeline, states: ["success"], limit: 1 });
  return success?.endedMs === undefined
    ? "it never succeeded"
    : `it last succeeded at ${formatInstant(success.endedMs)}`;
}

function schedulerFindings(
  store: RunStore,
  pipelines: readonly PipelineDefinition[],
  installation: Installation,
): readonly Finding[] {
  if (store.leases.holder(schedulerLease, installation.nowMs) !== undefined) return [];
  const isUsed = pipelines.some(({ name }) => store.schedules.plannedUntil(name) !== undefined);
  return [
    {
      severity: isUsed ? "warning" : "info",
      subject: "scheduler",
      found: "No scheduler works.",
      meaning: isUsed
        ? "One has worked here before, so pipelines are expected to run: nothing starts them now."
        : "Nothing starts the pipelines by the clock, unless Airflow or cron does.",
      commands: [installation.ffe("schedule")],
    },
  ];
}

function alertFindings(store: RunStore, installation: Installation): readonly Finding[] {
  const troubles = store.alerts.troubles();
  const [first] = troubles;
  if (first === undefined) return [];
  return [
    {
      severity: "error",
      subject: `alerts to ${[...new Set(troubles.map(({ receiver }) => receiver))].join(", ")}`,
      found: `${troubles.length} ${troubles.length === 1 ? "alert is" : "alerts are"} not delivered: ${first.error}`,
      meaning: "Somebody who should know of a failed or late run does not.",
      commands: [installation.ffe("schedule", "test-alert")],
    },
  ];
}
