import assert from "node:assert/strict";
import { test } from "node:test";

import { BarsError, loadConfig, openLakehouse } from "../../src/index.ts";
import type { Lakehouse } from "../../src/index.ts";
import { BuiltInDesk } from "../transform/support/built-in-desk.ts";
import { planned, stillBar } from "./support/bars-of.ts";
import { TemporaryFolder } from "../temporary-folder.ts";

const hour = Date.UTC(2026, 0, 5);
const minutes = [0, 5, 10, 15].map((minute) => hour + minute * 60_000);

test("a lakehouse gives typed bars, one by one, as rows and as columns", async (t) => {
  using folder = new TemporaryFolder();
  const desk = await BuiltInDesk.open(t);
  await desk.add(minutes.map((openTimeMs) => stillBar("5m", openTimeMs)));
  await desk.add([stillBar("15m", hour)]);
  const lake = lakehouseOf(desk.lake.storagePath, folder.path);
  t.after(() => lake.close());
  const bars = lake.bars({
    assetPairs: ["eth-usd"],
    timeframes: ["5m"],
    withHigher: ["15m"],
    indicators: ["obv", "regime"],
    decimals: "number",
  });
  const seen: [number, number | null, number | undefined][] = [];
  for await (const bar of bars) seen.push([bar.close * 2, bar.obv, bar.bar_15m?.close]);
  assert.deepEqual(seen, [
    [200, 100, undefined],
    [200, 100, undefined],
    [200, 100, 100],
    [200, 100, 100],
  ]);
  const [first] = await bars.rows();
  assert.equal(first?.bar_seq, 0n);
  assert.equal(first.gap_bars_before, 0n);
  assert.equal(JSON.parse(JSON.stringify(first)).bar_seq, 0);
  const { close, bar_15m } = await bars.columns();
  assert.deepEqual(close?.values, new Float64Array([100, 100, 100, 100]));
  assert.equal(bar_15m?.values[1], null);
  assert.deepEqual(bars.schema.fields.map(({ name }) => name).slice(-4), [
    "obv",
    "regime",
    "_known_at",
    "bar_15m",
  ]);
  assert.deepEqual(
    Object.keys(first),
    bars.schema.fields.map(({ name }) => name),
  );
});

test("all reads of one answer see the versions of the first", async (t) => {
  const desk = await BuiltInDesk.open(t);
  await desk.add([stillBar("1h", hour)]);
  const bars = planned(desk.lake, { assetPairs: ["ETHUSD"], timeframes: ["1h"], indicators: [] });
  assert.equal((await bars.rows()).length, 1);
  await desk.add([stillBar("1h", hour + 3_600_000)]);
  assert.equal((await bars.rows()).length, 1);
  const later = planned(desk.lake, { assetPairs: ["ETHUSD"], timeframes: ["1h"], indicators: [] });
  assert.equal((await later.toBatch()).rowCount, 2);
});

test("a loop that is broken off leaves nothing behind, and bars can be read again", async (t) => {
  const desk = await BuiltInDesk.open(t);
  await desk.add(minutes.map((openTimeMs) => stillBar("5m", openTimeMs)));
  const bars = planned(desk.lake, { assetPairs: ["ETHUSD"], timeframes: ["5m"], withHigher: [] });
  for await (const bar of bars) {
    assert.equal(bar["bar_seq"], 0n);
    break;
  }
  assert.equal((await bars.rows()).length, 4);
});

test("a bar that had not closed at the instant is left out, whenever it was extracted", async (t) => {
  const desk = await BuiltInDesk.open(t);
  await desk.add(minutes.map((openTimeMs) => ({ ...stillBar("5m", openTimeMs), extractedAtMs: hour })));
  const knownAt = new Date(hour + 10 * 60_000);
  const bars = planned(desk.lake, { assetPairs: ["ETHUSD"], timeframes: ["5m"], knownAt });
  assert.equal((await bars.rows()).length, 2);
});

test("an asset without bars is refused with the nearest one that has some", async (t) => {
  const desk = await BuiltInDesk.open(t);
  await desk.add([stillBar("1h", hour)]);
  await assert.rejects(
    planned(desk.lake, { assetPairs: ["ETHUSDT"], timeframes: ["1h"] }).rows(),
    (error) => {
      assert.ok(error instanceof BarsError);
      assert.equal(error.code, "NO_BARS");
      assert.match(error.message, /no bar of ETHUSDT in raw_market_data_1h\. Did you mean ETHUSD\?/);
      assert.match(error.nextStep ?? "", /ffe backfill --assets ETHUSDT --timeframes 1h/);
      return true;
    },
  );
});

test("a timeframe without a table is refused with those that there are", async (t) => {
  const desk = await BuiltInDesk.open(t);
  await desk.add([stillBar("1h", hour)]);
  await assert.rejects(planned(desk.lake, { assetPairs: ["ETHUSD"], timeframes: ["5m"] }).rows(), {
    code: "TABLE_NOT_FOUND",
    message: /raw_market_data_5m.*bronze\.raw_market_data_1h/,
  });
});

test("what cannot be meant is refused by name", async (t) => {
  const { lake } = await BuiltInDesk.open(t);
  const asked = { assetPairs: ["ETHUSD"], timeframes: ["5m", "1h"] } as const;
  const given: readonly (readonly [object, RegExp])[] = [
    [{ indicators: ["rsi14"] }, /indicators\[0\].*"rsi14"\. Did you mean rsi_14\?/],
    [{ withHigher: ["5m"] }, /withHigher names timeframes that are longer than 5m.*5m is not/],
    [
      { range: { startMs: hour, endMs: hour - 1 } },
      /range ends \(2026-01-04T23:59:59\.999Z\) before it starts/,
    ],
    [{ timeframes: ["5s"] }, /timeframes\[0\] is one of "1m"/],
    [{ knownAt: "" }, /is not a date or an instant/],
    [{ knowAt: "2026-01-01" }, /no option "knowAt"\. Did you mean knownAt\?/],
    [{ assetPairs: [] }, /assetPairs is a list/],
  ];
  for (const [options, message] of given)
    assert.throws(() => planned(lake, { ...asked, ...options }), message);
});

function lakehouseOf(storagePath: string, folder: string): Lakehouse {
  const { config } = loadConfig(undefined, {});
  return openLakehouse({
    ...config,
    delta_lake: { ...config.delta_lake, storage_path: storagePath },
    dead_letter_queue: { ...config.dead_letter_queue, path: `${folder}/dlq` },
  });
}
