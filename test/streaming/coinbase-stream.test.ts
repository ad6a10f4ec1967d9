import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { isDeepStrictEqual } from "node:util";

import { AssetPair } from "../../src/market/asset-pair.ts";
import type { TimeRange } from "../../src/market/time-range.ts";
import { readStreamGaps } from "../../src/streaming/progress/stream-gaps.ts";
import { sampled } from "../sampled.ts";
import { CoinbaseBench } from "./support/coinbase-bench.ts";
import { CoinbaseStandIn } from "./support/coinbase-stand-in.ts";

const products = ["BTC-USD", "ETH-USD"];

/** The history without what is below milliseconds, as the tables have it. */
function history(exchange: CoinbaseStandIn, product: string, behind = 0): readonly object[] {
  return exchange
    .history(product)
    .filter(({ id }) => id > behind)
    .map(({ price, size, ...rest }) => ({ ...rest, price: plain(price), size: plain(size) }));
}

function plain(text: string): string {
  return text.replace(/\.?0+$/, "");
}

test("trades of the feed become rows, and the next start goes on where the table is", async () => {
  await using bench = new CoinbaseBench(await CoinbaseStandIn.start(products));
  const { exchange } = bench;
  for (const product of products) exchange.trade(product, { count: 20 });
  const first = bench.start();
  await bench.until(() => exchange.subscriptions.length > 0);
  for (const product of products) exchange.trade(product, { count: 30 });
  await bench.untilStored();
  await first.stop();
  assert.deepEqual(exchange.subscriptions[0], {
    type: "subscribe",
    product_ids: products,
    channels: ["matches", "heartbeat"],
  });
  // While nobody reads trades go on; they come over REST.
  for (const product of products) exchange.trade(product, { count: 2500 });
  const second = bench.start();
  await bench.untilStored();
  await second.stop();
  for (const product of products)
    assert.deepEqual(await bench.stored(product), history(exchange, product, 20));
});

test("progress is the id of the last trade, in the log of the table", async () => {
  await using bench = new CoinbaseBench(await CoinbaseStandIn.start(["BTC-USD"]));
  bench.exchange.trade("BTC-USD", { count: 5 });
  const stream = bench.start({ settings: { start: { kind: "earliest" } } });
  await bench.untilStored();
  await stream.stop();
  const snapshot = await bench.bench.lake.table("raw_trades").snapshot();
  assert.equal(snapshot.transaction("ffe.stream/coinbase/coinbase/BTC-USD")?.version, 5);
});

test("trades that never came are found by a later id, and by heartbeats when no later one comes", async () => {
  await using bench = new CoinbaseBench(await CoinbaseStandIn.start(["BTC-USD"]));
  const { exchange } = bench;
  exchange.trade("BTC-USD");
  const stream = bench.start();
  await bench.until(() => exchange.subscriptions.length > 0);
  exchange.trade("BTC-USD", { count: 3, isTold: false });
  exchange.trade("BTC-USD");
  await bench.until(() => bench.positions.get("BTC-USD") === 5, { beats: false });
  exchange.trade("BTC-USD", { count: 4, isTold: false });
  await bench.untilStored();
  await stream.stop();
  assert.deepEqual(await bench.stored("BTC-USD"), history(exchange, "BTC-USD", 1));
});

test("a heartbeat that says 0 knows nothing: it is no hole and no proof", async () => {
  await using bench = new CoinbaseBench(await CoinbaseStandIn.start(["BTC-USD"]));
  const { exchange } = bench;
  exchange.heartbeatId = 0;
  exchange.trade("BTC-USD");
  const stream = bench.start();
  await bench.until(() => exchange.subscriptions.length > 0);
  // Where to begin, the last trade, and when it was.
  await bench.until(() => exchange.restRequests >= 3, { beats: false });
  const asked = exchange.restRequests;
  for (let count = 0; count < 20; count += 1) exchange.beat();
  exchange.trade("BTC-USD");
  await bench.until(() => bench.positions.get("BTC-USD") === 2);
  await stream.stop();
  assert.equal(exchange.restRequests, asked);
  assert.ok(bench.proofs.every(({ range }) => range.endMs <= (exchange.history("BTC-USD")[1]?.timeMs ?? 0)));
});

