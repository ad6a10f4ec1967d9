import { quoteText } from "finance-feedback-delta";

import type { Candle } from "../../market/candle.ts";
import { covers, unionOf, without } from "../../market/range-set.ts";
import type { RangeSet } from "../../market/range-set.ts";
import { resample } from "../../market/resample.ts";
import { formatInstant } from "../../market/time-range.ts";
import type { TimeRange } from "../../market/time-range.ts";
import { ceilToTimeframe, floorToTimeframe, timeframeMs } from "../../market/timeframe.ts";
import type { Timeframe } from "../../market/timeframe.ts";
import type { DeltaLakeManager } from "../../storage/delta-lake-manager.ts";
import { marketDataTable } from "../../tables/market-data.ts";
import type { TradeMarket } from "../progress/proven-trades.ts";

/** The bars of a timeframe that some ranges touch, whole. */
export function wholeBars(ranges: RangeSet, timeframe: Timeframe): RangeSet {
  return unionOf(
    ranges.map(({ startMs, endMs }) => ({
      startMs: floorToTimeframe(startMs, timeframe),
      endMs: ceilToTimeframe(endMs, timeframe),
    })),
  );
}

/** The bars of a timeframe that lie in some ranges as a whole. */
export function barsWithin(ranges: RangeSet, timeframe: Timeframe): RangeSet {
  return unionOf(
    ranges.map(({ startMs, endMs }) => ({
      startMs: ceilToTimeframe(startMs, timeframe),
      endMs: floorToTimeframe(endMs, timeframe),
    })),
  );
}

/** One range for each bar. */
export function eachBar(ranges: RangeSet, timeframe: Timeframe): readonly TimeRange[] {
  const stepMs = timeframeMs(timeframe);
  return ranges.flatMap(({ startMs, endMs }) =>
    Array.from({ length: Math.round((endMs - startMs) / stepMs) }, (_, index) => ({
      startMs: startMs + index * stepMs,
      endMs: startMs + (index + 1) * stepMs,
    })),
  );
}

/** The 1m bars of some ranges, stored ones below new ones. */
export class MinuteBars {
  readonly #candles: ReadonlyMap<number, Candle>;
  /** Minutes that have a bar of another provider: what one provider's trades say of them is not known. */
  readonly #foreign: ReadonlySet<number>;

  constructor(candles: ReadonlyMap<number, Candle>, foreign: ReadonlySet<number>) {
    this.#candles = candles;
    this.#foreign = foreign;
  }

  /** Reads what is stored of a market's minutes, except where new bars are known. */
  static async read(
    lake: DeltaLakeManager,
    market: TradeMarket,
    ranges: RangeSet,
    fresh: { readonly candles: readonly Candle[]; readonly minutes: RangeSet },
  ): Promise<MinuteBars> {
    const candles = new Map<number, Candle>();
    const foreign = new Set<number>();
    const spans = ranges.flatMap((range) => without(range, fresh.minutes));
    if (spans.length > 0 && (await lake.table(marketDataTable("1m")).exists()))
      await readStored(lake, market, spans, (provider, candle) => {
        if (provider === market.provider) candles.set(candle.openTimeMs, candle);
        else foreign.add(candle.openTimeMs);
      });
    for (const candle of fresh.candles) candles.set(candle.openTimeMs, candle);
    return new MinuteBars(candles, foreign);
  }

  /** The bars of a coarser timeframe in ranges of whole bars; `undefined` where another provider's bars lie among them. */
  resampled(range: TimeRange, timeframe: Timeframe): readonly Candle[] | undefined {
    const inside = (openTimeMs: number): boolean => openTimeMs >= range.startMs && openTimeMs < range.endMs;
    for (const openTimeMs of this.#foreign)
      if (inside(openTimeMs) && !this.#candles.has(openTimeMs)) return undefined;
    const candles = [...this.#candles.values()]
      .filter(({ openTimeMs }) => inside(openTimeMs))
      .toSorted((one, other) => one.openTimeMs - other.openTimeMs);
    return resample(candles, timeframe, range);
  }
}

async function readStored(
  lake: DeltaLakeManager,
  { assetPair, isMock }: TradeMarket,
  spans: RangeSet,
  use: (provider: string, candle: Candle) => void,
): Promise<void> {
  const [first, last] = [spans[0], spans.at(-1)];
  if (first === undefined || last === undefined) return;
  const scan = await lake.readTable({
    tableName: marketDataTable("1m"),
    columns: ["source_provider", "timestamp", "open", "high", "low", "close", "volume", "_extracted_at"],
    where:
      `asset_pair = ${quoteText(assetPair.canonical)} AND is_mock = ${String(isMock)} ` +
      `AND timestamp >= ${quoteText(formatInstant(first.startMs))} AND timestamp < ${quoteText(formatInstant(last.endMs))}`,
    orderBy: "_extracted_at",
  });
  for (const row of await scan.rows()) {
    const openTimeMs = row["timestamp"] instanceof Date ? row["timestamp"].getTime() : 0;
    if (!covers(spans, { startMs: openTimeMs, endMs: openTimeMs + 1 })) continue;
    use(String(row["source_provider"]), {
      openTimeMs,
      open: amount(row["open"]),
      high: amount(row["high"]),
      low: amount(row["low"]),
      close: amount(row["close"]),
      volume: row["volume"] === null ? null : amount(row["volume"]),
    });
  }
}

/** Decimals of rows are texts with eight places. */
function amount(value: unknown): bigint {
  return BigInt(String(value).replace(".", ""));
}
