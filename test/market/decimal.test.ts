import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { formatDecimal8, parseDecimal8, roundDecimal8 } from "../../src/market/decimal.ts";

const unit = 100_000_000n;

test("plain and exponent notation are read exactly", () => {
  const readings: readonly (readonly [string, bigint])[] = [
    ["5236.01", 523_601_000_000n],
    ["0", 0n],
    ["-0", 0n],
    ["-12.5", -1_250_000_000n],
    ["+3", 3n * unit],
    [".5", unit / 2n],
    ["1e-7", 10n],
    ["1.5E+3", 1500n * unit],
    ["9999999999.99999999", 999_999_999_999_999_999n],
    ["1.123456780000000000", 112_345_678n],
    ["0.00000001", 1n],
    ["0e9999", 0n],
    [" 7 ", 7n * unit],
  ];
  for (const [text, value] of readings) assert.equal(parseDecimal8(text), value, text);
});

test("what is not a decimal number is refused", () => {
  for (const text of [
    "",
    " ",
    "NaN",
    "Infinity",
    "-Infinity",
    "0x10",
    "1,5",
    "1_000",
    "1e",
    "e5",
    ".",
    "-",
    "null",
    "1 2",
  ]) {
    assert.equal(parseDecimal8(text), "not-a-number", text);
    assert.equal(roundDecimal8(text), undefined, text);
  }
  assert.equal(parseDecimal8("1".repeat(1000)), "not-a-number");
});

test("a ninth decimal is refused unless it is zero", () => {
  assert.equal(parseDecimal8("1.123456789"), "too-precise");
  assert.equal(parseDecimal8("1e-9"), "too-precise");
  assert.equal(parseDecimal8("1.000000000"), unit);
});

test("magnitudes that no column holds are refused without effort", () => {
  assert.equal(parseDecimal8("1e30"), "too-large");
  assert.equal(parseDecimal8("1e9999"), "too-large");
  assert.equal(parseDecimal8("1e29"), 10n ** 37n);
});

test("volumes are rounded half to even", () => {
  const roundings: readonly (readonly [string, bigint])[] = [
    ["0.000000005", 0n],
    ["0.000000015", 2n],
    ["0.0000000150001", 2n],
    ["0.000000025", 2n],
    ["0.0000000250001", 3n],
    ["-0.000000015", -2n],
    ["3728.678576341", 372_867_857_634n],
    ["1e-20", 0n],
  ];
  for (const [text, value] of roundings) assert.equal(roundDecimal8(text), value, text);
});

test("every value reads back as it was written", () => {
  fc.assert(
    fc.property(fc.bigInt({ min: -(10n ** 37n), max: 10n ** 37n }), (value) => {
      const text = formatDecimal8(value);
      assert.match(text, /^-?\d+\.\d{8}$/);
      assert.equal(parseDecimal8(text), value);
      assert.equal(roundDecimal8(text), value);
    }),
  );
});

test("a float's shortest text with at most eight decimals is read like its decimal expansion", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 999_999_999 }),
      fc.integer({ min: 0, max: 8 }),
      (digits, decimals) => {
        const value = Number(`${digits}e-${decimals}`);
        assert.equal(parseDecimal8(String(value)), BigInt(digits) * 10n ** BigInt(8 - decimals));
      },
    ),
  );
});

test("a number is read as its text is", () => {
  const multiples = fc
    .tuple(fc.maxSafeInteger(), fc.integer({ min: 0, max: 12 }))
    .map(([digits, decimals]) => Number(`${digits}e-${decimals}`));
  const edges = fc.constantFrom(0, -0, 1e15, 1e7, 9_999_999.99999999, 0.1 + 0.2, 1e-8, 5e-9, NaN, Infinity);
  fc.assert(
    fc.property(fc.oneof(multiples, fc.double(), edges), (value) => {
      assert.equal(parseDecimal8(value), parseDecimal8(String(value)));
      assert.equal(roundDecimal8(value), roundDecimal8(String(value)));
    }),
    { numRuns: 20_000 },
  );
});

test("the noise of binary floating point is no decimal: a number within one unit in the last place is the one meant", () => {
  for (const [text, meant] of [
    ["0.09946999000000001", "0.09946999"],
    ["0.30000000000000004", "0.3"],
    ["67123.450000000004", "67123.45"],
    ["100.0999984741211", "100.1"],
    ["0.09946999698877335", "0.09947"],
  ] as const)
    assert.equal(parseDecimal8(text), parseDecimal8(meant), text);
  for (const text of ["0.123456789", "0.1234567891234567", "1000.001953125", "123456.123456789"])
    assert.equal(parseDecimal8(text), "too-precise", text);
});

test("what arithmetic in doubles makes of decimals is read as the decimal", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 99_999_999_999_999 }), (scaled) => {
      const value = scaled / 1e8;
      const up = value + 2 ** (Math.floor(Math.log2(value)) - 52);
      assert.equal(parseDecimal8(up), BigInt(scaled), String(up));
    }),
  );
});
