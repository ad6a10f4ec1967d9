import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import * as z from "zod";

import { datasetName } from "../../../src/monitoring/lineage/lineage-event.ts";
import type { LineageEvent } from "../../../src/monitoring/lineage/lineage-event.ts";
import { LineageSink, lineageTarget } from "../../../src/monitoring/lineage/lineage-sink.ts";
import { PipelineLineage } from "../../../src/monitoring/lineage/pipeline-lineage.ts";
import { runToEnd } from "../../../src/orchestration/run/runner.ts";
import { rerunEvent } from "../../../src/orchestration/run/rerun.ts";
import { callFfe } from "../../cli/call-ffe.ts";
import { pipelineOf, Workbench } from "../../orchestration/support/workbench.ts";
import { TemporaryFolder } from "../../temporary-folder.ts";

const Facet = z.looseObject({ _producer: z.url(), _schemaURL: z.url() });
const Dataset = z.strictObject({
  namespace: z.string(),
  name: z.string(),
  facets: z.looseObject({ version: Facet.extend({ datasetVersion: z.string() }) }),
  inputFacets: z.looseObject({}).optional(),
  outputFacets: z.looseObject({}).optional(),
});
/** What the specification requires of an event. */
const Event = z.strictObject({
  eventType: z.enum(["START", "COMPLETE", "FAIL", "ABORT"]),
  eventTime: z.iso.datetime(),
  producer: z.url(),
  schemaURL: z.literal("https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent"),
  run: z.strictObject({
    runId: z.uuid(),
    facets: z.object({
      parent: Facet.extend({
        run: z.object({ runId: z.uuid() }),
        job: z.object({ name: z.string() }),
      }).optional(),
      nominalTime: Facet.optional(),
      errorMessage: Facet.extend({ message: z.string(), programmingLanguage: z.string() }).optional(),
    }),
  }),
  job: z.strictObject({ namespace: z.string(), name: z.string(), facets: z.object({ jobType: Facet }) }),
  inputs: z.array(Dataset),
  outputs: z.array(Dataset),
});
type Event = z.output<typeof Event>;

const target = {
  namespace: "here",
  producer: "https://example.org/ffe",
  url: "http://lineage.example/api/v1/lineage",
};

/** A sink whose endpoint keeps what it gets. */
function keeping(events: LineageEvent[]): LineageSink {
  const fetch: typeof globalThis.fetch = async (_, init) => {
    const body = init?.body;
    events.push(JSON.parse(typeof body === "string" ? body : "null"));
    return new Response("");
  };
  return new LineageSink(target, fetch, () => {});
}

function lines(events: readonly Event[]): readonly string[] {
  return events.map(({ eventType, job }) => `${eventType} ${job.name}`);
}

test("a run and each try of its tasks begin once and end once, with their parents, also when it runs again", async () => {
  let isWell = false;
  using bench = new Workbench((task) => ({ exitCode: task === "b" && !isWell ? 1 : 0 }));
  const got: LineageEvent[] = [];
  const sink = keeping(got);
  const attempts: number[] = [0, 1];
  const lineage = (): PipelineLineage =>
    new PipelineLineage(sink, bench.clock, () => ({ number: attempts.shift() ?? 9, isContinued: false }));
  const first = lineage();
  const run = await bench.run(pipelineOf([{ id: "a" }, { id: "b", retries: ["5m"], dependsOn: ["a"] }]), {
    onChange: (now) => first.show(now),
  });
  isWell = true;
  const runner = bench.runner();
  const again = bench.store.append(run.id, [
    rerunEvent(run, "unsuccessful", bench.clock.now()),
    { kind: "claimed", atMs: bench.clock.now(), runner },
  ]);
  const second = lineage();
  await bench.clock.during(runToEnd(again, runner, bench.options({ onChange: (now) => second.show(now) })));
  await sink.flush();
  const events = got.map((event) => Event.parse(event));
  assert.deepEqual(lines(events), [
    "START mine",
    "START mine.a",
    "COMPLETE mine.a",
    "START mine.b",
    "FAIL mine.b",
    "START mine.b",
    "FAIL mine.b",
    "FAIL mine",
    "START mine",
    "START mine.b",
    "COMPLETE mine.b",
    "COMPLETE mine",
  ]);
  const byRun = Map.groupBy(events, ({ run: { runId } }) => runId);
  assert.equal(byRun.size, 6);
  for (const told of byRun.values()) {
    assert.equal(told.length, 2);
    assert.equal(told[0]?.eventType, "START");
  }
  assert.equal(events[0]?.run.runId, run.id);
  assert.equal(events[1]?.run.facets.parent?.run.runId, run.id);
  assert.equal(events[9]?.run.facets.parent?.run.runId, events[8]?.run.runId);
  assert.equal(events[4]?.run.facets.errorMessage?.message, "exit code 1");
});

