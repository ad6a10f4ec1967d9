// Expectations of SQL patterns, of types, of another table's rows and of how much is there; and those that are not evaluated.
import assert from "node:assert/strict";
import { after, test } from "node:test";

import { DataQualityFramework } from "../../src/data-quality/data-quality-framework.ts";
import type { ExpectationResult } from "../../src/data-quality/result.ts";
import { readSuite } from "../../src/data-quality/suite.ts";
import type { Kwargs } from "../../src/data-quality/suite.ts";
import { field, structType } from "finance-feedback-delta";
import { DeltaLakeManager } from "../../src/storage/delta-lake-manager.ts";
import { sharedEngine } from "../batch/workshop.ts";
import { TemporaryFolder } from "../temporary-folder.ts";

const folder = new TemporaryFolder();
after(async () => {
  await sharedEngine.close();
  folder[Symbol.dispose]();
});

const schema = structType([field("s", "string"), field("n", "double"), field("price", "decimal(18,8)")]);
const texts = ["BTCUSD", "btcusd", "BTC_USD", null, "50%", "ETHUSD"];
const rows = texts.map((s, place) => ({ s, n: place < 3 ? place : null, price: "1.5" }));

const lake = new DeltaLakeManager({ storagePath: folder.path, engine: sharedEngine });
const quality = new DataQualityFramework(lake);
for (const [name, count] of [
  ["silver.own", 6],
  ["silver.same", 6],
  ["silver.fewer", 5],
] as const)
  await lake.createOrUpdateTable({
    tableName: name,
    rows: { rows: rows.slice(0, count) },
    createWith: { schema },
  });

async function one(type: string, kwargs: Kwargs): Promise<ExpectationResult> {
  const [result] = await all([[type, kwargs]]);
  assert.ok(result !== undefined);
  return result;
}

async function all(
  expectations: readonly (readonly [string, Kwargs])[],
): Promise<readonly ExpectationResult[]> {
  const suite = readSuite(
    { name: "test", expectations: expectations.map(([type, kwargs]) => ({ type, kwargs })) },
    "test",
  );
  return (
    await quality.validateTable({ tableName: "silver.own", suite, resultFormat: "COMPLETE", store: false })
  ).results;
}

async function unexpected(type: string, kwargs: Kwargs): Promise<unknown> {
  const { success, result } = await one(type, { column: "s", ...kwargs });
  const found = result["unexpected_list"];
  assert.ok(Array.isArray(found));
  assert.equal(success, found.length === 0);
  return found.map(String).toSorted();
}

const like = "expect_column_values_to_match_like_pattern";
const notLike = "expect_column_values_to_not_match_like_pattern";

test("a SQL pattern matches the whole text, its case counts, and nulls are passed over", async () => {
  assert.deepEqual(await unexpected(like, { like_pattern: "BTC%" }), ["50%", "ETHUSD", "btcusd"]);
  assert.deepEqual(await unexpected(like, { like_pattern: "BTC" }), [
    "50%",
    "BTCUSD",
    "BTC_USD",
    "ETHUSD",
    "btcusd",
  ]);
  assert.deepEqual(await unexpected(like, { like_pattern: "%" }), []);
  assert.deepEqual(await unexpected(like, { like_pattern: "______" }), ["50%", "BTC_USD"]);
});

test("a pattern that must not match finds those that do", async () => {
  assert.deepEqual(await unexpected(notLike, { like_pattern: "%USD" }), ["BTCUSD", "BTC_USD", "ETHUSD"]);
  assert.deepEqual(await unexpected(notLike, { like_pattern: "SOL%" }), []);
});

test("a quote in a pattern is a letter, and mostly lets some through", async () => {
  assert.deepEqual(await unexpected(notLike, { like_pattern: "it's%" }), []);
  const { success, result } = await one(like, { column: "s", like_pattern: "%USD", mostly: 0.6 });
  assert.equal(success, true);
  assert.equal(result["unexpected_count"], 2);
  assert.equal(result["missing_count"], 1);
});

