import assert from "node:assert/strict";
import { afterEach, test } from "node:test";

import { metricDefinitions, metrics } from "../../../src/monitoring/metrics/definitions.ts";
import { MetricsError } from "../../../src/monitoring/metrics-error.ts";
import {
  dataQualityChecksTotal,
  deltaTableSizeBytes,
  ingestionDurationSeconds,
  ingestionErrorsTotal,
  ingestionRecordsTotal,
  metricsRegistry,
  uncommittedCounts,
} from "../../../src/monitoring/metrics/process-metrics.ts";
import type { ErrorLabels, SeriesLabels } from "../../../src/monitoring/metrics/process-metrics.ts";

const withUnknown = {
  assetPair: "BTCUSD",
  timeframe: "1h",
  provider: "alpha_vantage",
  asset_pair: "BTCUSD",
};

/** As a program in JavaScript may have them. */
const oddError: ErrorLabels = JSON.parse('{"errorType":"odd","provider":"x"}');
const withoutProvider: SeriesLabels = JSON.parse('{"assetPair":"BTCUSD","timeframe":"1h"}');

const series = { assetPair: "BTCUSD", timeframe: "1h", provider: "alpha_vantage" };

afterEach(() => {
  metricsRegistry.resetMetrics();
  uncommittedCounts.clear();
});

test("the five metrics have the names that the user's document gives them", () => {
  const own = [
    ingestionRecordsTotal,
    ingestionErrorsTotal,
    ingestionDurationSeconds,
    dataQualityChecksTotal,
    deltaTableSizeBytes,
  ];
  assert.deepEqual(
    own.map(({ name }) => name),
    [
      "pipeline_ingestion_records_total",
      "pipeline_ingestion_errors_total",
      "pipeline_ingestion_duration_seconds",
      "pipeline_data_quality_checks_total",
      "pipeline_delta_table_size_bytes",
    ],
  );
});

test("the user's example counts in the registry of the process", async () => {
  ingestionRecordsTotal.labels(series).inc(1000);
  ingestionRecordsTotal.labels(series).inc();
  ingestionDurationSeconds.labels({ assetPair: "BTCUSD", timeframe: "1h" }).observe(15.5);
  ingestionErrorsTotal.labels({ errorType: "rate_limit", provider: "alpha_vantage" }).inc();
  dataQualityChecksTotal.labels({ table: "raw_market_data_1h", check: "x", status: "failed" }).inc(2);
  deltaTableSizeBytes.labels({ table: "raw_market_data_1h", layer: "bronze" }).set(4096);
  const text = await metricsRegistry.metrics();
  for (const line of [
    'pipeline_ingestion_records_total{asset_pair="BTCUSD",timeframe="1h",provider="alpha_vantage"} 1001',
    'pipeline_ingestion_duration_seconds_bucket{le="15",asset_pair="BTCUSD",timeframe="1h"} 0',
    'pipeline_ingestion_duration_seconds_bucket{le="30",asset_pair="BTCUSD",timeframe="1h"} 1',
    'pipeline_ingestion_duration_seconds_sum{asset_pair="BTCUSD",timeframe="1h"} 15.5',
    'pipeline_ingestion_errors_total{error_type="rate_limit",provider="alpha_vantage"} 1',
    'pipeline_data_quality_checks_total{table="raw_market_data_1h",check="x",status="failed"} 2',
    'pipeline_delta_table_size_bytes{table="raw_market_data_1h",layer="bronze"} 4096',
  ])
    assert.ok(text.split("\n").includes(line), `${line}\nis not in\n${text}`);
});

test("what was counted waits to be written, added up by series", () => {
  ingestionRecordsTotal.labels(series).inc(1000);
  ingestionRecordsTotal.labels(series).inc(84);
  ingestionDurationSeconds.labels({ assetPair: "BTCUSD", timeframe: "1h" }).observe(15.5);
  ingestionDurationSeconds.labels({ assetPair: "BTCUSD", timeframe: "1h" }).observe(0.2);
  deltaTableSizeBytes.labels({ table: "raw_market_data_1h", layer: "bronze" }).set(4096);
  const [records, duration, ...others] = [...uncommittedCounts];
  assert.deepEqual(others, []);
  assert.equal(records?.value, 1084);
  assert.deepEqual(records?.labels, { asset_pair: "BTCUSD", timeframe: "1h", provider: "alpha_vantage" });
  assert.equal(duration?.value, 15.7);
  assert.deepEqual(duration?.distribution?.counts, [1, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0]);
});

test("a wrong label or amount is refused by its name, and nothing is counted", () => {
  for (const [call, message] of [
    [() => ingestionRecordsTotal.labels(withUnknown).inc(), /asset_pair/],
    [() => ingestionRecordsTotal.labels({ ...series, timeframe: "" }).inc(), /timeframe/],
    [() => ingestionRecordsTotal.labels(series).inc(-1), /amount/],
    [() => ingestionRecordsTotal.labels(series).inc(Number.NaN), /amount/],
    [() => ingestionRecordsTotal.labels(series).inc(Number.POSITIVE_INFINITY), /amount/],
    [() => ingestionDurationSeconds.labels(series).observe(1), /provider/],
    [() => ingestionErrorsTotal.labels(oddError).inc(), /odd/],
    [() => ingestionRecordsTotal.labels(withoutProvider).inc(), /provider/],
  ] as const)
    assert.throws(
      call,
      (error) => error instanceof MetricsError && message.test(error.message),
      String(message),
    );
  assert.ok(uncommittedCounts.isEmpty);
});

test("every definition follows the rules of Prometheus for names, units and types", () => {
  for (const { name, type, labels, buckets, help } of metricDefinitions) {
    assert.match(name, /^pipeline_[a-z][a-z0-9_]*[a-z0-9]$/, name);
    assert.equal(type === "counter", name.endsWith("_total"), name);
    assert.equal(type === "histogram", buckets !== undefined, name);
    assert.deepEqual(
      buckets?.toSorted((one, other) => one - other),
      buckets,
      name,
    );
    for (const label of labels)
      assert.match(label, /^(?!le$|quantile$|job$|instance$)[a-z][a-z_]*$|^job$/, name);
    for (const label of ["run_id", "path", "message", "time"]) assert.ok(!labels.includes(label), name);
    assert.match(help, /^[A-Z1].*\.$/, name);
  }
  assert.equal(new Set(metricDefinitions.map(({ name }) => name)).size, metricDefinitions.length);
  assert.ok(metrics.ingestionDuration.buckets?.includes(15));
});
