import assert from "node:assert/strict";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { test } from "node:test";
import type { TestContext } from "node:test";

import { loadConfig, openLakehouse, pipelineEvents } from "../../src/index.ts";
import type { Lakehouse, NodeEvent, TestEvent, TransformResult } from "../../src/index.ts";
import { TemporaryFolder } from "../temporary-folder.ts";

interface Desk {
  readonly lake: Lakehouse;
  readonly folder: TemporaryFolder;
  readonly projectDir: string;
}

/** A lake, and a project of three models with a test. */
function deskOf(t: TestContext): Desk {
  const folder = new TemporaryFolder();
  const { config } = loadConfig(undefined, {});
  const lake = openLakehouse({
    ...config,
    delta_lake: { ...config.delta_lake, storage_path: folder.at("lake") },
    dead_letter_queue: { ...config.dead_letter_queue, path: folder.at("dlq") },
  });
  t.after(async () => {
    await lake.close();
    folder[Symbol.dispose]();
  });
  const files = {
    "dbt_project.yml":
      "name: desk\nversion: '1.0'\nprofile: desk\nvars: { wanted: 2 }\nmodels: { +materialized: table }\n",
    "models/numbers.sql":
      "select i as number from range({{ var('wanted') }}) as numbers(i){% do log('numbers are made', info=true) %}",
    "models/doubled.sql": "select number * 2 as number from {{ ref('numbers') }}",
    "models/apart.sql": "select 1 as one",
    "models/models.yml":
      "version: 2\nmodels:\n  - name: numbers\n    columns:\n      - name: number\n        data_tests: [{ accepted_values: { arguments: { values: [0, 1], quote: false } } }]\n",
  };
  for (const [name, text] of Object.entries(files)) write(folder.at(`project/${name}`), text);
  return { lake, folder, projectDir: folder.at("project") };
}

function write(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}

function statuses(results: readonly TransformResult[]): Readonly<Record<string, string>> {
  return Object.fromEntries(
    results.map(({ name, status }) => [name.replace(/^accepted.*/, "values"), status]),
  );
}

test("a build gives each node's result, and leaves dbt's artifacts in the project's target", async (t) => {
  const { lake, folder, projectDir } = deskOf(t);
  const told: string[] = [];
  const run = await lake.transform.build({
    projectDir,
    exclude: ["apart"],
    onPlan: (nodes) => told.push(`plan of ${nodes.length}`),
    onStart: ({ name }) => told.push(`${name} begins`),
    onResult: ({ name, kind, status }) => told.push(`${kind} ${name} ${status}`),
    onMessage: (message) => told.push(message),
    threads: 1,
  });
  assert.equal(run.isSuccess, true);
  assert.deepEqual(statuses(run.results), { numbers: "success", values: "pass", doubled: "success" });
  const numbers = run.results.find(({ name }) => name === "numbers");
  assert.equal(numbers?.uniqueId, "model.desk.numbers");
  assert.equal(numbers.kind, "model");
  assert.equal(numbers.rowsAffected, 2);
  assert.equal(numbers.tableVersion, 0);
  assert.match(numbers.compiledSql ?? "", /range\(2\)/);
  assert.ok(numbers.endedAt >= numbers.startedAt);
  // A template also renders while the project is read.
  assert.equal(told[0], "numbers are made");
  assert.deepEqual(told.filter((text) => text !== "numbers are made").slice(0, 3), [
    "plan of 3",
    "numbers begins",
    "model numbers success",
  ]);
  assert.deepEqual(await (await lake.query("SELECT sum(number) AS sum FROM silver.doubled")).rows(), [
    { sum: "2" },
  ]);
  for (const file of ["manifest.json", "run_results.json", "compiled/desk/models/numbers.sql"])
    assert.ok(existsSync(folder.at(`project/target/${file}`)), file);
});

test("a node that fails is a result: what stands behind it is skipped, and the rest is built", async (t) => {
  const { lake, projectDir } = deskOf(t);
  const run = await lake.transform.build({ projectDir, vars: { wanted: 3 } });
  assert.equal(run.isSuccess, false);
  assert.deepEqual(statuses(run.results), {
    numbers: "success",
    values: "fail",
    doubled: "skipped",
    apart: "success",
  });
  assert.equal(run.results.find(({ kind }) => kind === "test")?.failures, 1);
  const select = ["numbers", "result:fail", "result:skipped"];
  const again = await lake.transform.build({ projectDir, select });
  assert.deepEqual(statuses(again.results), { numbers: "success", values: "pass", doubled: "success" });
});

