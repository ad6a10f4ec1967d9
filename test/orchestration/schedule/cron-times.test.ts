import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";

import { CronTimes } from "../../../src/orchestration/schedule/cron-times.ts";
import { runsOf } from "../../sampled.ts";

function timesAfter(schedule: string, zone: string, from: string, count: number): string[] {
  const times = new CronTimes(schedule, zone);
  const found: string[] = [];
  for (let after = Date.parse(from); found.length < count;) {
    after = times.nextAfter(after) ?? Number.NaN;
    found.push(new Date(after).toISOString().slice(0, 16));
  }
  return found;
}

test("a time that does not exist is the first instant after the gap, once", () => {
  assert.deepEqual(timesAfter("30 2 * * *", "Europe/Berlin", "2026-03-28T02:00:00Z", 2), [
    "2026-03-29T01:00",
    "2026-03-30T00:30",
  ]);
  // Half an hour is left out: 02:00 is followed by 02:30.
  assert.deepEqual(timesAfter("15 2 * * *", "Australia/Lord_Howe", "2026-10-03T00:00:00Z", 2), [
    "2026-10-03T15:30",
    "2026-10-04T15:15",
  ]);
});

test("a time that happens twice is the first of the two, once", () => {
  assert.deepEqual(timesAfter("30 2 * * *", "Europe/Berlin", "2026-10-24T12:00:00Z", 2), [
    "2026-10-25T00:30",
    "2026-10-26T01:30",
  ]);
  assert.deepEqual(timesAfter("30 2,14 * * *", "Europe/Berlin", "2026-10-24T23:00:00Z", 3), [
    "2026-10-25T00:30",
    "2026-10-25T13:30",
    "2026-10-26T01:30",
  ]);
  assert.deepEqual(timesAfter("45 1 * * *", "Australia/Lord_Howe", "2026-04-04T00:00:00Z", 2), [
    "2026-04-04T14:45",
    "2026-04-05T15:15",
  ]);
});

test("an hourly schedule goes on by elapsed time when clocks change", () => {
  for (const from of ["2026-03-28T23:00:00Z", "2026-10-24T22:00:00Z"]) {
    const times = timesAfter("0 * * * *", "Europe/Berlin", from, 6).map((time) => Date.parse(`${time}Z`));
    for (const [place, time] of times.entries())
      assert.equal(time - Date.parse(from), (place + 1) * 3_600_000);
  }
});

test("the times of a span are those that come one after the other, whatever the zone", () => {
  const schedules = fc.constantFrom(
    "30 2 * * *",
    "0 1 * * *",
    "*/17 * * * *",
    "15 2 * * 0",
    "0 0 29 2 *",
    "45 1 1 * *",
  );
  const zones = fc.constantFrom(
    "UTC",
    "Europe/Berlin",
    "Australia/Lord_Howe",
    "America/St_Johns",
    "Asia/Kathmandu",
  );
  const minute = fc.integer({ min: Date.UTC(2024, 0), max: Date.UTC(2028, 0) });
  fc.assert(
    fc.property(
      schedules,
      zones,
      minute,
      fc.integer({ min: 0, max: 9 * 86_400_000 }),
      (schedule, zone, start, span) => {
        const times = new CronTimes(schedule, zone);
        const expected: number[] = [];
        for (
          let next = times.nextAfter(start);
          next !== undefined && next <= start + span;
          next = times.nextAfter(next)
        )
          expected.push(next);
        assert.deepEqual(times.between(start, start + span, 100_000), expected);
        assert.deepEqual(times.between(start, start + span, 3), expected.slice(-3));
      },
    ),
    { numRuns: runsOf(5, 300) },
  );
});
