import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { assertSameRows, assertSameTable, canonicalDouble, canonicalInteger } from "./canonical.ts";

describe("comparing tables", () => {
  it("takes rows in any order, and the names within a row in any order", () => {
    assertSameRows(
      [{ a: 1, b: { c: null, d: [1] } }, { a: 2 }],
      [{ a: 2 }, { b: { d: [1], c: null }, a: 1 }],
      "test",
    );
  });

  it("counts equal rows", () => {
    assert.throws(
      () => assertSameRows([{ a: 1 }, { a: 1 }], [{ a: 1 }], "test"),
      /2 rows, 1 of them not expected; 0 missing/u,
    );
  });

  it("names the columns in which rows differ", () => {
    const actual = [{ id: 1, price: "1.10", volume: null }];
    const expected = [{ id: 1, price: "1.1", volume: "0" }];
    assert.throws(
      () => assertSameRows(actual, expected, "Spark"),
      /^AssertionError.*differ in price, volume/su,
    );
  });

  it("tells a missing value from null, and a number from its text", () => {
    assert.throws(() => assertSameRows([{ a: null }], [{}], "test"));
    assert.throws(() => assertSameRows([{ a: 1 }], [{ a: "1" }], "test"));
  });

  it("compares the columns' order and types", () => {
    const [id, name] = [
      { name: "id", type: "long" },
      { name: "name", type: "string" },
    ];
    assert.throws(
      () => assertSameTable({ schema: [id, name], rows: [] }, { schema: [name, id], rows: [] }, "test"),
      /the columns differ/u,
    );
  });
});

describe("canonical numbers", () => {
  it("writes what JSON numbers cannot tell apart as text", () => {
    const doubles = [0.1, -0, 0, Number.NaN, Number.NEGATIVE_INFINITY];
    assert.deepEqual(doubles.map(canonicalDouble), [0.1, "-0", 0, "NaN", "-Infinity"]);
  });

  it("writes integers that a double does not hold exactly as text", () => {
    const integers = [2n ** 53n, 2n ** 53n + 1n, -(2n ** 63n)];
    assert.deepEqual(integers.map(canonicalInteger), [
      9007199254740992,
      "9007199254740993",
      "-9223372036854775808",
    ]);
  });
});
