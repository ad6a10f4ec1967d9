import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";

import { IngestionError } from "../../../src/bronze/ingestion-error.ts";
import type { Coverage } from "../../../src/bronze/coverage.ts";
import { planSeries, requestsOf } from "../../../src/batch/fetch/series-plan.ts";
import type { SeriesPlan, SeriesRequest } from "../../../src/batch/fetch/series-plan.ts";
import { AssetPair } from "../../../src/market/asset-pair.ts";
import { usualCalendars } from "../../../src/market/market-calendars.ts";
import { unionOf, without } from "../../../src/market/range-set.ts";
import { parseInstant } from "../../../src/market/time-range.ts";
import type { TimeRange } from "../../../src/market/time-range.ts";
import { timeframeMs, timeframes } from "../../../src/market/timeframe.ts";
import type { AlphaVantagePlan } from "../../../src/providers/alpha-vantage/alpha-vantage.ts";
import { createProvider } from "../../../src/providers/create-provider.ts";
import type { MarketDataProvider, ProviderName } from "../../../src/providers/provider.ts";
import { range, testClock, testNowMs } from "../workshop.ts";

function provider(name: ProviderName, plan: AlphaVantagePlan = 75): MarketDataProvider {
  return createProvider(name, {
    credentials: { ALPHA_VANTAGE_API_KEY: "key", OANDA_API_TOKEN: "token" },
    clock: testClock,
    random: () => 0,
    ...(name === "alpha_vantage" ? { settings: { plan } } : {}),
  });
}

function coverageOf(...ranges: readonly TimeRange[]): Coverage {
  return { ranges: unionOf(ranges), entries: ranges };
}

/** The windows of all pieces. */
function windowsOf(plan: SeriesPlan): readonly TimeRange[] {
  return plan.pieces.flatMap(({ windows }) => windows);
}

const request: SeriesRequest = {
  assetPair: AssetPair.parse("BTCUSD"),
  timeframe: "1h",
  range: range("2026-01-01", "2026-02-01"),
  coverage: coverageOf(),
  tableVersion: undefined,
  force: false,
  revisionWindow: 0,
  calendars: usualCalendars,
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
        const plan = planSeries({ ...request, timeframe, range: { startMs, endMs: startMs + spanMs } }, [
          coinbase,
        ]);
        let nextMs = plan.range.startMs;
        for (const window of windowsOf(plan)) {
          assert.equal(window.startMs, nextMs);
          const bars =
            (window.endMs - window.startMs) / timeframeMs(plan.pieces[0]?.sourceTimeframe ?? timeframe);
          assert.ok(Number.isInteger(bars) && bars >= 1 && bars <= coinbase.capabilities.barsPerRequestMax);
          assert.equal((window.endMs - window.startMs) % timeframeMs(timeframe), 0);
          nextMs = window.endMs;
        }
        assert.equal(nextMs, plan.range.endMs);
      },
    ),
  );
});

const january = coverageOf(range("2026-01-05", "2026-01-10"));

/** The ranges that are planned. */
const plannedRanges = (asked: TimeRange, ...covered: readonly TimeRange[]): readonly TimeRange[] =>
  planSeries({ ...request, range: asked, coverage: coverageOf(...covered) }, [provider("demo")]).pieces.map(
    (piece) => piece.range,
  );

test("what is not covered is planned: on the left, on the right, and between", () => {
  const [first, second] = [range("2026-01-05", "2026-01-10"), range("2026-01-12", "2026-01-15")];
  assert.deepEqual(plannedRanges(range("2026-01-01", "2026-01-08"), first), [
    range("2026-01-01", "2026-01-05"),
  ]);
  assert.deepEqual(plannedRanges(range("2026-01-01", "2026-01-20"), first, second), [
    range("2026-01-01", "2026-01-05"),
    range("2026-01-10", "2026-01-12"),
    range("2026-01-15", "2026-01-20"),
  ]);
  assert.deepEqual(plannedRanges(range("2026-01-06", "2026-01-09"), first), []);
  assert.deepEqual(plannedRanges(range("2025-12-01", "2025-12-02"), first), [
    range("2025-12-01", "2025-12-02"),
  ]);
});

