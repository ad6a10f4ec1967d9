import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { AssetPair } from "../../src/market/asset-pair.ts";
import { createProvider } from "../../src/providers/create-provider.ts";
import type { MarketDataProvider, ProviderName } from "../../src/providers/provider.ts";
import { demoSource } from "../stand-in/candle-source.ts";
import {
  standInKey,
  standInToken,
  startStandIn,
  type StandIn,
  type StandInFault,
} from "../stand-in/server.ts";
import { conformance, conformanceNowMs } from "./conformance.ts";
import { JumpingClock } from "./fake-clock.ts";
import { failure } from "./provider-failure.ts";

const seed = 7;
const truth = demoSource(seed, ["BTCUSD", "EURUSD", "MSFT"]);
let standIn: StandIn | undefined;

before(async () => {
  standIn = await startStandIn({ series: truth, now: () => conformanceNowMs });
});

after(async () => {
  await standIn?.close();
});

function open(name: ProviderName): MarketDataProvider {
  return createProvider(name, {
    baseUrl: standIn?.url ?? "",
    credentials: { ALPHA_VANTAGE_API_KEY: standInKey, OANDA_API_TOKEN: standInToken },
    clock: new JumpingClock(conformanceNowMs),
    random: () => 0,
    requestsPerSecond: Number.POSITIVE_INFINITY,
    settings: name === "demo" ? { seed } : {},
  });
}

const subjects: readonly (readonly [ProviderName, assetPair: string, unknown: string | undefined])[] = [
  ["coinbase", "BTCUSD", "NOPE-USD"],
  ["oanda", "EURUSD", "GBPUSD"],
  ["alpha_vantage", "BTCUSD", "NOPE-USD"],
  ["alpha_vantage", "EURUSD", "GBPUSD"],
  ["alpha_vantage", "MSFT", "NOPE"],
  ["demo", "BTCUSD", undefined],
  ["demo", "EURUSD", undefined],
  ["demo", "MSFT", undefined],
];

for (const [name, assetPair, unknown] of subjects) {
  conformance(`${name} ${assetPair}`, {
    open: () => open(name),
    assetPair,
    truth,
    unknownPair: unknown,
  });
}

const faults: readonly (readonly [title: string, StandInFault])[] = [
  ["a server error", { kind: "answer", status: 503, body: "down" }],
  ["a rate limit", { kind: "answer", status: 429, body: "{}", headers: { "retry-after": "2" } }],
  ["a cut connection", { kind: "reset" }],
  ["a truncated answer", { kind: "truncate" }],
  ["garbage for an answer", { kind: "answer", status: 200, body: "<html>maintenance</html>" }],
];

for (const [name, pair] of subjects.filter(([provider]) => provider !== "demo").slice(0, 3)) {
  const hour = { startMs: Date.UTC(2026, 5, 10, 8), endMs: Date.UTC(2026, 5, 10, 12) };
  const request = { assetPair: AssetPair.parse(pair), timeframe: "1h", range: hour } as const;

  for (const [title, fault] of faults) {
    test(`${name}: ${title} is got over`, async () => {
      const provider = open(name);
      assert.ok(standIn !== undefined);
      const first = standIn.requestCount + 1;
      standIn.intercept = ({ number }) => (number === first ? fault : undefined);
      try {
        assert.equal((await provider.fetchBars(request)).bars.length, 4);
        assert.equal(standIn.requestCount, first + 1);
      } finally {
        standIn.intercept = undefined;
        await provider.close();
      }
    });
  }

  test(`${name}: a request under way is aborted`, async () => {
    const provider = open(name);
    assert.ok(standIn !== undefined);
    const controller = new AbortController();
    standIn.intercept = () => {
      controller.abort();
      return { kind: "hang" };
    };
    try {
      await failure(provider.fetchBars(request, controller.signal), "ABORTED");
    } finally {
      standIn.intercept = undefined;
      await provider.close();
    }
  });
}
