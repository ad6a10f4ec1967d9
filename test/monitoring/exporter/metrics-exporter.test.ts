import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdirSync, readFileSync, renameSync } from "node:fs";
import { createServer } from "node:http";
import { test } from "node:test";
import type { TestContext } from "node:test";

import { DuckDbEngine } from "finance-feedback-delta";
import type { Row } from "finance-feedback-delta";
import { MarketCalendars } from "../../../src/market/market-calendars.ts";
import { MetricsExporter } from "../../../src/monitoring/exporter/metrics-exporter.ts";
import type { ExporterOptions } from "../../../src/monitoring/exporter/metrics-exporter.ts";
import { pushMetrics } from "../../../src/monitoring/exporter/pushgateway.ts";
import { serveMetrics } from "../../../src/monitoring/exporter/metrics-server.ts";
import { writeTextfile } from "../../../src/monitoring/exporter/textfile.ts";
import { MetricsError } from "../../../src/monitoring/metrics-error.ts";
import { metrics } from "../../../src/monitoring/metrics/definitions.ts";
import { distributionOf } from "../../../src/monitoring/metrics/series-value.ts";
import type { SeriesValue } from "../../../src/monitoring/metrics/series-value.ts";
import { metricRows } from "../../../src/monitoring/recording/metric-rows.ts";
import { appendRows } from "../../../src/monitoring/recording/recording.ts";
import { DeltaLakeManager } from "../../../src/storage/delta-lake-manager.ts";
import { TemporaryFolder } from "../../temporary-folder.ts";
import { lint, valueOf } from "./linted.ts";

const nowMs = Date.parse("2026-01-08T12:00:00Z");
const records = "pipeline_ingestion_records_total";
const bitcoin = { asset_pair: "BTCUSD", timeframe: "1h", provider: "coinbase" };
const ether = { ...bitcoin, asset_pair: "ETHUSD" };

class Watched implements AsyncDisposable {
  readonly folder = new TemporaryFolder();
  readonly lake: DeltaLakeManager = new DeltaLakeManager({
    storagePath: this.folder.at("lake"),
    engine: new DuckDbEngine({ threads: 1 }),
  });
  nowMs: number = nowMs;

  exporter(options: Partial<ExporterOptions> = {}): MetricsExporter {
    return new MetricsExporter({
      lake: this.lake,
      calendars: new MarketCalendars(),
      sources: { deadLetters: async () => new Map([["row_checks_failed", 3]]), providers: () => [] },
      clock: { now: () => this.nowMs },
      version: "1.2.3",
      hasAssetLabel: true,
      ...options,
    });
  }

  async record(recordingId: string, ...values: readonly SeriesValue[]): Promise<void> {
    await appendRows(this.lake, rowsOf(recordingId, values));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.lake.close();
    this.folder[Symbol.dispose]();
  }
}

function rowsOf(recordingId: string, values: readonly SeriesValue[]): Row[] {
  const run = { recordingId, command: "backfill", startedAtMs: nowMs };
  return metricRows(run, values, { status: "success", endedAtMs: nowMs });
}

async function textFor(exporter: MetricsExporter, scraper: string): Promise<string> {
  return (await exporter.scrape(scraper)).toString();
}

function counted(labels: SeriesValue["labels"], value: number): SeriesValue {
  return { definition: metrics.ingestionRecords, labels, value };
}

function took(seconds: number): SeriesValue {
  const { buckets = [] } = metrics.ingestionDuration;
  const labels = { asset_pair: "BTCUSD", timeframe: "1h" };
  const distribution = distributionOf(seconds, buckets);
  return { definition: metrics.ingestionDuration, labels, value: seconds, distribution };
}