test("a range behind all that is covered begins where coverage ends", () => {
  const later = planSeries({ ...request, coverage: january, range: range("2026-01-20", "2026-02-01") }, [
    provider("demo"),
  ]);
  assert.equal(later.range.startMs, parseInstant("2026-01-10"), "coverage has no hole");
  assert.match(later.notes[0] ?? "", /2026-01-10T00:00:00Z on, where the last run ended/);
  const forced = planSeries({ ...request, coverage: january, force: true }, [provider("demo")]);
  assert.deepEqual(forced.range, request.range);
});

test("a full refresh plans all that is covered, and the range", () => {
  const wide = planSeries(
    { ...request, coverage: january, range: range("2026-01-07", "2026-01-08"), force: "everything" },
    [provider("demo")],
  );
  assert.deepEqual(wide.range, range("2026-01-05", "2026-01-10"));
  const beyond = planSeries(
    { ...request, coverage: january, range: range("2026-01-01", "2026-01-20"), force: "everything" },
    [provider("demo")],
  );
  assert.deepEqual(beyond.range, range("2026-01-01", "2026-01-20"));
});

test("a range that is covered leaves nothing to do", () => {
  const coverage = coverageOf(range("2025-01-01", "2026-03-01"));
  const plan = planSeries({ ...request, coverage }, [provider("demo")]);
  assert.deepEqual([requestsOf(plan), plan.expectedRows], [0, 0]);
});

test("the last bars are planned again within the revision window", () => {
  const plan = planSeries(
    { ...request, coverage: january, range: range("2026-01-05", "2026-01-11"), revisionWindow: 3 },
    [provider("demo")],
  );
  assert.deepEqual(plan.range, {
    startMs: parseInstant("2026-01-09T21:00:00Z"),
    endMs: parseInstant("2026-01-11"),
  });
  assert.deepEqual(plan.pieces.length, 1);
});

test("ends that are off the grid take in the bars that open in between", () => {
  const off = { startMs: parseInstant("2026-01-01T00:30:00Z"), endMs: parseInstant("2026-01-01T05:30:00Z") };
  const plan = planSeries({ ...request, range: off }, [provider("demo")]);
  assert.deepEqual(plan.range, {
    startMs: parseInstant("2026-01-01T01:00:00Z"),
    endMs: parseInstant("2026-01-01T06:00:00Z"),
  });
});

test("a bar that is not over is not planned", () => {
  const plan = planSeries({ ...request, nowMs: parseInstant("2026-01-02T03:59:59Z") }, [provider("demo")]);
  assert.equal(plan.range.endMs, parseInstant("2026-01-02T03:00:00Z"));
});

test("4h of Coinbase comes from 1h, in windows of whole 4h bars", () => {
  const plan = planSeries({ ...request, timeframe: "4h" }, [provider("coinbase")]);
  assert.equal(plan.pieces[0]?.sourceTimeframe, "1h");
  assert.equal(plan.expectedRows, 31 * 6);
  assert.equal(requestsOf(plan), 3);
});

test("expected rows know the weekend of foreign exchange, with daylight saving", () => {
  const euro = { ...request, assetPair: AssetPair.parse("EUR_USD") };
  // Sunday 17:00 to Friday 17:00 in New York: 22:00 UTC in winter, 21:00 in summer.
  const winter = planSeries({ ...euro, range: range("2026-01-11", "2026-01-18") }, [provider("oanda")]);
  assert.equal(winter.expectedRows, 120);
  const change = planSeries({ ...euro, range: range("2026-03-06", "2026-03-10") }, [provider("oanda")]);
  assert.equal(change.expectedRows, 22 + 3 + 24);
});

test("what lies beyond a provider's history is left out, and the plan says so", () => {
  const plan = planSeries({ ...request, range: range("2026-01-01", "2026-06-01") }, [
    provider("alpha_vantage"),
  ]);
  assert.ok(plan.range.startMs > parseInstant("2026-04-25"));
  assert.match(plan.notes[0] ?? "", /alpha_vantage serves 1h of BTCUSD from 2026-0/);
});

test("an asset that a provider does not have is refused by name", () => {
  assert.throws(
    () => planSeries({ ...request, assetPair: AssetPair.parse("EURUSD") }, [provider("coinbase")]),
    (error) =>
      error instanceof IngestionError && error.code === "UNSUPPORTED_SERIES" && /EURUSD/.test(error.message),
  );
});

