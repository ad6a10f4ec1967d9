import assert from "node:assert/strict";
import { test } from "node:test";
import { parseRetryAfterMs, waitText } from "../../../src/providers/http/retry-after.ts";

const nowMs = Date.UTC(2026, 0, 8, 12);

test("seconds are read", () => {
  assert.equal(parseRetryAfterMs("120", nowMs), 120_000);
  assert.equal(parseRetryAfterMs(" 0 ", nowMs), 0);
});

test("an HTTP date is read as the time until then", () => {
  assert.equal(parseRetryAfterMs("Thu, 08 Jan 2026 12:00:30 GMT", nowMs), 30_000);
  assert.equal(parseRetryAfterMs("Thu, 08 Jan 2026 11:00:00 GMT", nowMs), 0);
});

test("what cannot be read is no wish", () => {
  for (const header of [undefined, "", "soon", "-5", "2026"]) {
    const expected = header === "2026" ? 2_026_000 : undefined;
    assert.equal(parseRetryAfterMs(header, nowMs), expected, header);
  }
});

test("a pause is said in seconds, minutes or hours, never shorter than it is", () => {
  const said = [500, 45_000, 119_001, 121_000, 3_600_000, 10_799_000, 86_400_000].map(waitText);
  assert.deepEqual(said, ["1 s", "45 s", "2 min", "3 min", "60 min", "3 h", "24 h"]);
});
