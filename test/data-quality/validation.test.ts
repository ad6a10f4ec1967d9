import assert from "node:assert/strict";
import { after, test } from "node:test";

import * as z from "zod";
import { field, structType } from "finance-feedback-delta";
import type { Row } from "finance-feedback-delta";

import { DataQualityFramework } from "../../src/data-quality/data-quality-framework.ts";
import type { ExpectationResult, ValidationResult } from "../../src/data-quality/result.ts";
import type { ResultFormat, ResultFormatOptions } from "../../src/data-quality/result-format.ts";
import { readSuite } from "../../src/data-quality/suite.ts";
import type { ExpectationSuite, Kwargs } from "../../src/data-quality/suite.ts";
import { DeltaLakeManager } from "../../src/storage/delta-lake-manager.ts";
import { openWorkshop, pairs, range, sharedEngine } from "../batch/workshop.ts";
import { TemporaryFolder } from "../temporary-folder.ts";
import { JumpingClock } from "../providers/fake-clock.ts";

after(() => sharedEngine.close());

const quality = new DataQualityFramework(new DeltaLakeManager({ storagePath: "none", engine: sharedEngine }));
const schema = structType([
  field("n", "double"),
  field("price", "decimal(18,8)"),
  field("s", "string"),
  field("at", "timestamp"),
  field('odd "name"', "long"),
]);
const rows: Row[] = [
  { n: 1, price: "1.50000000", s: "a", at: new Date("2026-01-01T00:00:00Z"), 'odd "name"': 1n },
  { n: 3, price: "2.50000000", s: "a", at: new Date("2026-01-01T01:00:00Z"), 'odd "name"': 2n },
  { n: null, price: null, s: null, at: null, 'odd "name"': null },
  { n: 9, price: "0.00000001", s: "it's", at: new Date("2026-01-01T02:30:00Z"), 'odd "name"': 2n },
];

async function validate(
  expectations: readonly (readonly [string, Kwargs])[],
  resultFormat?: ResultFormat | ResultFormatOptions,
  given: readonly Row[] = rows,
): Promise<ValidationResult> {
  const suite = readSuite(
    { name: "test", expectations: expectations.map(([type, kwargs]) => ({ type, kwargs })) },
    "test",
  );
  return quality.validateRows({ rows: given, schema, suite, resultFormat });
}

async function one(type: string, kwargs: Kwargs, given?: readonly Row[]): Promise<ExpectationResult> {
  const { results } = await validate([[type, kwargs]], "COMPLETE", given);
  const [result] = results;
  assert.ok(result !== undefined);
  return result;
}

const between = "expect_column_values_to_be_between";

test("what nobody reads, and what is missing, is refused by name", async () => {
  const tableName = "raw_market_data_1h";
  const suite = "market_data_quality";
  const calls: readonly (readonly [method: string, options: unknown, message: RegExp])[] = [
    ["validateTable", { tableName, suite, versoin: 0 }, /versoin/],
    ["validateTable", { tableName }, /needs suite/],
    ["validateTable", { tablename: tableName, suite }, /tablename/],
    ["validateTable", undefined, /takes an object/],
    ["validateRows", { rows: [], suite }, /needs schema/],
    ["createMarketDataSuite", { timefame: "1h" }, /timefame/],
    ["createMarketDataSuite", { timeframe: "7h" }, /7h/],
    ["createMarketDataSuite", { maxLagSeconds: 300 }, /timeframe/],
  ];
  for (const [method, options, message] of calls) {
    const found: unknown = Reflect.get(quality, method);
    assert.ok(typeof found === "function", method);
    await assert.rejects(async () => Reflect.apply(found, quality, [options]), { message }, method);
  }
});

async function resultsOfOneRow(suite: ExpectationSuite): Promise<readonly ExpectationResult[]> {
  const request = { rows: [{ id: 1 }], schema: structType([field("id", "long")]), suite };
  return (await quality.validateRows(request)).results;
}

test("bounds of a number that are texts without one are no bounds", async () => {
  const suite = readSuite(
    {
      name: "bounds",
      expectations: [
        { type: "expect_column_mean_to_be_between", kwargs: { column: "id", min_value: "" } },
        { type: "expect_column_max_to_be_between", kwargs: { column: "id", max_value: "abc" } },
        { type: "expect_table_row_count_to_be_between", kwargs: { min_value: "" } },
        { type: "expect_column_unique_value_count_to_be_between", kwargs: { column: "id", min_value: "" } },
        { type: "expect_column_mean_to_be_between", kwargs: { column: "id", min_value: "1" } },
      ],
    },
    "bounds",
  );
  const results = await resultsOfOneRow(suite);
  assert.deepEqual(
    results.map(({ success, exception_info: info }) => [success, info.raised_exception]),
    [
      [false, true],
      [false, true],
      [false, true],
      [false, true],
      [true, false],
    ],
  );
});

