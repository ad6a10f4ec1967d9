/** The two feeds of Coinbase: how each is subscribed to, and what its messages say. */
import { ownMember } from "finance-feedback-delta/contract";

import type { AssetPair } from "../../../market/asset-pair.ts";
import { isRecord } from "../../../providers/json.ts";
import type { JsonRecord } from "../../../providers/json.ts";
import { parseObject } from "../../formats/json-text.ts";
import { utcMicroseconds } from "../../formats/utc-time.ts";
import { readTrade } from "./coinbase-trade.ts";
import type { CoinbaseTrade } from "./coinbase-trade.ts";

/** What a message of a feed says. */
export type FeedEvent =
  | { readonly kind: "trade"; readonly product: string; readonly trade: CoinbaseTrade }
  /** Of one product with the id of its last trade, or of the connection as a whole. */
  | {
      readonly kind: "heartbeat";
      readonly product?: string | undefined;
      readonly lastTradeId?: number | undefined;
      readonly timeMs: number;
    }
  /** From here on trades come. */
  | { readonly kind: "subscribed" }
  /** Messages of this connection never came. */
  | { readonly kind: "missed"; readonly count: number }
  | { readonly kind: "error"; readonly message: string; readonly isOurs: boolean }
  | { readonly kind: "unreadable" };

/** Assets by how Coinbase spells them. */
export type Products = ReadonlyMap<string, AssetPair>;

/** One connection's reader: it counts. */
type ReadMessage = (text: string) => readonly FeedEvent[];

export interface FeedProtocol {
  readonly name: "exchange" | "advanced";
  readonly url: string;
  subscribe(products: readonly string[]): readonly string[];
  reader(products: Products): ReadMessage;
}

/**
 * Coinbase Exchange: matches, and a heartbeat a second for each product.
 *
 * Source: https://docs.cdp.coinbase.com/exchange/websocket-feed/channels
 */
export const exchangeFeed: FeedProtocol = {
  name: "exchange",
  url: "wss://ws-feed.exchange.coinbase.com",
  subscribe: (products) => [
    JSON.stringify({ type: "subscribe", product_ids: products, channels: ["matches", "heartbeat"] }),
  ],
  reader: (products) => (text) => {
    const message = parseObject(text);
    if (message === undefined) return [{ kind: "unreadable" }];
    switch (ownMember(message, "type")) {
      case "match":
      case "last_match":
        return [tradeEvent(message, products)];
      case "heartbeat":
        return [heartbeat(message)];
      case "subscriptions":
        return [{ kind: "subscribed" }];
      case "error":
        return [errorEvent(message, [...products.keys()])];
      // New types may come any day.
      default:
        return [];
    }
  },
};

/**
 * Coinbase Advanced Trade: market trades, heartbeats of the connection, and a number for each message.
 *
 * Source: https://docs.cdp.coinbase.com/coinbase-app/advanced-trade-apis/websocket/websocket-channels
 */
export const advancedFeed: FeedProtocol = {
  name: "advanced",
  url: "wss://advanced-trade-ws.coinbase.com",
  // A quiet channel is closed after 60 to 90 s without the second subscription.
  subscribe: (products) =>
    ["market_trades", "heartbeats"].map((channel) =>
      JSON.stringify({ type: "subscribe", product_ids: products, channel }),
    ),
  reader: (products) => {
    let last: number | undefined;
    return (text) => {
      const message = parseObject(text);
      if (message === undefined) return [{ kind: "unreadable" }];
      if (ownMember(message, "type") === "error") return [errorEvent(message, [...products.keys()])];
      const number = Number(ownMember(message, "sequence_num"));
      const count = Number.isSafeInteger(number) && last !== undefined ? number - last - 1 : 0;
      if (Number.isSafeInteger(number)) last = Math.max(number, last ?? number);
      const events = advancedEvents(message, products);
      return count > 0 ? [{ kind: "missed", count }, ...events] : events;
    };
  },
};

function advancedEvents(message: JsonRecord, products: Products): readonly FeedEvent[] {
  switch (ownMember(message, "channel")) {
    case "market_trades":
      return listOf(message, "events")
        .flatMap((event) => listOf(event, "trades"))
        .map((trade) => tradeEvent(trade, products));
    case "heartbeats": {
      const timeUs = utcMicroseconds(ownMember(message, "timestamp"));
      return timeUs === undefined ? [] : [{ kind: "heartbeat", timeMs: Math.floor(timeUs / 1000) }];
    }
    case "subscriptions":
      return [{ kind: "subscribed" }];
    default:
      return [];
  }
}

function listOf(value: unknown, name: string): readonly unknown[] {
  const member = isRecord(value) ? ownMember(value, name) : undefined;
  return Array.isArray(member) ? member : [];
}

function tradeEvent(fields: unknown, products: Products): FeedEvent {
  if (!isRecord(fields)) return { kind: "unreadable" };
  const product = ownMember(fields, "product_id");
  const assetPair = typeof product === "string" ? products.get(product) : undefined;
  if (typeof product !== "string" || assetPair === undefined) return { kind: "unreadable" };
  const trade = readTrade(fields, assetPair);
  // One that does not pass is asked for over REST, as one that never came: that answer counts.
  return trade?.decoded.kind === "row" ? { kind: "trade", product, trade } : { kind: "unreadable" };
}

function heartbeat(message: JsonRecord): FeedEvent {
  const product = ownMember(message, "product_id");
  const timeUs = utcMicroseconds(ownMember(message, "time"));
  const lastTradeId = Number(ownMember(message, "last_trade_id"));
  if (typeof product !== "string" || timeUs === undefined) return { kind: "unreadable" };
  // Coinbase has sent 0 for months where it did not know.
  const isKnown = Number.isSafeInteger(lastTradeId) && lastTradeId > 0;
  return {
    kind: "heartbeat",
    product,
    lastTradeId: isKnown ? lastTradeId : undefined,
    timeMs: Math.floor(timeUs / 1000),
  };
}

function errorEvent(message: JsonRecord, products: readonly string[]): FeedEvent {
  const words = ["message", "reason"]
    .map((name) => ownMember(message, name))
    .filter((word) => typeof word === "string" && word !== "")
    .join(": ");
  const isOurs =
    /subscri|product|channel/i.test(words) || products.some((product) => words.includes(product));
  return { kind: "error", message: words === "" ? "an error without words" : words, isOurs };
}
