import { createServer } from "node:http";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

import { WebSocketServer } from "ws";
import type { WebSocket } from "ws";

/** A trade as the exchange keeps it. */
export interface StandInTrade {
  readonly id: number;
  readonly timeMs: number;
  readonly price: string;
  readonly size: string;
  /** Of the maker. */
  readonly side: "buy" | "sell";
}

/** What becomes of a message on its way to one connection; the message itself when left out. */
export type FeedFault = (message: string, connection: StandInConnection) => readonly string[] | undefined;

interface StandInConnection {
  /** Counted from 1. */
  readonly number: number;
  /** Ends it. */
  cut(): void;
}

interface Subscriber extends StandInConnection {
  readonly socket: WebSocket;
  readonly products: Set<string>;
  sequence: number;
}

/** An exchange on this machine, with the feed and the trades over REST of Coinbase. Time goes on when it is told. */
export class CoinbaseStandIn implements AsyncDisposable {
  nowMs: number = Date.UTC(2026, 2, 1);
  fault: FeedFault | undefined;
  /** Newest trades that the answers over REST do not have yet. */
  restLag = 0;
  /** So many answers over REST, and failures behind them. */
  restAnswersLeft: number = Infinity;
  restRequests = 0;
  connections = 0;
  /** What was subscribed to, in the order of the messages. */
  readonly subscriptions: unknown[] = [];
  /** Instead of an answer to a subscription. */
  refusal: object | undefined;
  /** Sent with heartbeats in place of the last id. */
  heartbeatId: number | undefined;
  readonly feed: "exchange" | "advanced";
  readonly #trades = new Map<string, StandInTrade[]>();
  readonly #subscribers = new Set<Subscriber>();
  readonly #server = createServer((request, response) => this.#answer(request, response));
  readonly #sockets = new WebSocketServer({ server: this.#server });

  private constructor(products: readonly string[], feed: "exchange" | "advanced") {
    this.feed = feed;
    for (const product of products) this.#trades.set(product, []);
    this.#sockets.on("connection", (socket) => this.#connect(socket));
  }

  static async start(
    products: readonly string[],
    feed: "exchange" | "advanced" = "exchange",
  ): Promise<CoinbaseStandIn> {
    const exchange = new CoinbaseStandIn(products, feed);
    await new Promise<void>((resolve) => {
      exchange.#server.listen(0, "127.0.0.1", resolve);
    });
    return exchange;
  }

  get products(): readonly string[] {
    return [...this.#trades.keys()];
  }

  get restUrl(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  get streamUrl(): string {
    return `ws://127.0.0.1:${this.#port}`;
  }

  get #port(): number {
    const address: AddressInfo | string | null = this.#server.address();
    return typeof address === "object" && address !== null ? address.port : 0;
  }

  history(product: string): readonly StandInTrade[] {
    return this.#of(product);
  }

  /** Trades happen; those that are not told of are only in the history. */
  trade(product: string, { count = 1, isTold = true, id }: TradeChoice = {}): void {
    const trades = this.#of(product);
    for (let number = 0; number < count; number += 1) {
      const next = id ?? (trades.at(-1)?.id ?? 0) + 1;
      this.nowMs += 1;
      const trade: StandInTrade = {
        id: next,
        timeMs: this.nowMs,
        price: `${60_000 + (next % 97)}.${String(next % 100).padStart(2, "0")}`,
        size: `0.0${1 + (next % 9)}`,
        side: next % 3 === 0 ? "buy" : "sell",
      };
      trades.push(trade);
      if (isTold)
        this.#tell(product, (subscriber) => this.#tradeMessage(product, trade, "match", subscriber));
    }
  }

  /** A second goes by, and each connection hears of it. */
  beat(): void {
    this.nowMs += 1000;
    if (this.feed === "advanced") {
      for (const subscriber of this.#subscribers)
        this.#send(subscriber, this.#envelope(subscriber, "heartbeats", []));
      return;
    }
    for (const product of this.#trades.keys())
      this.#tell(product, () => ({
        type: "heartbeat",
        sequence: this.nowMs,
        last_trade_id: this.heartbeatId ?? this.#of(product).at(-1)?.id ?? 0,
        product_id: product,
        time: new Date(this.nowMs).toISOString(),
      }));
  }

