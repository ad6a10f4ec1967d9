import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { appendFileSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { test } from "node:test";
import * as z from "zod";

import { deltaEvents, DuckDbEngine } from "finance-feedback-delta";
import { pipelineEvents } from "../../../src/events/pipeline-events.ts";
import type { IngestEvent, SeriesEvent } from "../../../src/events/pipeline-events.ts";
import { ProviderError } from "../../../src/providers/provider-error.ts";
import { Recording } from "../../../src/monitoring/recording/recording.ts";
import { systemClock } from "../../../src/seams/clock.ts";
import { DeltaLakeManager } from "../../../src/storage/delta-lake-manager.ts";
import { TemporaryFolder } from "../../temporary-folder.ts";

const ingest: IngestEvent = {
  ingestionId: "one",
  assetPair: "BTCUSD",
  timeframe: "1h",
  provider: "coinbase",
  isMock: false,
  table: "raw_market_data_1h",
  tableVersion: 0,
  rowsIngested: 1000,
  rowsRevised: 10,
  rowsUnchanged: 5,
  rowsRejected: 0,
  durationSeconds: 1,
};
const series: SeriesEvent = {
  ingestionId: "one",
  assetPair: "BTCUSD",
  timeframe: "1h",
  providers: ["coinbase"],
  rowsIngested: 1000,
  rowsRevised: 10,
  rowsUnchanged: 5,
  rowsRejected: 0,
  durationSeconds: 12.5,
};

class Lake implements AsyncDisposable {
  readonly folder = new TemporaryFolder();
  readonly lake: DeltaLakeManager = new DeltaLakeManager({
    storagePath: this.folder.at("lake"),
    engine: new DuckDbEngine({ threads: 1 }),
  });

  get journals(): string {
    return this.folder.at("state", "metrics");
  }

  begin(command: string): Recording {
    return new Recording({ lake: this.lake, journalPath: this.journals, command, clock: systemClock });
  }

  /** `[command status, metric, labels, value]` */
  async counts(metric = "%"): Promise<unknown[][]> {
    const answer = await this.lake.query(
      `SELECT command || ' ' || status AS command, metric, labels, value FROM pipeline_metrics
       WHERE metric LIKE '${metric}' ORDER BY ALL`,
    );
    return (await answer.rows()).map((row) => [row["command"], row["metric"], row["labels"], row["value"]]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.lake.close();
    this.folder[Symbol.dispose]();
  }
}

test("a command's events become one row for each series, in one commit", async () => {
  await using made = new Lake();
  const recording = made.begin("backfill");
  pipelineEvents.ingest.publish(() => ingest);
  pipelineEvents.ingest.publish(() => ({ ...ingest, rowsIngested: 84, rowsRejected: 2 }));
  pipelineEvents.series.publish(() => series);
  pipelineEvents.validation.publish(() => ({
    suite: "market_data_quality",
    table: "bronze.raw_market_data_1h",
    success: false,
    checks: [
      { check: "a(b)", severity: "critical", status: "failed" },
      { check: "a(b)", severity: "critical", status: "failed" },
      { check: "c(d)", severity: "warning", status: "error" },
    ],
    durationSeconds: 1,
  }));
  assert.equal(await recording.close("failed"), undefined);
  const labels = '{"asset_pair":"BTCUSD","timeframe":"1h","provider":"coinbase"}';
  assert.deepEqual(await made.counts(), [
    ["backfill failed", "pipeline_command_runs_total", '{"command":"backfill","status":"failed"}', 1],
    [
      "backfill failed",
      "pipeline_data_quality_checks_total",
      '{"table":"raw_market_data_1h","check":"a(b)","status":"failed"}',
      2,
    ],
    [
      "backfill failed",
      "pipeline_data_quality_checks_total",
      '{"table":"raw_market_data_1h","check":"c(d)","status":"error"}',
      1,
    ],
    [
      "backfill failed",
      "pipeline_ingestion_duration_seconds",
      '{"asset_pair":"BTCUSD","timeframe":"1h"}',
      12.5,
    ],
    [
      "backfill failed",
      "pipeline_ingestion_errors_total",
      '{"error_type":"row_check","provider":"coinbase"}',
      2,
    ],
    ["backfill failed", "pipeline_ingestion_records_total", labels, 1084],
  ]);
  assert.equal((await made.lake.getTableHistory("ops.pipeline_metrics")).length, 1);
  assert.deepEqual(readdirSync(made.journals), []);
});

test("each failed request is one error, and its series none besides; what was never sent is one", async () => {
  await using made = new Lake();
  const recording = made.begin("backfill");
  const request = {
    provider: "coinbase",
    host: "example.test",
    path: "/",
    attempt: 1,
    durationSeconds: 1,
    queuedSeconds: 0,
  };
  pipelineEvents.request.publish(() => ({ ...request, errorCode: "RATE_LIMITED" }));
  pipelineEvents.request.publish(() => ({ ...request, attempt: 2, errorCode: "RATE_LIMITED" }));
  pipelineEvents.request.publish(() => ({ ...request, attempt: 3 }));
  pipelineEvents.request.publish(() => ({ ...request, errorCode: "ABORTED" }));
  pipelineEvents.series.publish(() => ({ ...series, error: failure("RATE_LIMITED", "coinbase") }));
  pipelineEvents.series.publish(() => ({ ...series, error: failure("QUOTA_EXHAUSTED", "alpha_vantage") }));
  await recording.close("failed");
  assert.deepEqual(
    (await made.counts("pipeline_ingestion_errors_total")).map(([, , labels, value]) => [labels, value]),
    [
      ['{"error_type":"quota","provider":"alpha_vantage"}', 1],
      ['{"error_type":"rate_limit","provider":"coinbase"}', 2],
    ],
  );
});

test("a command that is killed leaves its counts to the next one, once", async () => {
  await using made = new Lake();
  const script = fileURLToPath(new URL("counting-process.ts", import.meta.url));
  const { signal } = spawnSync(process.execPath, [script, made.lake.storagePath, made.journals]);
  assert.equal(signal, "SIGKILL");
  assert.equal(readdirSync(made.journals).length, 1);
  for (const command of ["validate", "validate"]) {
    const recording = made.begin(command);
    pipelineEvents.ingest.publish(() => ingest);
    assert.equal(await recording.close("success"), undefined);
  }
  assert.deepEqual(
    (await made.counts("pipeline_command_runs_total")).map(([command, , labels, value]) => [
      command,
      labels,
      value,
    ]),
    [
      ["backfill killed", '{"command":"backfill","status":"killed"}', 1],
      ["validate success", '{"command":"validate","status":"success"}', 1],
      ["validate success", '{"command":"validate","status":"success"}', 1],
    ],
  );
  assert.deepEqual(
    (await made.counts("pipeline_ingestion_records_total")).map(([command, , , value]) => [command, value]),
    [
      ["backfill killed", 1200],
      ["validate success", 1000],
      ["validate success", 1000],
    ],
  );
  assert.deepEqual(readdirSync(made.journals), []);
});

test("counts that are in the lake already are not taken from a journal again", async () => {
  await using made = new Lake();
  const script = fileURLToPath(new URL("counting-process.ts", import.meta.url));
  spawnSync(process.execPath, [script, made.lake.storagePath, made.journals]);
  const [name = ""] = readdirSync(made.journals);
  const first = made.begin("validate");
  pipelineEvents.ingest.publish(() => ingest);
  await first.close("success");
  const [killed] = await (
    await made.lake.query("SELECT recording_id FROM pipeline_metrics WHERE status = 'killed'")
  ).rows();
  // As if that command had died right after its commit.
  writeFileSync(made.folder.at("state", "metrics", name), journalOf(made, String(killed?.["recording_id"])));
  const second = made.begin("validate");
  pipelineEvents.ingest.publish(() => ingest);
  await second.close("success");
  assert.equal((await made.counts("pipeline_ingestion_records_total")).length, 3);
  assert.deepEqual(readdirSync(made.journals), []);
});

test("a damaged journal, one of another lake, and a line that was cut off do no harm", async () => {
  await using made = new Lake();
  mkdirSync(made.journals, { recursive: true });
  writeFileSync(made.folder.at("state", "metrics", "damaged.jsonl"), "{");
  writeFileSync(
    made.folder.at("state", "metrics", "other.jsonl"),
    journalOf(made, "other").replace(made.lake.storagePath, "/elsewhere"),
  );
  const cut = made.folder.at("state", "metrics", "cut.jsonl");
  writeFileSync(cut, journalOf(made, "cut"));
  appendFileSync(cut, '{"metric":"pipeline_ingestion_rec');
  const recording = made.begin("validate");
  pipelineEvents.ingest.publish(() => ingest);
  assert.equal(await recording.close("success"), undefined);
  assert.deepEqual(readdirSync(made.journals).toSorted(), ["damaged.jsonl", "other.jsonl"]);
  assert.equal((await made.counts("pipeline_ingestion_records_total")).length, 2);
});

test("two commands at once both have their counts in the lake", async () => {
  await using made = new Lake();
  // Events are told to all who listen in a process: one of them counts what the other does as well.
  const recordings = [made.begin("backfill"), made.begin("import")];
  pipelineEvents.ingest.publish(() => ingest);
  assert.deepEqual(await Promise.all(recordings.map((one) => one.close("success"))), [undefined, undefined]);
  assert.deepEqual(
    (await made.counts("pipeline_ingestion_records_total")).map(([command, , , value]) => [command, value]),
    [
      ["backfill success", 1000],
      ["import success", 1000],
    ],
  );
});

test("where the lake cannot be written the reason comes back, and the counts wait", async () => {
  await using made = new Lake();
  writeFileSync(made.folder.at("lake"), "a file where the lake should be");
  const recording = made.begin("backfill");
  pipelineEvents.ingest.publish(() => ingest);
  assert.match(String(await recording.close("success")), /lake/);
  assert.equal(readdirSync(made.journals).length, 1);
});

test("where no journal can be written the counts come into the lake all the same", async () => {
  await using made = new Lake();
  mkdirSync(made.folder.at("state"));
  writeFileSync(made.journals, "a file where the folder should be");
  const recording = made.begin("backfill");
  pipelineEvents.ingest.publish(() => ingest);
  assert.equal(await recording.close("success"), undefined);
  assert.equal((await made.counts("pipeline_ingestion_records_total")).length, 1);
});

test("a command that did nothing makes no lake", async () => {
  await using made = new Lake();
  assert.equal(await made.begin("validate").close("failed"), undefined);
  assert.deepEqual(readdirSync(made.folder.path), []);
});

test("nothing listens any more once a recording is closed", async () => {
  await using made = new Lake();
  const recording = made.begin("backfill");
  await recording.close("success");
  assert.equal(pipelineEvents.ingest.hasSubscribers, false);
  assert.equal(deltaEvents.commit.hasSubscribers, false);
});

test("rows name the run of the pipeline that they are part of", async () => {
  await using made = new Lake();
  const recording = new Recording({
    lake: made.lake,
    journalPath: made.journals,
    command: "backfill",
    run: { runId: "r1", pipeline: "daily_market_data", task: "ingest", try: 2 },
    clock: systemClock,
  });
  pipelineEvents.ingest.publish(() => ingest);
  await recording.close("success");
  const rows = await (
    await made.lake.query("SELECT DISTINCT run_id, pipeline, task, try FROM pipeline_metrics")
  ).rows();
  assert.deepEqual(rows, [{ run_id: "r1", pipeline: "daily_market_data", task: "ingest", try: 2 }]);
});

function failure(code: "RATE_LIMITED" | "QUOTA_EXHAUSTED", provider: string): ProviderError {
  return new ProviderError({ code, provider, message: "refused", nextStep: "Wait.", transient: true });
}

const Recorded = z.string();

/** A journal of a process that is gone. */
function journalOf({ lake }: Lake, recordingId: string): string {
  const gone = spawnSync(process.execPath, ["-p", "require('node:os').hostname() + ' ' + process.pid"]);
  const [host = "", pid = ""] = Recorded.parse(gone.stdout.toString()).trim().split(" ");
  const head = {
    lake: lake.storagePath,
    process: { host, pid: Number(pid), startedAt: "" },
    run: { recordingId, command: "backfill", startedAtMs: 0 },
  };
  const line = {
    metric: "pipeline_ingestion_records_total",
    labels: [
      ["asset_pair", "BTCUSD"],
      ["timeframe", "1h"],
      ["provider", "coinbase"],
    ],
    value: 1200,
  };
  return `${JSON.stringify(head)}\n${JSON.stringify(line)}\n`;
}
