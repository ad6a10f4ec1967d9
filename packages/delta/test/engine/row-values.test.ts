import assert from "node:assert/strict";
import { test } from "node:test";

import { formatDate, formatDecimal, formatTimestamp } from "../../src/index.ts";

test("unscaled decimals become exact text", () => {
  assert.equal(formatDecimal(-1250n, 3), "-1.250");
  assert.equal(formatDecimal(5n, 8), "0.00000005");
  assert.equal(formatDecimal(-5n, 1), "-0.5");
  assert.equal(formatDecimal(42n, 0), "42");
  assert.equal(formatDecimal(10n ** 38n - 1n, 38), `0.${"9".repeat(38)}`);
});

test("dates before 1970 and beyond the year 9999 keep the form of ISO 8601", () => {
  assert.equal(formatDate(0), "1970-01-01");
  assert.equal(formatDate(-1), "1969-12-31");
  assert.equal(formatDate(2_932_897), "+010000-01-01");
});

test("timestamps show as many digits of the second as there are", () => {
  assert.equal(formatTimestamp(0n, "Z"), "1970-01-01T00:00:00Z");
  assert.equal(formatTimestamp(-1n, "Z"), "1969-12-31T23:59:59.999999Z");
  assert.equal(formatTimestamp(1_500_000n, ""), "1970-01-01T00:00:01.500");
});
