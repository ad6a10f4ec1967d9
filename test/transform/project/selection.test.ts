import assert from "node:assert/strict";
import { test } from "node:test";
import type { TestContext } from "node:test";

import type { Project } from "../../../src/transform/project/project.ts";
import { selectResources } from "../../../src/transform/project/selection/select-resources.ts";
import type { SelectionRequest } from "../../../src/transform/project/selection/select-resources.ts";
import { readSelectors } from "../../../src/transform/project/selection/yaml-selectors.ts";
import { load } from "./support/written-project.ts";

/** raw -> a -> b -> c, and d beside it; relationships from c to a. */
function chain(context: TestContext): Project {
  return load(context, {
    "dbt_project.yml": "name: shop\nmodels: {shop: {marts: {+tags: mart, +materialized: table}}}",
    "models/staging/a.sql": "{{ config(tags=['daily', 'hourly']) }} select * from {{ source('raw', 't') }}",
    "models/staging/b.sql": "{{ config(meta={'owner': 'desk'}) }} select * from {{ ref('a') }}",
    "models/marts/c.sql": "select * from {{ ref('b') }}",
    "models/marts/d.sql": "{{ config(tags=['daily']) }} select 1",
    "models/marts/empty.sql": "",
    "tests/whole.sql": "select * from {{ ref('d') }}",
    "models/marts/schema.yml": `
sources: [{name: raw, tables: [{name: t}]}]
models:
  - name: c
    columns:
      - name: id
        data_tests: [{unique: {config: {severity: warn}}}, {relationships: {to: ref('a'), field: id}}]
exposures: [{name: board, type: dashboard, owner: {name: desk}, depends_on: ["ref('c')"]}]
`,
  });
}

const names = (project: Project, request: SelectionRequest): readonly string[] =>
  selectResources(project, request).map(({ name }) => name.split("_")[0] ?? "");

test("names, methods and graph operators select what dbt selects", (context) => {
  // The expected names are those that dbt-core 1.11 lists.
  const project = chain(context);
  const expected: readonly (readonly [string, readonly string[]])[] = [
    ["d", ["d", "whole"]],
    ["a", ["a", "relationships"]],
    ["shop.staging", ["a", "b", "relationships"]],
    ["staging", ["a", "b", "relationships"]],
    ["shop.*.c", ["c", "relationships", "unique"]],
    ["[ab]", ["a", "b", "relationships"]],
    ["tag:daily", ["a", "d", "relationships", "whole"]],
    ["tag:daily,tag:mart", ["d", "relationships", "whole"]],
    ["tag:hourly d", ["a", "d", "relationships", "whole"]],
    ["path:models/staging", ["a", "b", "relationships"]],
    ["models/marts/d.sql", ["d", "whole"]],
    ["path:models/*/d.sql", ["d", "whole"]],
    ["d.sql", ["d", "whole"]],
    ["file:[cd]", ["c", "d", "relationships", "unique", "whole"]],
    ["package:this,d", ["d", "whole"]],
    ["config.materialized:table", ["c", "d", "relationships", "unique", "whole"]],
    ["config.meta.owner:desk", ["b"]],
    ["config.severity:WARN", ["unique"]],
    ["source:raw", ["t"]],
    ["source:shop.raw.t+1", ["a", "t", "relationships"]],
    ["exposure:board", ["board"]],
    ["+exposure:board", ["a", "b", "board", "c", "relationships", "t", "unique"]],
    ["resource_type:exposure", ["board"]],
    ["test_type:singular", ["whole"]],
    ["test_name:unique", ["unique"]],
    ["b+1", ["b", "c", "relationships", "unique"]],
    ["1+b", ["a", "b", "relationships"]],
    ["+c", ["a", "b", "c", "relationships", "t", "unique"]],
    ["@b", ["a", "b", "board", "c", "relationships", "t", "unique"]],
  ];
  for (const [select, ids] of expected)
    assert.deepEqual(new Set(names(project, { select: [select] })), new Set(ids), select);
});

