/**
 * Above all rooms: the metrics that a program counts, and how they come into the lake of the configuration when it ends. The
 * package's `finance-feedback-pipelines/monitoring`.
 */
import { join } from "node:path";
import { DuckDbEngine } from "finance-feedback-delta";
import { optionsProblem } from "finance-feedback-delta/contract";

import type { Config } from "./config/config-schema.ts";
import { loadConfig } from "./config/load-config.ts";
import { uncommittedCounts, whenCounted } from "./monitoring/metrics/process-metrics.ts";
import { MetricsError } from "./monitoring/metrics-error.ts";
import { runOfEnvironment } from "./monitoring/recording/metric-rows.ts";
import { leaveCounts, writeCounts } from "./monitoring/recording/program-counts.ts";
import { systemClock } from "./seams/clock.ts";
import { DeltaLakeManager, lakeKind } from "./storage/delta-lake-manager.ts";

export {
  dataQualityChecksTotal,
  deltaTableSizeBytes,
  ingestionDurationSeconds,
  ingestionErrorsTotal,
  ingestionRecordsTotal,
  metricsRegistry,
} from "./monitoring/metrics/process-metrics.ts";
export type {
  CheckLabels,
  CounterSeries,
  DurationLabels,
  ErrorLabels,
  GaugeSeries,
  HistogramSeries,
  LabelledMetric,
  SeriesLabels,
  TableLabels,
} from "./monitoring/metrics/process-metrics.ts";
export { metricDefinitions } from "./monitoring/metrics/definitions.ts";
export type { MetricDefinition, MetricSource, MetricType } from "./monitoring/metrics/definitions.ts";
export type { ErrorType } from "./monitoring/metrics/error-types.ts";
export { MetricsError } from "./monitoring/metrics-error.ts";
export type { MetricsErrorCode } from "./monitoring/metrics-error.ts";

/** Where {@link flushMetrics} writes. */
export interface FlushOptions {
  /** The lake of the configuration when left out. */
  readonly lake?: DeltaLakeManager | undefined;
}

/**
 * Writes what this process counted to `ops.pipeline_metrics`, in one commit: `ffe metrics serve` and SQL have it then. A
 * program that ends by itself need not call it; one that is ended by a signal does.
 *
 * @throws MetricsError `INVALID_ARGUMENT`; StorageError and DeltaError where the lake cannot be written: the counts wait for
 *   the next call.
 * @example
 * ingestionRecordsTotal.labels({ assetPair: "BTCUSD", timeframe: "1h", provider: "coinbase" }).inc(1000);
 * await flushMetrics();
 */
export async function flushMetrics(options: FlushOptions = {}): Promise<void> {
  const problem = optionsProblem("flushMetrics", options, { lake: lakeKind });
  if (problem !== undefined) throw new MetricsError("INVALID_ARGUMENT", problem);
  if (uncommittedCounts.isEmpty) return;
  const run = runOfEnvironment(process.env);
  if (options.lake !== undefined) {
    await writeCounts({ lake: options.lake, clock: systemClock, run });
    return;
  }
  const { config } = loadConfig(undefined, process.env);
  const engine = new DuckDbEngine({
    memoryLimit: config.engine.memory_limit,
    threads: config.engine.threads,
  });
  const lake = new DeltaLakeManager({ storagePath: config.delta_lake.storage_path, engine });
  try {
    await writeCounts({ lake, clock: systemClock, run });
  } finally {
    await lake.close();
  }
}

let isArmed = false;
let hasFailed = false;

whenCounted(() => {
  if (isArmed) return;
  isArmed = true;
  process.on("beforeExit", () => {
    if (uncommittedCounts.isEmpty || hasFailed || !isRecorded()) return;
    // Its end calls this listener again.
    flushMetrics().catch(warn);
  });
  process.on("exit", () => {
    if (uncommittedCounts.isEmpty || !isRecorded()) return;
    const { config } = loadConfig(undefined, process.env);
    leaveCounts({
      storagePath: config.delta_lake.storage_path,
      journalPath: join(config.state.path, "metrics"),
      nowMs: systemClock.now(),
      run: runOfEnvironment(process.env),
    });
  });
});

function isRecorded(): boolean {
  const config = readConfig();
  return config?.metrics.record === true;
}

/** A configuration that cannot be read is told once: the program has done its work. */
function readConfig(): Config | undefined {
  try {
    return loadConfig(undefined, process.env).config;
  } catch (error) {
    warn(error);
    return undefined;
  }
}

function warn(error: unknown): void {
  if (hasFailed) return;
  hasFailed = true;
  const detail = error instanceof Error ? error.message : String(error);
  process.emitWarning(`What this program counted is not in ops.pipeline_metrics: ${detail}`, {
    code: "FFE_METRICS",
  });
}
