import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";

import { IngestionError } from "../../src/batch/ingestion-error.ts";
import { planSeries } from "../../src/batch/series-plan.ts";
import type { SeriesRequest } from "../../src/batch/series-plan.ts";
import { AssetPair } from "../../src/market/asset-pair.ts";
import { parseInstant } from "../../src/market/time-range.ts";
import { timeframeMs, timeframes } from "../../src/market/timeframe.ts";
import { createProvider } from "../../src/providers/create-provider.ts";
import type { MarketDataProvider, ProviderName } from "../../src/providers/provider.ts";
import { range, testClock, testNowMs } from "./workshop.ts";

function provider(name: ProviderName): MarketDataProvider {
  return createProvider(name, {
    credentials: { ALPHA_VANTAGE_API_KEY: "key", OANDA_API_TOKEN: "token" },
    clock: testClock,
    random: () => 0,
  });
}

const request: SeriesRequest = {
  assetPair: AssetPair.parse("BTCUSD"),
  timeframe: "1h",
  range: range("2026-01-01", "2026-02-01"),
  watermarkMs: undefined,
  tableVersion: undefined,
  firstStoredMs: undefined,
  force: false,
  nowMs: testNowMs,
};

test("windows are fixed, adjoin and make up the range, whatever timeframe and provider", () => {
  const start = parseInstant("2025-01-01");
  fc.assert(
    fc.property(
      fc.constantFrom(...timeframes),
      fc.integer({ min: start, max: start + 400 * 86_400_000 }),
      fc.integer({ min: 1, max: 60 * 86_400_000 }),
      (timeframe, startMs, spanMs) => {
        const coinbase = provider("coinbase");
        const plan = planSeries(
          { ...request, timeframe, range: { startMs, endMs: startMs + spanMs } },
          coinbase,
        );
        let nextMs = plan.range.startMs;
        for (const window of plan.windows) {
          assert.equal(window.startMs, nextMs);
          const bars = (window.endMs - window.startMs) / timeframeMs(plan.sourceTimeframe);
          assert.ok(Number.isInteger(bars) && bars >= 1 && bars <= coinbase.capabilities.barsPerRequestMax);
          assert.equal((window.endMs - window.startMs) % timeframeMs(timeframe), 0);
          nextMs = window.endMs;
        }
        assert.equal(nextMs, plan.range.endMs);
      },
    ),
  );
});

test("the range begins behind the watermark, ahead of the asked start or not", () => {
  const watermarkMs = parseInstant("2026-01-10T07:00:00Z");
  const plan = planSeries({ ...request, watermarkMs }, provider("demo"));
  assert.equal(plan.range.startMs, parseInstant("2026-01-10T08:00:00Z"));
  const later = planSeries(
    { ...request, watermarkMs, range: range("2026-01-20", "2026-02-01") },
    provider("demo"),
  );
  assert.equal(later.range.startMs, parseInstant("2026-01-10T08:00:00Z"), "coverage has no hole");
  const forced = planSeries({ ...request, watermarkMs, force: true }, provider("demo"));
  assert.deepEqual(forced.range, request.range);
});

test("a watermark beyond the end leaves nothing to do", () => {
  const plan = planSeries({ ...request, watermarkMs: parseInstant("2026-03-01") }, provider("demo"));
  assert.deepEqual([plan.windows.length, plan.expectedRows], [0, 0]);
});

test("ends that are off the grid take in the bars that open in between", () => {
  const off = { startMs: parseInstant("2026-01-01T00:30:00Z"), endMs: parseInstant("2026-01-01T05:30:00Z") };
  const plan = planSeries({ ...request, range: off }, provider("demo"));
  assert.deepEqual(plan.range, {
    startMs: parseInstant("2026-01-01T01:00:00Z"),
    endMs: parseInstant("2026-01-01T06:00:00Z"),
  });
});

test("a bar that is not over is not planned", () => {
  const plan = planSeries({ ...request, nowMs: parseInstant("2026-01-02T03:59:59Z") }, provider("demo"));
  assert.equal(plan.range.endMs, parseInstant("2026-01-02T03:00:00Z"));
});

test("4h of Coinbase comes from 1h, in windows of whole 4h bars", () => {
  const plan = planSeries({ ...request, timeframe: "4h" }, provider("coinbase"));
  assert.equal(plan.sourceTimeframe, "1h");
  assert.equal(plan.expectedRows, 31 * 6);
  assert.equal(plan.windows.length, 3);
});

test("expected rows know the weekend of foreign exchange, with daylight saving", () => {
  const euro = { ...request, assetPair: AssetPair.parse("EUR_USD") };
  // Sunday 17:00 to Friday 17:00 in New York: 22:00 UTC in winter, 21:00 in summer.
  const winter = planSeries({ ...euro, range: range("2026-01-11", "2026-01-18") }, provider("oanda"));
  assert.equal(winter.expectedRows, 120);
  const change = planSeries({ ...euro, range: range("2026-03-06", "2026-03-10") }, provider("oanda"));
  assert.equal(change.expectedRows, 22 + 3 + 24);
});

test("what lies beyond a provider's history is left out, and the plan says so", () => {
  const plan = planSeries(
    { ...request, range: range("2026-01-01", "2026-06-01") },
    provider("alpha_vantage"),
  );
  assert.ok(plan.range.startMs > parseInstant("2026-04-25"));
  assert.match(plan.notes[0] ?? "", /alpha_vantage serves 1h of BTCUSD from 2026-0/);
});

test("an asset that a provider does not have is refused by name", () => {
  assert.throws(
    () => planSeries({ ...request, assetPair: AssetPair.parse("EURUSD") }, provider("coinbase")),
    (error) =>
      error instanceof IngestionError && error.code === "UNSUPPORTED_SERIES" && /EURUSD/.test(error.message),
  );
});
