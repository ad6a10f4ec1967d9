import { DuckDbEngine, LocalStore, nodeFileSystem } from "finance-feedback-delta";
import type { Engine, FileSystem } from "finance-feedback-delta";

import { DeltaLakeManager } from "../../../src/storage/delta-lake-manager.ts";
import { DeadLetterQueue } from "../../../src/dead-letters/dead-letter-queue.ts";
import type { Trade } from "../../../src/market/trade.ts";
import type { Clock } from "../../../src/seams/clock.ts";
import type { Decode } from "../../../src/streaming/formats/decoded.ts";
import { jsonTrade } from "../../../src/streaming/formats/json-trade.ts";
import { tradeFormats } from "../../../src/streaming/formats/trade-formats.ts";
import type { TimeUnit } from "../../../src/streaming/formats/time-unit.ts";
import type { MessageSource } from "../../../src/streaming/source/message-source.ts";
import { preparedStream } from "../../../src/streaming/job/prepared-stream.ts";
import { usualSettings } from "../../../src/streaming/run/stream-run.ts";
import type { CommittedBatch, StreamSettings } from "../../../src/streaming/run/stream-run.ts";
import { TradeWriter } from "../../../src/streaming/write/trade-writer.ts";
import type { StreamWriter } from "../../../src/streaming/write/stream-writer.ts";
import { systemClock } from "../../../src/seams/clock.ts";
import { TemporaryFolder } from "../../temporary-folder.ts";

/** Few rows need no second thread, and starting an engine is what costs. */
const sharedEngine: Engine = new DuckDbEngine({ threads: 1 });

/** A trade as `ffe.trade`. */
export function tradeText(id: number, more: Readonly<Record<string, unknown>> = {}): string {
  return JSON.stringify({
    asset_pair: "BTCUSD",
    trade_id: id,
    timestamp: Date.UTC(2026, 2, 1) + id * 250,
    price: String(60_000 + (id % 100)),
    size: "0.5",
    side: id % 2 === 0 ? "buy" : "sell",
    source_provider: "coinbase",
    ...more,
  });
}

/** Reads trades of a format. */
export function tradeDecoder(name: string, timeUnit?: TimeUnit): Decode<Uint8Array | null, Trade> {
  const fields = tradeFormats.get(name);
  if (fields === undefined) throw new Error(`no format ${name}`);
  return jsonTrade(fields, { timeUnit });
}

export interface RunChoice {
  readonly settings?: Partial<StreamSettings> | undefined;
  readonly source: MessageSource<Uint8Array | null>;
  readonly signal?: AbortSignal | undefined;
  readonly writer?: ((writer: StreamWriter<Trade>) => StreamWriter<Trade>) | undefined;
  readonly onBatch?: ((batch: CommittedBatch) => void) | undefined;
  readonly job?: string | undefined;
}

/** A lake in a folder, and streams that run into it. */
export class StreamBench implements AsyncDisposable {
  readonly folder: TemporaryFolder = new TemporaryFolder();
  readonly clock: Clock;
  lake: DeltaLakeManager;
  deadLetters: DeadLetterQueue;
  readonly told: string[] = [];

  constructor(clock: Clock = systemClock) {
    this.clock = clock;
    this.lake = this.#openLake();
    this.deadLetters = new DeadLetterQueue(this.folder.at("dlq"));
  }

  /** As another process sees the folder, over a disk of its own. */
  reopen(fileSystem: FileSystem = nodeFileSystem): void {
    this.lake = this.#openLake(fileSystem);
    this.deadLetters = new DeadLetterQueue(this.folder.at("dlq"), fileSystem);
  }

  #openLake(fileSystem: FileSystem = nodeFileSystem): DeltaLakeManager {
    return new DeltaLakeManager({
      storagePath: this.folder.at("lake"),
      engine: sharedEngine,
      openStore: (location) => new LocalStore(location, fileSystem),
    });
  }

  /** Runs a stream of trades; until the messages that are there are read, unless the settings say otherwise. */
  async run({
    settings,
    source,
    signal,
    writer = (one) => one,
    onBatch,
    job = "trades",
  }: RunChoice): Promise<void> {
    const { lake, deadLetters, clock } = this;
    const trades = new TradeWriter({ lake, deadLetters, clock, job, ingestionId: "one" });
    const stream = preparedStream(
      { name: job, source, decode: tradeDecoder("ffe.trade"), writer: writer(trades) },
      { ...usualSettings, untilNow: true, intervalMs: 20, ...settings },
      { lake, deadLetters, clock, ingestionId: "one", partitionPolicy: "by_timeframe" },
    );
    await stream.run({
      signal: signal ?? new AbortController().signal,
      onBatch,
      tell: (message) => void this.told.push(message),
    });
  }

  /** The ids of `raw_trades`, in order; each as often as it is there. */
  async ids(): Promise<readonly number[]> {
    if (!(await this.lake.table("raw_trades").exists())) return [];
    const scan = await this.lake.readTable({ tableName: "raw_trades", columns: ["trade_id"] });
    const ids = (await scan.rows()).map((row) => Number(row["trade_id"]));
    return ids.toSorted((one, other) => one - other);
  }

  /** The offsets of the dead letters as `partition/offset`, each as often as it is there. */
  async letters(): Promise<readonly string[]> {
    const found: string[] = [];
    for await (const { letter } of this.deadLetters.read())
      for (const record of letter.records)
        if ("position" in record && record.position !== null && "offset" in record.position)
          found.push(`${record.position.partition}/${record.position.offset}`);
    return found.toSorted();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.folder[Symbol.dispose]();
  }
}