test("expectations that we do not evaluate fail by name, and the others go on", async () => {
  const suite = readSuite(
    {
      name: "mixed",
      expectations: [
        { type: "expect_column_kl_divergence_to_be_less_than", kwargs: { column: "id", threshold: 0.1 } },
        { type: "expect_column_values_to_match_regex", kwargs: { column: "id", regex: "a(?=b)" } },
        { type: "expect_table_row_count_to_equal", kwargs: { value: 1 } },
      ],
    },
    "mixed",
  );
  const results = await resultsOfOneRow(suite);
  assert.deepEqual(
    results.map(({ success, exception_info: info }) => [success, info.raised_exception]),
    [
      [false, true],
      [false, true],
      [true, false],
    ],
  );
  assert.match(results[1]?.exception_info.exception_message ?? "", /lookaround.*RE2/);
});

test("a result has the shape and the counts of Great Expectations", async () => {
  const {
    success,
    result,
    exception_info: info,
  } = await one(between, { column: "n", min_value: 2, max_value: 5 });
  assert.equal(success, false);
  assert.deepEqual(result, {
    element_count: 4,
    unexpected_count: 2,
    unexpected_percent: (2 / 3) * 100,
    missing_count: 1,
    missing_percent: 25,
    unexpected_percent_total: 50,
    unexpected_percent_nonmissing: (2 / 3) * 100,
    partial_unexpected_list: [1, 9],
    partial_unexpected_counts: [
      { value: 1, count: 1 },
      { value: 9, count: 1 },
    ],
    unexpected_list: [1, 9],
  });
  assert.deepEqual(info, { raised_exception: false, exception_message: null, exception_traceback: null });
});

async function keys(resultFormat: ResultFormat): Promise<string[]> {
  const { results } = await validate([[between, { column: "n", max_value: 5 }]], resultFormat);
  return Object.keys(results[0]?.result ?? {});
}

test("each result format shows as much as its name says", async () => {
  assert.deepEqual(await keys("BOOLEAN_ONLY"), []);
  assert.ok(!(await keys("BASIC")).includes("partial_unexpected_counts"));
  assert.ok((await keys("SUMMARY")).includes("partial_unexpected_counts"));
  assert.ok(!(await keys("SUMMARY")).includes("unexpected_list"));
  assert.ok((await keys("COMPLETE")).includes("unexpected_list"));
});

test("mostly counts what is not missing, and rows that a condition leaves out do not count at all", async () => {
  assert.equal((await one(between, { column: "n", max_value: 5, mostly: 0.66 })).success, true);
  assert.equal((await one(between, { column: "n", max_value: 5, mostly: 0.67 })).success, false);
  const { success, result } = await one(between, { column: "n", max_value: 5, row_condition: 's == "a"' });
  assert.deepEqual([success, result["element_count"]], [true, 2]);
});

const comparison = { type: "comparison", column: { name: "n" }, operator: ">", parameter: 1 };
const nullity = { type: "nullity", column: { name: "s" }, is_null: true };
for (const [condition, count] of [
  ['s == "a"', 2],
  ["s != 'a'", 2],
  ["n > 1 and s == 'a'", 1],
  ['col("n") <= 3e0', 2],
  ['col("s").notNull()', 3],
  ["s.notnull()", 3],
  ["n.isna()", 1],
  ["not (n > 1 or s == 'a')", 1],
  ["~(n > 1) & `s` != 'a'", 1],
  ["s == 'it\\'s'", 1],
  ["s == None", 0],
  ["1 < n <= 9", 2],
  ["n in [1, 9]", 2],
  ["n not in [1, 9]", 2],
  ["n == [1, 9]", 2],
  ["s in []", 0],
  [comparison, 2],
  [{ ...comparison, operator: "NOT_IN", parameter: [1, 3] }, 2],
  [nullity, 1],
  [{ type: "or", conditions: [comparison, nullity] }, 3],
  [{ type: "and", conditions: [comparison, { ...nullity, is_null: false }] }, 2],
  [{ type: "pass_through", pass_through_filter: "n == 9" }, 1],
] as const) {
  test(`the row condition ${JSON.stringify(condition)} leaves ${count} rows`, async () => {
    const { result } = await one("expect_table_row_count_to_equal", { value: 4, row_condition: condition });
    assert.equal(result["observed_value"], count);
  });
}

