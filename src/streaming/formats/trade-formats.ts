/** Formats of one trade a message, by their names. */
import { ownMember } from "finance-feedback-delta/contract";

import type { TradeFields } from "./json-trade.ts";

/** The own format: what a producer sends that is written for this. */
const ffeTradeFields: TradeFields = {
  assetPair: "asset_pair",
  tradeId: "trade_id",
  time: "timestamp",
  price: "price",
  size: "size",
  side: "side",
  provider: "source_provider",
  usualProvider: "kafka",
};

/** Messages of Coinbase Exchange as they came: those of the connection, and of other channels, are none of it. */
const coinbaseExchangeFields: TradeFields = {
  assetPair: "product_id",
  tradeId: "trade_id",
  time: "time",
  price: "price",
  size: "size",
  side: "side",
  provider: "source_provider",
  usualProvider: "coinbase",
  isSideOfMaker: true,
  isOther(row) {
    const type = ownMember(row, "type");
    return type !== "match" && type !== "last_match";
  },
};

/** Trades as cryptofeed's backend for Kafka writes them: times are seconds, and numbers are doubles unless it is told otherwise. */
const cryptofeedFields: TradeFields = {
  assetPair: "symbol",
  tradeId: "id",
  time: "timestamp",
  price: "price",
  size: "amount",
  side: "side",
  provider: "exchange",
  usualProvider: "cryptofeed",
  lowersProvider: true,
  timeUnit: "s",
};

export const tradeFormats: ReadonlyMap<string, TradeFields> = new Map([
  ["ffe.trade", ffeTradeFields],
  ["coinbase.exchange", coinbaseExchangeFields],
  ["cryptofeed", cryptofeedFields],
]);
