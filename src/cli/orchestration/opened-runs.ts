import { randomUUID } from "node:crypto";
import { fileURLToPath } from "node:url";
import { nearestName } from "finance-feedback-delta/contract";

import { LineageSink, lineageTarget } from "../../monitoring/lineage/lineage-sink.ts";
import { PipelineLineage } from "../../monitoring/lineage/pipeline-lineage.ts";
import type { RunAttempt } from "../../monitoring/lineage/pipeline-lineage.ts";
import { Alerts } from "../../orchestration/alerts/alerts.ts";
import { makeReceiver, receiverSecrets } from "../../orchestration/alerts/receiver.ts";
import type { Receiver } from "../../orchestration/alerts/receiver.ts";
import { runProcess } from "../../orchestration/alerts/send-by-command.ts";
import type { PipelineDefinition } from "../../orchestration/definition/pipeline-definition.ts";
import { OrchestrationError } from "../../orchestration/orchestration-error.ts";
import { launchProcess } from "../../orchestration/run/launch-task.ts";
import { systemProcesses } from "../../orchestration/run/process-identity.ts";
import type { RunnerOptions } from "../../orchestration/run/runner.ts";
import type { RunContext, RunEvent, Runner } from "../../orchestration/state/run-event.ts";
import { openRunStore } from "../../orchestration/state/run-store.ts";
import type { RunStore } from "../../orchestration/state/run-store.ts";
import { redactor } from "../../providers/http/redact.ts";
import { systemClock } from "../../seams/clock.ts";
import type { Clock } from "../../seams/clock.ts";
import { atSecondSignal, withInterruption } from "../interruption.ts";
import { say } from "../output/say.ts";
import { packageVersion } from "../../version.ts";
import type { RunSettings } from "./run-settings.ts";

/** What commands about runs work with. Nothing here loads the lake, or DuckDB. */
export interface OpenedRuns {
  readonly store: RunStore;
  readonly pipelines: readonly PipelineDefinition[];
  readonly clock: Clock;
  readonly context: RunContext;
  readonly runner: Runner;
  readonly runnerOptions: RunnerOptions;
  /** Raises alerts for runs that fail or are late. */
  readonly receivers: readonly Receiver[];
  readonly alerts: Alerts;
}

/** Opens the runs for the time of a command, which Ctrl-C stops. */
export async function withOpenedRuns(
  settings: RunSettings,
  work: (opened: OpenedRuns) => Promise<number>,
  open: (folder: string) => RunStore = openRunStore,
): Promise<number> {
  return withInterruption(async () => {
    const { pipelines, context, receivers: named } = settings;
    using store = open(settings.stateFolder);
    const clock = systemClock;
    const redact = redactor([
      ...secretsIn(process.env),
      ...receiverSecrets(
        named.map((one) => one.settings),
        process.env,
      ),
    ]);
    const receivers = named.map((one) =>
      makeReceiver({
        ...one,
        environment: process.env,
        fetch: globalThis.fetch,
        runCommand: runProcess,
        redact,
      }),
    );
    const alerts = new Alerts({ store, clock, receivers, redact, tell: say });
    const target = lineageTarget(settings.lineage, process.env, packageVersion);
    const sink = target === undefined ? undefined : new LineageSink(target, globalThis.fetch, say);
    const lineage =
      sink === undefined ? undefined : new PipelineLineage(sink, clock, (id) => attemptOf(store.events(id)));
    const runner: Runner = { token: randomUUID(), process: systemProcesses.self() };
    const runnerOptions: RunnerOptions = {
      store,
      clock,
      processes: systemProcesses,
      launch: launchProcess,
      redact,
      environment: process.env,
      ffe: [process.execPath, bin],
      beforeSuddenEnd: atSecondSignal,
      ...(lineage === undefined ? {} : { onChange: (run) => lineage.show(run) }),
    };
    try {
      return await work({ store, pipelines, clock, context, runner, runnerOptions, receivers, alerts });
    } finally {
      await sink?.flush();
    }
  });
}

/** @throws OrchestrationError `PIPELINE_NOT_FOUND`, with the name that is nearest. */
export function pipelineNamed(name: string, pipelines: readonly PipelineDefinition[]): PipelineDefinition {
  const wanted = name.replaceAll("-", "_");
  const found = pipelines.find((one) => one.name === wanted);
  if (found !== undefined) return found;
  const names = pipelines.map((one) => one.name);
  const meant = nearestName(name, names);
  throw new OrchestrationError(
    "PIPELINE_NOT_FOUND",
    `There is no pipeline ${name}${meant === undefined ? `; there are ${names.join(", ")}` : `. Did you mean ${meant}?`}`,
  );
}

/** The name of a pipeline that is defined, or of one whose runs are kept. */
export function knownPipeline(name: string, { store, pipelines }: OpenedRuns): string {
  const hasRuns = store.list({ pipeline: name, limit: 1 }).length > 0;
  return hasRuns ? name : pipelineNamed(name, pipelines).name;
}

/** How often the run has ended before, and whether it continues after a crash. */
function attemptOf(events: readonly RunEvent[]): RunAttempt {
  const number = events.filter(({ kind }) => kind === "ended").length;
  const since = events.slice(events.findLastIndex(({ kind }) => kind === "ended") + 1);
  return { number, isContinued: since.filter(({ kind }) => kind === "claimed").length > 1 };
}

const bin = fileURLToPath(new URL("../../../bin/ffe.js", import.meta.url));

/** The values of variables with names like those of secrets. A short value is left out: it may be an ordinary word. */
function secretsIn(environment: Readonly<Record<string, string | undefined>>): readonly string[] {
  return Object.entries(environment).flatMap(([name, value]) =>
    value !== undefined && value.length >= 6 && secretName.test(name) ? [value] : [],
  );
}

const secretName = /KEY|TOKEN|SECRET|PASSW|CREDENTIAL|WEBHOOK|DSN/i;
