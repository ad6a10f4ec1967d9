// Outages told from quiet times, in series made of fixed random numbers.
import assert from "node:assert/strict";
import { test } from "node:test";

import { findGaps } from "../../../src/batch/gaps/gaps.ts";
import type { Gap } from "../../../src/batch/gaps/gaps.ts";
import { AssetPair } from "../../../src/market/asset-pair.ts";
import { usualCalendars } from "../../../src/market/market-calendars.ts";
import { unionOf, without } from "../../../src/market/range-set.ts";
import type { TimeRange } from "../../../src/market/time-range.ts";
import { RandomNumbers } from "../../../packages/delta/test/support/random-numbers.ts";
import { range } from "../workshop.ts";

const minuteMs = 60_000;
const schedule = usualCalendars.scheduleOf(AssetPair.parse("BTCUSD"), "1m");

/** Minutes that are missing by chance, and some stretches that are missing as a whole. */
function gapsOf(
  looked: TimeRange,
  chanceAt: (openMs: number) => number,
  seed: number,
  outages: readonly TimeRange[] = [],
): Gap[] {
  const random = new RandomNumbers(seed);
  const missing: TimeRange[] = [...outages];
  for (let at = looked.startMs; at < looked.endMs; at += minuteMs)
    if (random.next() < chanceAt(at)) missing.push({ startMs: at, endMs: at + minuteMs });
  const stored = without(looked, unionOf(missing));
  return findGaps({ schedule, stored, covered: [looked], confirmed: [] }, looked);
}

const outagesIn = (gaps: readonly Gap[]): number[] =>
  gaps.filter(({ kind }) => kind === "provider_outage").map(({ missingBars }) => missingBars);

const week = range("2026-01-05", "2026-01-12");

for (const share of [0.003, 0.01, 0.05, 0.31, 0.7, 0.95]) {
  test(`a series that misses ${share * 100} % of its minutes at random has no outage`, () => {
    for (let seed = 1; seed <= 5; seed += 1) {
      const gaps = gapsOf(week, () => share, seed);
      assert.ok(gaps.length > 0);
      assert.deepEqual(outagesIn(gaps), []);
    }
  });
}

test("an hour's outage is found in a series that misses every third minute", () => {
  const outage = range("2026-01-07T10:00:00Z", "2026-01-07T11:00:00Z");
  const found = outagesIn(gapsOf(week, () => 0.31, 7, [outage]));
  assert.equal(found.length, 1);
  assert.ok((found[0] ?? 0) >= 60);
});

test("a series that always trades has outages of single minutes, however long it is", () => {
  const month = range("2026-01-01", "2026-02-01");
  const outages = ["2026-01-03T04:05:00Z", "2026-01-13T05:05:00Z", "2026-01-23T06:05:00Z"].map((start) => ({
    startMs: Date.parse(start),
    endMs: Date.parse(start) + minuteMs,
  }));
  assert.deepEqual(outagesIn(gapsOf(month, () => 0, 1, outages)), [1, 1, 1]);
});

test("quiet nights are no outages, though their silences are longer than the whole series' share makes them", () => {
  for (let seed = 1; seed <= 5; seed += 1)
    assert.deepEqual(outagesIn(gapsOf(week, (openMs) => (isNight(openMs) ? 0.75 : 0.01), seed)), []);
});

test("a look at one hour judges by the whole series", () => {
  const random = new RandomNumbers(3);
  const missing: TimeRange[] = [];
  for (let at = week.startMs; at < week.endMs; at += minuteMs)
    if (random.next() < 0.31) missing.push({ startMs: at, endMs: at + minuteMs });
  const state = { schedule, stored: without(week, unionOf(missing)), covered: [week], confirmed: [] };
  const hour = range("2026-01-07T10:00:00Z", "2026-01-07T11:00:00Z");
  const whole = findGaps(state, week).filter(
    (gap) => gap.range.startMs >= hour.startMs && gap.range.endMs <= hour.endMs,
  );
  const within = findGaps(state, hour).filter(
    (gap) => gap.range.startMs > hour.startMs && gap.range.endMs < hour.endMs,
  );
  assert.ok(within.length > 5);
  for (const gap of within)
    assert.ok(whole.some((other) => other.range.startMs === gap.range.startMs && other.kind === gap.kind));
});

function isNight(openMs: number): boolean {
  return new Date(openMs).getUTCHours() < 8;
}
