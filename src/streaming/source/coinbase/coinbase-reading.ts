import { readHeldBack } from "../message-source.ts";
import { Waker } from "../waker.ts";
import { CoinbaseMarket, idsReset } from "./coinbase-market.ts";
import type { CoinbaseChunk, MarketLimits } from "./coinbase-market.ts";
import { FeedConnection } from "./feed-connection.ts";
import type { FeedConnectionOptions } from "./feed-connection.ts";
import type { FeedEvent } from "./feed-protocol.ts";
import { fetchPage, fillHoles } from "./fill-holes.ts";
import type { Filling } from "./fill-holes.ts";
import { fillHeldBack } from "./held-back-fill.ts";
import { msOf } from "./product-trades.ts";
import type { TradeHistory } from "./trade-history.ts";

export interface ReadingOptions extends FeedConnectionOptions {
  readonly history: TradeHistory;
  readonly limits: MarketLimits;
  /** Trades that lie ready, of all markets: more stop the reading of the feed. */
  readonly readyMax: number;
}

/** Where a market's own trade is not there yet: an answer over REST may be older than the feed. */
const beginTriesMax = 6;
const beginPauseMs = 10_000;
/** How long a trade may take from the feed to the answers over REST. */
const restLagMs = 2000;

/** One reading of a feed: its connection, what fills its holes, and what lies ready. */
export class CoinbaseReading {
  readonly #options: ReadingOptions;
  readonly #from: ReadonlyMap<string, number>;
  readonly #markets = new Map<string, CoinbaseMarket>();
  readonly #feed: FeedConnection;
  readonly #stop = new AbortController();
  readonly #changed = new Waker();
  readonly #tasks = new Set<Promise<void>>();
  readonly #filling = new Set<CoinbaseMarket>();
  /** Chunks of parts that are held back; each is taken before the next one is fetched. */
  readonly #heldBack: { readonly chunk: CoinbaseChunk; readonly taken: () => void }[] = [];
  #heldBackTask: Promise<void> | undefined;
  readonly #parts: string[] = [];
  #failure: { readonly error: unknown } | undefined;
  #drained = Promise.withResolvers<void>();
  #unreadable = 0;

