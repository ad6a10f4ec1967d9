import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { AssetPair, type AssetKind } from "../../src/market/asset-pair.ts";
import { MarketError } from "../../src/market/errors.ts";

const readings: readonly (readonly [
  text: string,
  canonical: string,
  base: string,
  quote: string,
  kind: AssetKind,
  exchange?: string,
])[] = [
  ["BTCUSD", "BTCUSD", "BTC", "USD", "crypto"],
  ["btc-usd", "BTCUSD", "BTC", "USD", "crypto"],
  ["BTC/USDT", "BTCUSDT", "BTC", "USDT", "crypto"],
  ["BTC_USDT", "BTCUSDT", "BTC", "USDT", "crypto"],
  ["BTCUSDT", "BTCUSDT", "BTC", "USDT", "crypto"],
  ["BTCFDUSD", "BTCFDUSD", "BTC", "FDUSD", "crypto"],
  ["ETHBTC", "ETHBTC", "ETH", "BTC", "crypto"],
  ["BNBUSD", "BNBUSD", "BNB", "USD", "crypto"],
  ["BTC-BUSD", "BTC-BUSD", "BTC", "BUSD", "crypto"],
  ["USDTUSD", "USDTUSD", "USDT", "USD", "crypto"],
  ["T-USD", "TUSD", "T", "USD", "crypto"],
  ["T-EUR", "T-EUR", "T", "EUR", "crypto"],
  ["1INCH-USD", "1INCHUSD", "1INCH", "USD", "crypto"],
  ["EUR_USD", "EURUSD", "EUR", "USD", "fx"],
  ["EURUSD=X", "EURUSD", "EUR", "USD", "fx"],
  ["JPY=X", "USDJPY", "USD", "JPY", "fx"],
  [" usdjpy ", "USDJPY", "USD", "JPY", "fx"],
  ["KWDUSD", "KWDUSD", "KWD", "USD", "fx"],
  ["XAUUSD", "XAUUSD", "XAU", "USD", "fx"],
  ["MSFT", "MSFT", "MSFT", "USD", "stock", "US"],
  ["AAPL.US", "AAPL", "AAPL", "USD", "stock", "US"],
  ["f", "F", "F", "USD", "stock", "US"],
  ["BRK.B", "BRK.B", "BRK.B", "USD", "stock", "US"],
  ["brk-b", "BRK.B", "BRK.B", "USD", "stock", "US"],
  ["BRK/B", "BRK.B", "BRK.B", "USD", "stock", "US"],
  ["JPM-PC", "JPM-PC", "JPM-PC", "USD", "stock", "US"],
  ["X-L", "X-L", "X-L", "USD", "stock", "US"],
  ["IEUR", "IEUR", "IEUR", "USD", "stock", "US"],
  ["GEL", "GEL", "GEL", "USD", "stock", "US"],
  ["1398.HK", "1398.HK", "1398", "HKD", "stock", "HK"],
  ["700.hk", "0700.HK", "0700", "HKD", "stock", "HK"],
  ["00700.HK", "0700.HK", "0700", "HKD", "stock", "HK"],
  ["7203.T", "7203.T", "7203", "JPY", "stock", "T"],
  ["VOD.L", "VOD.L", "VOD", "GBX", "stock", "L"],
  ["TSCO.LON", "TSCO.L", "TSCO", "GBX", "stock", "L"],
  ["8TRA.DE", "8TRA.DE", "8TRA", "EUR", "stock", "DE"],
  ["MSF.F", "MSF.F", "MSF", "EUR", "stock", "F"],
  ["AIR.PA", "AIR.PA", "AIR", "EUR", "stock", "PA"],
  ["TECK-B.TO", "TECK-B.TO", "TECK-B", "CAD", "stock", "TO"],
  ["BHP.AX", "BHP.AX", "BHP", "AUD", "stock", "AX"],
  ["M&M.NS", "M&M.NS", "M&M", "INR", "stock", "NS"],
  ["^GSPC", "GSPC.INDEX", "GSPC", "USD", "index", "US"],
  ["^n225", "N225.INDEX", "N225", "JPY", "index", "T"],
  ["DX-Y.NYB.INDX", "DX-Y.NYB.INDEX", "DX-Y.NYB", "USD", "index"],
  ["ES=F", "ES.FUTURE", "ES", "USD", "future"],
  ["6e=f", "6E.FUTURE", "6E", "USD", "future"],
  ["BTC/USDT:USDT", "BTCUSDT-PERP", "BTC", "USDT", "crypto_contract"],
  ["BTC_USDT_USDT", "BTCUSDT-PERP", "BTC", "USDT", "crypto_contract"],
  ["BTC-USDT-SWAP", "BTCUSDT-PERP", "BTC", "USDT", "crypto_contract"],
  ["BTC_USDT_PERP", "BTCUSDT-PERP", "BTC", "USDT", "crypto_contract"],
  ["BTCUSDT.P", "BTCUSDT-PERP", "BTC", "USDT", "crypto_contract"],
  ["BTC/USD:BTC", "BTCUSD-PERP-BTC", "BTC", "USD", "crypto_contract"],
  ["BTC-PERP", "BTC-PERP", "BTC", "USD", "crypto_contract"],
  ["BTC-PERPETUAL", "BTC-PERP", "BTC", "USD", "crypto_contract"],
  ["1000SHIB/USDT:USDT", "1000SHIBUSDT-PERP", "1000SHIB", "USDT", "crypto_contract"],
  ["BTC/BUSD:BUSD", "BTC-BUSD-PERP", "BTC", "BUSD", "crypto_contract"],
  ["BTC/USDT:USDT-261225", "BTCUSDT-261225", "BTC", "USDT", "crypto_contract"],
  ["BTCUSDT_261225", "BTCUSDT-261225", "BTC", "USDT", "crypto_contract"],
  ["BTC-25DEC26", "BTC-261225", "BTC", "USD", "crypto_contract"],
  ["BTC/USD:BTC-261225", "BTCUSD-261225-BTC", "BTC", "USD", "crypto_contract"],
];

