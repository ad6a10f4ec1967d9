import assert from "node:assert/strict";
import { test } from "node:test";

import { array, assert as holds, asyncProperty, boolean, integer, nat, record } from "fast-check";

import type { Trade } from "../../src/market/trade.ts";
import { BarsBench, dayStartMs, plainBars, provenTo, tradeAt } from "./support/bars-bench.ts";

const minuteMs = 60_000;

test("a bar is stored once its minute is proven, and a minute without trades is covered without a row", async () => {
  await using bench = new BarsBench();
  const trades = [tradeAt(1, 5, 10), tradeAt(2, 59_999, 12), tradeAt(3, 2 * minuteMs, 9)];
  assert.equal((await bench.send(trades.slice(0, 2), [provenTo(minuteMs - 1)])).barsBuilt, undefined);
  assert.equal((await bench.send([], [provenTo(minuteMs, minuteMs - 1)])).barsBuilt, 1);
  assert.deepEqual(await bench.bars("1m"), plainBars(trades.slice(0, 2), "1m"));
  await bench.send(trades.slice(2), [provenTo(2 * minuteMs + 1, minuteMs)]);
  assert.deepEqual(await bench.coverage("1m"), [{ startMs: dayStartMs, endMs: dayStartMs + 2 * minuteMs }]);
  assert.equal((await bench.bars("1m")).length, 1);
});

test("a minute that is proven in part has no bar, whatever is known behind it", async () => {
  await using bench = new BarsBench();
  await bench.send([tradeAt(1, 30_000, 10), tradeAt(2, 70_000, 11)], [provenTo(3 * minuteMs, 30_001)]);
  assert.deepEqual(await bench.coverage("1m"), [
    { startMs: dayStartMs + minuteMs, endMs: dayStartMs + 3 * minuteMs },
  ]);
  // What was missing comes later, as a part that was held back does.
  await bench.send([tradeAt(0, 20_000, 8)], [provenTo(30_001)]);
  const all = [tradeAt(0, 20_000, 8), tradeAt(1, 30_000, 10), tradeAt(2, 70_000, 11)];
  await bench.send([], [provenTo(4 * minuteMs, 3 * minuteMs)]);
  assert.deepEqual(await bench.bars("1m"), plainBars(all, "1m"));
});

test("trades without a proof make no bars", async () => {
  await using bench = new BarsBench();
  await bench.send([tradeAt(1, 0, 10), tradeAt(2, 10 * minuteMs, 11)]);
  assert.deepEqual(await bench.bars("1m"), []);
});

test("a trade that comes after its bar makes a revision of it, and of the bars around it", async () => {
  await using bench = new BarsBench();
  const early = [tradeAt(1, 0, 10), tradeAt(2, 4 * minuteMs, 11)];
  await bench.send(early, [provenTo(6 * minuteMs)]);
  assert.deepEqual(await bench.bars("5m"), plainBars(early, "5m"));
  const late = tradeAt(3, 90_000, 99, 7);
  await bench.send([late], []);
  bench.restart();
  await bench.send([], [provenTo(7 * minuteMs, 6 * minuteMs)]);
  assert.deepEqual(await bench.bars("1m"), plainBars([...early, late], "1m"));
  assert.deepEqual(await bench.bars("5m"), plainBars([...early, late], "5m"));
});

test("what was proven while no trade came is known after a restart too", async () => {
  await using bench = new BarsBench();
  await bench.send([], [provenTo(4 * minuteMs + 30_000)]);
  await bench.send([tradeAt(1, 4 * minuteMs + 20_000, 10)]);
  bench.restart();
  await bench.send([], [provenTo(6 * minuteMs, 4 * minuteMs + 30_000)]);
  assert.deepEqual(await bench.bars("5m"), plainBars([tradeAt(1, 4 * minuteMs + 20_000, 10)], "5m"));
});

test("a trade that is told again counts as it was told last", async () => {
  await using bench = new BarsBench();
  await bench.send([tradeAt(1, 0, 10), tradeAt(2, 5, 20)]);
  await bench.send([tradeAt(2, 5, 30)], [provenTo(minuteMs)]);
  assert.deepEqual(await bench.bars("1m"), plainBars([tradeAt(1, 0, 10), tradeAt(2, 5, 30)], "1m"));
});

test("bars do not depend on the order of trades, on batches, on starts in between or on how late trades are", async () => {
  const lengthMs = 12 * minuteMs;
  await holds(
    asyncProperty(
      array(
        record({
          at: nat(lengthMs - 1),
          price: integer({ min: 1, max: 50 }),
          size: integer({ min: 1, max: 9 }),
          delay: nat(3 * minuteMs),
        }),
        {
          minLength: 1,
          maxLength: 40,
        },
      ),
      array(record({ to: nat(lengthMs), restarts: boolean(), takesProof: boolean() }), {
        maxLength: 6,
      }),
      async (made, cuts) => {
        await using bench = new BarsBench();
        const trades = made.map(({ at, price, size }, index) => tradeAt(index, at, price, size));
        const arrivals = trades
          .map((trade, index) => ({ trade, atMs: (made[index]?.at ?? 0) + (made[index]?.delay ?? 0) }))
          .toSorted((one, other) => one.atMs - other.atMs);
        let [sent, provenMs, storedMs] = [0, 0, 0];
        for (const { to, restarts, takesProof } of cuts.toSorted((one, other) => one.to - other.to)) {
          const upTo = arrivals.filter(({ atMs }) => atMs <= to).length;
          const some: readonly Trade[] = arrivals.slice(sent, upTo).map(({ trade }) => trade);
          sent = upTo;
          if (restarts) {
            bench.restart();
            // A source that is opened anew proves from its last trade on, not from what it proved without one.
            provenMs = storedMs;
          }
          const proofs = takesProof && to > provenMs ? [provenTo(to, provenMs)] : [];
          if (proofs.length > 0) provenMs = to;
          if (some.length > 0) storedMs = provenMs;
          await bench.send(some, proofs);
        }
        await bench.send(
          arrivals.slice(sent).map(({ trade }) => trade),
          [provenTo(15 * minuteMs, provenMs)],
        );
        for (const timeframe of ["1m", "5m", "15m"] as const)
          assert.deepEqual(await bench.bars(timeframe), plainBars(trades, timeframe));
        assert.deepEqual(await bench.coverage("1m"), [
          { startMs: dayStartMs, endMs: dayStartMs + 15 * minuteMs },
        ]);
      },
    ),
    { numRuns: 12, endOnFailure: true },
  );
});
