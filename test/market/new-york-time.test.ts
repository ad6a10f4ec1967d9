import assert from "node:assert/strict";
import { test } from "node:test";
import { newYorkOffsetMs, newYorkToUtc } from "../../src/market/new-york-time.ts";

const hourMs = 3_600_000;

test("the offset changes at the very minute of the clocks' change", () => {
  const springMs = Date.UTC(2026, 2, 8, 7);
  assert.equal(newYorkOffsetMs(springMs - 1), -5 * hourMs);
  assert.equal(newYorkOffsetMs(springMs), -4 * hourMs);
  const autumnMs = Date.UTC(2026, 10, 1, 6);
  assert.equal(newYorkOffsetMs(autumnMs - 1), -4 * hourMs);
  assert.equal(newYorkOffsetMs(autumnMs), -5 * hourMs);
});

test("wall-clock times of both halves of the year are translated", () => {
  assert.equal(newYorkToUtc(Date.UTC(2026, 0, 8, 9, 30)), Date.UTC(2026, 0, 8, 14, 30));
  assert.equal(newYorkToUtc(Date.UTC(2026, 6, 8, 9, 30)), Date.UTC(2026, 6, 8, 13, 30));
});

test("every hour of a year but the skipped and the repeated one is translated back and forth", () => {
  let mismatches = 0;
  for (let wallMs = Date.UTC(2026, 0, 1); wallMs < Date.UTC(2027, 0, 1); wallMs += hourMs) {
    const instantMs = newYorkToUtc(wallMs);
    if (instantMs + newYorkOffsetMs(instantMs) !== wallMs) mismatches++;
  }
  assert.equal(mismatches, 1);
});