for (const [text, canonical, base, quote, kind, exchange] of readings) {
  test(`"${text}" is ${kind} ${canonical}`, () => {
    const pair = AssetPair.parse(text);
    assert.deepEqual(
      [pair.base, pair.quote, pair.kind, pair.canonical, pair.exchange],
      [base, quote, kind, canonical, exchange],
    );
    assert.deepEqual(AssetPair.parse(pair.canonical), pair, "the canonical text reads as the same pair");
  });
}

test("a spot pair, its perpetual and its dated contracts are different series", () => {
  const names = ["BTC/USDT", "BTC/USDT:USDT", "BTC/USDT:BTC", "BTC/USDT:USDT-261225", "BTC-PERP", "BTC/USD"];
  assert.equal(new Set(names.map((name) => AssetPair.parse(name).canonical)).size, names.length);
});

test("a contract says what it settles in and when", () => {
  assert.deepEqual(AssetPair.parse("BTC/USD:BTC-261225").contract, { settle: "BTC", expiry: "261225" });
  assert.deepEqual(AssetPair.parse("BTC/USDT:USDT").contract, { settle: "USDT", expiry: "perpetual" });
  assert.equal(AssetPair.parse("BTC/USDT").contract, undefined);
});

const refusals: readonly (readonly [text: string, part: RegExp])[] = [
  ["", /empty/],
  ["  ", /empty/],
  ["BTC", /currency of its price is missing/],
  ["EUR", /currency of its price is missing/],
  ["USD-USD", /prices USD in itself/],
  ["BTC/BTC:BTC", /prices BTC in itself/],
  ["USDT_USDT_USDT-261225", /prices USDT in itself/],
  ["USD-PERP", /prices USD in itself/],
  ["BTC-XYZ", /"XYZ" is not a currency that prices/],
  ["BTC/USDT:XYZ", /"XYZ" is not a currency that contracts settle in/],
  ["BTC/XYZ:USDT", /"XYZ" is not a currency that prices/],
  ["BTC/USDT:USDT-261399", /"261399" is not the day/],
  ["BTC/USD:BTC-261225-50000-C", /"50000-C" makes it an option/],
  ["BTC-25DEC26-50000-C", /"50000-C" makes it an option/],
  ["ABCDEFG", /does not end in a known currency.*at most five letters/],
  ["BTC USD", /character " "/],
  ["BTC'USD", /character "'"/],
  ["$", /character "\$"/],
  ["../BTCUSD", /a part is empty at "\.\."/],
  ["BTC//USD", /a part is empty at "\/\/"/],
  ["FOO-BAR-BAZ", /"FOO", "BAR", "BAZ" do not make a pair/],
  ["NASDAQ:AAPL", /"NASDAQ:" before AAPL names an exchange/],
  ["BINANCE:BTCUSDT", /"BINANCE:" before BTCUSDT names an exchange/],
  ["AAPL240119C00190000", /it is an option/],
  ["A.BC", /suffix "\.BC"/],
  ["1398.XX", /suffix "\.XX"/],
  ["1398", /only with its exchange/],
  ["^", /not the name of an index/],
  ["ES=Z", /ending "=Z"/],
  ["=F", /not the name of a future/],
  ["ABC=X", /"ABC" before =X/],
];

for (const [text, part] of refusals) {
  test(`"${text}" is refused, naming the part that is not understood`, () => {
    assert.throws(
      () => AssetPair.parse(text),
      (error) =>
        error instanceof MarketError && error.code === "INVALID_ASSET_PAIR" && part.test(error.message),
    );
  });
}

test("whatever reads as a symbol has a canonical form that is safe as a folder and reads as the same", () => {
  const pieces = fc.constantFrom(
    ..."BTC USD USDT EUR BRK B L HK PERP SWAP 261225 X F 1398 T BUSD INDEX FUTURE PC WT & 0".split(" "),
  );
  const signs = fc.constantFrom("", "", "-", "/", "_", ".", ":", "=", "^");
  const symbol = fc
    .array(fc.tuple(signs, pieces), { minLength: 1, maxLength: 5 })
    .map((parts) => parts.flat().join(""));
  fc.assert(
    fc.property(symbol, (text) => {
      let pair: AssetPair;
      try {
        pair = AssetPair.parse(text);
      } catch (error) {
        assert.ok(error instanceof MarketError);
        return;
      }
      assert.match(pair.canonical, /^[A-Z0-9&][A-Z0-9.&-]*[A-Z0-9&]$|^[A-Z0-9]$/);
      assert.deepEqual(AssetPair.parse(pair.canonical), pair);
    }),
    { numRuns: 5000 },
  );
});
