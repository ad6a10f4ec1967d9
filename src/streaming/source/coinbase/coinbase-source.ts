import type { AssetPair } from "../../../market/asset-pair.ts";
import type { Trade } from "../../../market/trade.ts";
import type { ConnectionOptions } from "../../../providers/connection.ts";
import { systemClock } from "../../../seams/clock.ts";
import { systemRandom } from "../../../seams/random.ts";
import type { Decoded } from "../../formats/decoded.ts";
import type {
  Assignment,
  MessageSource,
  PartitionBounds,
  SourceIdentity,
  StartChoice,
} from "../message-source.ts";
import { readHeldBack } from "../message-source.ts";
import { openWebSocket } from "../web-socket.ts";
import type { OpenSocket } from "../web-socket.ts";
import type { MarketLimits } from "./coinbase-market.ts";
import { CoinbaseReading } from "./coinbase-reading.ts";
import { usualTimings } from "./feed-connection.ts";
import type { FeedTimings } from "./feed-connection.ts";
import { advancedFeed, exchangeFeed } from "./feed-protocol.ts";
import { idBefore } from "./id-before.ts";
import { CoinbaseHistory } from "./trade-history.ts";

export interface CoinbaseSourceOptions {
  readonly assetPairs: readonly AssetPair[];
  readonly feed: "exchange" | "advanced";
  /** Where the feed is served; the exchange's own address when left out. */
  readonly streamUrl?: string | undefined;
  /** Of the REST API, which fills the holes of both feeds: they have the same trades under the same ids. */
  readonly connection: ConnectionOptions;
  readonly openSocket?: OpenSocket | undefined;
  readonly timings?: FeedTimings | undefined;
  readonly limits?: Partial<MarketLimits & { readonly readyMax: number }> | undefined;
}

const usualLimits = { fillMax: 100_000, heldMax: 20_000, readyMax: 50_000 };

/**
 * The trades of Coinbase as they happen, each once and none left out: their ids have no holes, so what a connection missed is
 * known, and fetched over REST. A partition is a market, a position the id of the last trade that was taken.
 */
export class CoinbaseSource implements MessageSource<Decoded<Trade>> {
  readonly #options: CoinbaseSourceOptions;
  readonly #products: ReadonlyMap<string, AssetPair>;
  #tell: (message: string) => void = () => {};
  readonly #closed = new AbortController();
  readonly #history: CoinbaseHistory;

  constructor(options: CoinbaseSourceOptions) {
    const { assetPairs, connection } = options;
    this.#options = options;
    this.#products = new Map(
      assetPairs.map((pair) => [
        connection.symbols?.get(pair.canonical) ?? `${pair.base}-${pair.quote}`,
        pair,
      ]),
    );
    this.#history = new CoinbaseHistory(this.#products, connection, this.#closed.signal);
  }

  async open(tell?: (message: string) => void): Promise<SourceIdentity> {
    this.#tell = tell ?? this.#tell;
    // Both feeds count alike: a stream may change from one to the other.
    return { kind: "coinbase", topic: "coinbase", clusterId: "coinbase", topicId: "coinbase" };
  }

  async *assignments(): AsyncGenerator<Assignment<Decoded<Trade>>> {
    const { feed, streamUrl, connection, timings = usualTimings, openSocket = openWebSocket } = this.#options;
    const protocol = feed === "exchange" ? exchangeFeed : advancedFeed;
    const limits = { ...usualLimits, ...this.#options.limits };
    yield {
      partitions: [...this.#products.keys()],
      read: (from, signal) =>
        new CoinbaseReading(from, {
          protocol,
          url: streamUrl ?? protocol.url,
          products: this.#products,
          history: this.#history,
          clock: connection.clock ?? systemClock,
          random: connection.random ?? systemRandom,
          openSocket,
          timings,
          limits,
          readyMax: limits.readyMax,
          tell: this.#tell,
        }).chunks(signal),
    };
  }

  async bounds(partitions: readonly string[]): Promise<ReadonlyMap<string, PartitionBounds>> {
    const heads = partitions.map(async (product) => {
      const part = readHeldBack(product);
      if (part !== undefined) return [product, { first: part.from, end: part.to }] as const;
      const end = await this.#headOf(product);
      return [product, { first: 0, end, endMayLag: true }] as const;
    });
    return new Map(await Promise.all(heads));
  }

  async resolve(start: StartChoice, partitions: readonly string[]): Promise<ReadonlyMap<string, number>> {
    const positions = partitions.map(
      async (product) => [product, await this.#startOf(start, product)] as const,
    );
    return new Map(await Promise.all(positions));
  }

  async #startOf(start: StartChoice, product: string): Promise<number> {
    switch (start.kind) {
      case "earliest":
        return 0;
      case "latest":
        return this.#headOf(product);
      case "timestamp":
        return idBefore(this.#history, product, start.fromMs);
      case "positions":
        return start.positions.get(product) ?? this.#headOf(product);
    }
  }

  async acknowledge(): Promise<void> {}

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed.abort();
    this.#history.close();
  }

  async #headOf(product: string): Promise<number> {
    const [head] = await this.#history.upTo(product, undefined, 1);
    return head?.id ?? 0;
  }
}
