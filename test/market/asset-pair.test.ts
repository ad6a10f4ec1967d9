import assert from "node:assert/strict";
import { test } from "node:test";
import { AssetPair, type AssetKind } from "../../src/market/asset-pair.ts";
import { MarketError } from "../../src/market/errors.ts";

const readings: readonly (readonly [
  text: string,
  canonical: string,
  base: string,
  quote: string,
  kind: AssetKind,
])[] = [
  ["BTCUSD", "BTCUSD", "BTC", "USD", "crypto"],
  ["btc-usd", "BTCUSD", "BTC", "USD", "crypto"],
  ["BTC/USDT", "BTCUSDT", "BTC", "USDT", "crypto"],
  ["BTCUSDT", "BTCUSDT", "BTC", "USDT", "crypto"],
  ["ETHBTC", "ETHBTC", "ETH", "BTC", "crypto"],
  ["USDTUSD", "USDTUSD", "USDT", "USD", "crypto"],
  ["T-USD", "TUSD", "T", "USD", "crypto"],
  ["1INCH-USD", "1INCHUSD", "1INCH", "USD", "crypto"],
  ["EUR_USD", "EURUSD", "EUR", "USD", "fx"],
  [" usdjpy ", "USDJPY", "USD", "JPY", "fx"],
  ["XAUUSD", "XAUUSD", "XAU", "USD", "fx"],
  ["MSFT", "MSFT", "MSFT", "USD", "stock"],
  ["f", "F", "F", "USD", "stock"],
  ["BRK.B", "BRK.B", "BRK.B", "USD", "stock"],
  ["brk-b", "BRK.B", "BRK.B", "USD", "stock"],
  ["IEUR", "IEUR", "IEUR", "USD", "stock"],
];

for (const [text, canonical, base, quote, kind] of readings) {
  test(`"${text}" is ${kind} ${canonical}`, () => {
    const pair = AssetPair.parse(text);
    assert.deepEqual([pair.base, pair.quote, pair.kind, pair.canonical], [base, quote, kind, canonical]);
    assert.deepEqual(AssetPair.parse(pair.canonical), pair, "the canonical text reads as the same pair");
  });
}

test("texts that name no pair are refused", () => {
  for (const text of ["", "  ", "BTC", "EUR", "USD-USD", "BTC-XYZ", "ABCDEFG", "BTC USD", "$", "A.BC"]) {
    assert.throws(
      () => AssetPair.parse(text),
      (error) => error instanceof MarketError && error.code === "INVALID_ASSET_PAIR",
      text,
    );
  }
});

test("a pair whose joined name is a ticker is refused rather than confused with it", () => {
  assert.throws(() => AssetPair.parse("T-EUR"), /TEUR/);
});
