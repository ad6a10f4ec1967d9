import assert from "node:assert/strict";
import { test } from "node:test";

import { field, structType } from "../../src/index.ts";
import type { DataType, StructType } from "../../src/index.ts";
import { leafKey, serializeStatistics } from "../../src/statistics/file-statistics.ts";
import type { ColumnStatistics, StatisticsLayout } from "../../src/statistics/file-statistics.ts";
import { columns } from "../support/tables.ts";

/** A layout of a table without column mapping whose first 32 columns get statistics. */
function layout(schema: StructType, other: Partial<StatisticsLayout> = {}): StatisticsLayout {
  const statistics = { indexedColumns: 32, columns: undefined };
  return { schema, partitionColumns: [], columnMapping: "none", statistics, ...other };
}

/** The statistics of one column `c` as JSON text. */
function statisticsOf(type: DataType, statistics: ColumnStatistics): string {
  return serializeStatistics(3, layout(columns({ c: type })), new Map([[leafKey(["c"]), statistics]]));
}

function bounds(type: DataType, min: string, max: string): string {
  return statisticsOf(type, { min, max })
    .replace(/^.*"minValues":/, "")
    .replace(/,"nullCount".*$/, "");
}

const face = "\u{1F600}";
const tieBreaker = "\u{10FFFF}";

test("64-bit integers and decimals are exact JSON numbers", () => {
  assert.equal(
    bounds("long", "-9223372036854775808", "9223372036854775807"),
    '{"c":-9223372036854775808},"maxValues":{"c":9223372036854775807}',
  );
  assert.equal(
    bounds("decimal(38,8)", "-0.00000001", "123456789012345678901234567890.12345678"),
    '{"c":-0.00000001},"maxValues":{"c":123456789012345678901234567890.12345678}',
  );
});

test("strings of up to 32 characters are kept whole", () => {
  const text = "x".repeat(32);
  assert.equal(bounds("string", text, text), `{"c":"${text}"},"maxValues":{"c":"${text}"}`);
});

test("a longer minimum is cut, a longer maximum is cut and raised by a tie-breaker", () => {
  const text = "x".repeat(33);
  const cut = "x".repeat(32);
  assert.equal(bounds("string", text, text), `{"c":"${cut}"},"maxValues":{"c":"${cut}${tieBreaker}"}`);
});

test("a maximum that a tie-breaker cannot raise is left out", () => {
  assert.equal(bounds("string", "a", `${"x".repeat(32)}${tieBreaker}z`), '{"c":"a"},"maxValues":{}');
});

test("a cut never splits a surrogate pair", () => {
  const text = `x${face.repeat(40)}`;
  assert.equal(
    bounds("string", text, text),
    `{"c":"x${face.repeat(31)}"},"maxValues":{"c":"x${face.repeat(31)}${tieBreaker}"}`,
  );
  assert.equal(bounds("string", "", face.repeat(32)), `{"c":""},"maxValues":{"c":"${face.repeat(32)}"}`);
});

test("timestamps are floored to milliseconds, before 1970 too", () => {
  assert.equal(
    bounds("timestamp", "1969-12-31 23:59:59.999999+00", "2025-01-01 00:00:00.000001+00"),
    '{"c":"1969-12-31T23:59:59.999Z"},"maxValues":{"c":"2025-01-01T00:00:00.000Z"}',
  );
  assert.equal(
    bounds("timestamp_ntz", "2025-01-01 00:00:00", "2025-01-01 00:00:00.5"),
    '{"c":"2025-01-01T00:00:00.000"},"maxValues":{"c":"2025-01-01T00:00:00.500"}',
  );
});

test("values that have no form in the log give no bound", () => {
  assert.equal(bounds("timestamp", "290309-12-22 (BC) 00:00:00+00", "infinity"), '{},"maxValues":{}');
  assert.equal(bounds("date", "5877642-06-25 (BC)", "10000-01-01"), '{},"maxValues":{}');
  assert.equal(bounds("double", "-inf", "inf"), '{},"maxValues":{}');
  assert.equal(bounds("boolean", "false", "true"), '{},"maxValues":{}');
  assert.equal(bounds("binary", "a", "b"), '{},"maxValues":{}');
});

test("a column with NaN has a null count and no bounds", () => {
  assert.equal(
    statisticsOf("double", { min: "1", max: "2", nullCount: 1, hasNaN: true }),
    '{"numRecords":3,"minValues":{},"maxValues":{},"nullCount":{"c":1}}',
  );
});

test("members of structs nest, partition columns are left out, and lists and maps have no statistics", () => {
  const schema = structType([
    field("p", "string"),
    field("s", columns({ inner: "long" })),
    field("l", { type: "array", elementType: "long", containsNull: true }),
  ]);
  const facts = new Map([
    [leafKey(["p"]), { min: "x", max: "x", nullCount: 0 }],
    [leafKey(["s", "inner"]), { min: "1", max: "2", nullCount: 0 }],
    [leafKey(["l", "element"]), { min: "1", max: "2", nullCount: 0 }],
  ]);
  assert.equal(
    serializeStatistics(1, layout(schema, { partitionColumns: ["P"] }), facts),
    '{"numRecords":1,"minValues":{"s":{"inner":1}},"maxValues":{"s":{"inner":2}},"nullCount":{"s":{"inner":0}}}',
  );
});

test("only as many leading columns get statistics as the table asks for", () => {
  const schema = columns({ a: "long", b: "long", c: "long" });
  const facts = new Map(["a", "b", "c"].map((name) => [leafKey([name]), { nullCount: 0 }]));
  const nullCounts = (indexed: number): string =>
    serializeStatistics(
      1,
      layout(schema, { statistics: { indexedColumns: indexed, columns: undefined } }),
      facts,
    ).replace(/^.*"nullCount":/, "");
  assert.equal(nullCounts(2), '{"a":0,"b":0}}');
  assert.equal(nullCounts(0), "{}}");
  assert.equal(nullCounts(-1), '{"a":0,"b":0,"c":0}}');
});

test("a table may name the columns that get statistics; a struct stands for its members", () => {
  const schema = structType([
    field("a", "long"),
    field("s", { type: "struct", fields: [field("x", "long"), field("y", "long")] }),
    field("t", { type: "struct", fields: [field("x", "long"), field("y", "long")] }),
  ]);
  const facts = new Map(
    [["a"], ["s", "x"], ["s", "y"], ["t", "x"], ["t", "y"]].map((path) => [leafKey(path), { nullCount: 0 }]),
  );
  const statistics = { indexedColumns: 1, columns: [["S"], ["t", "x"]] };
  assert.match(
    serializeStatistics(1, layout(schema, { statistics }), facts),
    /"nullCount":\{"s":\{"x":0,"y":0\},"t":\{"x":0\}\}\}$/,
  );
});

test("under column mapping statistics carry the names of the data files", () => {
  const renamed = { ...field("a", "long"), metadata: { "delta.columnMapping.physicalName": "col-1" } };
  const facts = new Map([[leafKey(["col-1"]), { min: "1", max: "2", nullCount: 0 }]]);
  assert.equal(
    serializeStatistics(1, layout(structType([renamed]), { columnMapping: "name" }), facts),
    '{"numRecords":1,"minValues":{"col-1":1},"maxValues":{"col-1":2},"nullCount":{"col-1":0}}',
  );
});
