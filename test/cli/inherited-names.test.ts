import assert from "node:assert/strict";
import { test } from "node:test";
import { field, RecordBatch, structType } from "finance-feedback-delta";

import { jsonRows } from "../../src/cli/output/json-value.ts";
import { renderTable } from "../../src/cli/output/terminal-table.ts";
import { parseSuite } from "../../src/data-quality/suite.ts";
import { withParameters } from "../../src/data-quality/suite-parameters.ts";

const names = ["__proto__", "constructor", "toString"];

test("rows as JSON and as a table have columns named as members of every object", () => {
  const schema = structType(names.map((name) => field(name, "string")));
  const batch = new RecordBatch(
    schema,
    1,
    names.map((name) => ({ values: [`value of ${name}`] })),
  );
  const expected = JSON.stringify(Object.fromEntries(names.map((name) => [name, `value of ${name}`])));
  assert.equal(JSON.stringify(jsonRows(batch)), `[${expected}]`);
  const [header, , row] = renderTable(names, batch.toRows()).split("\n");
  assert.deepEqual(header?.split(/ {2,}/), names);
  assert.deepEqual(
    row?.split(/ {2,}/),
    names.map((name) => `value of ${name}`),
  );
  assert.equal(renderTable(["constructor"], [{}]).includes("function"), false);
});

test("suites and their parameters keep such names", () => {
  const suite = parseSuite(
    '{"name": "s", "expectations": [{"type": "t", "kwargs": {"__proto__": {"$PARAMETER": "__proto__"}, "a": 1}}]}',
    "suite.json",
  );
  const [config] = suite.expectations;
  assert.ok(config !== undefined);
  const filled = withParameters(config, Object.fromEntries([["__proto__", 7]]), new Date(0));
  assert.deepEqual(Object.entries(filled.kwargs), [
    ["__proto__", 7],
    ["a", 1],
  ]);
  assert.throws(() => withParameters(config, {}, new Date(0)), /no value for the parameter __proto__/);
});