test("without a selection everything is selected, in build order, without models that are empty", (context) => {
  assert.deepEqual(names(chain(context), {}), [
    "d",
    "t",
    "a",
    "whole",
    "b",
    "c",
    "board",
    "relationships",
    "unique",
  ]);
});

test("what is excluded goes with its tests", (context) => {
  const project = chain(context);
  assert.deepEqual(names(project, { exclude: ["a", "d"], resourceTypes: ["model", "test"] }), [
    "b",
    "c",
    "unique",
  ]);
  assert.deepEqual(names(project, { select: ["+c"], exclude: ["source:*", "test_type:generic"] }), [
    "a",
    "b",
    "c",
  ]);
});

test("tests with several parents come along as the indirect selection says", (context) => {
  const project = chain(context);
  assert.deepEqual(names(project, { select: ["a"], indirect: "cautious" }), ["a"]);
  assert.deepEqual(names(project, { select: ["a", "c"], indirect: "cautious" }), [
    "a",
    "c",
    "relationships",
    "unique",
  ]);
  assert.deepEqual(names(project, { select: ["c"], indirect: "buildable" }), [
    "c",
    "relationships",
    "unique",
  ]);
  assert.deepEqual(names(project, { select: ["c"], indirect: "empty" }), ["c"]);
});

test("results of a former run select what failed, and what comes after", (context) => {
  const previousStatuses = new Map([["model.shop.b", "error"]]);
  assert.deepEqual(
    names(chain(context), { select: ["result:error+"], exclude: ["resource_type:test"], previousStatuses }),
    ["b", "c", "board"],
  );
});

test("a selection that matches nothing is a warning with the name that was meant", (context) => {
  const warnings: string[] = [];
  const project = load(context, { "models/orders.sql": "select 1" });
  selectResources(project, { select: ["ordres"], warn: (message) => warnings.push(message) });
  assert.deepEqual(warnings, ["The selection ordres matches no enabled resource; did you mean orders?"]);
});

test("a selection that cannot be meant is an error", (context) => {
  const project = chain(context);
  const wrong: readonly (readonly [string, RegExp])[] = [
    ["tags:daily", /unknown method tags/],
    ["state:modified", /asks for a comparison of two manifests/],
    ["@a+", /has @ before and \+ behind/],
    ["tag:", /names nothing/],
    ["resource_type:modell", /is unknown/],
    ["result:error", /needs an earlier run/],
    ["source:a.b.c.d", /is unknown/],
  ];
  for (const [select, message] of wrong)
    assert.throws(() => selectResources(project, { select: [select] }), { name: "ProjectError", message });
});

test("selectors.yml names selections", (context) => {
  const project = chain(context);
  const selectors = readSelectors(
    `
selectors:
  - name: daily
    default: true
    definition: {union: [{method: tag, value: daily}, "b", {exclude: [d]}]}
  - name: wide
    definition: {method: fqn, value: b, parents: true, parents_depth: 1, indirect_selection: empty}
  - name: both
    definition: {intersection: [{method: selector, value: daily}, {tag: hourly}]}
`,
    "selectors.yml",
    "eager",
  );
  assert.equal(selectors.defaultName, "daily");
  assert.deepEqual(names(project, { spec: selectors.named("daily") }), ["a", "b", "relationships"]);
  assert.deepEqual(names(project, { spec: selectors.named("wide") }), ["a", "b"]);
  assert.deepEqual(names(project, { spec: selectors.named("both") }), ["a", "relationships"]);
  assert.throws(() => selectors.named("dayly"), { message: /no selector dayly; did you mean daily\?/ });
  assert.throws(
    () => readSelectors("selectors:\n  - {name: x, definition: {method: tag}}", "s.yml", "eager"),
    {
      message: /s\.yml:2: A definition needs a method and a value/,
    },
  );
});
