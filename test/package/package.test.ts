import assert from "node:assert/strict";
import { readdirSync, writeFileSync } from "node:fs";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";
import * as z from "zod";

import { stories } from "../documentation/blocks.ts";
import { exampleProgram } from "../documentation/example-program.ts";
import { moduleModes, PackedProject } from "./packed-project.ts";
import { sampled } from "../sampled.ts";
import { unexportedTypes } from "./public-types.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const project = new PackedProject();

after(() => {
  project[Symbol.dispose]();
});

test("the package holds compiled code with declarations, and nothing else of the project", () => {
  const home = project.at("node_modules/finance-feedback-pipelines");
  assert.deepEqual(readdirSync(home).toSorted(), [
    "CHANGELOG.md",
    "LICENSE",
    "README.md",
    "bin",
    "dbt",
    "dist",
    "docs",
    "monitoring",
    "package.json",
    "packages",
  ]);
  const files = readdirSync(`${home}/dist/delta`);
  assert.ok(files.includes("index.js") && files.includes("index.d.ts"));
});

test("its command runs from the package", () => {
  const bin = project.at("node_modules/finance-feedback-pipelines/bin/ffe.js");
  assert.equal(project.run([bin, "--version"]).trim(), project.version);
  const result = z
    .object({ rows_ingested: z.number() })
    .parse(
      JSON.parse(
        project.run([
          bin,
          "backfill",
          "--provider",
          "demo",
          "--assets",
          "BTCUSD",
          "--days",
          "1",
          "--end",
          "2026-01-08",
          "--json",
        ]),
      ),
    );
  assert.equal(result.rows_ingested, 1440 + 288 + 96 + 24 + 6 + 1);
});

test("its command finds the models that come with the package", () => {
  const bin = project.at("node_modules/finance-feedback-pipelines/bin/ffe.js");
  const built = project.run([bin, "transform", "build", "--select", "fiat_currencies", "--quiet", "--json"]);
  const { counts } = z.object({ counts: z.record(z.string(), z.number()) }).parse(JSON.parse(built));
  assert.equal(counts["success"], 1);
});

/** Takes something of each entry point. */
const use = `import { DeltaLakeManager } from "finance-feedback-pipelines";
import { DeltaTable, field, structType } from "finance-feedback-pipelines/delta";
import { storeConformance } from "finance-feedback-pipelines/delta/testing";
import { rsi } from "finance-feedback-pipelines/indicators";
import { definePipeline, validateDataQuality } from "finance-feedback-pipelines/orchestration";
import type { PipelineDefinition } from "finance-feedback-pipelines/orchestration";
const mine: PipelineDefinition = definePipeline({ name: "mine", tasks: [validateDataQuality] });
import {
  ingestionDurationSeconds,
  ingestionRecordsTotal,
  metricsRegistry,
} from "finance-feedback-pipelines/monitoring";
ingestionRecordsTotal.labels({ assetPair: "BTCUSD", timeframe: "1h", provider: "alpha_vantage" }).inc(1000);
ingestionDurationSeconds.labels({ assetPair: "BTCUSD", timeframe: "1h" }).observe(15.5);
const exposition: string = await metricsRegistry.metrics();
const strength: Float64Array = rsi([1, 2, 3, 2], { period: 2 });
const table = await DeltaTable.create("prices", { schema: structType([field("close", "decimal(18,8)")]) });
await table.append({ rows: [{ close: "42500.5" }] });
const rows: readonly Readonly<Record<string, unknown>>[] = await (await table.scan()).rows();
await table.engine.close();
console.log(JSON.stringify(rows), typeof DeltaLakeManager, typeof storeConformance, strength.at(-1), mine.name);
console.log(exposition.includes('provider="alpha_vantage"} 1000'));
`;

test("the entry points can be imported", () => {
  writeFileSync(project.at("use.mts"), use);
  assert.equal(
    project.run(["use.mts"]).trim(),
    '[{"close":"42500.50000000"}] function function 50 mine\ntrue',
  );
});

test("what a program counted is in the lake when it has ended", () => {
  const bin = project.at("node_modules/finance-feedback-pipelines/bin/ffe.js");
  const query = "SELECT metric, value FROM pipeline_metrics WHERE command = 'program' ORDER BY ALL";
  assert.deepEqual(JSON.parse(project.run([bin, "sql", query, "--json"])), [
    { metric: "pipeline_ingestion_duration_seconds", value: 15.5 },
    { metric: "pipeline_ingestion_records_total", value: 1000 },
  ]);
});

test("the programs of the documents are right by the package's types", () => {
  const engine = "packages/delta/README.md";
  for (const document of [...stories, engine])
    project.writeProgram(document.replaceAll(/\W/g, "-"), exampleProgram(document));
  project.writeProgram("tests-of-the-engine", exampleProgram(engine, "ts test"));
  assert.equal(project.typeErrors(), "");
});

test("every type that a public signature names is exported with it", () => {
  const dist = project.at("node_modules/finance-feedback-pipelines/dist");
  assert.deepEqual(unexportedTypes(`${dist}/index.d.ts`), []);
  assert.deepEqual(unexportedTypes(`${dist}/delta/index.d.ts`), []);
  // The product's and the engine's own entry points export these.
  assert.deepEqual(unexportedTypes(`${dist}/configured-monitoring.d.ts`), [
    "LakehouseError, of MetricsError",
  ]);
  assert.deepEqual(unexportedTypes(`${dist}/indicators/index.d.ts`), [
    "LakehouseError, of IndicatorError",
    "OptionTable, of IndicatorDefinition",
  ]);
  assert.deepEqual(unexportedTypes(`${dist}/orchestration/index.d.ts`), [
    "LakehouseError, of OrchestrationError",
  ]);
  assert.deepEqual(unexportedTypes(`${dist}/delta/testing/index.d.ts`), [
    "FileSystem, of CrashingFileSystem",
    "ObjectStore, of storeConformance",
  ]);
});

test("require() takes both entry points", () => {
  writeFileSync(
    project.at("use.cjs"),
    `const { DeltaLakeManager, LakehouseError } = require("finance-feedback-pipelines");
const delta = require("finance-feedback-pipelines/delta");
console.log(typeof DeltaLakeManager, typeof delta.DeltaTable, delta.LakehouseError === LakehouseError);
`,
  );
  assert.equal(project.run(["use.cjs"]).trim(), "function function true");
});

for (const mode of sampled("modules of a project", moduleModes, 1))
  test(`the types are right for a project with module ${mode.module} and moduleResolution ${mode.moduleResolution}`, () => {
    writeFileSync(project.at("use.mts"), use);
    project.checkTypes(`${root}/node_modules/typescript`, mode, ["use.mts"]);
  });

test("there is no source map without its source", () => {
  const dist = project.at("node_modules/finance-feedback-pipelines/dist");
  const maps = readdirSync(dist, { recursive: true }).filter((name) => String(name).endsWith(".map"));
  assert.deepEqual(maps, []);
});

test("the version that the engine signs with is the package's", async () => {
  const { packageVersion } = await import("../../src/version.ts");
  assert.equal(packageVersion, project.version);
});
