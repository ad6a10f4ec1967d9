import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { parseExactJson, textOf } from "../../src/providers/json.ts";

function roundTrip(number: string): string | undefined {
  const value = parseExactJson(`[${number}]`);
  return Array.isArray(value) ? textOf(value[0]) : undefined;
}

test("numbers with more digits than a float holds keep their text", () => {
  for (const number of ["0.12345678901234567890", "12345678901234567890.5", "-9007199254740993"]) {
    assert.equal(roundTrip(number), number);
  }
});

test("numbers of up to 15 significant digits come back as the same value", () => {
  fc.assert(
    fc.property(
      fc.bigInt({ min: 1n, max: 10n ** 15n - 1n }),
      fc.integer({ min: 0, max: 14 }),
      (digits, decimals) => {
        const padded = String(digits).padStart(decimals + 1, "0");
        const point = padded.length - decimals;
        const number = decimals === 0 ? padded : `${padded.slice(0, point)}.${padded.slice(point)}`;
        const text = roundTrip(number) ?? "";
        const [mantissa = "", exponent = "0"] = text.split("e");
        const [integer = "", fraction = ""] = mantissa.split(".");
        const shift = Number(exponent) - fraction.length + 40;
        const numberFraction = number.split(".")[1] ?? "";
        const expected = BigInt(number.replace(".", "")) * 10n ** BigInt(40 - numberFraction.length);
        assert.equal(BigInt(integer + fraction) * 10n ** BigInt(shift), expected, `${number} became ${text}`);
      },
    ),
  );
});

test("only numbers and strings have a text", () => {
  assert.deepEqual([1.5, "1.50", null, true, {}, undefined].map(textOf), [
    "1.5",
    "1.50",
    undefined,
    undefined,
    undefined,
    undefined,
  ]);
});