test("a market without trades is proven complete by its heartbeats, without a commit", async () => {
  await using bench = new CoinbaseBench(await CoinbaseStandIn.start(["BTC-USD"]));
  const { exchange } = bench;
  exchange.trade("BTC-USD");
  const tradedMs = exchange.nowMs;
  const stream = bench.start();
  await bench.until(() => (bench.proofs.at(-1)?.range.endMs ?? 0) > tradedMs + 60_000);
  await stream.stop();
  const ranges = bench.proofs.map(({ range }) => range);
  assert.equal(ranges[0]?.startMs, tradedMs + 1);
  // Each goes on where the one before ended.
  for (const [index, range] of ranges.entries())
    if (index > 0) assert.equal(range.startMs, ranges[index - 1]?.endMs);
  assert.equal((await bench.bench.lake.table("raw_trades").snapshot()).version, 0);
});

test("a large hole is held back: the market goes on, nothing of it is proven, and it is filled over restarts", async () => {
  await using bench = new CoinbaseBench(await CoinbaseStandIn.start(["BTC-USD"]));
  const { exchange } = bench;
  const options = { source: { limits: { fillMax: 500, heldMax: 100 } } };
  exchange.trade("BTC-USD");
  const first = bench.start(options);
  await bench.until(() => exchange.subscriptions.length > 0);
  exchange.trade("BTC-USD");
  await bench.untilStored();
  await first.stop();
  bench.proofs.splice(0);
  exchange.trade("BTC-USD", { count: 8000 });
  // Some of it comes, then the exchange answers no more; the market itself goes on.
  exchange.restAnswersLeft = 7;
  const second = bench.start(options);
  await bench.until(() =>
    [...bench.positions].some(([partition, position]) => partition.startsWith("BTC-USD~2-") && position > 2),
  );
  exchange.trade("BTC-USD", { count: 10 });
  await bench.untilStored();
  await second.stop();
  const [hole] = bench.heldBack;
  assert.ok(hole !== undefined);
  assert.equal(hole.from, 2);
  assert.ok(hole.to === 8001 || hole.to === 8002);
  assert.equal(bench.heldBack.length, 1);
  const isInHole = ({ range }: { readonly range: TimeRange }): boolean =>
    range.startMs < hole.range.endMs && range.endMs > hole.range.startMs;
  assert.ok(!bench.proofs.some(isInHole));
  const gap = { partition: "BTC-USD", fromPosition: 3, toPosition: hole.to + 1, reason: "too_large" };
  assert.partialDeepStrictEqual(await readStreamGaps(bench.bench.lake), [{ ...gap, status: "open" }]);
  const third = bench.start({ ...options, settings: { untilNow: true } });
  exchange.restAnswersLeft = Infinity;
  await third.ended;
  assert.deepEqual(await bench.stored("BTC-USD"), history(exchange, "BTC-USD", 1));
  const { startMs: fromTimeMs, endMs: toTimeMs } = hole.range;
  assert.partialDeepStrictEqual(await readStreamGaps(bench.bench.lake), [
    { ...gap, status: "filled", fromTimeMs, toTimeMs },
  ]);
  const proven = bench.proofs.filter(isInHole).map(({ range }) => range);
  assert.equal(proven.length, 1);
  assert.equal(proven[0]?.startMs, exchange.history("BTC-USD")[1]?.timeMs);
  assert.ok((proven[0]?.endMs ?? 0) >= hole.range.endMs);
});

test("a market whose ids start anew stops alone, and the stream ends with its error", async () => {
  await using bench = new CoinbaseBench(await CoinbaseStandIn.start(products));
  const { exchange } = bench;
  exchange.trade("BTC-USD", { id: 5_000_000 });
  exchange.trade("ETH-USD");
  const stream = bench.start();
  await bench.until(() => exchange.subscriptions.length > 0);
  exchange.trade("BTC-USD", { id: 1 });
  exchange.trade("ETH-USD", { count: 10 });
  await bench.until(() => bench.positions.get("ETH-USD") === 11);
  await assert.rejects(stream.stop(), /BTC-USD: Coinbase counts its trades anew: after 5000000 came 1/);
  // The next start sees it as well.
  const again = bench.start();
  exchange.trade("ETH-USD", { count: 10 });
  await bench.until(() => bench.positions.get("ETH-USD") === 21);
  await bench.until(() => bench.told.filter((line) => line.includes("anew")).length > 1);
  await assert.rejects(again.stop(), /BTC-USD: Coinbase counts its trades anew/);
});

