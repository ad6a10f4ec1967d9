// Coverage means asked of a provider and answered, nothing wider.
import assert from "node:assert/strict";
import { after, test } from "node:test";

import type { BackfillResult } from "../../../src/batch/ingestion-results.ts";
import type { BackfillRequest } from "../../../src/batch/backfill-request.ts";
import { rejectedStretches } from "../../../src/batch/fetch/rejected-stretches.ts";
import { parseInstant } from "../../../src/market/time-range.ts";
import { DemoProvider } from "../../../src/providers/demo/demo.ts";
import { ProviderError } from "../../../src/providers/provider-error.ts";
import type { MarketDataProvider } from "../../../src/providers/provider.ts";
import type { UncheckedBar } from "../../../src/market/unchecked-bar.ts";
import { demoSource } from "../../stand-in/candle-source.ts";
import { startStandIn } from "../../stand-in/server.ts";
import type { StandInFault } from "../../stand-in/server.ts";
import { TemporaryFolder } from "../../temporary-folder.ts";
import { bound } from "../altered-provider.ts";
import { openWorkshop, pairs, range, sharedEngine, testClock, testNowMs } from "../workshop.ts";

after(() => sharedEngine.close());

const week: BackfillRequest = {
  assetPairs: pairs("BTCUSD"),
  timeframes: ["1h"],
  range: range("2026-01-01", "2026-01-08"),
  provider: "demo",
};

/** The demo provider with other bars. */
function changed(change: (bar: UncheckedBar, index: number) => UncheckedBar): MarketDataProvider {
  const demo = new DemoProvider({ clock: testClock, seed: 7, dirtyRows: false });
  return {
    ...bound(demo),
    async fetchBars(request, signal) {
      const page = await demo.fetchBars(request, signal);
      return { ...page, bars: page.bars.map(change) };
    },
  };
}

function spoilt(bar: UncheckedBar): UncheckedBar {
  return { ...bar, high: bar.low, low: bar.high };
}

const stretch = range("2026-01-03", "2026-01-04");

function spoiltWithin(bar: UncheckedBar): UncheckedBar {
  const { openTimeMs = 0 } = bar;
  return openTimeMs >= stretch.startMs && openTimeMs < stretch.endMs ? spoilt(bar) : bar;
}

const outcomes = ({ gate, series }: BackfillResult): unknown[] => [
  gate.passed,
  series[0]?.rowsIngested,
  series[0]?.rowsRejected,
];

test("a range whose rows were all rejected is fetched again, and fails again, until it is right", async () => {
  using folder = new TemporaryFolder();
  const bad = openWorkshop({ root: folder.path, provider: changed(spoilt) });
  for (let run = 0; run < 2; run += 1)
    assert.deepEqual(outcomes(await bad.ingester.backfill(week)), [false, 0, 168], `run ${run}`);
  const good = openWorkshop({ root: folder.path });
  assert.deepEqual(outcomes(await good.ingester.backfill(week)), [true, 168, 0]);
});

test("a stretch of rejected rows fails a run of which most rows passed, and only it is fetched again", async () => {
  using folder = new TemporaryFolder();
  const month: BackfillRequest = { ...week, range: range("2025-12-01", "2026-02-01") };
  const bad = openWorkshop({ root: folder.path, provider: changed(spoiltWithin) });
  const first = await bad.ingester.backfill(month);
  assert.deepEqual(outcomes(first), [false, 62 * 24 - 24, 24]);
  assert.ok(first.gate.rejectedShare < 0.05);
  assert.deepEqual(first.series[0]?.rejectedRanges, [stretch]);
  assert.deepEqual(outcomes(await bad.ingester.backfill(month)), [false, 0, 24]);
  const good = openWorkshop({ root: folder.path });
  assert.deepEqual(outcomes(await good.ingester.backfill(month)), [true, 24, 0]);
});

test("a repair asks once more for a rejected stretch, and then lets it be", async () => {
  using folder = new TemporaryFolder();
  const bad = openWorkshop({ root: folder.path, provider: changed(spoiltWithin) });
  await bad.ingester.backfill(week);
  await bad.ingester.repairGaps({ provider: "demo" });
  assert.deepEqual(outcomes(await bad.ingester.backfill(week)), [true, 0, 0]);
});

test("single rejected rows stay covered: nobody asks for them in every run", async () => {
  using folder = new TemporaryFolder();
  const bad = openWorkshop({
    root: folder.path,
    provider: changed((bar, index) => (index % 40 === 7 ? spoilt(bar) : bar)),
  });
  const first = await bad.ingester.backfill(week);
  assert.equal(first.gate.passed, true);
  assert.ok((first.series[0]?.rowsRejected ?? 0) > 0);
  assert.deepEqual(outcomes(await bad.ingester.backfill(week)), [true, 0, 0]);
});

