// The same suites on the same rows, by us and by Great Expectations: equal in success and in every count.
import assert from "node:assert/strict";
import { after, describe, it } from "node:test";
import { DataQualityFramework } from "../src/data-quality/data-quality-framework.ts";
import type { ValidationResult } from "../src/data-quality/result.ts";
import { readSuite, writeSuite, type ExpectationSuite } from "../src/data-quality/suite.ts";
import { parseSchema } from "../packages/delta/src/protocol/schema.ts";
import { DeltaLakeManager } from "../src/storage/delta-lake-manager.ts";
import { RandomNumbers } from "../packages/delta/test/support/random-numbers.ts";
import type { Field, Row } from "./canonical.ts";
import { GreatExpectations, type PeerResult } from "./great-expectations.ts";
import { engineRows } from "./our-engine.ts";

const peer = new GreatExpectations();
const lake = new DeltaLakeManager({ storagePath: "none" });
const quality = new DataQualityFramework(lake);
after(async () => {
  await peer.close();
  await lake.close();
});

const fields: readonly Field[] = [
  { name: "n", type: "double" },
  { name: "m", type: "double" },
  { name: "k", type: "long" },
  { name: "s", type: "string" },
  { name: "t", type: "string" },
  { name: "b", type: "boolean" },
  { name: "at", type: "timestamp" },
];

const expectation = (type: string, kwargs: Readonly<Record<string, unknown>>): object => ({ type, kwargs });