test("a market that is not there, and a subscription that is refused, end the stream with the exchange's words", async () => {
  await using bench = new CoinbaseBench(await CoinbaseStandIn.start(["BTC-USD"]));
  const unknown = bench.start({ source: { assetPairs: [AssetPair.parse("SOLUSD")] } });
  await assert.rejects(unknown.ended, /Coinbase has no market SOL-USD/);
  bench.exchange.refusal = { type: "error", message: "Failed to subscribe", reason: "BTC-USD is not valid" };
  await assert.rejects(
    bench.start().ended,
    /refuses the subscription: Failed to subscribe: BTC-USD is not valid/,
  );
});

test("an unknown type, rubbish and an error that is not about the subscription change nothing", async () => {
  await using bench = new CoinbaseBench(await CoinbaseStandIn.start(["BTC-USD"]));
  const { exchange } = bench;
  exchange.trade("BTC-USD");
  const stream = bench.start();
  await bench.until(() => exchange.subscriptions.length > 0);
  for (const text of [
    '{"type":"weather"}',
    "rubbish",
    "[]",
    '{"type":"match"}',
    '{"type":"error","message":"busy"}',
    '{"type":"match","product_id":"BTC-USD","trade_id":2,"time":"never","price":"1","size":"1","side":"buy"}',
  ])
    exchange.say(text);
  exchange.trade("BTC-USD", { count: 3 });
  await bench.untilStored();
  await stream.stop();
  assert.deepEqual(await bench.stored("BTC-USD"), history(exchange, "BTC-USD", 1));
  assert.match(bench.told.join("\n"), /messages that cannot be read[\s\S]*says: busy/);
});

test("of two processes of one stream one stops", async () => {
  await using bench = new CoinbaseBench(await CoinbaseStandIn.start(["BTC-USD"]));
  const { exchange } = bench;
  exchange.trade("BTC-USD");
  const streams = [bench.start(), bench.start()];
  const ends: unknown[] = [];
  for (const { ended } of streams) ended.catch((error: unknown) => ends.push(error));
  await bench.until(() => {
    if (exchange.subscriptions.length >= 2) exchange.trade("BTC-USD", { count: 5 });
    return ends.length > 0;
  });
  assert.match(String(ends[0]), /another process commits for the stream coinbase/);
  await Promise.allSettled(streams.map(async (stream) => stream.stop()));
  assert.equal(ends.length, 1);
  const stored = await bench.stored("BTC-USD");
  assert.deepEqual(stored, history(exchange, "BTC-USD", 1).slice(0, stored.length));
});

for (const feed of ["exchange", "advanced"] as const)
  for (const seed of sampled("seeds of faults of a feed", [1, 2, 3, 4, 5, 6], 2))
    test(`whatever the ${feed} feed does, the table has each trade once (seed ${seed})`, async () => {
      await using bench = new CoinbaseBench(await CoinbaseStandIn.start(products, feed));
      const { exchange } = bench;
      const random = randomOf(seed);
      for (const product of products) exchange.trade(product, { count: 3 });
      const late: string[] = [];
      exchange.fault = (message, connection) => {
        const chance = random();
        if (chance < 0.1) return [];
        if (chance < 0.2) return [message, message];
        if (chance < 0.3) {
          late.push(message);
          return [];
        }
        if (chance < 0.32) return [message, "{ rubbish"];
        if (chance < 0.33) connection.cut();
        return [message, ...late.splice(0)];
      };
      const choice = { source: { limits: { fillMax: 60, heldMax: 20, readyMax: 40 } } };
      let stream = bench.start(choice);
      await bench.until(() => exchange.subscriptions.length > 0);
      for (let round = 0; round < 25; round += 1) {
        for (const product of products)
          exchange.trade(product, { count: 1 + Math.floor(random() * 40), isTold: random() < 0.9 });
        exchange.restLag = Math.floor(random() * 10);
        exchange.beat();
        await delay(5);
        if (round === 8) exchange.cutAll();
        // A start behind what happened meanwhile.
        if (round === 15) {
          await stream.stop();
          for (const product of products) exchange.trade(product, { count: 100 });
          stream = bench.start(choice);
        }
      }
      exchange.restLag = 0;
      await bench.untilStored();
      await stream.stop();
      // What is held back comes, too.
      exchange.fault = undefined;
      await bench.start({ settings: { untilNow: true } }).ended;
      for (const product of products) {
        const stored = await bench.stored(product);
        const expected = history(exchange, product, 3);
        // The first one that differs says more than two long lists.
        const at = stored.findIndex((trade, index) => !isDeepStrictEqual(trade, expected[index]));
        assert.equal(at, -1, `${product}: ${JSON.stringify([stored[at], expected[at]])}`);
        assert.equal(stored.length, expected.length);
      }
    });

function randomOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return state / 2_147_483_648;
  };
}
