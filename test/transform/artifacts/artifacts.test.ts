import assert from "node:assert/strict";
import { test } from "node:test";

import { catalogJson } from "../../../src/transform/artifacts/catalog.ts";
import { manifestJson } from "../../../src/transform/artifacts/manifest.ts";
import { readRunResults, runResultsJson } from "../../../src/transform/artifacts/run-results.ts";
import { load } from "../project/support/written-project.ts";

const startedAt = new Date("2026-03-01T10:00:00Z");
const invocation = { id: "an-id", startedAt, generatedAt: new Date("2026-03-01T10:00:02Z") };

test("a manifest has dbt's members for each kind of resource", (context) => {
  const project = load(context, {
    "models/a.sql": "select * from {{ source('raw', 't') }}",
    "models/off.sql": "{{ config(enabled=false) }} select 1",
    "models/schema.yml": `
sources: [{name: raw, tables: [{name: t}]}]
models: [{name: a, group: desk, columns: [{name: id, data_type: int, data_tests: [unique]}]}]
groups: [{name: desk, owner: {name: d}}]
exposures: [{name: board, type: dashboard, owner: {name: d}, depends_on: ["ref('a')"]}]
`,
    "macros/m.sql": "{% macro m() %}1{% endmacro %}",
    "seeds/s.csv": "a\n1\n",
  });
  const compiled = new Map([["model.shop.a", { code: "select 2", path: "target/a.sql", extraCtes: [] }]]);
  // As a tool gets it.
  const manifest: unknown = JSON.parse(JSON.stringify(manifestJson(project, invocation, compiled)));
  const of = (...path: readonly string[]): unknown =>
    path.reduce<unknown>(
      (value, name) =>
        typeof value === "object" && value !== null ? new Map(Object.entries(value)).get(name) : undefined,
      manifest,
    );
  assert.equal(of("metadata", "dbt_schema_version"), "https://schemas.getdbt.com/dbt/manifest/v12.json");
  const tests = project.graph.childrenOf("model.shop.a").filter((id) => id.startsWith("test."));
  assert.deepEqual(of("child_map", "model.shop.a"), ["exposure.shop.board", ...tests]);
  assert.deepEqual(of("parent_map", "model.shop.a"), ["source.shop.raw.t"]);
  assert.deepEqual(of("group_map", "desk"), ["model.shop.a", ...tests]);
  assert.equal(tests.length, 1);
  assert.equal(of("nodes", "model.shop.a", "compiled_code"), "select 2");
  assert.equal(of("nodes", "model.shop.a", "columns", "id", "data_type"), "int");
  assert.equal(of("nodes", "model.shop.a", "config", "lookback"), 1);
  assert.deepEqual(of("nodes", "seed.shop.s", "depends_on"), { macros: [] });
  assert.deepEqual(of("exposures", "exposure.shop.board", "refs"), [
    { name: "a", package: null, version: null },
  ]);
  assert.equal(of("macros", "macro.shop.m", "macro_sql"), "{% macro m() %}1{% endmacro %}");
  assert.equal(of("disabled", "model.shop.off", "0", "name"), "off");
  assert.equal(of("sources", "source.shop.raw.t", "relation_name"), '"lake"."raw"."t"');
});

test("results of a run are read back for a retry", () => {
  const result = {
    message: null,
    failures: null,
    compileStart: startedAt,
    executeStart: new Date("2026-03-01T10:00:01Z"),
    end: invocation.generatedAt,
    thread: "main",
    compiledCode: "select 1",
    relationName: null,
    response: { rows_affected: 3 },
  };
  const json = runResultsJson(
    [
      { ...result, uniqueId: "model.shop.a", status: "success" },
      { ...result, uniqueId: "model.shop.b", status: "error" },
      { ...result, uniqueId: "model.shop.c", status: "skipped" },
      { ...result, uniqueId: "test.shop.t", status: "fail", failures: 2 },
      { ...result, uniqueId: "test.shop.w", status: "warn", failures: 1 },
    ],
    { which: "build", select: ["+c"] },
    invocation,
  );
  const read = readRunResults(JSON.stringify(json), "run_results.json");
  assert.deepEqual(read.toRetry, ["model.shop.b", "model.shop.c", "test.shop.t"]);
  assert.deepEqual(read.args, { which: "build", select: ["+c"] });
  assert.equal(read.statuses.get("test.shop.w"), "warn");
});

test("a file that holds no results of a run is an error that names it", () => {
  for (const text of ["{", "[]", '{"results": [{"status": 1}], "args": {}}'])
    assert.throws(() => readRunResults(text, "target/run_results.json"), {
      code: "INVALID_ARTIFACT",
      message: /^target\/run_results\.json: /,
    });
});

test("a catalog lists relations with their columns in order", () => {
  const table = {
    uniqueId: "model.shop.a",
    type: "table",
    database: "lake",
    schema: "gold",
    name: "a",
    comment: null,
    columns: [
      { name: "id", type: "BIGINT", comment: null },
      { name: "at", type: "TIMESTAMP", comment: "when" },
    ],
    statistics: [{ id: "num_rows", label: "Rows", value: 3, description: "Number of rows" }],
  } as const;
  const catalog: unknown = JSON.parse(
    JSON.stringify(catalogJson({ nodes: [table], sources: [], errors: [] }, invocation)),
  );
  assert.deepEqual(catalog, {
    metadata: {
      dbt_schema_version: "https://schemas.getdbt.com/dbt/catalog/v1.json",
      dbt_version: "1.11.16",
      generated_at: "2026-03-01T10:00:02.000Z",
      invocation_id: "an-id",
      invocation_started_at: "2026-03-01T10:00:00.000Z",
      env: {},
    },
    nodes: {
      "model.shop.a": {
        metadata: {
          type: "BASE TABLE",
          schema: "gold",
          name: "a",
          database: "lake",
          comment: null,
          owner: null,
        },
        columns: {
          id: { type: "BIGINT", index: 1, name: "id", comment: null },
          at: { type: "TIMESTAMP", index: 2, name: "at", comment: "when" },
        },
        stats: {
          has_stats: {
            id: "has_stats",
            label: "Has Stats?",
            value: true,
            include: false,
            description: "Indicates whether there are statistics for this table",
          },
          num_rows: { id: "num_rows", label: "Rows", value: 3, include: true, description: "Number of rows" },
        },
        unique_id: "model.shop.a",
      },
    },
    sources: {},
    errors: null,
  });
});
