import { readAssetPair } from "../../market/asset-argument.ts";
import type { Trade } from "../../market/trade.ts";
import { coinbaseSettings } from "../../providers/coinbase.ts";
import type { Decode, Decoded } from "../formats/decoded.ts";
import { CoinbaseSource } from "../source/coinbase/coinbase-source.ts";
import { StreamingError } from "../streaming-error.ts";
import { accessOf } from "./provider-access.ts";
import type { SourceKind } from "./source-kind.ts";
import { settingsOf } from "./stream-options.ts";
import { tradeStream } from "./trade-stream.ts";

/** The trades of Coinbase, by their ids. */
export const coinbaseStream: SourceKind = {
  name: "coinbase",
  options: ["assets", "feed"],
  jobName: () => "coinbase",
  prepare(_, request) {
    const { options, context } = request;
    if (options.assets === undefined)
      throw new StreamingError("INVALID_ARGUMENT", "--assets says which markets, such as BTCUSD,ETHUSD");
    const { connection, settings } = accessOf("coinbase", coinbaseSettings, context);
    const source = new CoinbaseSource({
      assetPairs: options.assets.map(readAssetPair),
      feed: options.feed ?? "exchange",
      streamUrl: settings.stream_url,
      connection,
    });
    return tradeStream({ source, decode }, settingsOf(options, "latest"), request);
  },
};

/** The source has read them: a trade that does not pass on its feed is fetched again. */
const decode: Decode<Decoded<Trade>, Trade> = ({ value }) => value;