  /** Sends a text as it is to everybody. */
  say(text: string): void {
    for (const { socket } of this.#subscribers) socket.send(text);
  }

  cutAll(): void {
    for (const subscriber of this.#subscribers) subscriber.cut();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const { socket } of this.#subscribers) socket.terminate();
    await new Promise<void>((resolve) => {
      this.#sockets.close();
      this.#server.close(() => resolve());
      this.#server.closeAllConnections();
    });
  }

  #of(product: string): StandInTrade[] {
    const trades = this.#trades.get(product);
    if (trades === undefined) throw new Error(`no product ${product}`);
    return trades;
  }

  #connect(socket: WebSocket): void {
    this.connections += 1;
    const subscriber: Subscriber = {
      number: this.connections,
      socket,
      products: new Set(),
      sequence: 0,
      cut: () => socket.terminate(),
    };
    socket.on("close", () => this.#subscribers.delete(subscriber));
    socket.on("message", (data) => {
      const message: { readonly product_ids?: readonly string[]; readonly channel?: string } = JSON.parse(
        Buffer.isBuffer(data) ? data.toString() : "{}",
      );
      this.subscriptions.push(message);
      if (this.refusal !== undefined) {
        socket.send(JSON.stringify(this.refusal));
        return;
      }
      if (message.channel !== "heartbeats") this.#subscribe(subscriber, message.product_ids ?? []);
    });
  }

  #subscribe(subscriber: Subscriber, products: readonly string[]): void {
    const isExchange = this.feed === "exchange";
    this.#subscribers.add(subscriber);
    for (const product of products) subscriber.products.add(product);
    this.#send(
      subscriber,
      isExchange ? { type: "subscriptions", channels: [] } : this.#envelope(subscriber, "subscriptions", []),
    );
    for (const product of products) {
      const last = this.#of(product).at(-1);
      if (last !== undefined)
        this.#send(
          subscriber,
          this.#tradeMessage(product, last, isExchange ? "last_match" : "snapshot", subscriber),
        );
    }
  }

  #tell(product: string, messageTo: (subscriber: Subscriber) => object): void {
    for (const subscriber of this.#subscribers)
      if (subscriber.products.has(product)) this.#send(subscriber, messageTo(subscriber));
  }

  #send(subscriber: Subscriber, message: object): void {
    const text = JSON.stringify(message);
    for (const one of this.fault?.(text, subscriber) ?? [text]) subscriber.socket.send(one);
  }

  #tradeMessage(product: string, trade: StandInTrade, type: string, subscriber: Subscriber): object {
    const fields = fieldsOf(trade);
    if (this.feed === "exchange") return { type, product_id: product, sequence: trade.id, ...fields };
    const trades = [
      { ...fields, product_id: product, trade_id: String(trade.id), side: trade.side.toUpperCase() },
    ];
    return this.#envelope(subscriber, "market_trades", [{ type: "update", trades }]);
  }

  #envelope(subscriber: Subscriber, channel: string, events: readonly object[]): object {
    subscriber.sequence += 1;
    return {
      channel,
      client_id: "",
      timestamp: new Date(this.nowMs).toISOString(),
      sequence_num: subscriber.sequence - 1,
      events,
    };
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    this.restRequests += 1;
    const url = new URL(request.url ?? "/", this.restUrl);
    const product = /^\/products\/([^/]+)\/trades$/.exec(url.pathname)?.[1] ?? "";
    const trades = this.#trades.get(product);
    const after = Number(url.searchParams.get("after") ?? Infinity);
    const limit = Math.min(1000, Number(url.searchParams.get("limit") ?? 1000));
    const known = trades?.slice(0, Math.max(0, trades.length - this.restLag)) ?? [];
    const page = known.filter(({ id }) => id < after).slice(-limit);
    const isDown = this.restAnswersLeft <= 0;
    this.restAnswersLeft = Math.max(0, this.restAnswersLeft - 1);
    const [status, body] = isDown
      ? [503, { message: "down" }]
      : trades === undefined
        ? [404, { message: "NotFound" }]
        : [200, page.toReversed().map(fieldsOf)];
    response.writeHead(status, { "content-type": "application/json" });
    response.end(JSON.stringify(body));
  }
}

export interface TradeChoice {
  readonly count?: number;
  readonly isTold?: boolean;
  /** Its id; the next one when left out. */
  readonly id?: number;
}

function fieldsOf({ id, timeMs, price, size, side }: StandInTrade): object {
  return { trade_id: id, time: new Date(timeMs).toISOString().replace("Z", "456Z"), price, size, side };
}
