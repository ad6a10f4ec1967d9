// The events of pipelines and commands are what OpenLineage's own classes take, strictly: each facet by the class of the schema
// that it names, no field that there is not, none of another type. No package of a registry has the schema itself.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { promisify } from "node:util";
import * as z from "zod";

import { TemporaryFolder } from "../test/temporary-folder.ts";
import { OpenLineage } from "./open-lineage.ts";
import { PeerError } from "./peer-error.ts";

const folder = new TemporaryFolder();
const openLineage = new OpenLineage();
const Event = z.looseObject({
  eventType: z.string(),
  run: z.looseObject({ runId: z.string() }),
  job: z.looseObject({ name: z.string() }),
});
let events: readonly z.infer<typeof Event>[] = [];

const config = {
  providers: { default: "demo" },
  lineage: { file: folder.at("lineage.ndjson") },
  pipelines: {
    small: {
      tasks: {
        ingest: {
          run: "ffe backfill --assets BTCUSD --timeframes 1h,1d --end 2026-01-08 --days 3",
          retries: [],
        },
        validate: { run: "ffe validate --all", depends_on: ["ingest"], retries: [] },
        optimize: { run: "ffe table optimize raw_market_data_1h", depends_on: ["validate"], retries: [] },
        broken: { run: ["sh", "-c", "echo it broke; exit 1"], depends_on: ["ingest"], retries: [] },
      },
    },
  },
};

before(async () => {
  // JSON is YAML too.
  writeFileSync(folder.at("ffe.yaml"), JSON.stringify(config));
  await ffe("pipeline", "run", "small");
  await ffe("transform", "build", "--select", "market_data_enriched");
  const lines = readFileSync(config.lineage.file, "utf8").trim().split("\n");
  events = lines.map((line) => Event.parse(JSON.parse(line)));
});

after(async () => {
  await openLineage.close();
  folder[Symbol.dispose]();
});

test("OpenLineage's classes take every event of a pipeline and of a build", async () => {
  const facets = new Set<string>();
  for (const event of events)
    for (const name of Object.keys(await openLineage.check(event))) facets.add(name);
  assert.deepEqual(
    [...facets].toSorted(),
    [
      "DataQualityAssertionsDatasetFacet",
      "DatasetVersionDatasetFacet",
      "ErrorMessageRunFacet",
      "JobTypeJobFacet",
      "OutputStatisticsOutputDatasetFacet",
      "ParentRunFacet",
      "SchemaDatasetFacet",
    ],
    "which facets there are",
  );
  const ends = Map.groupBy(events, ({ run }) => run.runId);
  for (const [run, [start, ...others]] of ends) {
    assert.equal(start?.eventType, "START", run);
    assert.equal(others.filter(({ eventType }) => /^(COMPLETE|FAIL|ABORT)$/.test(eventType)).length, 1, run);
  }
  assert.ok(events.some(({ eventType }) => eventType === "FAIL"));
});

test("they do not take what the specification has not", async () => {
  const [event] = events;
  assert.ok(event !== undefined);
  for (const wrong of [
    { ...event, eventType: "BEGIN" },
    { ...event, eventTime: "yesterday" },
    { ...event, run: { ...event.run, runId: "1" } },
    { ...event, job: { name: 1, namespace: "here" } },
    { ...event, extra: true },
    {
      ...event,
      job: { ...event.job, facets: { jobType: { _producer: "https://here.org", _schemaURL: "x" } } },
    },
  ])
    await assert.rejects(
      openLineage.check(wrong),
      (error) => error instanceof PeerError && /^(Type|Value|Parser)Error$/.test(error.peerErrorType ?? ""),
      JSON.stringify(wrong),
    );
});

async function ffe(...args: readonly string[]): Promise<void> {
  const script = join(import.meta.dirname, "..", "bin", "ffe.js");
  const options = ["--config", folder.at("ffe.yaml"), "--quiet"];
  await promisify(execFile)(process.execPath, [script, ...args, ...options], { cwd: folder.path }).catch(
    (error: unknown) => {
      // 1: the task that is broken.
      if (!(error instanceof Error) || !("code" in error) || error.code !== 1) throw error;
    },
  );
}