  constructor(from: ReadonlyMap<string, number>, options: ReadingOptions) {
    this.#options = options;
    this.#from = from;
    for (const [product, assetPair] of options.products)
      if (from.has(product))
        this.#markets.set(
          product,
          new CoinbaseMarket(product, assetPair, from.get(product) ?? 0, options.limits),
        );
    for (const name of from.keys()) if (readHeldBack(name) !== undefined) this.#parts.push(name);
    this.#feed = new FeedConnection(
      { ...options, products: new Map([...options.products].filter(([product]) => from.has(product))) },
      { onEvent: (event) => this.#note(event), onLost: () => this.#lose() },
    );
  }

  async *chunks(signal: AbortSignal): AsyncGenerator<CoinbaseChunk> {
    const abort = (): void => this.#stop.abort();
    signal.addEventListener("abort", abort, { once: true });
    if (signal.aborted) abort();
    try {
      for (const market of this.#markets.values()) this.#run(this.#begin(market));
      this.#run(this.#feed.run(this.#stop.signal));
      this.#fillHeldBack();
      while (!this.#stop.signal.aborted) {
        if (this.#failure !== undefined) throw this.#failure.error;
        yield* this.#take();
        if (this.#isOver) return;
        await this.#changed.wait(this.#stop.signal);
      }
    } finally {
      signal.removeEventListener("abort", abort);
      this.#stop.abort();
      this.#drained.resolve();
      for (const { taken } of this.#heldBack) taken();
      await Promise.all([...this.#tasks, this.#heldBackTask]);
    }
  }

  get #isOver(): boolean {
    return (
      this.#heldBackTask === undefined && [...this.#markets.values()].every(({ isStopped }) => isStopped)
    );
  }

  *#take(): Generator<CoinbaseChunk> {
    const nowMs = this.#options.clock.now();
    for (const market of this.#markets.values()) {
      for (const chunk of market.chunks(nowMs)) {
        yield chunk;
        if (chunk.heldBack !== undefined) {
          this.#parts.push(`${market.product}~${chunk.heldBack.from}-${chunk.heldBack.to}`);
          this.#fillHeldBack();
        }
      }
      this.#fill(market);
    }
    this.#drained.resolve();
    this.#drained = Promise.withResolvers();
    this.#feed.resume();
    for (const { chunk, taken } of this.#heldBack.splice(0)) {
      yield chunk;
      taken();
    }
  }

  #note(event: FeedEvent): void {
    switch (event.kind) {
      case "trade": {
        const market = this.#markets.get(event.product);
        if (market === undefined) return;
        market.offer(event.trade);
        this.#fill(market);
        if (this.#readyCount() >= this.#options.readyMax) this.#feed.pause();
        break;
      }
      case "heartbeat": {
        const { product, timeMs, lastTradeId } = event;
        const told = product === undefined ? [...this.#markets.values()] : [this.#markets.get(product)];
        for (const market of told) {
          market?.heartbeat(timeMs, lastTradeId);
          if (market !== undefined) this.#fill(market);
        }
        break;
      }
      case "subscribed":
      case "missed":
        this.#lose();
        if (this.#options.protocol.name === "advanced")
          for (const market of this.#markets.values()) this.#run(this.#synchronize(market));
        break;
      case "unreadable":
        this.#unreadable += 1;
        if (this.#unreadable === 1)
          this.#options.tell(
            "The feed sends messages that cannot be read; trades in them are fetched by their ids.",
          );
        break;
      case "error":
        break;
    }
    this.#changed.wake();
  }

  #lose(): void {
    for (const market of this.#markets.values()) market.isSynced = false;
  }

  #readyCount(): number {
    let count = 0;
    for (const { trades } of this.#markets.values()) count += trades.readyCount;
    return count;
  }

  /**
   * Finds out what happened while nobody read, whatever the feed says of it; and when the trade happened that the table has
   * last, if the exchange still counts so.
   */
  async #begin(market: CoinbaseMarket): Promise<void> {
    const position = this.#from.get(market.product) ?? 0;
    const filling = this.#fillingOf();
    for (let tries = 1; ; tries += 1) {
      const head = (await fetchPage(market, undefined, filling, 1))?.at(-1);
      if (head !== undefined) market.trades.know(head.id, msOf(head));
      const last = position === 0 ? undefined : (await fetchPage(market, position, filling, 1))?.at(-1);
      if (this.#stop.signal.aborted || market.isStopped) return;
      if (last?.id === position) market.remember(msOf(last) ?? 0);
      this.#fill(market);
      // The trade may have been left out of the exchange's count, and later ones be there.
      if (position === 0 || last?.id === position || (head !== undefined && head.id > position)) return;
      if (tries >= beginTriesMax) {
        market.stop(idsReset(market.product, position, head?.id ?? 0));
        return;
      }
      await this.#options.clock.sleep(beginPauseMs, this.#stop.signal).catch(() => undefined);
    }
  }

  /** Heartbeats without ids prove something once all trades of before are known. */
  async #synchronize(market: CoinbaseMarket): Promise<void> {
    await this.#options.clock.sleep(restLagMs, this.#stop.signal).catch(() => undefined);
    const head = (await fetchPage(market, undefined, this.#fillingOf(), 1))?.at(-1);
    if (head === undefined) return;
    market.trades.know(head.id, msOf(head));
    market.isSynced = true;
    this.#fill(market);
  }

  #fill(market: CoinbaseMarket): void {
    if (this.#filling.has(market) || !market.wantsFill) return;
    this.#filling.add(market);
    const filling = fillHoles(market, this.#fillingOf(), async () => {
      this.#changed.wake();
      // What is fetched waits for its batch as what the feed sends does.
      while (this.#readyCount() >= this.#options.readyMax && !this.#stop.signal.aborted)
        await this.#drained.promise;
    });
    this.#run(
      filling.finally(() => {
        this.#filling.delete(market);
      }),
    );
  }

  /** One part after the other: they have time, and the feed's own holes have not. */
  #fillHeldBack(): void {
    this.#heldBackTask ??= this.#fillParts()
      .catch((error: unknown) => this.#fail(error))
      .finally(() => {
        this.#heldBackTask = undefined;
        if (this.#parts.length > 0 && this.#failure === undefined) this.#fillHeldBack();
        this.#changed.wake();
      });
  }

  async #fillParts(): Promise<void> {
    for (let name = this.#parts.shift(); name !== undefined; name = this.#parts.shift()) {
      const part = readHeldBack(name);
      const market = part === undefined ? undefined : this.#markets.get(part.partition);
      const assetPair = part === undefined ? undefined : this.#options.products.get(part.partition);
      if (part === undefined || market === undefined || assetPair === undefined) continue;
      const position = this.#from.get(name) ?? part.from;
      await fillHeldBack({ ...part, market, assetPair, position }, this.#fillingOf(), (chunk) =>
        this.#hand(chunk),
      );
    }
  }

  async #hand(chunk: CoinbaseChunk): Promise<void> {
    if (this.#stop.signal.aborted) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#heldBack.push({ chunk, taken: resolve });
    this.#changed.wake();
    await promise;
  }

  #fillingOf(): Filling {
    const { history, clock, tell } = this.#options;
    return { history, clock, tell, signal: this.#stop.signal };
  }

  #run(task: Promise<void>): void {
    const watched = task
      .catch((error: unknown) => this.#fail(error))
      .finally(() => {
        this.#tasks.delete(watched);
        this.#changed.wake();
      });
    this.#tasks.add(watched);
  }

  #fail(error: unknown): void {
    if (!this.#stop.signal.aborted) this.#failure ??= { error };
  }
}
