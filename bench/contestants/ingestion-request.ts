import type { BackfillRequest } from "../../src/batch/backfill-request.ts";
import { AssetPair } from "../../src/market/asset-pair.ts";
import { parseInstant, timeRange } from "../../src/market/time-range.ts";
import { createProvider } from "../../src/providers/create-provider.ts";
import type { MarketDataProvider, ProviderName } from "../../src/providers/provider.ts";
import { systemClock } from "../../src/seams/clock.ts";
import { systemRandom } from "../../src/seams/random.ts";
import { standInToken } from "../../test/stand-in/server.ts";
import { option } from "./contestant.ts";

/** The minutes that the options ask for. */
export function ingestionRequest(): BackfillRequest {
  return {
    assetPairs: option("assets")
      .split(",")
      .map((text) => AssetPair.parse(text)),
    timeframes: ["1m"],
    range: timeRange(parseInstant(option("start")), parseInstant(option("end"))),
    provider: providerName(),
  };
}

/** The provider that the options name, served by the stand-in, at any pace. */
export function standInProvider(): MarketDataProvider {
  return createProvider(providerName(), {
    baseUrl: option("url"),
    credentials: { OANDA_API_TOKEN: standInToken },
    clock: systemClock,
    random: systemRandom,
    requestsPerSecond: Infinity,
  });
}

function providerName(): ProviderName {
  return option("provider") === "oanda" ? "oanda" : "coinbase";
}