test("a run that is stopped begins nothing new", async (t) => {
  const { lake, projectDir } = deskOf(t);
  const stop = new AbortController();
  const run = await lake.transform.run({
    projectDir,
    threads: 1,
    signal: stop.signal,
    onStart: () => stop.abort(),
  });
  assert.equal(run.isSuccess, false);
  assert.deepEqual(run.results.map(({ status }) => status).toSorted(), ["skipped", "skipped", "success"]);
});

test("what is compiled or rehearsed changes nothing", async (t) => {
  const { lake, projectDir } = deskOf(t);
  const compiled = await lake.transform.compile({ projectDir, select: ["doubled"] });
  assert.match(
    compiled.results[0]?.compiledSql ?? "",
    /number \* 2 as number from "lake"\."silver"\."numbers"/,
  );
  const rehearsed = await lake.transform.run({ projectDir, dryRun: true, select: ["numbers"] });
  assert.equal(rehearsed.results[0]?.message, "would build silver.numbers");
  assert.deepEqual(await lake.listTables(), []);
});

test("events tell of each node when it begins and has ended, and of each test", async (t) => {
  const { lake, projectDir } = deskOf(t);
  const begun: string[] = [];
  const ended: NodeEvent[] = [];
  const tests: TestEvent[] = [];
  const stops = [
    pipelineEvents.transformStart.subscribe(({ uniqueId }) => void begun.push(uniqueId)),
    pipelineEvents.transformNode.subscribe((event) => void ended.push(event)),
    pipelineEvents.transformTest.subscribe((event) => void tests.push(event)),
  ];
  t.after(() => stops.forEach((stop) => stop()));
  const { invocationId, results } = await lake.transform.build({
    projectDir,
    vars: { wanted: 3 },
    threads: 1,
  });
  assert.deepEqual(
    begun,
    results.filter(({ status }) => status !== "skipped").map(({ uniqueId }) => uniqueId),
  );
  assert.deepEqual(
    ended.map(({ uniqueId, status }) => [uniqueId, status]),
    results.map(({ uniqueId, status }) => [uniqueId, status]),
  );
  const numbers = ended.find(({ uniqueId }) => uniqueId === "model.desk.numbers");
  assert.deepEqual(
    { ...numbers, durationSeconds: 0 },
    {
      invocationId,
      command: "build",
      uniqueId: "model.desk.numbers",
      kind: "model",
      status: "success",
      message: numbers?.message,
      rows: 3,
      tableVersion: 0,
      durationSeconds: 0,
    },
  );
  assert.deepEqual(
    tests.map(({ testedNodes, status, failures }) => ({ testedNodes, status, failures })),
    [{ testedNodes: ["model.desk.numbers"], status: "fail", failures: 1 }],
  );
});

test("an error of a node is in its event", async (t) => {
  const { lake, projectDir, folder } = deskOf(t);
  write(folder.at("project/models/apart.sql"), "select nothing from nowhere");
  const ended: NodeEvent[] = [];
  t.after(pipelineEvents.transformNode.subscribe((event) => void ended.push(event)));
  const { results } = await lake.transform.run({ projectDir, select: ["apart"] });
  assert.equal(results[0]?.status, "error");
  assert.equal(ended[0]?.error, results[0].error);
  assert.ok(ended[0]?.error instanceof Error);
});

test("without a folder the models that come with ffe are meant, and no file is left", async (t) => {
  const { lake, folder } = deskOf(t);
  const nodes = await lake.transform.list({ select: ["market_data_enriched"] });
  assert.deepEqual(
    nodes.filter(({ kind }) => kind === "model").map(({ uniqueId }) => uniqueId),
    ["model.ffe.market_data_enriched"],
  );
  const run = await lake.transform.seed({ select: ["instruments"] });
  assert.equal(run.isSuccess, true);
  assert.ok(!existsSync(folder.at("transform")));
});

test("what cannot be meant is refused by name", async (t) => {
  const { lake, projectDir, folder } = deskOf(t);
  await assert.rejects(lake.transform.run({ projectDir, select: ["nobers"] }), { code: "NOTHING_SELECTED" });
  await assert.rejects(lake.transform.run({ projectDir, selector: "mine" }), {
    code: "INVALID_SELECTION",
    message: /selectors\.yml, which would define the selector mine/,
  });
  await assert.rejects(lake.transform.run({ projectDir: folder.at("none") }), { code: "PROJECT_NOT_FOUND" });
});
