import assert from "node:assert/strict";
import { test } from "node:test";

import { readProjectFile } from "../../../src/transform/project/project-file.ts";
import type { ProjectFile } from "../../../src/transform/project/project-file.ts";

const read = (text: string): ProjectFile => readProjectFile(text, "shop", (value) => value);

test("a project file with only a name has dbt's defaults", () => {
  const file = read("name: shop");
  assert.deepEqual(file.modelPaths, ["models"]);
  assert.deepEqual(file.seedPaths, ["seeds"]);
  assert.deepEqual(file.docsPaths, ["models", "seeds", "snapshots", "analyses", "macros", "tests"]);
  assert.equal(file.targetPath, "target");
  assert.equal(file.profile, null);
});

test("paths, trees, hooks, dispatch and variables are read as dbt reads them", () => {
  const file = read(`
name: shop
version: 1.0
model-paths: [./models/, "more"]
models:
  shop:
    +materialized: table
    +post-hook: "grant select on {{ this }} to reader"
tests:
  +severity: warn
on-run-start: "create schema x"
dispatch: [{macro_namespace: dbt_utils, search_order: [shop, dbt_utils]}]
vars: {since: 2024-01-01, loud: yes, share: 0.5, days: 7}
query-comment: {comment: from the lake}
`);
  assert.equal(file.version, "1.0");
  assert.deepEqual(file.modelPaths, ["models", "more"]);
  assert.deepEqual(file.onRunStart, ["create schema x"]);
  assert.deepEqual(file.dispatch, [{ macroNamespace: "dbt_utils", searchOrder: ["shop", "dbt_utils"] }]);
  assert.deepEqual(file.trees.data_tests, new Map([["+severity", "warn"]]));
  assert.deepEqual(
    file.vars,
    new Map<string, unknown>([
      ["since", "2024-01-01"],
      ["loud", true],
      ["share", 0.5],
      ["days", 7n],
    ]),
  );
  assert.equal(file.queryComment, "from the lake");
});

test("variables, hooks and statements are not rendered when the file is read", () => {
  const text = `
name: shop
vars: {since: "{{ since }}"}
on-run-end: "{{ end }}"
models: {+pre-hook: "{{ before }}", +schema: "{{ layer }}"}
`;
  const file = readProjectFile(text, "shop", (value) => (value.includes("{") ? `<${value}>` : value));
  assert.equal(file.vars.get("since"), "{{ since }}");
  assert.deepEqual(file.onRunEnd, ["{{ end }}"]);
  assert.equal(file.trees.models.get("+pre-hook"), "{{ before }}");
  assert.equal(file.trees.models.get("+schema"), "<{{ layer }}>");
});

test("a key that dbt does not know is a warning with the key that was meant", () => {
  assert.deepEqual(read("name: shop\nmodels-path: [m]").warnings, [
    "shop/dbt_project.yml:2: the key models-path is unknown and ignored; did you mean model-paths?",
  ]);
});

test("what is wrong is named with its line", () => {
  const wrong: readonly (readonly [string, RegExp])[] = [
    ["version: 1", /dbt_project\.yml:1: The file names no project/],
    ["name: my-shop", /:1: name must be letters, digits and underscores, and is my-shop/],
    ["name: ref", /name cannot be ref, which templates use/],
    ["name: shop\n\nmodel-paths: models", /:3: model-paths must be a list of folders/],
    ["name: shop\nmodels: [a]", /:2: models must hold names with values/],
    ["name: shop\nconfig-version: 1", /:2: config-version must be 2, and is 1/],
    ["name: shop\ntests: {a: 1}\ndata_tests: {b: 1}", /:2: tests is the former name of data_tests/],
    ["name: shop\nmodels: {a: [", /:2: This is not valid YAML/],
    ["- a", /:1: The file must hold keys with values/],
  ];
  for (const [text, message] of wrong) assert.throws(() => read(text), { name: "ProjectError", message });
});
