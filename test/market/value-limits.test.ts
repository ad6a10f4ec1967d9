import assert from "node:assert/strict";
import { test } from "node:test";
import { AssetPair } from "../../src/market/asset-pair.ts";
import { parseDecimal8 } from "../../src/market/decimal.ts";
import {
  describePriceLimits,
  storablePriceEnd,
  storableVolumeEnd,
  valueLimits,
} from "../../src/market/value-limits.ts";
import type { LimitOverrides } from "../../src/market/value-limits.ts";

function isWithin(symbol: string, price: string, overrides?: LimitOverrides): boolean {
  const { priceMin, priceMax } = valueLimits(AssetPair.parse(symbol), overrides);
  const value = parseDecimal8(price);
  assert.ok(typeof value === "bigint", `${price} is no decimal`);
  return value > priceMin && value < priceMax;
}

test("the usual limits hold where they are plausible", () => {
  for (const symbol of ["BTCUSD", "ETHUSDT", "EURUSD", "AAPL", "8TRA.DE", "ES=F", "SOLUSD", "XYZUSD"]) {
    assert.equal(describePriceLimits(valueLimits(AssetPair.parse(symbol))), "(0.0001, 1000000)", symbol);
    assert.ok(!isWithin(symbol, "0.0001") && !isWithin(symbol, "1000000"), "the ends lie outside");
  }
});

const plausible: readonly (readonly [symbol: string, price: string])[] = [
  ["SHIBUSD", "0.00001234"],
  ["SHIB/USDT:USDT", "0.00000812"],
  ["PEPEUSD", "0.00000405"],
  ["BONKUSD", "0.00000001"],
  ["SHIBBTC", "0.00000001"],
  ["DOGEBTC", "0.00000163"],
  ["ADAETH", "0.00013"],
  ["SHIBEUR", "0.0000075"],
  ["BTCJPY", "15000000"],
  ["ETHJPY", "480000.5"],
  ["BTCKRW", "150000000"],
  ["BTCIDR", "1600000000"],
  ["BTCVND", "2600000000"],
  ["BTCCLP", "95000000"],
  ["BTCARS", "130000000"],
  ["BTCTRY", "4200000"],
  ["XAUIDR", "68000000"],
  ["VNDUSD", "0.000039"],
  ["IDRUSD", "0.00006"],
  ["USDIDR", "16400"],
  ["KWDUSD", "3.25"],
  ["BRK.A", "1050000"],
  ["207940.KS", "1020000"],
  ["NPN.JO", "430000"],
  ["^MERV", "2900000"],
  ["^BVSP", "160000"],
];

for (const [symbol, price] of plausible) {
  test(`${symbol} may cost ${price}`, () => {
    assert.ok(isWithin(symbol, price));
  });
}

test("no price is within the limits that the table cannot hold, and none is zero", () => {
  for (const [symbol] of plausible) {
    const { priceMin, priceMax, volumeMax } = valueLimits(AssetPair.parse(symbol));
    assert.ok(priceMin >= 0n && priceMax <= storablePriceEnd && volumeMax <= storableVolumeEnd, symbol);
  }
});

test("an asset's own limits go before its currency's, and both before the built-in ones", () => {
  const overrides: LimitOverrides = {
    prices: new Map([
      ["XYZUSD", [0n, 100_000_000n]],
      ["JPY", [0n, 200_000_000n]],
      ["BTCJPY", [0n, 300_000_000n]],
    ]),
    volumes: new Map([["XYZUSD", 5n]]),
  };
  assert.ok(isWithin("XYZ-USD", "0.00000001", overrides));
  assert.ok(!isWithin("XYZ-USD", "1", overrides));
  assert.ok(!isWithin("ETHJPY", "2", overrides) && isWithin("BTCJPY", "2.9", overrides));
  assert.equal(valueLimits(AssetPair.parse("XYZUSD"), overrides).volumeMax, 5n);
});