for (const kwargs of [
  { column: "n", min_value: 1, row_condition: "nowhere > 1" },
  { column: "n", min_value: 1, row_condition: "s > 1" },
  { column: "s", min_value: 1 },
]) {
  test(`what cannot be evaluated, ${JSON.stringify(kwargs)}, stops nothing else`, async () => {
    const { results } = await validate([
      [between, kwargs],
      [between, { column: "n", min_value: 1 }],
    ]);
    const [broken, sound] = results;
    assert.deepEqual([broken?.success, broken?.exception_info.raised_exception], [false, true]);
    assert.equal(sound?.success, true);
  });
}

test("what is not a number counts as missing, as in pandas", async () => {
  const odd = rows.map((row, index) => ({ ...row, n: index === 0 ? Number.NaN : row["n"] }));
  const { success, result } = await one(between, { column: "n", min_value: 2 }, odd);
  assert.deepEqual([success, result["missing_count"]], [true, 2]);
  const { result: nulls } = await one("expect_column_values_to_not_be_null", { column: "n" }, odd);
  assert.equal(nulls["unexpected_count"], 2);
  const { result: most } = await one("expect_column_max_to_be_between", { column: "n" }, odd);
  assert.equal(most["observed_value"], 9);
});

test("a result format in detail says how many samples, from which rows, and with what", async () => {
  const { results } = await validate([[between, { column: "n", max_value: 2 }]], {
    result_format: "COMPLETE",
    partial_unexpected_count: 1,
    unexpected_index_column_names: ["s"],
    include_unexpected_rows: true,
  });
  const { result = {} } = results[0] ?? {};
  assert.deepEqual(result["partial_unexpected_list"], [3]);
  assert.deepEqual(result["unexpected_list"], [3, 9]);
  assert.deepEqual(result["partial_unexpected_index_list"], [{ n: 3, s: "a" }]);
  assert.deepEqual(result["unexpected_index_list"], [
    { n: 3, s: "a" },
    { n: 9, s: "it's" },
  ]);
  const [row] = z.array(z.record(z.string(), z.unknown())).parse(result["unexpected_rows"]);
  assert.deepEqual(row?.["price"], "2.50000000", "to the last digit");
});

test("distinct timestamps are compared as instants, whatever their notation", async () => {
  const value_set = ["2026-01-01", "2026-01-01T01:00:00Z", "2026-01-01T03:30:00+01:00"];
  const { success } = await one("expect_column_distinct_values_to_equal_set", { column: "at", value_set });
  assert.equal(success, true);
});

test("a set of several types holds values of the column's own type only", async () => {
  const value_set = ["a", 1, "it's", null];
  const set = await one("expect_column_values_to_be_in_set", { column: "s", value_set });
  assert.equal(set.success, true);
  const numbers = await one("expect_column_values_to_be_in_set", { column: "n", value_set: ["a", 1, 3, 9] });
  assert.equal(numbers.success, true);
});

test("decimals, timestamps and odd names are compared as what they are", async () => {
  const price = await one(between, { column: "price", min_value: 0.0001 });
  assert.deepEqual(price.result["unexpected_list"], [1e-8]);
  const times = { column: "at", min_value: "2026-01-01T01:00:00Z", max_value: "2026-01-01 02:00:00" };
  assert.deepEqual((await one(between, times)).result["unexpected_list"], [
    "2026-01-01T00:00:00.000Z",
    "2026-01-01T02:30:00.000Z",
  ]);
  assert.deepEqual(
    (await one(between, { column: 'odd "name"', max_value: 1 })).result["unexpected_count"],
    2,
  );
  const set = { column: "s", value_set: ["it's", "a"] };
  assert.equal((await one("expect_column_values_to_be_in_set", set)).success, true);
  const minimum = await one("expect_column_min_to_be_between", { column: "at", min_value: "2026-01-01" });
  assert.deepEqual([minimum.success, minimum.result["observed_value"]], [true, "2026-01-01T00:00:00.000Z"]);
});

