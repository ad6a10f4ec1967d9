/**
 * Every metric of the product, in one table. The registry of a process, the rows of `ops.pipeline_metrics`, what
 * `ffe metrics serve` answers, docs/metrics.md and the tests of the dashboard and the alert rules follow it.
 */

import { errorTypes } from "./error-types.ts";

/** What Prometheus calls the type of a metric. */
export type MetricType = "counter" | "gauge" | "histogram";

/**
 * Where the values of a metric come from: added up from what commands counted, read from the lake at each refresh, from what
 * is remembered of providers, from the runs of pipelines, from a process that streams, or from the exporter itself.
 */
export type MetricSource = "commands" | "lake" | "providers" | "runs" | "stream" | "exporter";

export interface MetricDefinition {
  /** With its unit at the end, as Prometheus has it. */
  readonly name: string;
  readonly type: MetricType;
  readonly help: string;
  /** In snake_case, in the order in which they are shown. */
  readonly labels: readonly string[];
  /** The values that a label can have, where they are a closed list. */
  readonly values?: Readonly<Record<string, readonly string[]>>;
  /** The upper bounds of a histogram's buckets; beyond the last one there is one without a bound. */
  readonly buckets?: readonly number[];
  readonly source: MetricSource;
}

/** The name of each metric in the code. */
export type MetricId =
  | "ingestionRecords"
  | "ingestionErrors"
  | "ingestionDuration"
  | "qualityChecks"
  | "tableSize"
  | "tableFiles"
  | "commits"
  | "commandRuns"
  | "seriesLatest"
  | "seriesNextDue"
  | "marketOpen"
  | "deadLetters"
  | "circuitOpen"
  | "quotaRemaining"
  | "runLastSuccess"
  | "runLastStart"
  | "runDuration"
  | "streamRows"
  | "streamLatency"
  | "streamLagMessages"
  | "streamLag"
  | "streamLastCommit"
  | "streamClockSkew"
  | "streamLateTrades"
  | "buildInfo"
  | "metricsRefresh";

/** A page of a provider takes a second; a series of years takes an hour. */
const ingestionBuckets = [0.5, 1, 2.5, 5, 10, 15, 30, 60, 120, 300, 600, 1800, 3600];

/** 5 and 10 are the interval of micro-batches and twice that. */
const streamBuckets = [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 7.5, 10, 15, 30, 60];

const series = ["asset_pair", "timeframe", "provider"];