/** One of everything that both know, in some variants. */
const expectations: readonly object[] = [
  expectation("expect_table_row_count_to_be_between", { min_value: 1, max_value: 30 }),
  expectation("expect_table_row_count_to_equal", { value: 12 }),
  expectation("expect_table_column_count_to_equal", { value: 7 }),
  expectation("expect_table_column_count_to_be_between", { min_value: 8 }),
  expectation("expect_column_to_exist", { column: "n" }),
  expectation("expect_column_to_exist", { column: "nowhere" }),
  expectation("expect_column_to_exist", { column: "m", column_index: 1 }),
  expectation("expect_table_columns_to_match_ordered_list", {
    column_list: ["n", "m", "k", "s", "t", "b", "at"],
  }),
  expectation("expect_table_columns_to_match_ordered_list", { column_list: ["m", "n"] }),
  expectation("expect_table_columns_to_match_set", { column_set: ["n", "m"], exact_match: false }),
  expectation("expect_table_columns_to_match_set", { column_set: ["n", "x"] }),
  ...["n", "s", "b", "at"].flatMap((column) => [
    expectation("expect_column_values_to_not_be_null", { column }),
    expectation("expect_column_values_to_not_be_null", { column, mostly: 0.7 }),
    expectation("expect_column_values_to_be_null", { column, mostly: 0.2 }),
    expectation("expect_column_values_to_be_unique", { column }),
    expectation("expect_column_unique_value_count_to_be_between", { column, min_value: 2, max_value: 4 }),
    expectation("expect_column_proportion_of_unique_values_to_be_between", { column, min_value: 0.3 }),
  ]),
  expectation("expect_column_values_to_be_between", { column: "n", min_value: -1, max_value: 2 }),
  expectation("expect_column_values_to_be_between", {
    column: "n",
    min_value: 0,
    strict_min: true,
    mostly: 0.5,
  }),
  expectation("expect_column_values_to_be_between", { column: "k", max_value: 3, strict_max: true }),
  expectation("expect_column_values_to_be_in_set", { column: "s", value_set: ["a", "bb"] }),
  expectation("expect_column_values_to_be_in_set", { column: "k", value_set: [0, 1, 2], mostly: 0.5 }),
  expectation("expect_column_values_to_not_be_in_set", { column: "s", value_set: ["a"] }),
  expectation("expect_column_values_to_match_regex", { column: "s", regex: "^b+$" }),
  expectation("expect_column_values_to_match_regex", { column: "s", regex: "b", mostly: 0.4 }),
  expectation("expect_column_values_to_not_match_regex", { column: "s", regex: "c" }),
  expectation("expect_column_values_to_match_regex_list", {
    column: "s",
    regex_list: ["a", "b"],
    match_on: "any",
  }),
  expectation("expect_column_values_to_match_regex_list", {
    column: "s",
    regex_list: ["a", "b"],
    match_on: "all",
  }),
  expectation("expect_column_values_to_not_match_regex_list", { column: "s", regex_list: ["c", "^a$"] }),
  expectation("expect_column_value_lengths_to_be_between", { column: "s", min_value: 1, max_value: 2 }),
  expectation("expect_column_value_lengths_to_equal", { column: "s", value: 1 }),
  ...[
    "expect_column_min_to_be_between",
    "expect_column_max_to_be_between",
    "expect_column_mean_to_be_between",
  ].flatMap((type) => [
    expectation(type, { column: "n", min_value: -2, max_value: 2 }),
    expectation(type, { column: "k", min_value: 1 }),
  ]),
  expectation("expect_column_median_to_be_between", { column: "n", min_value: 0, max_value: 1 }),
  expectation("expect_column_stdev_to_be_between", { column: "n", min_value: 0.5, max_value: 2 }),
  expectation("expect_column_sum_to_be_between", { column: "n", min_value: -3, max_value: 8 }),
  expectation("expect_column_sum_to_be_between", { column: "k", min_value: 10, strict_min: true }),
  expectation("expect_column_distinct_values_to_be_in_set", { column: "s", value_set: ["a", "bb", "c"] }),
  expectation("expect_column_distinct_values_to_contain_set", { column: "s", value_set: ["a", "c"] }),
  expectation("expect_column_distinct_values_to_equal_set", { column: "k", value_set: [0, 1, 2, 3] }),
  expectation("expect_column_most_common_value_to_be_in_set", { column: "s", value_set: ["a"] }),
  expectation("expect_column_most_common_value_to_be_in_set", {
    column: "s",
    value_set: ["a", "bb"],
    ties_okay: true,
  }),
  expectation("expect_column_pair_values_a_to_be_greater_than_b", { column_A: "n", column_B: "m" }),
  expectation("expect_column_pair_values_a_to_be_greater_than_b", {
    column_A: "n",
    column_B: "m",
    or_equal: true,
    ignore_row_if: "either_value_is_missing",
    mostly: 0.5,
  }),
  expectation("expect_column_pair_values_to_be_equal", { column_A: "s", column_B: "t" }),
  expectation("expect_column_pair_values_to_be_equal", {
    column_A: "s",
    column_B: "t",
    ignore_row_if: "either_value_is_missing",
  }),
  expectation("expect_compound_columns_to_be_unique", { column_list: ["s", "k"] }),
  expectation("expect_compound_columns_to_be_unique", {
    column_list: ["s", "t", "k"],
    ignore_row_if: "any_value_is_missing",
  }),
  expectation("expect_select_column_values_to_be_unique_within_record", {
    column_list: ["s", "t"],
    ignore_row_if: "any_value_is_missing",
  }),
  expectation("expect_multicolumn_sum_to_equal", {
    column_list: ["n", "m"],
    sum_total: 2,
    ignore_row_if: "any_value_is_missing",
  }),
  expectation("expect_column_values_to_be_between", {
    column: "n",
    min_value: 0,
    row_condition: 's == "a"',
    condition_parser: "pandas",
  }),
  expectation("expect_column_values_to_not_be_null", {
    column: "n",
    row_condition: "k > 1 and k <= 3",
    condition_parser: "pandas",
  }),
  expectation("expect_column_values_to_be_between", { column: "nowhere", min_value: 0 }),
  ...[
    's != "a"',
    "not (n > 0)",
    "n in [0, 1] or s not in ['a', 'bb']",
    "n.notnull() and s.isnull()",
    "0 < n < 2 & m >= 0",
    { type: "comparison", column: { name: "n" }, operator: "!=", parameter: 1 },
    { type: "comparison", column: { name: "s" }, operator: "IN", parameter: ["a", "c"] },
    {
      type: "or",
      conditions: [
        { type: "nullity", column: { name: "n" }, is_null: true },
        { type: "comparison", column: { name: "s" }, operator: "NOT_IN", parameter: ["a"] },
      ],
    },
    { type: "pass_through", pass_through_filter: "m > 0" },
  ].map((row_condition) =>
    expectation("expect_column_values_to_be_between", {
      column: "m",
      min_value: 0,
      row_condition,
      ...(typeof row_condition === "string" ? { condition_parser: "pandas" } : {}),
    }),
  ),
  ...[undefined, "lower", "higher", "midpoint", "linear"].map((allow_relative_error) =>
    expectation("expect_column_quantile_values_to_be_between", {
      column: "n",
      quantile_ranges: {
        quantiles: [0, 0.1, 0.25, 0.5, 0.75, 0.9, 1],
        value_ranges: [
          [-2, 0],
          [null, 1],
          [-1, 1],
          [0, 1],
          [0, null],
          [0, 3],
          [2, 3],
        ],
      },
      ...(allow_relative_error === undefined ? {} : { allow_relative_error }),
    }),
  ),
  expectation("expect_column_distinct_values_to_be_in_set", {
    column: "at",
    value_set: ["2026-01-01T00:00:00Z", "1969-12-31T23:59:59Z"],
  }),
  expectation("expect_column_pair_values_to_be_in_set", {
    column_A: "k",
    column_B: "s",
    value_pairs_set: [
      [1, "a"],
      [2, "c"],
    ],
    ignore_row_if: "either_value_is_missing",
  }),
  expectation("expect_column_values_to_be_in_set", { column: "s", value_set: ["a", 1, "c"] }),
  ...[
    String.raw`^\w+$`,
    String.raw`^\W|\W$`,
    String.raw`\d`,
    String.raw`[\d-]{4}`,
    String.raw`\s`,
    String.raw`^\S+$`,
    String.raw`c\Z`,
    "c$",
    "^[]a]$",
    "(?P<first>a|b)",
    String.raw`^\D+$`,
  ].map((regex) => expectation("expect_column_values_to_match_regex", { column: "t", regex })),
  ...["contain_set", "equal_set", "be_in_set"].map((kind) =>
    expectation(`expect_column_distinct_values_to_${kind}`, { column: "k", value_set: ["0", "1"] }),
  ),
  ...["all_values_are_missing", "never"].map((ignore_row_if) =>
    expectation("expect_select_column_values_to_be_unique_within_record", {
      column_list: ["s", "t"],
      ignore_row_if,
    }),
  ),
  ...[{ threshold: 1 }, { threshold: 0.5, double_sided: false }, { threshold: 1.2, mostly: 0.8 }].map(
    (more) =>
      expectation("expect_column_value_z_scores_to_be_less_than", {
        column: "n",
        double_sided: true,
        ...more,
      }),
  ),
  expectation("expect_column_values_to_be_json_parseable", { column: "t" }),
  expectation("expect_column_values_to_be_json_parseable", { column: "k" }),
  expectation("expect_column_values_to_match_strftime_format", {
    column: "t",
    strftime_format: "%Y-%m-%d",
  }),
];

