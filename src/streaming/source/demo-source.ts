import { setImmediate as nextTurn } from "node:timers/promises";

import type { AssetPair } from "../../market/asset-pair.ts";
import type { TimeRange } from "../../market/time-range.ts";
import type { Trade } from "../../market/trade.ts";
import { DemoPath } from "../../providers/demo/demo-path.ts";
import { firstTradeOf, minuteOfTrade, tradesOfMinute } from "../../providers/demo/demo-trades.ts";
import type { DemoTrade } from "../../providers/demo/demo-trades.ts";
import type { Clock } from "../../seams/clock.ts";
import { StreamingError } from "../streaming-error.ts";
import type {
  Assignment,
  MessageChunk,
  MessageSource,
  PartitionBounds,
  Proof,
  SourceIdentity,
  StartChoice,
  StreamMessage,
} from "./message-source.ts";

export interface DemoSourceOptions {
  readonly assetPairs: readonly AssetPair[];
  readonly seed: number;
  readonly clock: Clock;
}

const minuteMs = 60_000;
/** How far back made-up trades reach: a stream that starts at the earliest does not run through years. */
const historyMs = 60 * minuteMs;
/** About what a message of an exchange takes. */
const bytesOfTrade = 150;

/**
 * Made-up trades of made-up markets, one each second, without a broker or a network. They are the trades of which the bars of
 * the demo provider are made, so bars built of them equal these.
 */
export class DemoSource implements MessageSource<Trade> {
  readonly #markets: ReadonlyMap<string, DemoFeed>;
  readonly #clock: Clock;
  readonly #seed: number;

  constructor({ assetPairs, seed, clock }: DemoSourceOptions) {
    this.#markets = new Map(assetPairs.map((pair) => [pair.canonical, new DemoFeed(pair, seed)]));
    this.#clock = clock;
    this.#seed = seed;
  }

  async open(): Promise<SourceIdentity> {
    return { kind: "demo", topic: "demo", clusterId: "demo", topicId: `demo-${this.#seed}` };
  }

