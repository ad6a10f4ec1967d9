import { quoteText } from "finance-feedback-delta";
import type { RecordBatch } from "finance-feedback-delta";

import type { Candle } from "../../market/candle.ts";
import { dayMs } from "../../market/durations.ts";
import { covers, unionOf } from "../../market/range-set.ts";
import type { RangeSet } from "../../market/range-set.ts";
import { formatInstant } from "../../market/time-range.ts";
import type { TimeRange } from "../../market/time-range.ts";
import { floorToTimeframe, timeframeMs } from "../../market/timeframe.ts";
import { TradeBucket } from "../../market/trade-bucket.ts";
import type { BarTrade } from "../../market/trade-bucket.ts";
import type { DeltaLakeManager } from "../../storage/delta-lake-manager.ts";
import { rawTrades } from "../../tables/streams.ts";
import { marketKey } from "../progress/proven-trades.ts";
import type { TradeMarket } from "../progress/proven-trades.ts";
import { IdSet } from "../write/id-set.ts";

/** Whole minutes of a market. */
export interface WantedMinutes {
  readonly market: TradeMarket;
  readonly minutes: RangeSet;
}

/** Where the trades lie. */
export interface StoredTradesAt {
  readonly lake: DeltaLakeManager;
  readonly version: number;
}

const minuteMs = timeframeMs("1m");
/** Each is a condition of its own. */
const spansMax = 100;

/**
 * Builds the 1m bars of some minutes from `raw_trades`, by market, ascending. A trade that was told again counts as it was told
 * last. A minute without a trade has no bar.
 */
export async function readTradeBars(
  wanted: readonly WantedMinutes[],
  at: StoredTradesAt,
): Promise<ReadonlyMap<string, readonly Candle[]>> {
  const folds = new Map(wanted.map((one) => [marketKey(one.market), new MarketFold(one.minutes)]));
  await readTrades(wanted, at, (market, trade) => folds.get(market)?.add(trade));
  const repeated = wanted.filter(({ market }) => folds.get(marketKey(market))?.hasRepeated);
  for (const [key, fold] of await readNewest(repeated, at)) folds.set(key, fold);
  return new Map([...folds].map(([key, fold]) => [key, fold.candles()]));
}

/** Trades of one market on their way into buckets. */
class MarketFold {
  readonly #minutes: RangeSet;
  readonly #buckets = new Map<number, TradeBucket>();
  readonly #ids = new IdSet();
  #bucket: TradeBucket | undefined;
  hasRepeated = false;

  constructor(minutes: RangeSet) {
    this.#minutes = minutes;
  }

  add(trade: BarTrade): void {
    const openTimeMs = floorToTimeframe(trade.timeUs / 1000, "1m");
    if (this.#bucket?.openTimeMs !== openTimeMs) {
      if (!covers(this.#minutes, { startMs: openTimeMs, endMs: openTimeMs + minuteMs })) return;
      this.#bucket = this.#buckets.get(openTimeMs);
    }
    if (this.#ids.has(trade.tradeId)) this.hasRepeated = true;
    this.#ids.add(trade.tradeId);
    if (this.#bucket === undefined) {
      this.#bucket = new TradeBucket(openTimeMs, trade);
      this.#buckets.set(openTimeMs, this.#bucket);
    } else this.#bucket.add(trade);
  }

  candles(): readonly Candle[] {
    return [...this.#buckets.values()]
      .map((bucket) => bucket.candle())
      .toSorted((one, other) => one.openTimeMs - other.openTimeMs);
  }
}

/** Of markets some of whose trades were told more than once. */
async function readNewest(
  wanted: readonly WantedMinutes[],
  at: StoredTradesAt,
): Promise<ReadonlyMap<string, MarketFold>> {
  if (wanted.length === 0) return new Map();
  const newest = new Map(wanted.map(({ market }) => [marketKey(market), new Map<string, BarTrade>()]));
  await readTrades(
    wanted,
    at,
    (market, trade) => newest.get(market)?.set(trade.tradeId, trade),
    "_extracted_at",
  );
  return new Map(
    wanted.map(({ market, minutes }) => {
      const fold = new MarketFold(minutes);
      for (const trade of newest.get(marketKey(market))?.values() ?? []) fold.add(trade);
      return [marketKey(market), fold];
    }),
  );
}

const columns = ["source_provider", "asset_pair", "is_mock", "trade_id", "timestamp", "price", "size"];

async function readTrades(
  wanted: readonly WantedMinutes[],
  { lake, version }: StoredTradesAt,
  use: (market: string, trade: BarTrade) => void,
  orderBy?: string,
): Promise<void> {
  const spans = fewSpans(unionOf(wanted.flatMap(({ minutes }) => minutes)));
  if (spans.length === 0) return;
  const scan = await lake.readTable({
    tableName: rawTrades.name,
    version,
    columns: orderBy === undefined ? columns : [...columns, orderBy],
    where: `${inPartitions(spans)} AND (${spans.map(inSpan).join(" OR ")})`,
    orderBy,
  });
  const keys = new Map(
    wanted.map(({ market }) => [
      nameOf(market.provider, market.assetPair.canonical, market.isMock),
      marketKey(market),
    ]),
  );
  for await (const batch of scan.batches()) useBatch(batch, keys, use);
}

function useBatch(
  batch: RecordBatch,
  keys: ReadonlyMap<string, string>,
  use: (market: string, trade: BarTrade) => void,
): void {
  const [providers = [], pairs = [], mocks = [], ids = [], times = [], prices = [], sizes = []] =
    batch.columns.map(({ values }) => values);
  for (let index = 0; index < batch.rowCount; index += 1) {
    const key = keys.get(nameOf(String(providers[index]), String(pairs[index]), Boolean(mocks[index])));
    if (key !== undefined)
      use(key, {
        tradeId: String(ids[index]),
        timeUs: Number(times[index]),
        price: BigInt(String(prices[index])),
        size: unscaled(sizes[index]),
      });
  }
}

function nameOf(provider: string, pair: string, isMock: boolean): string {
  return isMock ? `${provider}/${pair}/mock` : `${provider}/${pair}`;
}

/** Wide decimals come as texts with eight places. */
function unscaled(value: unknown): bigint {
  return typeof value === "bigint" ? value : BigInt(String(value).replace(".", ""));
}

function inSpan({ startMs, endMs }: TimeRange): string {
  return `(timestamp >= ${quoteText(formatInstant(startMs))} AND timestamp < ${quoteText(formatInstant(endMs))})`;
}

/** The table is laid out by days. */
function inPartitions(spans: RangeSet): string {
  const days = new Set<number>();
  for (const { startMs, endMs } of spans)
    for (let day = Math.floor(startMs / dayMs); day * dayMs < endMs; day += 1) days.add(day);
  const texts = [...days].map((day) => `DATE '${new Date(day * dayMs).toISOString().slice(0, 10)}'`);
  return `partition_date IN (${texts.join(", ")})`;
}

/** Fewer spans that hold the same: minutes between are read, and not used. */
function fewSpans(spans: RangeSet): RangeSet {
  const [first, last] = [spans[0], spans.at(-1)];
  if (first === undefined || last === undefined || spans.length <= spansMax) return spans;
  return [{ startMs: first.startMs, endMs: last.endMs }];
}
