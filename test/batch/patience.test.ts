// An outage that no other provider makes good for is waited out, and said to be.
import assert from "node:assert/strict";
import { after, mock, test } from "node:test";

import type { BackfillRequest } from "../../src/batch/backfill-request.ts";
import type { ProviderWait } from "../../src/batch/patience.ts";
import { ProviderError } from "../../src/providers/provider-error.ts";
import type { Clock } from "../../src/seams/clock.ts";
import { demoSource } from "../stand-in/candle-source.ts";
import { startStandIn, type StandIn } from "../stand-in/server.ts";
import { down } from "../stand-in/faults.ts";
import { TemporaryFolder } from "../temporary-folder.ts";
import { openWorkshop, pairs, range, sharedEngine, testNowMs } from "./workshop.ts";

after(() => sharedEngine.close());

const request: BackfillRequest = {
  assetPairs: pairs("BTCUSD", "ETHUSD"),
  timeframes: ["1h"],
  range: range("2026-01-01", "2026-03-01"),
  provider: "coinbase",
};

/** A clock whose waits are over at once, for our own waits and for the circuit breaker. */
const clock: Clock = {
  now: () => Date.now(),
  async sleep(durationMs, signal) {
    signal?.throwIfAborted();
    mock.timers.tick(durationMs);
  },
};

async function withOutage(work: (standIn: StandIn, root: string) => Promise<void>): Promise<void> {
  using folder = new TemporaryFolder();
  const standIn = await startStandIn({ series: demoSource(3, ["BTCUSD", "ETHUSD"]), now: () => testNowMs });
  mock.timers.enable({ apis: ["Date"], now: testNowMs });
  try {
    await work(standIn, folder.path);
  } finally {
    mock.timers.reset();
    await standIn.close();
  }
}

test("an outage of minutes is waited out with growing pauses, and the run goes on to its end", async () => {
  await withOutage(async (standIn, root) => {
    standIn.intercept = () => (Date.now() < testNowMs + 5 * 60_000 ? down : undefined);
    const waits: ProviderWait[] = [];
    const { ingester } = openWorkshop({ root, baseUrl: standIn.url, clock, patienceMs: 15 * 60_000 });
    const { series } = await ingester.backfill({ ...request, onWait: (wait) => waits.push(wait) });
    assert.deepEqual(
      series.map(({ failure, rowsIngested }) => [failure, rowsIngested]),
      [
        [undefined, 59 * 24],
        [undefined, 59 * 24],
      ],
    );
    assert.deepEqual(
      waits.slice(0, 4).map(({ pauseMs }) => pauseMs),
      [5000, 10_000, 20_000, 40_000].map((ms, index) =>
        Math.max(ms, waits[index]?.failure.retryAfterMs ?? 0),
      ),
    );
  });
});

test("an outage that outlasts the patience ends the run with the provider's error", async () => {
  await withOutage(async (standIn, root) => {
    standIn.intercept = () => down;
    let waits = 0;
    const { ingester } = openWorkshop({ root, baseUrl: standIn.url, clock, patienceMs: 60_000 });
    const { series } = await ingester.backfill({ ...request, onWait: () => (waits += 1) });
    for (const { failure } of series) assert.ok(failure instanceof ProviderError);
    assert.ok(waits >= 3 && waits <= 6, `${waits} waits, all series together`);
    assert.ok(Date.now() < testNowMs + 180_000, "no longer than it was told to");
  });
});

test("without patience nothing is waited for", async () => {
  await withOutage(async (standIn, root) => {
    standIn.intercept = () => down;
    const { ingester } = openWorkshop({ root, baseUrl: standIn.url, clock, patienceMs: 0 });
    const { series } = await ingester.backfill({ ...request, onWait: () => assert.fail("a wait") });
    assert.ok(series.every(({ failure }) => failure instanceof ProviderError));
  });
});

test("a run that waits is stopped by its signal", async () => {
  await withOutage(async (standIn, root) => {
    standIn.intercept = () => down;
    const stop = new AbortController();
    const { ingester } = openWorkshop({ root, baseUrl: standIn.url, clock, patienceMs: 900_000 });
    const { series } = await ingester.backfill({
      ...request,
      signal: stop.signal,
      onWait: () => stop.abort(new Error("enough")),
    });
    for (const { failure } of series) assert.match(String(failure), /enough/);
  });
});