  async *assignments(): AsyncGenerator<Assignment<Trade>> {
    yield { partitions: [...this.#markets.keys()], read: (from, signal) => this.#read(from, signal) };
  }

  async *#read(from: ReadonlyMap<string, number>, signal: AbortSignal): AsyncGenerator<MessageChunk<Trade>> {
    const positions = new Map(from);
    const provenToMs = new Map(
      [...from].map(([partition, position]) => [partition, this.#feed(partition).timeBehind(position)]),
    );
    while (!signal.aborted) {
      const nowMs = this.#clock.now();
      let isIdle = true;
      for (const [partition, position] of positions) {
        const feed = this.#feed(partition);
        const { messages, after, toMs } = feed.after(position, nowMs);
        if (after === position) continue;
        positions.set(partition, after);
        isIdle = false;
        const range = { startMs: provenToMs.get(partition) ?? toMs, endMs: toMs };
        provenToMs.set(partition, toMs);
        yield { partition, messages, after, proof: feed.prove(range) };
        if (signal.aborted) return;
      }
      // The next trade is at most a second away.
      if (isIdle) await this.#clock.sleep(250, signal).catch(() => undefined);
      else await nextTurn();
    }
  }

  async bounds(partitions: readonly string[]): Promise<ReadonlyMap<string, PartitionBounds>> {
    const nowMs = this.#clock.now();
    return new Map(
      partitions.flatMap((partition) => {
        // Of a market that an earlier start was asked for there is nothing to tell.
        const feed = this.#markets.get(partition);
        return feed === undefined ? [] : [[partition, { first: 0, end: feed.lastBy(nowMs) }] as const];
      }),
    );
  }

  async resolve(start: StartChoice, partitions: readonly string[]): Promise<ReadonlyMap<string, number>> {
    const nowMs = this.#clock.now();
    return new Map(
      partitions.map((partition) => {
        const feed = this.#feed(partition);
        switch (start.kind) {
          case "earliest":
            return [partition, feed.lastBy(nowMs - historyMs)];
          case "latest":
            return [partition, feed.lastBy(nowMs)];
          case "timestamp":
            return [partition, feed.lastBy(start.fromMs - 1)];
          case "positions":
            return [partition, start.positions.get(partition) ?? feed.lastBy(nowMs)];
        }
      }),
    );
  }

  async acknowledge(): Promise<void> {}

  async [Symbol.asyncDispose](): Promise<void> {}

  #feed(partition: string): DemoFeed {
    const feed = this.#markets.get(partition);
    if (feed === undefined)
      throw new StreamingError("INVALID_ARGUMENT", `The demo stream has no market ${partition}`);
    return feed;
  }
}

interface DemoTrades extends Pick<MessageChunk<Trade>, "messages" | "after"> {
  /** All trades that happened before are among these, or before them. */
  readonly toMs: number;
}

/** The trades of one market. A position is the id of the last trade that was taken. */
class DemoFeed {
  readonly #assetPair: AssetPair;
  readonly #path: DemoPath;
  readonly #seed: number;
  readonly #priceUnit: bigint;
  readonly #sizeUnit: bigint;
  #minute: { readonly openTimeMs: number; readonly trades: readonly DemoTrade[] } | undefined;

  constructor(assetPair: AssetPair, seed: number) {
    this.#assetPair = assetPair;
    this.#path = new DemoPath(assetPair, seed);
    this.#seed = seed;
    this.#priceUnit = 10n ** BigInt(8 - this.#path.market.priceDecimals);
    this.#sizeUnit = 10n ** BigInt(8 - this.#path.market.volumeDecimals);
  }

  /** The trades of the minute behind a position that have happened; at a minute's end the position is that of its last id. */
  after(position: number, nowMs: number): DemoTrades {
    const openTimeMs = minuteOfTrade(position + 1);
    const trades = this.#tradesOf(openTimeMs).filter(({ id, timeMs }) => id > position && timeMs <= nowMs);
    const isOver = nowMs >= openTimeMs + minuteMs;
    return {
      messages: trades.map((trade) => this.#message(trade)),
      after: isOver ? firstTradeOf(openTimeMs + minuteMs) - 1 : (trades.at(-1)?.id ?? position),
      toMs: Math.min(nowMs + 1, openTimeMs + minuteMs),
    };
  }

  /** From when on nothing is missing for who has all trades behind a position. */
  timeBehind(position: number): number {
    const openTimeMs = minuteOfTrade(position);
    if (position === firstTradeOf(openTimeMs + minuteMs) - 1) return openTimeMs + minuteMs;
    return (this.#tradesOf(openTimeMs).find(({ id }) => id === position)?.timeMs ?? openTimeMs) + 1;
  }

  prove(range: TimeRange): Proof {
    return { provider: "demo", assetPair: this.#assetPair, isMock: true, range };
  }

  /** The position behind all trades that have happened by an instant. */
  lastBy(instantMs: number): number {
    const openTimeMs = Math.floor(instantMs / minuteMs) * minuteMs;
    const last = this.#tradesOf(openTimeMs).findLast(({ timeMs }) => timeMs <= instantMs);
    return last?.id ?? firstTradeOf(openTimeMs) - 1;
  }

  #tradesOf(openTimeMs: number): readonly DemoTrade[] {
    if (this.#minute?.openTimeMs === openTimeMs) return this.#minute.trades;
    const [bar] = this.#path.bars("1m", { startMs: openTimeMs, endMs: openTimeMs + minuteMs });
    const trades = bar === undefined ? [] : tradesOfMinute(bar, this.#seed);
    this.#minute = { openTimeMs, trades };
    return trades;
  }

  #message({ id, timeMs, price, size, side }: DemoTrade): StreamMessage<Trade> {
    return {
      value: {
        assetPair: this.#assetPair,
        tradeId: String(id),
        timeUs: timeMs * 1000,
        price: BigInt(price) * this.#priceUnit,
        size: BigInt(size) * this.#sizeUnit,
        side,
        provider: "demo",
        isMock: true,
      },
      after: id,
      label: String(id),
      size: bytesOfTrade,
      receivedMs: timeMs,
    };
  }
}
