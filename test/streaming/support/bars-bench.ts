import { AssetPair } from "../../../src/market/asset-pair.ts";
import type { Candle } from "../../../src/market/candle.ts";
import type { RangeSet } from "../../../src/market/range-set.ts";
import { timeframeMs } from "../../../src/market/timeframe.ts";
import type { Timeframe } from "../../../src/market/timeframe.ts";
import type { Trade } from "../../../src/market/trade.ts";
import { readCoverage } from "../../../src/bronze/coverage.ts";
import type { Proof, SourceIdentity } from "../../../src/streaming/source/message-source.ts";
import { BarsWriter } from "../../../src/streaming/trade-bars/bars-writer.ts";
import { TradeBars } from "../../../src/streaming/trade-bars/trade-bars.ts";
import { TradeWriter } from "../../../src/streaming/write/trade-writer.ts";
import type { WriteOutcome } from "../../../src/streaming/write/stream-writer.ts";
import { StreamBench } from "./stream-bench.ts";

const barsIdentity: SourceIdentity = {
  kind: "memory",
  topic: "trades",
  clusterId: "one",
  topicId: "topic-1",
};
const pair: AssetPair = AssetPair.parse("BTCUSD");
export const dayStartMs: number = Date.UTC(2026, 2, 1, 12);

/** A trade at some milliseconds behind noon. */
export function tradeAt(id: number, offsetMs: number, price: number, size = 1): Trade {
  return {
    assetPair: pair,
    tradeId: String(id),
    timeUs: (dayStartMs + offsetMs) * 1000,
    price: BigInt(price) * 100_000_000n,
    size: BigInt(size) * 100_000_000n,
    side: "buy",
    provider: "coinbase",
    isMock: false,
  };
}

/** That nothing is missing from noon to some milliseconds behind it. */
export function provenTo(endMs: number, startMs = 0): Proof {
  const range = { startMs: dayStartMs + startMs, endMs: dayStartMs + endMs };
  return { provider: "coinbase", assetPair: pair, range };
}

/** A stream of trades that makes bars, batch by batch. */
export class BarsBench extends StreamBench {
  #writer: BarsWriter | undefined;
  #position: number | undefined;
  #epochId = 0;

  /** As a process that starts sees it. */
  restart(): void {
    this.#writer = undefined;
  }

  /** How many trades the stream has taken. */
  async position(): Promise<number> {
    await this.#started();
    return this.#position ?? 0;
  }

  async send(trades: readonly Trade[], proofs: readonly Proof[] = []): Promise<WriteOutcome> {
    const writer = await this.#started();
    const after = (this.#position ?? 0) + trades.length;
    const outcome = await writer.write(barsIdentity, {
      rows: trades.map((row, index) => ({
        row,
        partition: "0",
        after: after - trades.length + index + 1,
        label: "",
        receivedMs: 0,
      })),
      rejected: [],
      moves: trades.length === 0 ? [] : [{ partition: "0", from: this.#position, after }],
      proofs,
      heldBack: [],
      epochId: this.#epochId,
    });
    this.#epochId += 1;
    if (trades.length > 0) this.#position = after;
    return outcome;
  }

  /** The bars of a timeframe as they are now, ascending. */
  async bars(timeframe: Timeframe): Promise<readonly Candle[]> {
    const tableName = `raw_market_data_${timeframe}`;
    if (!(await this.lake.table(tableName).exists())) return [];
    const scan = await this.lake.readTable({ tableName, orderBy: "_extracted_at, timestamp" });
    const newest = new Map<number, Candle>();
    for (const row of await scan.rows()) {
      const openTimeMs = row["timestamp"] instanceof Date ? row["timestamp"].getTime() : 0;
      newest.set(openTimeMs, {
        openTimeMs,
        open: amount(row["open"]),
        high: amount(row["high"]),
        low: amount(row["low"]),
        close: amount(row["close"]),
        volume: amount(row["volume"]),
      });
    }
    return [...newest.values()].toSorted((one, other) => one.openTimeMs - other.openTimeMs);
  }

  async coverage(timeframe: Timeframe): Promise<RangeSet> {
    const table = this.lake.table(`raw_market_data_${timeframe}`);
    if (!(await table.exists())) return [];
    return readCoverage(await table.snapshot(), pair, false).ranges;
  }

  async #started(): Promise<BarsWriter> {
    if (this.#writer !== undefined) return this.#writer;
    const writer = this.#open();
    this.#position = (await writer.readProgress(barsIdentity)).position("0");
    this.#writer = writer;
    return writer;
  }

  #open(): BarsWriter {
    const { lake, deadLetters } = this;
    // Revisions go by their time: no two commits have the same one.
    const clock = { now: () => (this.#nowMs += 1000), sleep: async () => {} };
    const target = { lake, deadLetters, clock, job: "trades", ingestionId: "one" };
    return new BarsWriter(
      new TradeWriter(target),
      new TradeBars({ ...target, partitionPolicy: "by_timeframe" }),
    );
  }

  #nowMs = dayStartMs + 86_400_000;
}

function amount(value: unknown): bigint {
  return BigInt(String(value).replace(".", ""));
}

/** The bars of trades, as plainly as they can be made. */
export function plainBars(trades: readonly Trade[], timeframe: Timeframe): readonly Candle[] {
  const lengthMs = timeframeMs(timeframe);
  const ordered = trades.toSorted(
    (one, other) => one.timeUs - other.timeUs || Number(one.tradeId) - Number(other.tradeId),
  );
  const opens = new Set(ordered.map(({ timeUs }) => Math.floor(timeUs / 1000 / lengthMs) * lengthMs));
  return [...opens].map((openTimeMs) => {
    const some = ordered.filter(
      ({ timeUs }) => timeUs >= openTimeMs * 1000 && timeUs < (openTimeMs + lengthMs) * 1000,
    );
    const prices = some
      .map(({ price }) => price)
      .toSorted((one, other) => (one < other ? -1 : one > other ? 1 : 0));
    return {
      openTimeMs,
      open: some[0]?.price ?? 0n,
      high: prices.at(-1) ?? 0n,
      low: prices[0] ?? 0n,
      close: some.at(-1)?.price ?? 0n,
      volume: some.reduce((sum, { size }) => sum + size, 0n),
    };
  });
}
