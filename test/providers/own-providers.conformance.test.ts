// The provider of docs/add-an-exchange.md, loaded as the configuration loads it, keeps what every provider promises.
import { after, before } from "node:test";

import { checkConfig } from "../../src/config/check-config.ts";
import { loadCustomProviders } from "../../src/config/custom-providers.ts";
import { openProvider } from "../../src/providers/create-provider.ts";
import { ProviderRegistry } from "../../src/providers/provider-registry.ts";
import { writeExchange } from "../documentation/exchange-example.ts";
import { demoSource } from "../stand-in/candle-source.ts";
import { startStandIn, type StandIn } from "../stand-in/server.ts";
import { TemporaryFolder } from "../temporary-folder.ts";
import { conformance, conformanceNowMs } from "./conformance.ts";
import { JumpingClock } from "./fake-clock.ts";

const truth = demoSource(7, ["BTCUSDT"]);
using folder = new TemporaryFolder();
const config = checkConfig({ providers: { custom: writeExchange(folder) } });
const registry = new ProviderRegistry(loadCustomProviders(config));
let standIn: StandIn | undefined;

before(async () => {
  standIn = await startStandIn({ series: truth, now: () => conformanceNowMs });
});

after(async () => {
  await standIn?.close();
});

conformance("binance BTCUSDT", {
  open: () =>
    openProvider(registry.get("binance"), {
      baseUrl: standIn?.url ?? "",
      clock: new JumpingClock(conformanceNowMs),
      random: () => 0,
      requestsPerSecond: Number.POSITIVE_INFINITY,
    }),
  assetPair: "BTCUSDT",
  truth,
  unknownPair: "NOPE-USDT",
});