test("what commands counted is added up, from the beginning and then by what comes", async () => {
  await using watched = new Watched();
  await watched.record("one", counted(bitcoin, 1000), took(15.5));
  await watched.record("two", counted(bitcoin, 84), took(0.2));
  const exporter = watched.exporter();
  assert.deepEqual(await exporter.refresh(), []);
  assert.equal(valueOf(await textFor(exporter, "p"), records, bitcoin), 1084);
  await watched.record("three", counted(bitcoin, 6), took(4000));
  await exporter.refresh();
  const text = await textFor(exporter, "p");
  assert.deepEqual(lint(text), []);
  assert.equal(valueOf(text, records, bitcoin), 1090);
  const bucket = (le: string): number | undefined =>
    valueOf(text, "pipeline_ingestion_duration_seconds_bucket", { asset_pair: "BTCUSD", le });
  assert.deepEqual(["0.5", "15", "30", "3600", "+Inf"].map(bucket), [1, 1, 2, 2, 3]);
  assert.equal(valueOf(text, "pipeline_ingestion_duration_seconds_sum"), 4015.7);
  assert.equal(valueOf(text, "pipeline_ingestion_duration_seconds_count"), 3);
  // Another exporter, which starts now, shows the same.
  const other = watched.exporter();
  await other.refresh();
  assert.equal(await textFor(other, "p"), text);
});

test("a recording that is in the table twice counts once", async () => {
  await using watched = new Watched();
  await watched.record("one", counted(bitcoin, 1000), took(1));
  await watched.record("one", counted(bitcoin, 1000), took(1));
  const exporter = watched.exporter();
  await exporter.refresh();
  assert.equal(valueOf(await textFor(exporter, "p"), records, bitcoin), 1000);
  await watched.record("one", counted(bitcoin, 1000), took(1));
  await watched.record("two", counted(bitcoin, 1));
  await exporter.refresh();
  const text = await textFor(exporter, "p");
  assert.equal(valueOf(text, records, bitcoin), 1001);
  assert.equal(valueOf(text, "pipeline_ingestion_duration_seconds_count"), 1);
});

test("a table whose files were joined counts as before, and one that was made anew from its beginning", async () => {
  await using watched = new Watched();
  for (let index = 0; index < 4; index += 1) await watched.record(`r${index}`, counted(bitcoin, 10));
  const exporter = watched.exporter();
  await exporter.refresh();
  await watched.lake.optimizeTable({ tableName: "ops.pipeline_metrics" });
  await watched.record("more", counted(bitcoin, 2));
  await exporter.refresh();
  assert.equal(valueOf(await textFor(exporter, "p"), records, bitcoin), 42);
  renameSync(watched.folder.at("lake/ops/pipeline_metrics"), watched.folder.at("away"));
  await watched.record("anew", counted(bitcoin, 5));
  await exporter.refresh();
  assert.equal(valueOf(await textFor(exporter, "p"), records, bitcoin), 5);
});

test("a series that is new since the start is 0 once for each scraper, so that its increase is seen", async () => {
  await using watched = new Watched();
  await watched.record("one", counted(bitcoin, 1000));
  const exporter = watched.exporter();
  await exporter.refresh();
  assert.equal(valueOf(await textFor(exporter, "a"), records, bitcoin), 1000);
  await watched.record("two", counted(ether, 84_000), counted(bitcoin, 5));
  await exporter.refresh();
  const first = await textFor(exporter, "a");
  assert.deepEqual([valueOf(first, records, ether), valueOf(first, records, bitcoin)], [0, 1005]);
  assert.deepEqual(lint(first), []);
  assert.equal(valueOf(await textFor(exporter, "a"), records, ether), 84_000);
  assert.equal(valueOf(await textFor(exporter, "b"), records, ether), 0);
  assert.equal(valueOf(await textFor(exporter, "b"), records, ether), 84_000);
  // Much later a new scraper is one that was moved: for it the counter would seem to begin anew.
  watched.nowMs += 600_000;
  assert.equal(valueOf(await textFor(exporter, "c"), records, ether), 84_000);
});

test("a lake without tables becomes one with them: the first series are 0 at first, too", async () => {
  await using watched = new Watched();
  const exporter = watched.exporter();
  assert.deepEqual(await exporter.refresh(), []);
  assert.ok(exporter.isReady);
  const empty = await textFor(exporter, "p");
  assert.deepEqual(lint(empty), []);
  for (const { name, source } of Object.values(metrics))
    assert.equal(empty.includes(`# TYPE ${name} `), source !== "stream", name);
  await watched.record("one", counted(bitcoin, 1000));
  await exporter.refresh();
  assert.equal(valueOf(await textFor(exporter, "p"), records, bitcoin), 0);
  assert.equal(valueOf(await textFor(exporter, "p"), records, bitcoin), 1000);
});

