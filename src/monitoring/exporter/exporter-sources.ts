import { metrics } from "../metrics/definitions.ts";
import type { GaugeValue } from "./exposition.ts";

/** The stored state of a provider. */
export interface ProviderFacts {
  readonly provider: string;
  readonly isCircuitOpen: boolean;
  /** Left out for a provider without a quota. */
  readonly quotaRemaining?: number | undefined;
}

/** A run of a pipeline. */
export interface PipelineRunFacts {
  readonly pipeline: string;
  /** As the run store has it: `success`, `failed`, `running`, and so on. */
  readonly status: string;
  readonly startedAtMs?: number | undefined;
  readonly endedAtMs?: number | undefined;
}

/** Sources that the exporter cannot read by itself. */
export interface ExporterSources {
  /** Rows in the dead letter queue, by kind. */
  readonly deadLetters: () => Promise<ReadonlyMap<string, number>>;
  readonly providers: () => readonly ProviderFacts[];
  /** Left out where there is no run store yet. */
  readonly runs?: (() => readonly PipelineRunFacts[]) | undefined;
}

export function deadLetterGauges(rows: ReadonlyMap<string, number>): readonly GaugeValue[] {
  return Array.from(rows, ([kind, value]) => ({ definition: metrics.deadLetters, labels: { kind }, value }));
}

export function providerGauges(all: readonly ProviderFacts[]): readonly GaugeValue[] {
  return all.flatMap(({ provider, isCircuitOpen, quotaRemaining }) => [
    { definition: metrics.circuitOpen, labels: { provider }, value: isCircuitOpen ? 1 : 0 },
    ...(quotaRemaining === undefined
      ? []
      : [{ definition: metrics.quotaRemaining, labels: { provider }, value: quotaRemaining }]),
  ]);
}

/** For each pipeline the newest start and the newest success; for each status the duration of the newest run. */
export function runGauges(runs: readonly PipelineRunFacts[]): readonly GaugeValue[] {
  const starts = new Map<string, number>();
  const successes = new Map<string, number>();
  const newest = new Map<string, { readonly gauge: GaugeValue; readonly endedAtMs: number }>();
  for (const { pipeline, status, startedAtMs, endedAtMs } of runs) {
    if (startedAtMs === undefined) continue;
    starts.set(pipeline, Math.max(startedAtMs, starts.get(pipeline) ?? startedAtMs));
    if (endedAtMs === undefined) continue;
    if (status === "success")
      successes.set(pipeline, Math.max(endedAtMs, successes.get(pipeline) ?? endedAtMs));
    const key = JSON.stringify([pipeline, status]);
    if ((newest.get(key)?.endedAtMs ?? Number.NEGATIVE_INFINITY) >= endedAtMs) continue;
    const value = Math.max(0, (endedAtMs - startedAtMs) / 1000);
    const gauge = { definition: metrics.runDuration, labels: { pipeline, status }, value };
    newest.set(key, { gauge, endedAtMs });
  }
  return [
    ...instants(metrics.runLastStart, starts),
    ...instants(metrics.runLastSuccess, successes),
    ...Array.from(newest.values(), ({ gauge }) => gauge),
  ];
}

function instants(
  definition: GaugeValue["definition"],
  byPipeline: ReadonlyMap<string, number>,
): readonly GaugeValue[] {
  return Array.from(byPipeline, ([pipeline, ms]) => ({ definition, labels: { pipeline }, value: ms / 1000 }));
}
