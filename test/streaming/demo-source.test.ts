import assert from "node:assert/strict";
import { test } from "node:test";

import { AssetPair } from "../../src/market/asset-pair.ts";
import { TradeBucket } from "../../src/market/trade-bucket.ts";
import type { Trade } from "../../src/market/trade.ts";
import { DemoPath } from "../../src/providers/demo/demo-path.ts";
import type { Clock } from "../../src/seams/clock.ts";
import { DemoSource } from "../../src/streaming/source/demo-source.ts";

const minuteMs = 60_000;

/** Each sleep moves it. */
class MadeUpClock implements Clock {
  #nowMs: number;

  constructor(nowMs: number) {
    this.#nowMs = nowMs;
  }

  now(): number {
    return this.#nowMs;
  }

  async sleep(durationMs: number): Promise<void> {
    this.#nowMs += durationMs;
  }
}

async function tradesFrom(source: DemoSource, pair: AssetPair, count: number): Promise<readonly Trade[]> {
  const trades: Trade[] = [];
  const { signal } = new AbortController();
  for await (const assignment of source.assignments()) {
    const from = await source.resolve({ kind: "timestamp", fromMs: startMs }, assignment.partitions);
    for await (const { partition, messages } of assignment.read(from, signal)) {
      if (partition === pair.canonical) trades.push(...messages.map(({ value }) => value));
      if (trades.length >= count) return trades;
    }
  }
  return trades;
}

const startMs = Date.UTC(2026, 2, 4, 12);

test("the trades of each minute make up the bar of the demo provider", async () => {
  const seed = 42;
  const pair = AssetPair.parse("BTCUSD");
  const source = new DemoSource({
    assetPairs: [pair],
    seed,
    clock: new MadeUpClock(startMs + 20 * minuteMs),
  });
  const trades = await tradesFrom(source, pair, 20 * 60);
  const path = new DemoPath(pair, seed);
  for (const bar of path.bars("1m", { startMs, endMs: startMs + 20 * minuteMs })) {
    const [first, ...others] = trades.filter(
      ({ timeUs }) => Math.floor(timeUs / 1000 / minuteMs) * minuteMs === bar.openTimeMs,
    );
    assert.ok(first !== undefined);
    const bucket = new TradeBucket(bar.openTimeMs, first);
    // The order in which they come does not matter.
    for (const trade of others.toReversed()) bucket.add(trade);
    const priceUnit = 10n ** BigInt(8 - path.market.priceDecimals);
    assert.deepEqual(bucket.candle(), {
      openTimeMs: bar.openTimeMs,
      open: BigInt(bar.open) * priceUnit,
      high: BigInt(bar.high) * priceUnit,
      low: BigInt(bar.low) * priceUnit,
      close: BigInt(bar.close) * priceUnit,
      volume: BigInt(bar.volume) * 10n ** BigInt(8 - path.market.volumeDecimals),
    });
  }
});

test("from a position on the same trades come again", async () => {
  const pair = AssetPair.parse("ETHUSD");
  const options = { assetPairs: [pair], seed: 7, clock: new MadeUpClock(startMs + 3 * minuteMs) };
  const [once, again] = [new DemoSource(options), new DemoSource(options)];
  assert.deepEqual(await tradesFrom(once, pair, 150), await tradesFrom(again, pair, 150));
});
