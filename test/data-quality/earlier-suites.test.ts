import assert from "node:assert/strict";
import { after, test } from "node:test";
import { field, structType } from "finance-feedback-delta";
import type { Row } from "finance-feedback-delta";

import { DataQualityFramework } from "../../src/data-quality/data-quality-framework.ts";
import type { ValidationResult } from "../../src/data-quality/result.ts";
import { parseSuite, writeSuite } from "../../src/data-quality/suite.ts";
import type { Kwargs } from "../../src/data-quality/suite.ts";
import { DeltaLakeManager } from "../../src/storage/delta-lake-manager.ts";
import { sharedEngine } from "../batch/workshop.ts";

after(() => sharedEngine.close());

const quality = new DataQualityFramework(new DeltaLakeManager({ storagePath: "none", engine: sharedEngine }));
const schema = structType([
  field("Date", "string"),
  field("Settled", "string"),
  field("Close", "double"),
  field("Volume", "long"),
]);
const rows: Row[] = [
  { Date: "2020-01-02", Settled: "Jan 06 2020", Close: 10, Volume: 5n },
  { Date: "2020-01-03 16:00:00", Settled: "01/07/2020", Close: 11, Volume: 5n },
  { Date: null, Settled: null, Close: null, Volume: null },
  { Date: "2020-01-06T00:00:00Z", Settled: "2020-01-08", Close: 12, Volume: 7n },
];

async function validate(
  expectations: readonly (readonly [type: string, kwargs: Kwargs])[],
  given: readonly Row[] = rows,
): Promise<ValidationResult> {
  const text = JSON.stringify({
    data_asset_type: null,
    expectation_suite_name: "older",
    expectations: expectations.map(([type, kwargs]) => ({ expectation_type: type, kwargs, meta: {} })),
    meta: { great_expectations_version: "0.13.19" },
  });
  const suite = parseSuite(text, "older.json");
  return quality.validateRows({ rows: given, schema, suite, resultFormat: "COMPLETE" });
}

async function outcomes(
  expectations: readonly (readonly [type: string, kwargs: Kwargs])[],
  given?: readonly Row[],
): Promise<readonly (boolean | string)[]> {
  const { results } = await validate(expectations, given);
  return results.map(({ success, exception_info: info }) => info.exception_message ?? success);
}

const asDates = { parse_strings_as_datetimes: true } as const;

test("texts that are to be parsed as dates are compared as instants, however they are written", async () => {
  const date = { column: "Date", ...asDates };
  const settled = { column: "Settled", ...asDates };
  assert.deepEqual(
    await outcomes([
      [
        "expect_column_values_to_be_between",
        { ...date, min_value: "1990-01-03 00:00:00", max_value: "2025-06-27" },
      ],
      ["expect_column_values_to_be_between", { ...date, max_value: "Jan 03 2020 16:00:00" }],
      [
        "expect_column_values_to_be_between",
        { ...settled, min_value: "2020-01-06", max_value: "01/08/2020" },
      ],
      ["expect_column_values_to_be_increasing", { ...settled, strictly: true }],
      ["expect_column_min_to_be_between", { ...settled, min_value: "Jan 06 2020", max_value: "Jan 06 2020" }],
      ["expect_column_max_to_be_between", { ...date, max_value: "2020-01-05", output_strftime_format: "%Y" }],
      [
        "expect_column_values_to_be_in_set",
        { ...settled, value_set: ["2020-01-06", "2020-01-07", "2020-01-08"] },
      ],
      ["expect_column_distinct_values_to_contain_set", { ...settled, value_set: ["Jan 07 2020"] }],
      [
        "expect_column_pair_values_A_to_be_greater_than_B",
        { column_A: "Settled", column_B: "Date", ...asDates, ignore_row_if: "both_values_are_missing" },
      ],
    ]),
    [true, false, true, true, true, false, true, true, true],
  );
});

test("a text that is no date fails the expectation that parses it, and no other", async () => {
  const given: Row[] = [{ Date: "soon", Settled: "2020-01-01", Close: 1, Volume: 1n }];
  const bounds = { min_value: "1990-01-01", ...asDates };
  const [soon, settled] = await outcomes(
    [
      ["expect_column_values_to_be_between", { column: "Date", ...bounds }],
      ["expect_column_values_to_be_between", { column: "Settled", ...bounds }],
    ],
    given,
  );
  assert.match(String(soon), /No date or time: soon/);
  assert.equal(settled, true);
});

test("what a profiler noted beside the bounds that it found is left aside", async () => {
  const profiler_config = { name: "p", rules: { default: { variables: {} } } };
  assert.deepEqual(
    await outcomes([
      ["expect_column_max_to_be_between", { column: "Close", max_value: 11, auto: true, profiler_config }],
      ["expect_column_max_to_be_between", { column: "Close", max_value: 12, auto: true, profiler_config }],
      ["expect_column_max_to_be_between", { column: "Close", auto: true, min_value: null, max_value: null }],
      ["expect_column_values_to_be_in_set", { column: "Close", value_set: null, auto: true }],
      ["expect_column_distinct_values_to_be_in_set", { column: "Close", value_set: null }],
      ["expect_table_columns_to_match_ordered_list", { column_list: null }],
    ]),
    [false, true, true, true, true, true],
  );
});