export const metrics: Readonly<Record<MetricId, MetricDefinition>> = {
  ingestionRecords: {
    name: "pipeline_ingestion_records_total",
    type: "counter",
    help: "Bars that ingestion added to Bronze, revisions among them.",
    labels: series,
    source: "commands",
  },
  ingestionErrors: {
    name: "pipeline_ingestion_errors_total",
    type: "counter",
    help: "Failures of ingestion: each failed try of a request, each rejected row, each failed commit.",
    labels: ["error_type", "provider"],
    values: { error_type: errorTypes },
    source: "commands",
  },
  ingestionDuration: {
    name: "pipeline_ingestion_duration_seconds",
    type: "histogram",
    help: "How long the ingestion of one series took in one run.",
    labels: ["asset_pair", "timeframe"],
    buckets: ingestionBuckets,
    source: "commands",
  },
  qualityChecks: {
    name: "pipeline_data_quality_checks_total",
    type: "counter",
    help: "Expectations and data tests that were evaluated, by result.",
    labels: ["table", "check", "status"],
    values: { status: ["passed", "failed", "error"] },
    source: "commands",
  },
  tableSize: {
    name: "pipeline_delta_table_size_bytes",
    type: "gauge",
    help: "Size of the data files of a table's newest version.",
    labels: ["table", "layer"],
    source: "lake",
  },
  tableFiles: {
    name: "pipeline_delta_table_files",
    type: "gauge",
    help: "Data files of a table's newest version: small ones have less than 16 MiB, large ones 128 MiB and more.",
    labels: ["table", "size_class"],
    values: { size_class: ["small", "medium", "large"] },
    source: "lake",
  },
  commits: {
    name: "pipeline_delta_commits_total",
    type: "counter",
    help: "Commits that commands made, by the table and the operation that its history shows.",
    labels: ["table", "operation"],
    source: "commands",
  },
  commandRuns: {
    name: "pipeline_command_runs_total",
    type: "counter",
    help: "Commands that ended: with success, failed, stopped by a signal, or killed.",
    labels: ["command", "status"],
    values: { status: ["success", "failed", "stopped", "killed"] },
    source: "commands",
  },
  seriesLatest: {
    name: "pipeline_series_latest_timestamp_seconds",
    type: "gauge",
    help: "When the newest stored bar of a series opens.",
    labels: series,
    source: "lake",
  },
  seriesNextDue: {
    name: "pipeline_series_next_due_timestamp_seconds",
    type: "gauge",
    help: "When the bar after the newest stored one is complete, by the hours of its market.",
    labels: series,
    source: "lake",
  },
  marketOpen: {
    name: "pipeline_market_open",
    type: "gauge",
    help: "Whether the market of an asset with bars is open: 1 or 0.",
    labels: ["asset_pair"],
    source: "lake",
  },
  deadLetters: {
    name: "pipeline_dead_letters",
    type: "gauge",
    help: "Rows in the dead letter queue, by what kept them out of their table.",
    labels: ["kind"],
    source: "lake",
  },
  circuitOpen: {
    name: "pipeline_provider_circuit_open",
    type: "gauge",
    help: "Whether the circuit breaker of a provider lets no request pass: 1 or 0.",
    labels: ["provider"],
    source: "providers",
  },
  quotaRemaining: {
    name: "pipeline_provider_quota_remaining",
    type: "gauge",
    help: "Requests that are left of a provider's quota of the UTC day; only of providers with one.",
    labels: ["provider"],
    source: "providers",
  },
  runLastSuccess: {
    name: "pipeline_run_last_success_timestamp_seconds",
    type: "gauge",
    help: "When the newest successful run of a pipeline ended.",
    labels: ["pipeline"],
    source: "runs",
  },
  runLastStart: {
    name: "pipeline_run_last_start_timestamp_seconds",
    type: "gauge",
    help: "When the newest run of a pipeline started.",
    labels: ["pipeline"],
    source: "runs",
  },
  runDuration: {
    name: "pipeline_run_duration_seconds",
    type: "gauge",
    help: "How long the newest run of a pipeline took that ended with a status.",
    labels: ["pipeline", "status"],
    source: "runs",
  },
  streamRows: {
    name: "pipeline_stream_rows_total",
    type: "counter",
    help: "Rows of streams whose batch is committed, by what became of them.",
    labels: ["job", "outcome"],
    values: { outcome: ["ingested", "unchanged", "rejected"] },
    source: "commands",
  },
  streamLatency: {
    name: "pipeline_stream_latency_seconds",
    type: "histogram",
    help: "How long a row took: source_to_receive, receive_to_commit, end_to_end.",
    labels: ["stage"],
    buckets: streamBuckets,
    source: "stream",
  },
  streamLagMessages: {
    name: "pipeline_stream_lag_messages",
    type: "gauge",
    help: "Messages of a partition that are not in the table yet.",
    labels: ["job", "topic", "partition"],
    source: "stream",
  },
  streamLag: {
    name: "pipeline_stream_lag_seconds",
    type: "gauge",
    help: "Age of the last committed row while messages wait; 0 when none does.",
    labels: ["job", "topic", "partition"],
    source: "stream",
  },
  streamLastCommit: {
    name: "pipeline_stream_last_commit_timestamp_seconds",
    type: "gauge",
    help: "When a stream committed last.",
    labels: ["job"],
    source: "stream",
  },
  streamClockSkew: {
    name: "pipeline_stream_clock_skew_total",
    type: "counter",
    help: "Rows whose own time lies behind the time at which they came in.",
    labels: ["stage"],
    source: "stream",
  },
  streamLateTrades: {
    name: "pipeline_stream_late_trades_total",
    type: "counter",
    help: "Trades that came after their bar was made: the bar was revised.",
    labels: ["job"],
    source: "stream",
  },
  buildInfo: {
    name: "pipeline_build_info",
    type: "gauge",
    help: "1, labelled with the version of the exporter.",
    labels: ["version"],
    source: "exporter",
  },
  metricsRefresh: {
    name: "pipeline_metrics_refresh_timestamp_seconds",
    type: "gauge",
    help: "When the exporter last read all of its sources; it stands still while one cannot be read.",
    labels: [],
    source: "exporter",
  },
};

/** In the order of the table. */
export const metricDefinitions: readonly MetricDefinition[] = Object.values(metrics);

const byName: ReadonlyMap<string, MetricDefinition> = new Map(
  metricDefinitions.map((definition) => [definition.name, definition]),
);

export function metricNamed(name: string): MetricDefinition | undefined {
  return byName.get(name);
}
