import assert from "node:assert/strict";
import { test } from "node:test";

import { evaluateParameter } from "../../src/data-quality/parameter-expression.ts";

const now = new Date("2026-03-01T12:00:00Z");
const parameters = { rows: 100, share: "0.25", list: [1, 2], day: "2026-01-31", text: "abc", nothing: "" };
const evaluate = (expression: string): unknown => evaluateParameter(expression, parameters, now);

for (const [expression, value] of [
  ["rows", 100],
  ["list", [1, 2]],
  ["text", "abc"],
  ["rows * 0.9", 90],
  ["rows*share+1", 26],
  ["-rows", -100],
  ["1 - 2 - 3", -4],
  ["2 + 3 * 4", 14],
  ["(2 + 3) * 4", 20],
  ["2 ^ 3 ^ 2", 512],
  ["-2 ^ 2", 4],
  ["3 - -2", 5],
  ["12 / 4 / 3", 1],
  ["1.5e2 + .5", 150.5],
  ["trunc(rows / 3)", 33],
  ["trunc(-2.7 + 0)", -2],
  ["round(2.5 + 0)", 2],
  ["round(3.5 + 0)", 4],
  ["round(2.345, 1)", 2.3],
  ["abs(1 - rows)", 99],
  ["sgn(0 - rows)", -1],
  ["exp(0) + cos(0) + sin(0) + tan(0)", 2],
  ["PI * 1", Math.PI],
  ["e * 1", Math.E],
  ["now()", "2026-03-01T12:00:00.000Z"],
  ["now() - timedelta(weeks=1, days=2)", "2026-02-20T12:00:00.000Z"],
  ["day + timedelta(1) * 2", "2026-02-02T00:00:00.000Z"],
  ["datetime(2020, 2, 29, 6) + timedelta(hours=18)", "2020-03-01T00:00:00.000Z"],
  ["datetime(year=2020, month=1, day=1) + timedelta(0)", "2020-01-01T00:00:00.000Z"],
] as const) {
  test(`${expression} is ${JSON.stringify(value)}`, () => {
    assert.deepEqual(evaluate(expression), value);
  });
}

for (const expression of [
  "unheard_of",
  "unheard_of + 1",
  "5",
  "",
  "1 +",
  "(1",
  "1)",
  "rows rows",
  "text + 1",
  "nothing + 1",
  "rows / 0",
  "now() * 2",
  "now() + now()",
  "timedelta(days=1)",
  "launch(1)",
  "abs()",
  "rows; 1",
  "rows.length + 1",
  "constructor",
  "__proto__ + 1",
]) {
  test(`${JSON.stringify(expression)} has no value, and the error says why`, () => {
    assert.throws(() => evaluate(expression), { code: "INVALID_SUITE" });
  });
}
