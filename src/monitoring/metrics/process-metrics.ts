/**
 * The metrics that a program counts by itself, in the registry of its process. What is guaranteed: a label that a metric does
 * not have, a missing one, and a number that cannot be counted are refused; nothing that was refused is counted.
 */
import { Counter, Gauge, Histogram, Registry } from "@prometheus-io/client";
import { kind, nonEmptyText, oneOf, ownMember, required } from "finance-feedback-delta/contract";
import type { OptionKind } from "finance-feedback-delta/contract";

import { assertArguments, assertOptions } from "../arguments.ts";
import { metrics } from "./definitions.ts";
import type { MetricDefinition } from "./definitions.ts";
import type { ErrorType } from "./error-types.ts";
import { camelCase } from "./labels.ts";
import type { LabelValues } from "./labels.ts";
import { distributionOf, SeriesTotals } from "./series-value.ts";

/** A metric with labels; `labels` names one of its series. */
export interface LabelledMetric<Labels extends object, Series> {
  /** As Prometheus knows it. */
  readonly name: string;
  /** @throws MetricsError `INVALID_ARGUMENT` naming the label that is missing, unknown or no text. */
  labels(values: Labels): Series;
}

export interface CounterSeries {
  /** Adds 1, or another amount from 0 on. */
  inc(amount?: number): void;
}

export interface HistogramSeries {
  observe(value: number): void;
}

export interface GaugeSeries {
  set(value: number): void;
}

export interface SeriesLabels {
  readonly assetPair: string;
  readonly timeframe: string;
  readonly provider: string;
}

export interface ErrorLabels {
  readonly errorType: ErrorType;
  readonly provider: string;
}

export interface DurationLabels {
  readonly assetPair: string;
  readonly timeframe: string;
}

export interface CheckLabels {
  readonly table: string;
  readonly check: string;
  readonly status: "passed" | "failed" | "error";
}

export interface TableLabels {
  readonly table: string;
  readonly layer: string;
}

/** The registry of this process: it can be merged with a program's own, and served by it. */
export const metricsRegistry: Registry = new Registry();

/** The counts since they were last written to the lake. */
export const uncommittedCounts: SeriesTotals = new SeriesTotals();

let onCount = (): void => {};

/** Sets the listener that is called after each count. */
export function whenCounted(listener: () => void): void {
  onCount = listener;
}

/**
 * Bars that were ingested.
 *
 * @example ingestionRecordsTotal.labels({ assetPair: "BTCUSD", timeframe: "1h", provider: "alpha_vantage" }).inc(1000);
 */
export const ingestionRecordsTotal: LabelledMetric<SeriesLabels, CounterSeries> = counter(
  "ingestionRecordsTotal",
  metrics.ingestionRecords,
);

/** Failures of ingestion. */
export const ingestionErrorsTotal: LabelledMetric<ErrorLabels, CounterSeries> = counter(
  "ingestionErrorsTotal",
  metrics.ingestionErrors,
);

/**
 * How long ingestion took, in seconds.
 *
 * @example ingestionDurationSeconds.labels({ assetPair: "BTCUSD", timeframe: "1h" }).observe(15.5);
 */
export const ingestionDurationSeconds: LabelledMetric<DurationLabels, HistogramSeries> = histogram(
  "ingestionDurationSeconds",
  metrics.ingestionDuration,
);

/** Results of data quality checks. */
export const dataQualityChecksTotal: LabelledMetric<CheckLabels, CounterSeries> = counter(
  "dataQualityChecksTotal",
  metrics.qualityChecks,
);

/** Size of a table. Only the registry of the process has it: `ffe metrics serve` reads sizes from the lake. */
export const deltaTableSizeBytes: LabelledMetric<TableLabels, GaugeSeries> = gauge(
  "deltaTableSizeBytes",
  metrics.tableSize,
);

function counter<Labels extends object>(
  exportedAs: string,
  definition: MetricDefinition,
): LabelledMetric<Labels, CounterSeries> {
  const registered = new Counter(libraryOptions(definition));
  return labelled(exportedAs, definition, (labels) => ({
    inc(amount = 1) {
      assertArguments("inc", { amount }, { amount: required(countable) });
      registered.inc(labels, amount);
      count(definition, labels, amount);
    },
  }));
}

function histogram<Labels extends object>(
  exportedAs: string,
  definition: MetricDefinition,
): LabelledMetric<Labels, HistogramSeries> {
  const { buckets = [] } = definition;
  const registered = new Histogram({ ...libraryOptions(definition), buckets: [...buckets] });
  return labelled(exportedAs, definition, (labels) => ({
    observe(value) {
      assertArguments("observe", { value }, { value: required(countable) });
      registered.observe(labels, value);
      uncommittedCounts.add({ definition, labels, value, distribution: distributionOf(value, buckets) });
      onCount();
    },
  }));
}

function gauge<Labels extends object>(
  exportedAs: string,
  definition: MetricDefinition,
): LabelledMetric<Labels, GaugeSeries> {
  const registered = new Gauge(libraryOptions(definition));
  return labelled(exportedAs, definition, (labels) => ({
    set(value) {
      assertArguments("set", { value }, { value: required(finite) });
      registered.set(labels, value);
    },
  }));
}

function count(definition: MetricDefinition, labels: LabelValues, value: number): void {
  uncommittedCounts.add({ definition, labels, value });
  onCount();
}

function labelled<Labels extends object, Series>(
  exportedAs: string,
  definition: MetricDefinition,
  seriesOf: (labels: LabelValues) => Series,
): LabelledMetric<Labels, Series> {
  const names = definition.labels.map((label) => [label, camelCase(label)] as const);
  const table: Readonly<Record<string, OptionKind<string>>> = Object.fromEntries(
    names.map(([label, name]) => [name, required(kindOfLabel(definition, label))]),
  );
  return {
    name: definition.name,
    labels(values) {
      assertOptions(`${exportedAs}.labels`, values, table);
      const given = new Map<string, unknown>(Object.entries(values));
      return seriesOf(Object.fromEntries(names.map(([label, name]) => [label, String(given.get(name))])));
    },
  };
}

function kindOfLabel({ values }: MetricDefinition, label: string): OptionKind<string> {
  const closed = values === undefined ? undefined : ownMember(values, label);
  return closed === undefined ? nonEmptyText : oneOf(...closed);
}

const finite: OptionKind<number> = kind("a finite number", Number.isFinite);
const countable: OptionKind<number> = kind(
  "a finite number from 0 on",
  (value) => Number.isFinite(value) && Number(value) >= 0,
);

function libraryOptions({ name, help, labels }: MetricDefinition): {
  name: string;
  help: string;
  labelNames: string[];
  registers: Registry[];
} {
  return { name, help, labelNames: [...labels], registers: [metricsRegistry] };
}
