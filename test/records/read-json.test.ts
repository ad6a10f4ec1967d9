// Records are read without losing a digit, and what readers would disagree on is refused.
import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";

import { isJsonObject, writeJson } from "../../src/records/json/json-value.ts";
import { readJson } from "../../src/records/json/read-json.ts";
import { recordHash } from "../../src/records/json/record-hash.ts";

const hashOf = (text: string): string => {
  const reading = readJson(text);
  assert.ok("value" in reading, text);
  return recordHash(reading.value);
};

test("what JSON.parse takes is read the same, and what it refuses is refused", () => {
  fc.assert(
    fc.property(fc.json(), (text) => {
      const reading = readJson(text);
      assert.ok("value" in reading && reading.isStrict);
      assert.deepEqual(JSON.parse(writeJson(reading.value)), JSON.parse(text));
    }),
  );
  fc.assert(
    fc.property(
      fc.json({ maxDepth: 3 }),
      fc.nat(),
      fc.constantFrom("", "}", ",", '"', "\\", "1", "\u0000"),
      (text, at, other) => {
        const place = at % (text.length + 1);
        const broken = text.slice(0, place) + other + text.slice(place + 1);
        const reading = readJson(broken);
        let isJson = true;
        try {
          JSON.parse(broken);
        } catch {
          isJson = false;
        }
        // Names that are given twice are the one thing that JSON.parse lets pass.
        if ("value" in reading) assert.equal(isJson, true, broken);
        else if (isJson) assert.match(reading.problem, /given twice/);
      },
    ),
  );
});

test("numbers keep their digits, and write back as they came", () => {
  const text = '{"a":1234567890.123456789012345678,"b":0E-30,"c":-0.0,"d":1e400}';
  const reading = readJson(text);
  assert.ok("value" in reading);
  assert.equal(writeJson(reading.value), text);
});

test("NaN and Infinity, as Python writes them, are numbers without a value", () => {
  const reading = readJson('[NaN, Infinity, -Infinity, "NaN"]');
  assert.ok("value" in reading && !reading.isStrict);
  assert.equal(writeJson(reading.value), '[null,null,null,"NaN"]');
});

test("a name such as __proto__ is a member like any other", () => {
  const reading = readJson('{"__proto__": {"polluted": true}, "constructor": 1}');
  assert.ok("value" in reading && isJsonObject(reading.value));
  assert.deepEqual([...reading.value.keys()], ["__proto__", "constructor"]);
  assert.equal(Reflect.get({}, "polluted"), undefined);
});

test("a member given twice counts when both say the same, and is refused otherwise", () => {
  assert.ok("value" in readJson('{"a": 1, "a": 1}'));
  assert.deepEqual(readJson('{"a": 1, "a": 2}'), {
    problem: 'the member "a" is given twice, with two values',
  });
});

test("a record of a hundred thousand levels is refused", () => {
  const levels = 100_000;
  const reading = readJson("[".repeat(levels) + "]".repeat(levels));
  assert.deepEqual(reading, { problem: "nested deeper than 100 levels" });
});

test("the hash is of what a record says, not of how it is written", () => {
  const same = ['{"a":100,"b":{"c":[1,2]}}', ' { "b" : {"c":[1.0, 2e0]} , "a": 1.00e2 } '];
  assert.equal(new Set(same.map(hashOf)).size, 1);
  const others = [
    '{"a":100}',
    '{"a":"100"}',
    '{"a":101}',
    '{"a":-100}',
    '{"a":[100]}',
    '{"b":100}',
    '{"a":0.1}',
  ];
  assert.equal(new Set(others.map(hashOf)).size, others.length);
  assert.equal(hashOf("0E-30"), hashOf("-0.000"));
  fc.assert(
    fc.property(
      fc.bigInt({ min: 1n, max: 10n ** 30n }),
      fc.integer({ min: -50, max: 50 }),
      (digits, power) => {
        const hash = hashOf(`${digits}e${power}`);
        assert.equal(hashOf(`${digits}0E${power - 1}`), hash);
        assert.equal(hashOf(`${digits}.000e+${power}`.replace("+-", "-")), hash);
        assert.notEqual(hashOf(`${digits + 1n}e${power}`), hash);
        assert.notEqual(hashOf(`${digits}e${power + 1}`), hash);
      },
    ),
  );
});
