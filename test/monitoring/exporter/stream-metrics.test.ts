import assert from "node:assert/strict";
import { test } from "node:test";

import { StreamMetrics } from "../../../src/monitoring/exporter/stream-metrics.ts";
import { lint, valueOf } from "./linted.ts";

const nowMs = Date.UTC(2026, 2, 1, 12);

function partition(name: string): string {
  return `job="trades",topic="market.trades",partition="${name}"`;
}

test("a stream shows how long rows took, and how far each partition is behind", async () => {
  const metrics = new StreamMetrics("trades", { now: () => nowMs });
  metrics.observe({
    committedMs: nowMs - 1000,
    rows: [
      { eventMs: nowMs - 5000, receivedMs: nowMs - 4000 },
      // The clock of the exchange is ahead.
      { eventMs: nowMs - 3000, receivedMs: nowMs - 3500 },
      { receivedMs: nowMs - 2000 },
    ],
  });
  metrics.behind([
    { topic: "market.trades", partition: "0", messages: 12 },
    { topic: "market.trades", partition: "1", messages: 0 },
  ]);
  const text = (await metrics.scrape()).toString();
  assert.deepEqual(lint(text), []);
  const of = (name: string, labels: string): number | undefined => valueOf(text, `${name}{${labels}}`);
  assert.equal(of("pipeline_stream_latency_seconds_count", 'stage="receive_to_commit"'), 3);
  assert.equal(of("pipeline_stream_latency_seconds_count", 'stage="end_to_end"'), 2);
  assert.equal(of("pipeline_stream_latency_seconds_sum", 'stage="source_to_receive"'), 1);
  assert.equal(of("pipeline_stream_clock_skew_total", 'stage="source_to_receive"'), 1);
  assert.equal(of("pipeline_stream_lag_messages", partition("0")), 12);
  assert.equal(of("pipeline_stream_lag_seconds", partition("0")), 3);
  assert.equal(of("pipeline_stream_lag_seconds", partition("1")), 0);
  assert.equal(of("pipeline_stream_last_commit_timestamp_seconds", 'job="trades"'), nowMs / 1000 - 1);
});
