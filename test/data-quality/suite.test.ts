import assert from "node:assert/strict";
import { test } from "node:test";

import { QualityError } from "../../src/data-quality/quality-error.ts";
import { conditionSql } from "../../src/data-quality/row-condition.ts";
import { parseSuite, readSuite, writeSuite } from "../../src/data-quality/suite.ts";

const suite = {
  name: "bars",
  expectations: [
    { type: "expect_column_to_exist", kwargs: { column: "close" }, severity: "critical" },
    {
      type: "expect_column_values_to_be_between",
      kwargs: { column: "close", min_value: 0 },
      severity: "warning",
      meta: { notes: "cheap" },
      id: "one",
    },
  ],
};

test("a suite reads the same from JSON, from YAML and from what was written", () => {
  const json = parseSuite(JSON.stringify(suite), "bars.json");
  const yaml = parseSuite(
    `name: bars
expectations:
  - type: expect_column_to_exist
    kwargs: {column: close}
  - type: expect_column_values_to_be_between
    kwargs:
      column: close
      min_value: 0
    severity: warning
    meta: {notes: cheap}
    id: one
`,
    "bars.yaml",
  );
  assert.deepEqual(json, suite);
  assert.deepEqual(yaml, suite);
  assert.deepEqual(
    readSuite(JSON.parse(writeSuite(json)), "written").expectations.map(({ type }) => type),
    ["expect_column_to_exist", "expect_column_values_to_be_between"],
  );
});

test("suites of versions before 1.0 are read as well", () => {
  const older = {
    expectation_suite_name: "older",
    data_asset_type: null,
    expectations: [{ expectation_type: "expect_column_to_exist", kwargs: { column: "a" }, meta: {} }],
    meta: { great_expectations_version: "0.15" },
  };
  const read = readSuite(older, "older.json");
  assert.deepEqual([read.name, read.expectations[0]?.type], ["older", "expect_column_to_exist"]);
});

for (const [text, message] of [
  ["{", /bars is neither JSON nor YAML/],
  ["[]", /not a suite of expectations/],
  ['{"expectations": []}', /needs a name/],
  ['{"name": "x"}', /expectations/],
  ['{"name": "x", "expectations": [{"kwargs": {}}]}', /expectations\.0: an expectation needs a type/],
  ['{"name": "x", "expectations": [{"type": "a", "severity": "fatal"}]}', /expectations\.0\.severity/],
  ["name: [x", /neither JSON nor YAML/],
] as const) {
  test(`${text} is no suite, and the error says why`, () => {
    assert.throws(
      () => parseSuite(text, "bars"),
      (error) =>
        error instanceof QualityError && error.code === "INVALID_SUITE" && message.test(error.message),
    );
  });
}

for (const condition of [
  "",
  "a",
  "a ==",
  "a == 1 b",
  "a == 1; DROP TABLE b",
  "(a == 1",
  "a in 1",
  "a in [1",
  "a in [1 2]",
  "f(a) == 1",
  { type: "comparison", column: "a", operator: "==", parameter: 1 },
  { type: "comparison", column: { name: "a" }, operator: "; DROP TABLE b", parameter: 1 },
  { type: "and", conditions: [] },
  { type: "magic" },
  7,
  "1 == 1)--",
]) {
  test(`the row condition ${JSON.stringify(condition)} is refused`, () => {
    assert.throws(() => conditionSql(condition), { code: "INVALID_CONDITION" });
  });
}
