import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";

import { exactUtcTime } from "../../src/providers/exact-time.ts";

test("times in UTC are read with any fraction of a second", () => {
  const instantMs = Date.UTC(2024, 1, 29, 23, 30);
  for (const text of [
    "2024-02-29T23:30Z",
    "2024-02-29T23:30:00Z",
    "2024-02-29T23:30:00.0Z",
    "2024-02-29T23:30:00.000000000Z",
  ])
    assert.equal(exactUtcTime(text), instantMs, text);
});

test("an instant is what Date makes of it", () => {
  fc.assert(
    fc.property(
      fc.date({ min: new Date("0100-01-01"), max: new Date("9999-12-31"), noInvalidDate: true }),
      (date) => {
        assert.equal(exactUtcTime(date.toISOString()), date.getTime());
      },
    ),
  );
});

for (const text of [
  "0050-01-01T00:00:00Z",
  "2026-00-01T00:00:00Z",
  "2026-01-00T00:00:00Z",
  "1900-02-29T00:00:00Z",
  "2026-02-29T00:00:00Z",
  "2026-02-30T00:00:00Z",
  "2026-04-31T00:00:00.000000000Z",
  "2026-13-01T00:00:00Z",
  "2026-01-01T24:00:00Z",
  "2026-01-01T23:60:00Z",
  "2026-01-01T00:00:00",
  "2026-01-01",
  "2026-01-01T00:00:00+02:00",
  "Mar 2 2026",
  "1767225600",
  "",
]) {
  test(`there is no instant in "${text}"`, () => {
    assert.equal(exactUtcTime(text), undefined);
  });
}
