import assert from "node:assert/strict";
import { test } from "node:test";

import { UnevaluableExpectation } from "../../src/data-quality/expectations/expectation.ts";
import { fromPythonRegex } from "../../src/data-quality/expectations/python-regex.ts";

const same = [
  "^[A-Z]{3}$".replace("$", ""),
  "a|b",
  "[^a-z]",
  "(?i)abc",
  "(?P<x>a)",
  "a*?b+?c??",
  String.raw`\.\[`,
  "a{2,3}",
];

for (const regex of same) {
  test(`${regex} is the same in both`, () => {
    assert.equal(fromPythonRegex(regex), regex);
  });
}

const translated: readonly (readonly [string, string])[] = [
  [String.raw`\w+`, String.raw`[\p{L}\p{N}_]+`],
  [String.raw`[\w.]`, String.raw`[\p{L}\p{N}_.]`],
  [String.raw`\d\D`, String.raw`\p{Nd}\P{Nd}`],
  [String.raw`\W`, String.raw`[^\p{L}\p{N}_]`],
  ["a{,2}", "a{0,2}"],
  ["{,x}", "{,x}"],
  ["a$", String.raw`a(?:\n?\z)`],
  ["(?m)a$", "(?m)a$"],
  ["[$]", "[$]"],
  [String.raw`a\Z`, String.raw`a\z`],
  ["[]a]", String.raw`[\]a]`],
  ["[^]a]", String.raw`[^\]a]`],
  ["[[:alpha:]]", String.raw`[\[:alpha:]]`],
];

for (const [regex, expected] of translated) {
  test(`${regex} is said as ${expected}`, () => {
    assert.equal(fromPythonRegex(regex), expected);
  });
}

for (const [regex, what] of [
  ["a(?=b)", "lookaround"],
  ["(?<!a)b", "lookaround"],
  [String.raw`(a)\1`, "reference"],
  ["(?P<x>a)(?P=x)", "reference"],
  ["a++", "possessive"],
  ["a{2}+", "possessive"],
  ["(?>a)", "atomic"],
  [String.raw`[\W]`, String.raw`\\W within brackets`],
  [String.raw`\pL`, String.raw`\\p`],
  [String.raw`\Qa`, String.raw`\\Q`],
  ["(?U)a", "flag"],
  ["(?x) a", "flag"],
  ["(?#c)a", "comment"],
] as const) {
  test(`${regex} is refused by what it has`, () => {
    assert.throws(
      () => fromPythonRegex(regex),
      (error: unknown) => {
        assert.ok(error instanceof UnevaluableExpectation);
        assert.match(error.message, new RegExp(what));
        return true;
      },
    );
  });
}
