import assert from "node:assert/strict";
import { test } from "node:test";
import { newYorkZone, zoneClock } from "../../src/market/zone-clock.ts";

const newYork = zoneClock(newYorkZone);

const hourMs = 3_600_000;

test("the offset changes at the very minute of the clocks' change", () => {
  const springMs = Date.UTC(2026, 2, 8, 7);
  assert.equal(newYork.offsetMs(springMs - 1), -5 * hourMs);
  assert.equal(newYork.offsetMs(springMs), -4 * hourMs);
  const autumnMs = Date.UTC(2026, 10, 1, 6);
  assert.equal(newYork.offsetMs(autumnMs - 1), -4 * hourMs);
  assert.equal(newYork.offsetMs(autumnMs), -5 * hourMs);
});

test("wall-clock times of both halves of the year are translated", () => {
  assert.equal(newYork.toUtc(Date.UTC(2026, 0, 8, 9, 30)), Date.UTC(2026, 0, 8, 14, 30));
  assert.equal(newYork.toUtc(Date.UTC(2026, 6, 8, 9, 30)), Date.UTC(2026, 6, 8, 13, 30));
});

test("every hour of a year but the skipped and the repeated one is translated back and forth", () => {
  let mismatches = 0;
  for (let wallMs = Date.UTC(2026, 0, 1); wallMs < Date.UTC(2027, 0, 1); wallMs += hourMs) {
    const instantMs = newYork.toUtc(wallMs);
    if (instantMs + newYork.offsetMs(instantMs) !== wallMs) mismatches++;
  }
  assert.equal(mismatches, 1);
});

test("zones of half hours, of the south and without daylight saving are known", () => {
  assert.equal(zoneClock("Asia/Kolkata").offsetMs(Date.UTC(2026, 0, 8)), 5.5 * hourMs);
  assert.equal(zoneClock("Asia/Tokyo").offsetMs(Date.UTC(2026, 6, 8)), 9 * hourMs);
  const sydney = zoneClock("Australia/Sydney");
  assert.deepEqual(
    [Date.UTC(2026, 0, 8), Date.UTC(2026, 6, 8)].map((instantMs) => sydney.offsetMs(instantMs)),
    [11 * hourMs, 10 * hourMs],
  );
  assert.equal(zoneClock("UTC").offsetMs(Date.UTC(2026, 6, 8)), 0);
  assert.throws(() => zoneClock("Mars/Olympus"), RangeError);
});