test("what cannot be read keeps its last values, and the time of the refresh stands still", async () => {
  await using watched = new Watched();
  await watched.record("one", counted(bitcoin, 1000));
  let isBroken = false;
  const exporter = watched.exporter({
    sources: {
      deadLetters: async () => {
        if (isBroken) throw new Error("no such disk");
        return new Map([["row_checks_failed", 7]]);
      },
      providers: () => [],
    },
  });
  await exporter.refresh();
  isBroken = true;
  watched.nowMs += 60_000;
  await watched.record("two", counted(bitcoin, 1));
  const failures = await exporter.refresh();
  assert.deepEqual(
    failures.map(({ source }) => source),
    ["the dead letter queue"],
  );
  const text = await textFor(exporter, "p");
  assert.equal(valueOf(text, "pipeline_dead_letters", { kind: "row_checks_failed" }), 7);
  assert.equal(valueOf(text, records, bitcoin), 1001);
  assert.equal(valueOf(text, "pipeline_metrics_refresh_timestamp_seconds"), nowMs / 1000);
});

test("providers and runs are shown as they are handed in", async () => {
  await using watched = new Watched();
  const exporter = watched.exporter({
    sources: {
      deadLetters: async () => new Map(),
      providers: () => [
        { provider: "alpha_vantage", isCircuitOpen: false, quotaRemaining: 20 },
        { provider: "coinbase", isCircuitOpen: true },
      ],
      runs: () => [
        { pipeline: "daily", status: "success", startedAtMs: nowMs - 9000, endedAtMs: nowMs - 4000 },
        { pipeline: "daily", status: "success", startedAtMs: nowMs - 99_000, endedAtMs: nowMs - 90_000 },
        { pipeline: "daily", status: "failed", startedAtMs: nowMs - 3000, endedAtMs: nowMs - 1000 },
        { pipeline: "daily", status: "running", startedAtMs: nowMs },
        { pipeline: "daily", status: "missed" },
      ],
    },
  });
  await exporter.refresh();
  const text = await textFor(exporter, "p");
  assert.deepEqual(lint(text), []);
  assert.equal(valueOf(text, "pipeline_provider_circuit_open", { provider: "coinbase" }), 1);
  assert.equal(valueOf(text, "pipeline_provider_quota_remaining", { provider: "alpha_vantage" }), 20);
  assert.equal(valueOf(text, "pipeline_provider_quota_remaining", { provider: "coinbase" }), undefined);
  assert.equal(valueOf(text, "pipeline_run_last_success_timestamp_seconds"), nowMs / 1000 - 4);
  assert.equal(valueOf(text, "pipeline_run_last_start_timestamp_seconds"), nowMs / 1000);
  assert.equal(valueOf(text, "pipeline_run_duration_seconds", { status: "success" }), 5);
  assert.equal(valueOf(text, "pipeline_run_duration_seconds", { status: "failed" }), 2);
});

test("without the label of assets all of them are one series", async () => {
  await using watched = new Watched();
  await watched.record("one", counted(bitcoin, 1000), counted(ether, 84));
  const exporter = watched.exporter({ hasAssetLabel: false });
  await exporter.refresh();
  const text = await textFor(exporter, "p");
  assert.equal(valueOf(text, records, { asset_pair: "all", timeframe: "1h" }), 1084);
  assert.doesNotMatch(text, /BTCUSD|ETHUSD/);
});

test("labels with quotes, backslashes and line breaks come as Prometheus wants them", async () => {
  await using watched = new Watched();
  const labels = { ...bitcoin, asset_pair: 'A"B\\C\nD' };
  await watched.record("one", counted(labels, 1));
  const exporter = watched.exporter();
  await exporter.refresh();
  const text = await textFor(exporter, "p");
  assert.deepEqual(lint(text), []);
  assert.ok(text.includes(String.raw`asset_pair="A\"B\\C\nD"`));
});