test("rows without a readable time leave their window uncovered", () => {
  const window = range("2026-01-01", "2026-01-02");
  const row = { reason: "timestamp missing or unreadable", openTimeMs: undefined, raw: {}, sourceFile: "" };
  const rejected = Array.from({ length: 5 }, () => ({
    ...row,
    open: null,
    high: null,
    low: null,
    close: null,
    volume: null,
  }));
  assert.deepEqual(rejectedStretches([{ window, rows: [], rejected: [] }], "1h"), []);
  assert.deepEqual(rejectedStretches([{ window, rows: [], rejected }], "1h"), [window]);
});

async function withAnswers(
  answer: (url: URL) => readonly (readonly number[])[],
  work: (baseUrl: string) => Promise<void>,
): Promise<void> {
  const standIn = await startStandIn({
    series: demoSource(3, ["BTCUSD", "EURUSD"]),
    now: () => testNowMs,
    intercept: ({ url }): StandInFault => ({
      kind: "answer",
      status: 200,
      body: JSON.stringify(answer(url)),
    }),
  });
  try {
    await work(standIn.url);
  } finally {
    await standIn.close();
  }
}

function rowsFrom(instant: string, count: number): number[][] {
  return Array.from({ length: count }, (_, index) => [
    parseInstant(instant) / 1000 + index * 3600,
    1,
    3,
    2,
    2,
    1,
  ]);
}

const others: readonly (readonly [string, number[][]])[] = [
  ["the newest bars, whatever was asked", rowsFrom("2026-05-20", 280)],
  ["the bars behind the end", rowsFrom("2026-01-08T01:00:00Z", 168)],
  ["the bars before the start", rowsFrom("2025-12-25", 100)],
  ["bars in another unit of time", rowsFrom("1970-01-20", 168)],
];

for (const [name, rows] of others) {
  test(`an answer with ${name} is an error of its own, and nothing is covered`, async () => {
    using folder = new TemporaryFolder();
    await withAnswers(
      () => rows,
      async (baseUrl) => {
        const { ingester } = openWorkshop({ root: folder.path, baseUrl });
        for (let run = 0; run < 2; run += 1) {
          const { series } = await ingester.backfill({ ...week, provider: "coinbase" });
          assert.ok(series[0]?.failure instanceof ProviderError, `run ${run}`);
          assert.equal(series[0].failure.code, "RANGE_IGNORED");
          assert.match(
            series[0].failure.message,
            /2026-01-01T00:00:00Z to 2026-01-08T00:00:00Z and answered/,
          );
        }
      },
    );
  });
}

test("bars before the start that come with the right ones are no error", async () => {
  using folder = new TemporaryFolder();
  await withAnswers(
    () => rowsFrom("2025-12-30", 48 + 168),
    async (baseUrl) => {
      const { ingester } = openWorkshop({ root: folder.path, baseUrl });
      const result = await ingester.backfill({ ...week, provider: "coinbase" });
      assert.deepEqual(outcomes(result), [true, 168, 0]);
    },
  );
});

test("what lies before the first bar of an answer with all there is, is not covered, and the next provider is asked", async () => {
  using folder = new TemporaryFolder();
  const market = demoSource(3, ["BTCUSD"]);
  const recent = range("2026-05-20", "2026-05-30");
  const standIn = await startStandIn({ series: market, now: () => testNowMs });
  const since = parseInstant("2026-05-26");
  const bars = [...market.candles("BTCUSD", "1h", range("2026-05-26", "2026-06-01"))];
  standIn.intercept = ({ url }) => {
    if (url.pathname !== "/query") return undefined;
    const series = bars.map(({ openTimeMs }) => [
      new Date(openTimeMs).toISOString().slice(0, 19).replace("T", " "),
      { "1. open": "2", "2. high": "3", "3. low": "1", "4. close": "2", "5. volume": 1 },
    ]);
    const body = {
      "Meta Data": { "6. Time Zone": "UTC" },
      "Time Series Crypto (60min)": Object.fromEntries(series),
    };
    return { kind: "answer", status: 200, body: JSON.stringify(body) };
  };
  try {
    const request: BackfillRequest = { ...week, range: recent, provider: "auto" };
    const alone = openWorkshop({
      root: folder.at("alone"),
      baseUrl: standIn.url,
      fallbackChain: ["alpha_vantage"],
    });
    const { series } = await alone.ingester.backfill(request);
    assert.deepEqual(series[0]?.covered, [{ startMs: since, endMs: recent.endMs }]);
    assert.match(series[0].warnings.join(), /does not reach back to 2026-05-20.*it is not covered/);
    const chain = openWorkshop({ root: folder.at("chain"), baseUrl: standIn.url });
    const both = await chain.ingester.backfill(request);
    assert.deepEqual(
      both.series[0]?.shares.map(({ provider, rowsIngested }) => [provider, rowsIngested]),
      [
        ["alpha_vantage", 96],
        ["coinbase", 144],
      ],
    );
    assert.deepEqual(both.series[0].covered, [recent]);
  } finally {
    await standIn.close();
  }
});
