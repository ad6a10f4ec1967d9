import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { after, test } from "node:test";

import type { BackfillRequest } from "../../../src/batch/backfill-request.ts";
import { parseInstant } from "../../../src/market/time-range.ts";
import { timeframes } from "../../../src/market/timeframe.ts";
import { ProviderError } from "../../../src/providers/provider-error.ts";
import { DemoProvider } from "../../../src/providers/demo/demo.ts";
import { demoSource } from "../../stand-in/candle-source.ts";
import { startStandIn } from "../../stand-in/server.ts";
import { TemporaryFolder } from "../../temporary-folder.ts";
import { bound } from "../altered-provider.ts";
import {
  deadLetterRecords,
  marketRows,
  openWorkshop,
  pairs,
  range,
  sharedEngine,
  testClock,
  testNowMs,
} from "../workshop.ts";

after(() => sharedEngine.close());

const week: BackfillRequest = {
  assetPairs: pairs("BTCUSD", "ETHUSD"),
  timeframes,
  range: range("2026-01-01", "2026-01-08"),
  provider: "demo",
};

const hours: BackfillRequest = { ...week, assetPairs: pairs("BTCUSD"), timeframes: ["1h"] };

test("a row whose time is absurd is a dead letter, not a silence", async () => {
  using folder = new TemporaryFolder();
  const market = demoSource(3, ["BTCUSD"]);
  const times = [1, parseInstant("2026-01-03T13:00:00Z"), Number.MAX_SAFE_INTEGER];
  for (const time of times) {
    const standIn = await startStandIn({ series: market, now: () => testNowMs });
    const opens = [...market.candles("BTCUSD", "1h", range("2026-01-01", "2026-01-02"))].map(
      (candle, index) =>
        // Seconds for all but the fifth hour, which comes in another unit or from another age.
        [index === 5 ? time : candle.openTimeMs / 1000, 1, 3, 2, 2, 1],
    );
    standIn.intercept = () => ({ kind: "answer", status: 200, body: JSON.stringify(opens) });
    try {
      const { ingester } = openWorkshop({ root: folder.at(String(time)), baseUrl: standIn.url });
      const { series } = await ingester.backfill({
        ...hours,
        range: range("2026-01-01", "2026-01-02"),
        provider: "coinbase",
      });
      assert.deepEqual([series[0]?.rowsIngested, series[0]?.rowsRejected], [23, 1], `time ${time}`);
    } finally {
      await standIn.close();
    }
  }
});

test("a range from which no bar came at all is pointed out", async () => {
  using folder = new TemporaryFolder();
  const standIn = await startStandIn({
    series: demoSource(3, ["BTCUSD"]),
    now: () => testNowMs,
    intercept: () => ({ kind: "answer", status: 200, body: "[]" }),
  });
  try {
    const { ingester } = openWorkshop({ root: folder.path, baseUrl: standIn.url });
    const { series } = await ingester.backfill({ ...hours, provider: "coinbase" });
    assert.match(series[0]?.warnings.join() ?? "", /sent no bar at all where about 168 were expected/);
    assert.equal(series[0]?.failure, undefined);
  } finally {
    await standIn.close();
  }
});

test("without a network there is an error that says so, and no table", async () => {
  using folder = new TemporaryFolder();
  // Nothing listens on the port that was just given back.
  const gone = await startStandIn({ series: demoSource(1, ["BTCUSD"]), now: () => testNowMs });
  await gone.close();
  const { ingester } = openWorkshop({ root: folder.path, baseUrl: gone.url });
  const { series } = await ingester.backfill({ ...week, provider: "coinbase" });
  for (const one of series) {
    assert.ok(one.failure instanceof ProviderError);
    assert.equal(one.failure.code, "NETWORK_UNREACHABLE");
  }
  assert.ok(!existsSync(folder.at("bronze")));
});