/** Rows of few different values, so that some repeat and some are null. */
function randomRows(seed: number, count: number): Row[] {
  const numbers = new RandomNumbers(seed);
  const pick = <Item>(items: readonly Item[]): Item | null =>
    numbers.next() < 0.2 ? null : (items[numbers.below(items.length)] ?? null);
  return Array.from({ length: count }, () => ({
    n: pick([-1.5, 0, 0.25, 1, 2, 2.5]),
    m: pick([-1.5, 0, 1, 2]),
    k: pick([0, 1, 2, 3]),
    s: pick(["a", "bb", "c", "abc", "B"]),
    t: pick(["a", "bb", "c", "a", "bb", "c", "café", "٣", "c\n", "a\u00a0b", "2026-01-09", '{"x": 1}']),
    b: pick([true, false]),
    at: pick(["2026-01-01T00:00:00.000000Z", "2026-01-02T03:04:05.678901Z", "1969-12-31T23:59:59.000000Z"]),
  }));
}

const tables: readonly (readonly [string, readonly Row[]])[] = [
  ...[1, 2, 3, 4, 5, 6].map((seed): [string, readonly Row[]] => [
    `seed ${seed}`,
    randomRows(seed, 12 * seed),
  ]),
  ["one row", randomRows(7, 1)],
  ["a row of nulls", [{ n: null, m: null, k: null, s: null, t: null, b: null, at: null }]],
];

const suite = {
  name: "everything",
  expectations: expectations.map((one, index) => ({ ...one, meta: { index } })),
  meta: {},
};

describe("the same suite on the same rows", () => {
  for (const [title, rows] of tables) {
    it(title, async () => {
      const ours = await validateByUs(rows);
      const theirs = await peer.validate(
        JSON.parse(writeSuite(readSuite(suite, "suite"))),
        fields,
        rows,
        "COMPLETE",
      );
      const differences: string[] = [];
      for (const [index, result] of ours.results.entries()) {
        const other = theirs.results.find(({ expectation_config: { meta } }) => meta?.["index"] === index);
        assert.ok(other !== undefined, `expectation ${index} is missing`);
        const [mine, its] = [comparable(result), comparable(other)];
        if (JSON.stringify(mine) !== JSON.stringify(its))
          differences.push(
            `${JSON.stringify(expectations[index])}\n  ours   ${JSON.stringify(mine)}\n  theirs ${JSON.stringify(its)}`,
          );
      }
      assert.equal(differences.join("\n"), "");
      assert.equal(ours.success, theirs.success);
      assert.deepEqual(countsOf(ours.statistics), countsOf(theirs.statistics));
    });
  }
});

