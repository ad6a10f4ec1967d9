import assert from "node:assert/strict";
import { test } from "node:test";

import { freshnessOf } from "../../src/market/freshness.ts";
import { AssetPair } from "../../src/market/asset-pair.ts";
import { MarketCalendars } from "../../src/market/market-calendars.ts";
import type { Timeframe } from "../../src/market/timeframe.ts";

const lateness = { warnAfterSeconds: 300, errorAfterSeconds: 3600 };
const calendars = new MarketCalendars();

function statusOf(asset: string, timeframe: Timeframe, newest: string | undefined, now: string): string {
  const schedule = calendars.scheduleOf(AssetPair.parse(asset), timeframe);
  const newestMs = newest === undefined ? undefined : Date.parse(newest);
  const { status, lateSeconds } = freshnessOf(schedule, newestMs, Date.parse(now), lateness);
  return `${status} ${lateSeconds}`;
}

function afterNine(now: string): string {
  return statusOf("BTCUSD", "1h", "2026-01-07T09:00:00Z", now);
}

test("a bar may be as late as the limits say, counted from when it is over", () => {
  assert.equal(afterNine("2026-01-07T10:59:59Z"), "fresh 0");
  assert.equal(afterNine("2026-01-07T11:04:59Z"), "fresh 299");
  assert.equal(afterNine("2026-01-07T11:05:00Z"), "late 300");
  assert.equal(afterNine("2026-01-07T11:59:59Z"), "late 3599");
  assert.equal(afterNine("2026-01-07T12:00:00Z"), "stale 3600");
});

test("nothing is expected of a market while it is closed", () => {
  const friday = "2026-01-09T21:00:00Z";
  assert.equal(statusOf("EURUSD", "1h", friday, "2026-01-11T21:00:00Z"), "fresh 0");
  assert.match(statusOf("EURUSD", "1h", friday, "2026-01-12T03:00:00Z"), /^stale/);
  assert.match(statusOf("BTCUSD", "1h", friday, "2026-01-11T21:00:00Z"), /^stale/);
});

test("a series without bars is missing", () => {
  assert.equal(statusOf("BTCUSD", "1d", undefined, "2026-01-07T00:00:00Z"), "missing 0");
});