const chain = (): MarketDataProvider[] => [
  provider("alpha_vantage"),
  provider("coinbase"),
  provider("oanda"),
];

test("each provider of the chain takes what it can serve of what the ones before it left", () => {
  const recent = { ...request, range: range("2026-01-01", "2026-06-01") };
  const servedFrom = parseInstant("2026-05-02");
  const crypto = planSeries(recent, chain());
  assert.deepEqual(
    crypto.pieces.map(({ provider: name, range: part }) => [name, part.startMs, part.endMs]),
    [
      ["coinbase", recent.range.startMs, servedFrom],
      ["alpha_vantage", servedFrom, recent.range.endMs],
    ],
  );
  assert.deepEqual(crypto.notes, []);
  const euro = planSeries({ ...recent, assetPair: AssetPair.parse("EUR_USD") }, chain());
  assert.deepEqual(
    euro.pieces.map((piece) => piece.provider),
    ["oanda", "alpha_vantage"],
  );
  const stock = planSeries({ ...recent, assetPair: AssetPair.parse("AAPL") }, chain());
  assert.deepEqual(
    stock.pieces.map((piece) => piece.provider),
    ["alpha_vantage"],
  );
});

const namesOf = (plan: SeriesPlan): string[] => plan.pieces.map((piece) => piece.provider);

test("a chain leaves what the free plan does not serve to others; asked alone, the provider is tried", () => {
  const free = [provider("alpha_vantage", "free"), provider("coinbase")];
  const recent = { ...request, range: range("2026-05-10", "2026-05-20") };
  assert.deepEqual(namesOf(planSeries(recent, free)), ["coinbase"]);
  assert.deepEqual(namesOf(planSeries({ ...recent, timeframe: "1d" }, free)), ["alpha_vantage"]);
  assert.deepEqual(namesOf(planSeries(recent, free.slice(0, 1))), ["alpha_vantage"]);
  assert.throws(
    () => planSeries({ ...recent, assetPair: AssetPair.parse("AAPL") }, free),
    (error) =>
      error instanceof IngestionError && /Alpha Vantage does not serve 1h: its free plan/.test(error.message),
  );
});

test("a timeframe that the first provider lacks is built from its finer one, as far as that reaches", () => {
  const plan = planSeries(
    {
      ...request,
      timeframe: "4h",
      assetPair: AssetPair.parse("EURUSD"),
      range: range("2026-01-01", "2026-06-01"),
    },
    chain(),
  );
  assert.deepEqual(
    plan.pieces.map(({ provider: name, sourceTimeframe }) => [name, sourceTimeframe]),
    [
      ["oanda", "4h"],
      ["alpha_vantage", "1h"],
    ],
  );
});

test("the pieces of a chain make up what is missing, each instant once", () => {
  const start = parseInstant("2026-01-01");
  const day = 86_400_000;
  const ranges = fc.array(
    fc.tuple(fc.integer({ min: 0, max: 150 }), fc.integer({ min: 1, max: 20 })).map(([at, days]) => ({
      startMs: start + at * day,
      endMs: start + (at + days) * day,
    })),
    { maxLength: 5 },
  );
  fc.assert(
    fc.property(ranges, fc.constantFrom(...timeframes), (covered, timeframe) => {
      const asked = range("2026-01-01", "2026-05-30");
      const plan = planSeries(
        { ...request, timeframe, range: asked, coverage: coverageOf(...covered) },
        chain(),
      );
      const parts = plan.pieces.map((piece) => piece.range);
      assert.deepEqual(unionOf(parts), without(asked, unionOf(covered)));
      const total = parts.reduce((sum, part) => sum + part.endMs - part.startMs, 0);
      assert.equal(
        total,
        without(asked, unionOf(covered)).reduce((sum, part) => sum + part.endMs - part.startMs, 0),
        "no instant twice",
      );
    }),
  );
});

test("an asset that no provider of the chain has names them all", () => {
  assert.throws(
    () => planSeries({ ...request, assetPair: AssetPair.parse("EURUSD") }, [provider("coinbase")]),
    (error) => error instanceof IngestionError && /Coinbase cannot serve EURUSD/.test(error.message),
  );
});