test("what cannot be evaluated fails by itself, and the others go on", async () => {
  const { results, statistics } = await validate([
    [between, { column: "nowhere", min_value: 1 }],
    [between, { column: "s", min_value: 1 }],
    [between, { column: "n", min_value: 1 }],
    ["unexpected_rows_expectation", { unexpected_rows_query: "SELECT * FROM {batch} WHERE nonsense(n)" }],
  ]);
  assert.deepEqual(
    results.map(({ success, exception_info: info }) => [success, info.raised_exception]),
    [
      [false, true],
      [false, true],
      [true, false],
      [false, true],
    ],
  );
  assert.match(results[0]?.exception_info.exception_message ?? "", /column "nowhere".*does not exist/);
  assert.deepEqual(statistics, {
    evaluated_expectations: 4,
    successful_expectations: 1,
    unsuccessful_expectations: 3,
    success_percent: 25,
  });
});

for (const [type, kwargs, message] of [
  ["expect_the_best", {}, /expect_the_best/],
  [between, { column: "n", minimum: 1 }, /expect_column_values_to_be_between.*minimum/],
  [between, { column: "n", mostly: 2 }, /mostly/],
  [between, { column: "n", min_value: Number.NaN }, /min_value/],
  [between, { column: "n", row_condition: "1; DROP" }, /row condition/],
  [between, { column: "n", min_value: { $PARAMETER: "unheard_of" } }, /parameter unheard_of/],
  ["expect_timestamps_to_be_on_grid", { timeframe: "3h" }, /timeframe/],
  ["expect_bars_to_be_fresh", { timeframe: "1h", asset_column: "s", time_column: "at" }, /it's/],
  ["expect_column_kl_divergence_to_be_less_than", { column: "n" }, /not evaluated/],
  ["expect_column_values_to_be_dateutil_parseable", { column: "s" }, /not evaluated/],
  ["expect_column_values_to_match_json_schema", { column: "s", json_schema: {} }, /not evaluated/],
] as const) {
  test(`${type}(${JSON.stringify(kwargs)}) fails with its exception, and the others go on`, async () => {
    const { results, success } = await validate([
      [between, { column: "n", min_value: 1 }],
      [type, kwargs],
      ["expect_column_to_exist", { column: "n" }],
    ]);
    assert.deepEqual(
      results.map((result) => [result.success, result.exception_info.raised_exception]),
      [
        [true, false],
        [false, true],
        [true, false],
      ],
    );
    assert.match(results[1]?.exception_info.exception_message ?? "", message);
    assert.equal(success, false);
  });
}

test("no rows satisfy whatever is said of each of them", async () => {
  const { success, result } = await one(between, { column: "n", min_value: 1 }, []);
  assert.deepEqual([success, result["element_count"], result["unexpected_percent"]], [true, 0, null]);
  assert.equal(
    (await one("expect_column_max_to_be_between", { column: "n", max_value: 1 }, [])).success,
    false,
  );
});

test("custom SQL names the rows as {batch}, and its rows are the evidence", async () => {
  const query = "SELECT n FROM {batch} WHERE n > 2 ORDER BY n";
  const { success, result } = await one("unexpected_rows_expectation", { unexpected_rows_query: query });
  assert.deepEqual([success, result["observed_value"]], [false, 2]);
  assert.deepEqual(result["details"], { unexpected_rows: [{ n: 3 }, { n: 9 }] });
});

test("increasing and decreasing go by the order of the rows", async () => {
  const increasing = "expect_column_values_to_be_increasing";
  assert.equal((await one(increasing, { column: "n" })).success, true);
  assert.equal((await one(increasing, { column: 'odd "name"', strictly: false })).success, true);
  const strictly = await one(increasing, { column: 'odd "name"', strictly: true });
  assert.deepEqual([strictly.success, strictly.result["unexpected_list"]], [false, [2]]);
  assert.equal(
    (await one("expect_column_values_to_be_decreasing", { column: "n" })).result["unexpected_count"],
    2,
  );
});

test("types go by the names of Delta, SQL, Spark and pandas", async () => {
  const type = "expect_column_values_to_be_of_type";
  for (const [column, name] of [
    ["n", "double"],
    ["n", "float64"],
    ["price", "DecimalType"],
    ["s", "str"],
    ["at", "TIMESTAMP"],
    ['odd "name"', "BIGINT"],
  ])
    assert.equal((await one(type, { column, type_: name })).success, true, `${column} ${name}`);
  assert.equal((await one(type, { column: "s", type_: "long" })).success, false);
});

const bars = structType([
  field("asset_pair", "string"),
  field("timestamp", "timestamp"),
  field("open", "decimal(18,8)"),
  field("high", "decimal(18,8)"),
  field("low", "decimal(18,8)"),
  field("close", "decimal(18,8)"),
  field("source_provider", "string"),
]);

function bar(minute: number, [open, high, low, close]: readonly [number, number, number, number]): Row {
  const at = new Date(Date.UTC(2026, 0, 1, 0, minute));
  return {
    asset_pair: "BTCUSD",
    timestamp: at,
    open: open.toFixed(8),
    high: high.toFixed(8),
    low: low.toFixed(8),
    close: close.toFixed(8),
    source_provider: "coinbase",
  };
}

async function market(type: string, kwargs: Kwargs, given: readonly Row[]): Promise<ExpectationResult> {
  const suite = readSuite({ name: "market", expectations: [{ type, kwargs }] }, "market");
  const { results } = await quality.validateRows({
    rows: given,
    schema: bars,
    suite,
    resultFormat: "COMPLETE",
  });
  const [result] = results;
  assert.ok(result !== undefined);
  return result;
}

test("OHLC is sane when low and high hold open and close", async () => {
  const good = bar(0, [2, 3, 1, 2]);
  assert.equal((await market("expect_ohlc_to_be_sane", {}, [good])).success, true);
  const bad: (readonly [number, number, number, number])[] = [
    [2, 1, 3, 2],
    [4, 3, 1, 2],
    [2, 3, 1, 0.5],
    [0, 3, 0, 2],
  ];
  const { result } = await market("expect_ohlc_to_be_sane", {}, [
    good,
    ...bad.map((prices, at) => bar(at, prices)),
  ]);
  assert.deepEqual(result["unexpected_list"], bad);
});

test("timestamps are on the grid of their timeframe", async () => {
  const given = [bar(0, [1, 1, 1, 1]), bar(15, [1, 1, 1, 1]), bar(20, [1, 1, 1, 1])];
  const type = "expect_timestamps_to_be_on_grid";
  assert.equal((await market(type, { timeframe: "5m" }, given)).success, true);
  const { result } = await market(type, { timeframe: "15m" }, given);
  assert.deepEqual(result["unexpected_list"], ["2026-01-01T00:20:00.000Z"]);
});

test("a price that stands still for longer than it may is found", async () => {
  const closes = [1, 2, 2, 2, 2, 3, 2];
  const given = closes.map((close, minute) => bar(minute, [close, close, close, close])).toReversed();
  const type = "expect_no_stale_price_runs";
  assert.equal((await market(type, { max_run: 4 }, given)).success, true);
  const { success, result } = await market(type, { max_run: 3 }, given);
  assert.deepEqual([success, result["observed_value"], result["unexpected_count"]], [false, 4, 1]);
  const [run] = z
    .array(z.looseObject({}))
    .parse(z.looseObject({}).parse(result["details"])["unexpected_rows"]);
  assert.deepEqual(
    { first: run?.["first"], last: run?.["last"], value: run?.["value"], bars: run?.["bars"] },
    { first: "2026-01-01T00:01:00.000Z", last: "2026-01-01T00:04:00.000Z", value: "2.00000000", bars: 4 },
  );
});

test("a table is validated at a version, and the results are kept as a table", async () => {
  using folder = new TemporaryFolder();
  const { lake, ingester } = openWorkshop({ root: folder.path });
  await ingester.backfill({
    assetPairs: pairs("BTCUSD"),
    timeframes: ["1h"],
    range: range("2026-01-01", "2026-01-03"),
    provider: "demo",
  });
  const framework = new DataQualityFramework(lake, {
    clock: new JumpingClock(Date.parse("2026-02-01T00:00:00Z")),
  });
  const tableName = "raw_market_data_1h";
  const suite = framework.createMarketDataSuite({ timeframe: "1h" });
  const good = await framework.validateTable({ tableName, suite });
  assert.deepEqual([good.success, good.meta["table_version"]], [true, 0]);
  assert.equal(
    (await framework.validateTable({ tableName, suite: "market_data_quality", version: 0 })).success,
    true,
  );
  await assert.rejects(framework.validateTable({ tableName, suite: "nothing" }), {
    code: "UNKNOWN_SUITE",
    message: /market_data_quality/,
  });
  const stored = await (await lake.readTable({ tableName: "ops.quality_results" })).rows();
  assert.equal(stored.length, 2 * suite.expectations.length);
  assert.ok(stored.every((row) => row["success"] === true && row["table_name"] === tableName));
  await framework.validateTable({ tableName, suite, store: false });
  assert.equal((await lake.getTableHistory("ops.quality_results")).length, 2);
});

test("what cannot be evaluated says so in the words of suites, with the column's type and none of the engine's text", async () => {
  for (const [type, kwargs, reason] of [
    [
      between,
      { column: "s", min_value: 1 },
      /the column "s" of type string: a text cannot be compared with a number$/,
    ],
    [
      between,
      { column: "n", min_value: "x" },
      /the column "n" of type double: the text "x" is not a number$/,
    ],
    [
      between,
      { column: "at", min_value: "soon" },
      /the column "at" of type timestamp: the text "soon" is not a time$/,
    ],
    [
      "expect_column_mean_to_be_between",
      { column: "s", min_value: 1 },
      /"s" of type string: the text "\S+" is not a number$/,
    ],
    [
      "expect_column_mean_to_be_between",
      { column: "at" },
      /"at" of type timestamp: a time cannot be taken for a number$/,
    ],
    [
      "expect_column_value_z_scores_to_be_less_than",
      { column: "s", threshold: 3 },
      /a mean is not defined for a text$/,
    ],
    [
      "expect_column_pair_values_a_to_be_greater_than_b",
      { column_A: "s", column_B: "n" },
      /"s" of type string and "n" of type double: a text/,
    ],
    [
      "expect_column_values_to_match_regex",
      { column: "s", regex: "(" },
      /the regular expression is invalid, missing \): \($/,
    ],
    [
      "expect_column_values_to_match_strftime_format",
      { column: "s", strftime_format: "%Q" },
      /%Q is not a format of strftime$/,
    ],
    [
      "unexpected_rows_expectation",
      { unexpected_rows_query: "SELECT x FROM {batch}" },
      /there is no column "x"$/,
    ],
    [
      "unexpected_rows_expectation",
      { unexpected_rows_query: "SELEC 1" },
      /its SQL is not understood at "SELEC"$/,
    ],
    [
      between,
      { column: "n", min_value: 1, row_condition: 'col("s") > 3' },
      /"n" of type double, or its row_condition: a text/,
    ],
  ] as const) {
    const { success, exception_info: info, result } = await one(type, kwargs);
    assert.deepEqual([success, info.raised_exception, result], [false, true, {}], type);
    assert.match(info.exception_message ?? "", reason);
    assert.doesNotMatch(info.exception_message ?? "", /Error:|VARCHAR|DOUBLE|query failed|cast/);
  }
});

test("a lower bound above the upper one is an exception where it is one in Great Expectations, and else holds for nothing", async () => {
  for (const bounds of [
    { column: "n", min_value: 5, max_value: 1 },
    { column: "at", min_value: "2026-02-01", max_value: "2026-01-01" },
  ]) {
    const { success, exception_info: info } = await one(between, bounds);
    assert.deepEqual(
      [success, info.exception_message],
      [false, "min_value cannot be greater than max_value"],
    );
  }
  const crossed = { min_value: 5, max_value: 1 };
  const rowCount = await one("expect_table_row_count_to_be_between", crossed);
  assert.match(
    rowCount.exception_info.exception_message ?? "",
    /min_value \(5\) must be less than or equal to max_value \(1\)/,
  );
  for (const type of ["expect_column_mean_to_be_between", "expect_column_min_to_be_between"]) {
    const { success, exception_info: info } = await one(type, { column: "n", ...crossed });
    assert.deepEqual([success, info.raised_exception], [false, false]);
  }
  const lengths = await one("expect_column_value_lengths_to_be_between", { column: "s", ...crossed });
  assert.equal(lengths.result["unexpected_count"], lengths.result["element_count"] === 4 ? 3 : -1);
});

test("values of lists that hold whole numbers are shown, and end no validation", async () => {
  const lists = structType([field("l", { type: "array", elementType: "long", containsNull: true })]);
  const suite = readSuite(
    {
      name: "test",
      expectations: [
        { type: "expect_column_distinct_values_to_be_in_set", kwargs: { column: "l", value_set: [] } },
      ],
    },
    "test",
  );
  const { results } = await quality.validateRows({ rows: [{ l: [1n, 2n] }], schema: lists, suite });
  assert.deepEqual(results[0]?.result["partial_unexpected_list"], [[1, 2]]);
});