test("a run that goes on after a crash ends the try that crashed, and does not begin again", async () => {
  using bench = new Workbench();
  const got: LineageEvent[] = [];
  const sink = keeping(got);
  const begun = bench.begin(pipelineOf([{ id: "a", retries: ["5m"] }]), bench.runner());
  const atMs = bench.clock.now();
  const runner = bench.runner();
  const run = bench.store.append(begun.id, [
    { kind: "task_started", atMs, task: "a" },
    { kind: "crashed", atMs, retryAtMs: {} },
    { kind: "reopened", atMs, tasks: [{ id: "a", keepsTries: true }] },
    { kind: "claimed", atMs, runner },
  ]);
  const lineage = new PipelineLineage(sink, bench.clock, () => ({ number: 0, isContinued: true }));
  await bench.clock.during(runToEnd(run, runner, bench.options({ onChange: (now) => lineage.show(now) })));
  await sink.flush();
  assert.deepEqual(lines(got.map((event) => Event.parse(event))), [
    "FAIL mine.a",
    "START mine.a",
    "COMPLETE mine.a",
    "COMPLETE mine",
  ]);
});

test("an endpoint that fails is told of once, and after three failures it is left alone", async () => {
  const told: string[] = [];
  let asked = 0;
  const fetch: typeof globalThis.fetch = async () => {
    asked += 1;
    await delay(1);
    return new Response("", { status: 500 });
  };
  const sink = new LineageSink({ ...target, apiKey: "hush" }, fetch, (message) => told.push(message));
  for (let event = 0; event < 5; event += 1) sink.emit({ event });
  await sink.flush();
  assert.equal(asked, 3);
  assert.deepEqual(told, [
    "Lineage events do not arrive, which changes nothing else. lineage.example: it answered 500",
  ]);
});

test("the variables of OpenLineage's clients count before the configuration", () => {
  const config = { url: "http://configured:5000", namespace: "configured" };
  assert.equal(lineageTarget({}, {}, "1"), undefined);
  assert.equal(lineageTarget(config, { OPENLINEAGE_DISABLED: "true" }, "1"), undefined);
  assert.equal(lineageTarget(config, {}, "1")?.url, "http://configured:5000/api/v1/lineage");
  const environment = {
    OPENLINEAGE_URL: "https://marquez/",
    OPENLINEAGE_NAMESPACE: "desk",
    OPENLINEAGE_API_KEY: "key",
    OPENLINEAGE_ENDPOINT: "/lineage",
  };
  const { url, namespace, apiKey } = lineageTarget(config, environment, "1") ?? {};
  assert.deepEqual(
    { url, namespace, apiKey },
    {
      url: "https://marquez/lineage",
      namespace: "desk",
      apiKey: "key",
    },
  );
});

test("tables are named by the storage that they lie on", () => {
  assert.deepEqual(datasetName("s3://bucket/lake/bronze/a/"), {
    namespace: "s3://bucket",
    name: "lake/bronze/a",
  });
  assert.deepEqual(datasetName("file:///lake/a%20b"), { namespace: "file", name: "/lake/a b" });
  assert.deepEqual(datasetName("/lake/bronze/a"), { namespace: "file", name: "/lake/bronze/a" });
});

test("commands that commit tell of the tables that they wrote and checked, as parts of their task", async () => {
  using folder = new TemporaryFolder();
  writeFileSync(
    folder.at("ffe.yaml"),
    `lineage: { file: lineage/events.ndjson }
pipelines:
  mine:
    tasks:
      load: { run: "ffe backfill --provider demo --storage demo --assets BTCUSD --timeframes 1h --start 2026-01-01 --end 2026-01-03" }
      check: { run: "ffe validate bronze.raw_market_data_1h --storage demo", depends_on: [load], retries: [] }
`,
  );
  const outcome = await callFfe(["pipeline", "run", "mine", "--config", "ffe.yaml"], {
    cwd: folder.path,
    environment: { PATH: process.env["PATH"] ?? "" },
  });
  assert.equal(outcome.exitCode, 0, outcome.stderr);
  const events = readFileSync(folder.at("lineage/events.ndjson"), "utf8")
    .trim()
    .split("\n")
    .map((line) => Event.parse(JSON.parse(line)));
  assert.deepEqual(lines(events), [
    "START mine",
    "START mine.load",
    "START ffe.backfill",
    "COMPLETE ffe.backfill",
    "COMPLETE mine.load",
    "START mine.check",
    "START ffe.validate",
    "COMPLETE ffe.validate",
    "COMPLETE mine.check",
    "COMPLETE mine",
  ]);
  assert.equal(events[3]?.run.facets.parent?.run.runId, events[1]?.run.runId);
  const bars = events[3]?.outputs.find(({ name }) => name.endsWith("/bronze/raw_market_data_1h"));
  assert.equal(bars?.namespace, "file");
  const Schema = z.object({
    schema: z.object({ fields: z.array(z.object({ name: z.string(), type: z.string() })) }),
  });
  const { fields } = Schema.parse(bars.facets).schema;
  assert.equal(fields.find(({ name }) => name === "close")?.type, "decimal(18,8)");
  const Statistics = z.object({ outputStatistics: z.object({ rowCount: z.int(), size: z.int() }) });
  assert.equal(Statistics.parse(bars.outputFacets).outputStatistics.rowCount, 48);
  const checked = events[7]?.inputs.find(({ name }) => name.endsWith("/bronze/raw_market_data_1h"));
  const Assertions = z.object({
    dataQualityAssertions: z.object({
      assertions: z.array(z.object({ assertion: z.string(), success: z.boolean() })).min(1),
    }),
  });
  const { assertions } = Assertions.parse(checked?.inputFacets).dataQualityAssertions;
  assert.ok(assertions.every(({ success }) => success));
});
