import { readAssetPair } from "../../market/asset-argument.ts";
import type { Trade } from "../../market/trade.ts";
import type { Decode } from "../formats/decoded.ts";
import { DemoSource } from "../source/demo-source.ts";
import type { SourceKind } from "./source-kind.ts";
import { settingsOf } from "./stream-options.ts";
import { tradeStream } from "./trade-stream.ts";

const usualSeed = 42;

/** Made-up trades, without a broker or a network. */
export const demoStream: SourceKind = {
  name: "demo",
  options: ["assets", "seed"],
  jobName: () => "demo",
  prepare(_, request) {
    const { options, context } = request;
    const assetPairs = (options.assets ?? ["BTCUSD", "ETHUSD"]).map(readAssetPair);
    const source = new DemoSource({ assetPairs, seed: options.seed ?? usualSeed, clock: context.clock });
    return tradeStream({ source, decode }, settingsOf(options, "latest"), request);
  },
};

const decode: Decode<Trade, Trade> = ({ value }) => ({
  kind: "row",
  row: value,
  eventMs: value.timeUs / 1000,
});
