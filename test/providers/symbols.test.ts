// A provider is asked for an asset in the spelling that the configuration gives.
import assert from "node:assert/strict";
import { test } from "node:test";

import { AssetPair } from "../../src/market/asset-pair.ts";
import { createProvider } from "../../src/providers/create-provider.ts";
import type { ProviderName } from "../../src/providers/provider.ts";
import { testClock } from "../batch/workshop.ts";
import { failure } from "./provider-failure.ts";
import { answer, scriptedServer } from "./scripted-server.ts";

const day = { startMs: Date.UTC(2026, 4, 1), endMs: Date.UTC(2026, 4, 2) };

async function askedAs(name: ProviderName, asset: string, spelling: string): Promise<string> {
  const server = await scriptedServer(answer(404, {}));
  const assetPair = AssetPair.parse(asset);
  const provider = createProvider(name, {
    baseUrl: server.url,
    clock: testClock,
    random: () => 0,
    credentials: { ALPHA_VANTAGE_API_KEY: "a-key-of-tests", OANDA_API_TOKEN: "a-token-of-tests" },
    symbols: new Map([[assetPair.canonical, spelling]]),
  });
  try {
    assert.equal(provider.unsupportedReason(assetPair), undefined);
    await failure(provider.fetchBars({ assetPair, timeframe: "1d", range: day }), "WRONG_ADDRESS");
    const url = server.requests[0]?.url;
    return `${url?.pathname}${url?.search}`;
  } finally {
    await provider.close();
    await server.close();
  }
}

test("Coinbase and Oanda are asked for the name, as one part of a path", async () => {
  assert.match(await askedAs("coinbase", "LUNCUSD", "LUNA-USD"), /^\/products\/LUNA-USD\/candles/);
  assert.match(await askedAs("oanda", "XAU_USD", "GOLD/USD"), /^\/v3\/instruments\/GOLD%2FUSD\/candles/);
});

test("Alpha Vantage is asked for the symbol of a stock, of any exchange, and for the two parts of a pair", async () => {
  assert.match(await askedAs("alpha_vantage", "1398.HK", "IDCBY"), /symbol=IDCBY&/);
  assert.match(await askedAs("alpha_vantage", "LUNCUSD", "LUNA/USD"), /symbol=LUNA&market=USD/);
});