test("the server answers metrics, health and readiness, and nothing else", async () => {
  await using watched = new Watched();
  await watched.record("one", counted(bitcoin, 1000));
  const exporter = watched.exporter();
  await using server = await serveMetrics(exporter, { host: "127.0.0.1", port: 0 });
  const get = async (path: string, method = "GET"): Promise<[number, string]> => {
    const response = await fetch(`${server.url}${path}`, { method });
    return [response.status, await response.text()];
  };
  assert.equal((await get("/-/healthy"))[0], 200);
  assert.equal((await get("/-/ready"))[0], 503);
  assert.equal((await get("/metrics"))[0], 503);
  await exporter.refresh();
  assert.equal((await get("/-/ready"))[0], 200);
  const [status, text] = await get("/metrics");
  assert.deepEqual([status, valueOf(text, records, bitcoin)], [200, 1000]);
  assert.equal((await get("/metrics", "POST"))[0], 405);
  assert.equal((await get("/secret"))[0], 404);
  const port = Number(new URL(server.url).port);
  await assert.rejects(serveMetrics(exporter, { host: "127.0.0.1", port }), { code: "PORT_IN_USE" });
});

test("the textfile holds a new series at 0 for as long as node_exporter may need to see it", async () => {
  await using watched = new Watched();
  const exporter = watched.exporter();
  await exporter.refresh();
  await watched.record("one", counted(bitcoin, 1000));
  await exporter.refresh();
  mkdirSync(watched.folder.at("textfile"));
  const written = async (): Promise<number | undefined> => {
    await writeTextfile(exporter, watched.folder.at("textfile"));
    const text = readFileSync(watched.folder.at("textfile/ffe.prom"), "utf8");
    assert.deepEqual(lint(text), []);
    return valueOf(text, records, bitcoin);
  };
  assert.equal(await written(), 0);
  watched.nowMs += 30_000;
  assert.equal(await written(), 0);
  watched.nowMs += 40_000;
  await written();
  assert.equal(await written(), 1000);
});

test("a Pushgateway gets what Prometheus would read, in place of what it had", async (t) => {
  await using watched = new Watched();
  const exporter = watched.exporter();
  const gateway = await startGateway(t);
  await pushMetrics(exporter, gateway.url, fetch);
  assert.deepEqual(gateway.pushed, [], "an exporter that knows nothing leaves the gateway what it has");
  await watched.record("one", counted(bitcoin, 1000));
  await exporter.refresh();
  for (const url of [gateway.url, `${gateway.url}/below`, `${gateway.url}/below/`])
    await pushMetrics(exporter, url, fetch);
  assert.deepEqual(
    gateway.pushed.map(({ request }) => request),
    ["PUT /metrics/job/ffe", "PUT /below/metrics/job/ffe", "PUT /below/metrics/job/ffe"],
  );
  for (const { text } of gateway.pushed) {
    assert.deepEqual(lint(text), []);
    assert.equal(valueOf(text, records, bitcoin), 1000);
  }
});

test("a Pushgateway that takes nothing is named, with what it answered", async (t) => {
  await using watched = new Watched();
  const exporter = watched.exporter();
  await watched.record("one", counted(bitcoin, 1000));
  await exporter.refresh();
  const gateway = await startGateway(t, 302);
  await assert.rejects(
    pushMetrics(exporter, gateway.url, fetch),
    (error) =>
      error instanceof MetricsError && error.code === "PUSH_REFUSED" && /302: go away/.test(error.message),
  );
  await assert.rejects(
    pushMetrics(exporter, "http://127.0.0.1:1", fetch),
    /127\.0\.0\.1:1 cannot be reached/,
  );
});

interface Push {
  /** Its method and path. */
  readonly request: string;
  readonly text: string;
}

async function startGateway(
  t: TestContext,
  status = 200,
): Promise<{ readonly url: string; readonly pushed: readonly Push[] }> {
  const pushed: Push[] = [];
  const server = createServer((request, response) => {
    let text = "";
    request.setEncoding("utf8").on("data", (part: string) => (text += part));
    request.on("end", () => {
      pushed.push({ request: `${request.method ?? ""} ${request.url ?? ""}`, text });
      response.writeHead(status, { location: "/elsewhere" }).end(status === 200 ? "" : "go away");
    });
  }).listen(0, "127.0.0.1");
  t.after(() => server.close());
  await once(server, "listening");
  const address = server.address();
  return { url: `http://127.0.0.1:${typeof address === "object" ? address?.port : 0}`, pushed };
}