test("types that were renamed are evaluated by their new names", async () => {
  const pair = { column_A: "Close", column_B: "Volume", allow_cross_type_comparisons: true };
  const { results } = await validate([
    ["expect_column_pair_values_A_to_be_greater_than_B", { ...pair, ignore_row_if: "never" }],
    ["expect_column_pair_values_A_to_be_greater_than_B", pair],
    ["expect_multicolumn_values_to_be_unique", { column_list: ["Close", "Volume"] }],
  ]);
  assert.deepEqual(
    results.map(({ success }) => success),
    [false, true, true],
  );
  assert.equal(
    results[0]?.expectation_config.type,
    "expect_column_pair_values_A_to_be_greater_than_B",
    "the suite's own name stays",
  );
});

test("infinite bounds are read, count, and are written again", async () => {
  const text = `{"expectation_suite_name": "c", "expectations": [
    {"expectation_type": "expect_column_max_to_be_between", "kwargs": {"column": "Close", "min_value": -Infinity, "max_value": Infinity}},
    {"expectation_type": "expect_column_values_to_be_between", "kwargs": {"column": "Close", "min_value": -Infinity, "max_value": 11}},
    {"expectation_type": "expect_column_min_to_be_between", "kwargs": {"column": "Volume", "min_value": Infinity}},
    {"expectation_type": "expect_column_max_to_be_between", "kwargs": {"column": "Close", "max_value": NaN}}
  ], "meta": {"notes": "to Infinity, \\"NaN\\" and -Infinity"}}`;
  const suite = parseSuite(text, "c.json");
  const { results } = await quality.validateRows({ rows, schema, suite });
  assert.deepEqual(
    results.map(({ success }) => success),
    [true, false, false, false],
  );
  assert.deepEqual(suite.meta, { notes: 'to Infinity, "NaN" and -Infinity' });
  const written = writeSuite(suite);
  assert.match(written, /"min_value": -Infinity,\s*"max_value": Infinity/);
  assert.deepEqual(
    parseSuite(written, "written").expectations,
    suite.expectations.map((one) => ({ ...one, meta: {} })),
  );
  const infinite: Row[] = [{ Date: null, Settled: null, Close: Infinity, Volume: 1n }];
  const all = await quality.validateRows({ rows: infinite, schema, suite });
  assert.equal(all.results[0]?.success, true, "what is infinite is not above infinity");
});

test("a type that nobody knows is one failed result, and all others run", async () => {
  const [known, unknown, dropped] = await outcomes([
    ["expect_column_to_exist", { column: "Close" }],
    ["expect_column_values_to_be_valid_iso_date", { column: "Date" }],
    ["expect_column_chisquare_test_p_value_to_be_greater_than", { column: "Date", p: 0.05 }],
  ]);
  assert.equal(known, true);
  assert.match(String(unknown), /no expectation of the type "expect_column_values_to_be_valid_iso_date"/);
  assert.match(String(dropped), /chisquare/);
});

test("only texts parse as JSON, and a comma before a bracket is none of it", async () => {
  const texts = ["1", '{"a": ",]"}', "NaN", "[1,]", "{'a': 1}", "", '["\\"", 2]', '{"a": 1,}'];
  const type = "expect_column_values_to_be_json_parseable";
  const { results } = await validate(
    [
      [type, { column: "Date" }],
      [type, { column: "Volume" }],
      [type, { column: "Settled" }],
    ],
    texts.map((text) => ({ Date: text, Settled: null, Close: 1, Volume: 1n })),
  );
  assert.deepEqual(results[0]?.result["unexpected_list"], ["[1,]", "{'a': 1}", "", '{"a": 1,}']);
  assert.equal(results[1]?.result["unexpected_count"], 8, "an integer is no text");
  assert.equal(results[2]?.success, true, "nothing is missing, not wrong");
});

test("a suite brings values for its own parameters", async () => {
  const suite = parseSuite(
    JSON.stringify({
      expectation_suite_name: "own",
      evaluation_parameters: { most: 11, rows: 4 },
      expectations: [
        ["expect_column_max_to_be_between", { column: "Close", max_value: { $PARAMETER: "most" } }],
        ["expect_column_max_to_be_between", { column: "Close", max_value: { $PARAMETER: "most + 1" } }],
        [
          "expect_column_max_to_be_between",
          { column: "Close", max_value: { $PARAMETER: "x", "$PARAMETER.x": 12 } },
        ],
        ["expect_table_row_count_to_equal", { value: { $PARAMETER: "trunc(rows * 1.1)" } }],
      ].map(([expectation_type, kwargs]) => ({ expectation_type, kwargs })),
    }),
    "own.json",
  );
  const check = async (expectationParameters?: Kwargs): Promise<readonly boolean[]> => {
    const { results } = await quality.validateRows({ rows, schema, suite, expectationParameters });
    return results.map(({ success }) => success);
  };
  assert.deepEqual(await check(), [false, true, true, true]);
  assert.deepEqual(await check({ most: 12 }), [true, true, true, true], "what the call gives comes first");
});
