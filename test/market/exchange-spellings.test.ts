// Names that exchanges have of their own, and symbols that only look like them.
import assert from "node:assert/strict";
import { test } from "node:test";

import { usualSpelling } from "../../src/market/exchange-spellings.ts";

test("an exchange's own names are read as the usual ones, on either side of a pair", () => {
  const usual = Object.entries({
    XBTUSD: "BTC/USD",
    XXBTZUSD: "BTC/USD",
    "xbt/usd": "BTC/USD",
    XBTUSDT: "BTC/USDT",
    ETHXBT: "ETH/BTC",
    XETHXXBT: "ETH/BTC",
    XETHZEUR: "ETH/EUR",
    XDGEUR: "DOGE/EUR",
    "XDG-USD": "DOGE-USD",
    XXRPZUSD: "XRP/USD",
    XXLMXXBT: "XLM/BTC",
    USDTZUSD: "USDT/USD",
  });
  for (const [symbol, wanted] of usual) assert.equal(usualSpelling(symbol), wanted, symbol);
});

test("whatever is not among them stays as it is", () => {
  for (const symbol of [
    "BTCUSD",
    "XTZUSD",
    "ZRXUSD",
    "XRPUSD",
    "XMRUSD",
    "XLMEUR",
    "ZECUSD",
    "MSFT",
    "XBT",
    "",
  ])
    assert.equal(usualSpelling(symbol), undefined, symbol);
});
