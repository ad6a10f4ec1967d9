import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";

import { FileStatistics, statisticsColumn } from "../../src/statistics/column-facts.ts";

/**
 * Few names and texts, so that they meet; among them what looks like a part of JSON. No other name begins like `z\`. V8
 * would read a key `z"` as `z\` when it has parsed that one before: https://github.com/nodejs/node/issues/63785.
 */
const names = ["a", "b", "a:", "a b", "é", 'a"', "z\\", "a,", "{a}", "numRecords", "minValues"];
const texts = ["", "a", "}", '"', "\\", ",", '"a":1', "},", ':"', "{", "\u0001", "\u{1F600}", 'minValues":{'];

const value = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(...texts) },
  { weight: 4, arbitrary: fc.integer() },
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.constantFrom(null, true, [1, "a"], { a: 1, b: "}" }),
);
const members = fc.dictionary(fc.constantFrom(...names), value, { noNullPrototype: true });
const usual = fc.record({ numRecords: fc.nat(), minValues: members, maxValues: members, nullCount: members });
const tight = fc.boolean().chain((tightBounds) => usual.map((rest) => ({ ...rest, tightBounds })));
const unusual = fc.dictionary(fc.constantFrom("numRecords", "minValues", "nullCount", "more"), value);

function member(of: unknown, key: string): unknown {
  return typeof of === "object" && of !== null && !Array.isArray(of)
    ? Object.getOwnPropertyDescriptor(of, key)?.value
    : undefined;
}

/** Each as a parser of JSON finds it. */
function slowFacts(text: string, name: string): unknown {
  const json: unknown = JSON.parse(text);
  return {
    numRecords: member(json, "numRecords"),
    min: member(member(json, "minValues"), name),
    max: member(member(json, "maxValues"), name),
    nullCount: member(member(json, "nullCount"), name),
  };
}

function facts(text: string | undefined, name: string): unknown {
  const statistics = new FileStatistics(text);
  return { numRecords: statistics.numRecords, ...statistics.facts(statisticsColumn(name)) };
}

test("a column's facts are what a parser of JSON finds in the statistics", () => {
  fc.assert(
    fc.property(fc.oneof(usual, tight, unusual), fc.constantFrom(...names), (statistics, name) => {
      const text = JSON.stringify(statistics);
      assert.deepEqual(facts(text, name), slowFacts(text, name));
    }),
    { numRuns: 3000 },
  );
});

test("when a column occurs twice, the last one counts", () => {
  const text = '{"numRecords":1,"minValues":{"a":1,"a":2},"maxValues":{"a":3},"nullCount":{"a":0}}';
  assert.deepEqual(facts(text, "a"), { numRecords: 1, min: 2, max: 3, nullCount: 0 });
});

test("statistics with white space or in another order are read as well", () => {
  const text = '{ "nullCount": {"a": 0}, "maxValues": {"a": "z"}, "minValues": {"a": "b"}, "numRecords": 7 }';
  assert.deepEqual(facts(text, "a"), { numRecords: 7, min: "b", max: "z", nullCount: 0 });
});

test("missing statistics, and those that are not JSON, say nothing", () => {
  const nothing = { numRecords: undefined, min: undefined, max: undefined, nullCount: undefined };
  for (const text of [undefined, "", "{", '{"numRecords":1,"minValues":{"a":1}', "[]", "7"])
    assert.deepEqual(facts(text, "a"), nothing);
});
