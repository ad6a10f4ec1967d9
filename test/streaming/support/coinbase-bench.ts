import { setTimeout as delay } from "node:timers/promises";

import { AssetPair } from "../../../src/market/asset-pair.ts";
import type { Trade } from "../../../src/market/trade.ts";
import type { Clock } from "../../../src/seams/clock.ts";
import { formatDecimal8 } from "../../../src/market/decimal.ts";
import { preparedStream } from "../../../src/streaming/job/prepared-stream.ts";
import { usualSettings } from "../../../src/streaming/run/stream-run.ts";
import type { StreamSettings } from "../../../src/streaming/run/stream-run.ts";
import { CoinbaseSource } from "../../../src/streaming/source/coinbase/coinbase-source.ts";
import type { CoinbaseSourceOptions } from "../../../src/streaming/source/coinbase/coinbase-source.ts";
import type { HeldBack, Proof } from "../../../src/streaming/source/message-source.ts";
import type { StreamWriter } from "../../../src/streaming/write/stream-writer.ts";
import { TradeWriter } from "../../../src/streaming/write/trade-writer.ts";
import type { CoinbaseStandIn } from "./coinbase-stand-in.ts";
import { FastClock } from "./fast-clock.ts";
import { StreamBench } from "./stream-bench.ts";

export interface CoinbaseRunChoice {
  readonly settings?: Partial<StreamSettings>;
  readonly source?: Partial<CoinbaseSourceOptions>;
  readonly job?: string;
}

/** Streams of a stand-in exchange into a lake in a folder. */
export class CoinbaseBench implements AsyncDisposable {
  readonly bench: StreamBench;
  readonly clock: Clock;
  readonly exchange: CoinbaseStandIn;
  readonly told: string[] = [];
  readonly proofs: Proof[] = [];
  readonly heldBack: HeldBack[] = [];
  /** How far the table is, by partition. */
  positions: ReadonlyMap<string, number> = new Map();

  constructor(exchange: CoinbaseStandIn, clock: Clock = new FastClock(20)) {
    this.exchange = exchange;
    this.clock = clock;
    this.bench = new StreamBench(clock);
  }

  source(options: Partial<CoinbaseSourceOptions> = {}): CoinbaseSource {
    return new CoinbaseSource({
      assetPairs: [...this.exchange.products].map((product) => AssetPair.parse(product.replace("-", ""))),
      feed: this.exchange.feed,
      streamUrl: this.exchange.streamUrl,
      connection: {
        baseUrl: this.exchange.restUrl,
        clock: this.clock,
        random: () => 0.5,
        requestsPerSecond: Infinity,
      },
      ...options,
    });
  }

  /** Runs a stream until it is stopped. */
  start({ settings, source, job = "coinbase" }: CoinbaseRunChoice = {}): RunningStream {
    const { lake, deadLetters } = this.bench;
    const { clock } = this;
    const stop = new AbortController();
    const trades = new TradeWriter({ lake, deadLetters, clock, job, ingestionId: "one" });
    const stream = preparedStream(
      {
        name: job,
        source: this.source(source),
        decode: ({ value }) => value,
        writer: this.#watched(trades),
      },
      { ...usualSettings, intervalMs: 400, start: { kind: "latest" }, ...settings },
      { lake, deadLetters, clock, ingestionId: "one" },
    );
    const ended = stream.run({
      signal: stop.signal,
      onBatch: ({ positions }) => {
        this.positions = positions;
      },
      tell: (message) => void this.told.push(message),
    });
    // Who waits for it sees the failure; nobody has to.
    ended.catch(() => undefined);
    return {
      ended,
      stop: async () => {
        stop.abort();
        await ended;
      },
    };
  }

  /** Lets time go on until something holds. */
  async until(holds: () => boolean, { beats = true }: { readonly beats?: boolean } = {}): Promise<void> {
    while (!holds()) {
      if (beats) this.exchange.beat();
      await delay(5);
    }
  }

  /** Until the table has all trades of the exchange. */
  async untilStored(): Promise<void> {
    await this.until(() =>
      this.exchange.products.every(
        (product) => this.positions.get(product) === this.exchange.history(product).at(-1)?.id,
      ),
    );
  }

  /** The trades of the table, in the form of the exchange's history; each as often as it is there. */
  async stored(product: string): Promise<readonly object[]> {
    const scan = await this.bench.lake.readTable({
      tableName: "raw_trades",
      columns: ["trade_id", "timestamp", "price", "size", "side"],
      where: `asset_pair = '${product.replace("-", "")}'`,
    });
    return (await scan.rows())
      .map((row) => ({
        id: Number(row["trade_id"]),
        timeMs: row["timestamp"] instanceof Date ? row["timestamp"].getTime() : 0,
        price: textOf(row["price"]),
        size: textOf(row["size"]),
        // Of the taker there, of the maker here.
        side: row["side"] === "buy" ? "sell" : "buy",
      }))
      .toSorted((one, other) => one.id - other.id);
  }

  #watched(writer: StreamWriter<Trade>): StreamWriter<Trade> {
    return {
      tables: writer.tables,
      readProgress: async (identity) => writer.readProgress(identity),
      begin: async (identity, moves) => writer.begin(identity, moves),
      write: async (identity, request) => {
        const outcome = await writer.write(identity, request);
        this.proofs.push(...request.proofs);
        this.heldBack.push(...request.heldBack);
        return outcome;
      },
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.bench[Symbol.asyncDispose]();
    await this.exchange[Symbol.asyncDispose]();
  }
}

export interface RunningStream {
  readonly ended: Promise<void>;
  stop(): Promise<void>;
}

function textOf(value: unknown): string {
  const text = typeof value === "bigint" ? formatDecimal8(value) : String(value);
  return text.replace(/\.?0+$/, "");
}