it("a result format in detail shows the same rows", async () => {
  const rows = randomRows(9, 40);
  const detailed: ExpectationSuite = {
    name: "detailed",
    expectations: readSuite(suite, "suite")
      .expectations.filter(({ type }) =>
        /values_to_be_between|values_to_not_be_null|pair_values_to_be_equal/.test(type),
      )
      .filter(({ kwargs }) => kwargs["column"] !== "nowhere")
      .map((one, index) => ({ ...one, meta: { index } })),
  };
  const format = {
    result_format: "COMPLETE",
    partial_unexpected_count: 3,
    unexpected_index_column_names: ["k", "b"],
    include_unexpected_rows: true,
  } as const;
  const ours = await quality.validateRows({
    rows: engineRows({ schema: fields, rows }),
    schema: parseSchema(JSON.stringify({ type: "struct", fields })),
    suite: detailed,
    resultFormat: format,
  });
  const theirs = await peer.validate(JSON.parse(writeSuite(detailed)), fields, rows, format);
  for (const [index, { result }] of ours.results.entries()) {
    const peerResult = theirs.results.find(({ expectation_config: { meta } }) => meta?.["index"] === index);
    const other = peerResult?.result ?? {};
    for (const key of [
      "partial_unexpected_list",
      "unexpected_index_column_names",
      "unexpected_index_list",
      "partial_unexpected_index_list",
      "unexpected_rows",
    ])
      assert.deepEqual(plainRows(result[key]), plainRows(other[key]), `${index} ${key}`);
  }
});

/** Objects with their members in order, since the peer's are in the order of a set. */
function plainRows(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(plainRows);
  if (typeof value !== "object" || value === null) return simple(value);
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, plainRows(one)]));
}

async function validateByUs(rows: readonly Row[]): Promise<ValidationResult> {
  const schema = parseSchema(JSON.stringify({ type: "struct", fields }));
  return quality.validateRows({
    rows: engineRows({ schema: fields, rows }),
    schema,
    suite: readSuite(suite, "suite"),
    resultFormat: "COMPLETE",
  });
}

function countsOf(statistics: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  const { success_percent: _, ...counts } = statistics;
  return counts;
}

const comparedKeys: readonly string[] = [
  "element_count",
  "unexpected_count",
  "unexpected_percent",
  "missing_count",
  "missing_percent",
  "unexpected_percent_total",
  "unexpected_percent_nonmissing",
  "partial_unexpected_list",
  "unexpected_list",
  "observed_value",
  "partial_missing_list",
];

/** What has to be the same, in one form. */
function comparable(result: Pick<PeerResult, "success" | "result" | "exception_info">): unknown {
  const raised = raises(result.exception_info);
  if (raised) return { success: result.success, raised };
  return {
    success: result.success,
    ...Object.fromEntries(
      comparedKeys.flatMap((key) =>
        key in result.result ? [[key, inOrder(key, simple(result.result[key]))]] : [],
      ),
    ),
  };
}

/** The peer lists a set of missing values, and the order of a Python set of texts is another in every process. */
function inOrder(key: string, value: unknown): unknown {
  return key === "partial_missing_list" && Array.isArray(value)
    ? value.map((one) => JSON.stringify(one)).toSorted()
    : value;
}

/** One exception, or one for each figure that could not be worked out. */
function raises(info: Readonly<Record<string, unknown>>): boolean {
  if (info["raised_exception"] === true) return true;
  return Object.values(info).some(
    (value) =>
      typeof value === "object" &&
      value !== null &&
      "raised_exception" in value &&
      value.raised_exception === true,
  );
}

/** Numbers to twelve digits: sums in another order differ in the last. */
function simple(value: unknown): unknown {
  if (typeof value === "number") return Number(value.toPrecision(12));
  // The null of pandas' timestamps.
  if (value === "NaT") return null;
  if (Array.isArray(value)) return value.map(simple);
  if (typeof value === "string" && /^\d{4}-\d{2}-\d{2}T/.test(value)) return new Date(value).getTime();
  return value;
}
