import assert from "node:assert/strict";
import { test } from "node:test";
import { AssetPair } from "../../src/market/asset-pair.ts";
import type { Candle } from "../../src/market/candle.ts";
import { resample } from "../../src/market/resample.ts";
import { calendarFor, usualCalendars } from "../../src/market/market-calendars.ts";
import { isExpectedBar } from "../../src/market/open-bars.ts";
import { timeframes, type Timeframe } from "../../src/market/timeframe.ts";
import type { UncheckedBar } from "../../src/market/unchecked-bar.ts";
import { DemoProvider } from "../../src/providers/demo/demo.ts";
import { demoSource } from "../stand-in/candle-source.ts";
import { JumpingClock } from "./fake-clock.ts";

const dayMs = 86_400_000;
const startMs = Date.UTC(2026, 4, 31);
const week = { startMs, endMs: startMs + 7 * dayMs };
const pairs = ["BTCUSD", "ETHBTC", "EURUSD", "USDJPY", "MSFT", "DOGEUSD"];
const source = demoSource(42, pairs);

async function fetch(
  pair: string,
  timeframe: Timeframe,
  dirtyRows: boolean,
  seed = 42,
): Promise<readonly UncheckedBar[]> {
  const provider = new DemoProvider({ clock: new JumpingClock(Date.UTC(2030, 0, 1)), seed, dirtyRows });
  const page = await provider.fetchBars({ assetPair: AssetPair.parse(pair), timeframe, range: week });
  return page.bars;
}

for (const pair of pairs) {
  const minutes: readonly Candle[] = source.candles(pair, "1m", week);

  test(`${pair}: coarser bars are the exact aggregates of the minutes`, () => {
    for (const timeframe of timeframes.slice(1)) {
      const expected = resample(minutes, timeframe, week).filter(({ openTimeMs }) =>
        isExpectedBar(usualCalendars.scheduleOf(AssetPair.parse(pair), timeframe), openTimeMs),
      );
      assert.deepEqual(source.candles(pair, timeframe, week), expected, timeframe);
    }
  });

  test(`${pair}: bars are consistent, and one opens where the one before closed`, () => {
    for (const [index, bar] of minutes.entries()) {
      assert.ok(bar.low > 0n && bar.low <= bar.open && bar.low <= bar.close);
      assert.ok(bar.high >= bar.open && bar.high >= bar.close && (bar.volume ?? 0n) > 0n);
      const previous = minutes[index - 1];
      if (previous !== undefined && previous.openTimeMs + 60_000 === bar.openTimeMs) {
        assert.equal(bar.open, previous.close);
      }
    }
  });

  test(`${pair}: there is a bar for every minute in which the market is open, and for no other`, () => {
    const open = calendarFor(AssetPair.parse(pair)).openRanges(week);
    const expected = open.reduce((sum, range) => sum + (range.endMs - range.startMs) / 60_000, 0);
    assert.equal(minutes.length, expected);
  });
}

test("another seed is another market", async () => {
  const [one] = await fetch("BTCUSD", "1h", false, 1);
  const [two] = await fetch("BTCUSD", "1h", false, 2);
  assert.notDeepEqual(one, two);
});

test("prices and volumes are written as such markets write them", async () => {
  const [crypto] = await fetch("BTCUSD", "1m", false);
  assert.match(String(crypto?.close), /^\d{5,6}\.\d{2}$/);
  assert.match(String(crypto?.volume), /^\d+\.\d{8}$/);
  const fx = (await fetch("EURUSD", "1m", false)).at(-1);
  assert.match(String(fx?.close), /^1\.\d{5}$/);
  assert.match(String(fx?.volume), /^\d+$/);
});

test("dirty rows stand in the place of clean ones: few, always the same, of many kinds", async () => {
  const clean = await fetch("BTCUSD", "1m", false);
  const dirty = await fetch("BTCUSD", "1m", true);
  assert.deepEqual(await fetch("BTCUSD", "1m", true), dirty);
  assert.deepEqual(
    dirty.map((bar) => bar.openTimeMs),
    clean.map((bar) => bar.openTimeMs),
  );
  const spoiled = dirty.filter((bar, index) => JSON.stringify(bar) !== JSON.stringify(clean[index]));
  assert.ok(spoiled.length > 5 && spoiled.length < 60, `${spoiled.length} of ${dirty.length}`);
  const flaws = new Set(spoiled.map((bar) => flawOf(bar)));
  assert.ok(!flaws.has("none"));
  assert.ok(flaws.size >= 4, [...flaws].join(", "));
});

test("the raw record of a spoiled row shows the flaw", async () => {
  const missing = (await fetch("BTCUSD", "1m", true)).find((bar) => bar.close === undefined);
  assert.ok(missing !== undefined);
  assert.ok(!JSON.stringify(missing.raw).includes("close"));
});

function flawOf(bar: UncheckedBar): string {
  const [open, high, low, close] = [bar.open, bar.high, bar.low, bar.close].map(Number);
  if (bar.close === undefined) return "missing close";
  if (Number.isNaN(open)) return "no number";
  if ((open ?? 0) <= 0) return "negative price";
  if ((high ?? 0) > 1e9) return "absurd price";
  if ((high ?? 0) < (low ?? 0)) return "high below low";
  return (close ?? 0) > (high ?? 0) ? "close outside" : "none";
}