test("of several patterns any is enough, unless all have to match", async () => {
  const type = "expect_column_values_to_match_like_pattern_list";
  const patterns = { like_pattern_list: ["BTC%", "%USD"] };
  assert.deepEqual(await unexpected(type, patterns), ["50%", "btcusd"]);
  assert.deepEqual(await unexpected(type, { ...patterns, match_on: "any" }), ["50%", "btcusd"]);
  assert.deepEqual(await unexpected(type, { ...patterns, match_on: "all" }), ["50%", "ETHUSD", "btcusd"]);
});

test("of several patterns that must not match none may", async () => {
  const type = "expect_column_values_to_not_match_like_pattern_list";
  assert.deepEqual(await unexpected(type, { like_pattern_list: ["ETH%", "50%"] }), ["50%", "ETHUSD"]);
  assert.deepEqual(await unexpected(type, { like_pattern_list: ["SOL%", "XRP%"] }), []);
});

test("a column's type is one of a list, under the names of any engine", async () => {
  const type = "expect_column_values_to_be_in_type_list";
  const verdicts = await all([
    [type, { column: "n", type_list: ["StringType", "DoubleType"] }],
    [type, { column: "n", type_list: ["DOUBLE"] }],
    [type, { column: "n", type_list: ["StringType", "LongType"] }],
    [type, { column: "s", type_list: ["VARCHAR", "TEXT"] }],
    [type, { column: "s" }],
  ]);
  assert.deepEqual(
    verdicts.map(({ success }) => success),
    [true, true, false, true, true],
  );
  assert.equal(verdicts[2]?.result["observed_value"], "double");
});

test("a table has as many rows as another one of the lake", async () => {
  const type = "expect_table_row_count_to_equal_other_table";
  const [same, fewer, qualified, missing] = await all([
    [type, { other_table_name: "same" }],
    [type, { other_table_name: "fewer" }],
    [type, { other_table_name: "silver.same" }],
    [type, { other_table_name: "nowhere" }],
  ]);
  assert.deepEqual([same?.success, fewer?.success, qualified?.success], [true, false, true]);
  assert.deepEqual(fewer?.result["observed_value"], { self: 6, other: 5 });
  assert.equal(missing?.success, false);
  assert.equal(missing?.exception_info.raised_exception, true);
  assert.match(missing?.exception_info.exception_message ?? "", /nowhere/);
});

test("the share of rows with a value lies between bounds, both of them in it unless strict", async () => {
  const type = "expect_column_proportion_of_non_null_values_to_be_between";
  const verdicts = await all([
    [type, { column: "n", min_value: 0.5, max_value: 0.5 }],
    [type, { column: "n", min_value: 0.5, strict_min: true }],
    [type, { column: "n", max_value: 0.49 }],
    [type, { column: "price", min_value: 1 }],
    [type, { column: "s", min_value: 0.8 }],
  ]);
  assert.deepEqual(
    verdicts.map(({ success, result }) => [success, result["observed_value"]]),
    [
      [true, 0.5],
      [false, 0.5],
      [false, 0.5],
      [true, 1],
      [true, 5 / 6],
    ],
  );
});

test("what is not evaluated here fails by its name, and the others go on", async () => {
  const types = [
    "expect_column_kl_divergence_to_be_less_than",
    "expect_column_values_to_be_dateutil_parseable",
    "expect_column_values_to_match_json_schema",
  ];
  const results = await all([
    ...types.map((type): [string, Kwargs] => [type, { column: "s" }]),
    ["expect_column_to_exist", { column: "s" }],
  ]);
  assert.deepEqual(
    results.map(({ success }) => success),
    [false, false, false, true],
  );
  for (const [place, type] of types.entries()) {
    const { raised_exception: raised, exception_message: message } = results[place]?.exception_info ?? {};
    assert.equal(raised, true);
    assert.match(message ?? "", new RegExp(`^${type} .*not evaluated`));
  }
});