test("a run that is stopped keeps what came, and the next one goes on from there", async () => {
  using folder = new TemporaryFolder();
  const stop = new AbortController();
  const request: BackfillRequest = { ...hours, timeframes: ["1m"], range: range("2026-01-01", "2026-02-01") };
  const { ingester, lake } = openWorkshop({ root: folder.path });
  const stopped = await ingester.backfill({
    ...request,
    signal: stop.signal,
    onProgress: ({ windowsDone }) => {
      if (windowsDone === 2) stop.abort(new Error("enough"));
    },
  });
  assert.match(String(stopped.series[0]?.failure), /enough/);
  assert.ok((stopped.series[0]?.rowsIngested ?? 0) > 0);
  const rest = await ingester.backfill(request);
  assert.equal((stopped.series[0]?.rowsIngested ?? 0) + (rest.series[0]?.rowsIngested ?? 0), 31 * 1440);
  assert.equal((await marketRows(lake, "raw_market_data_1m")).length, 31 * 1440);
});

test("a failing page keeps the pages before it", async () => {
  using folder = new TemporaryFolder();
  const standIn = await startStandIn({
    series: demoSource(3, ["BTCUSD"]),
    now: () => testNowMs,
    intercept: (request) =>
      request.url.href.includes("start=2026-01-26")
        ? { kind: "answer", status: 400, body: '{"message":"no"}' }
        : undefined,
  });
  try {
    const request: BackfillRequest = {
      ...hours,
      range: range("2026-01-01", "2026-03-01"),
      provider: "coinbase",
    };
    const { ingester, lake } = openWorkshop({ root: folder.path, baseUrl: standIn.url });
    const failed = await ingester.backfill(request);
    assert.ok(failed.series[0]?.failure instanceof ProviderError);
    const kept = failed.series[0].rowsIngested;
    standIn.intercept = undefined;
    const rest = await ingester.backfill(request);
    assert.equal(kept + (rest.series[0]?.rowsIngested ?? 0), 59 * 24);
    assert.equal((await marketRows(lake, "raw_market_data_1h")).length, 59 * 24);
  } finally {
    await standIn.close();
  }
});

test("two runs of one range at once make no duplicates", async () => {
  using folder = new TemporaryFolder();
  const runs = [1, 2, 3].map(() => openWorkshop({ root: folder.path, dirtyRows: true }));
  const results = await Promise.all(
    runs.map(({ ingester }) => ingester.backfill({ ...week, timeframes: ["15m", "1h", "1d"] })),
  );
  assert.deepEqual(
    results.flatMap((result) => result.series.filter((series) => series.failure !== undefined)),
    [],
  );
  const [first] = runs;
  assert.ok(first !== undefined);
  using alone = new TemporaryFolder();
  const quiet = openWorkshop({ root: alone.path, dirtyRows: true });
  await quiet.ingester.backfill({ ...week, timeframes: ["15m", "1h", "1d"] });
  for (const table of ["raw_market_data_15m", "raw_market_data_1h", "raw_market_data_1d"]) {
    assert.deepEqual(await marketRows(first.lake, table), await marketRows(quiet.lake, table));
  }
  assert.deepEqual(await deadLetterRecords(first.deadLetters), await deadLetterRecords(quiet.deadLetters));
});

test("a run that another one overtakes by several commits repeats none of its rows", async () => {
  using folder = new TemporaryFolder();
  // Each look at the clock is a minute later, so that each window is a commit of its own.
  let nowMs = testNowMs;
  const clock = { ...testClock, now: () => (nowMs += 61_000) };
  const request: BackfillRequest = { ...hours, timeframes: ["1m"], range: range("2026-01-01", "2026-02-12") };
  const faster = openWorkshop({ root: folder.path, clock });
  const demo = new DemoProvider({ clock: testClock, seed: 7, dirtyRows: false });
  let overtaking: Promise<unknown> | undefined;
  const slower = openWorkshop({
    root: folder.path,
    clock,
    provider: {
      ...bound(demo),
      async fetchBars(asked, signal) {
        overtaking ??= faster.ingester.backfill({ ...request, range: range("2026-01-01", "2026-01-22") });
        await overtaking;
        return demo.fetchBars(asked, signal);
      },
    },
  });
  const { series } = await slower.ingester.backfill(request);
  assert.equal(series[0]?.failure, undefined);
  assert.equal(series[0]?.rowsIngested, 21 * 1440);
  const rows = await marketRows(slower.lake, "raw_market_data_1m");
  assert.equal(rows.length, 42 * 1440);
  assert.equal(new Set(rows.map((row) => String(row["timestamp"]))).size, rows.length);
});
