import { quoteText } from "finance-feedback-delta";
import { ownMember } from "finance-feedback-delta/contract";

import { checkBars } from "../../bronze/row-checks.ts";
import { AssetPair } from "../../market/asset-pair.ts";
import type { Candle } from "../../market/candle.ts";
import { roundDecimal8 } from "../../market/decimal.ts";
import { formatInstant, splitRange } from "../../market/time-range.ts";
import type { TimeRange } from "../../market/time-range.ts";
import { timeframeMs } from "../../market/timeframe.ts";
import type { Timeframe } from "../../market/timeframe.ts";
import { valueLimits } from "../../market/value-limits.ts";
import type { MarketDataProvider } from "../../providers/provider.ts";
import type { DeltaLakeManager } from "../../storage/delta-lake-manager.ts";
import { marketDataTable } from "../../tables/market-data.ts";
import { compareBars } from "./compare-bars.ts";
import type { ComparedBars } from "./compare-bars.ts";

export interface ReconcileRequest {
  readonly lake: DeltaLakeManager;
  readonly timeframe: Timeframe;
  /** Aligned to the timeframe. */
  readonly range: TimeRange;
  /** Opens a provider by its name. It is closed when it was asked. */
  readonly openProvider: (name: string) => MarketDataProvider;
  readonly signal?: AbortSignal | undefined;
}

/** What a series of bars of streams came to beside the provider's own. */
export interface ReconciledSeries extends ComparedBars {
  readonly assetPair: string;
  readonly provider: string;
  /** From the first bar of the stream in the range to behind its last. */
  readonly range: TimeRange;
}

/**
 * Holds the bars that streams built of trades against those of the provider, between the first and the last one of a series.
 *
 * @throws ProviderError where the provider does not answer.
 */
export async function reconcileBars(request: ReconcileRequest): Promise<readonly ReconciledSeries[]> {
  const { timeframe, openProvider, signal } = request;
  const found: ReconciledSeries[] = [];
  for (const { assetPair, provider: name, bars } of await streamBars(request)) {
    const range = {
      startMs: Math.min(...bars.keys()),
      endMs: Math.max(...bars.keys()) + timeframeMs(timeframe),
    };
    const provider = openProvider(name);
    try {
      const official = await providerBars(provider, AssetPair.parse(assetPair), { timeframe, range, signal });
      found.push({ assetPair, provider: name, range, ...compareBars([...bars.values()], official) });
    } finally {
      await provider.close();
    }
  }
  return found;
}

interface StreamSeries {
  readonly assetPair: string;
  readonly provider: string;
  /** By open time, as revised last. */
  readonly bars: Map<number, Candle>;
}

async function streamBars({ lake, timeframe, range }: ReconcileRequest): Promise<readonly StreamSeries[]> {
  const tableName = marketDataTable(timeframe);
  if (!(await lake.table(tableName).exists())) return [];
  const scan = await lake.readTable({
    tableName,
    columns: ["asset_pair", "source_provider", "timestamp", "open", "high", "low", "close", "volume"],
    where:
      `_source_file LIKE 'stream:%' AND timestamp >= TIMESTAMPTZ ${quoteText(formatInstant(range.startMs))} ` +
      `AND timestamp < TIMESTAMPTZ ${quoteText(formatInstant(range.endMs))}`,
    orderBy: "_extracted_at",
  });
  const series = new Map<string, StreamSeries>();
  for (const row of await scan.rows()) {
    const [assetPair, provider] = [String(row["asset_pair"]), String(row["source_provider"])];
    const key = `${assetPair}/${provider}`;
    const one = series.get(key) ?? { assetPair, provider, bars: new Map<number, Candle>() };
    series.set(key, one);
    const openTime = row["timestamp"];
    if (!(openTime instanceof Date)) continue;
    const amount = (name: string): bigint => roundDecimal8(String(ownMember(row, name))) ?? 0n;
    one.bars.set(openTime.getTime(), {
      openTimeMs: openTime.getTime(),
      open: amount("open"),
      high: amount("high"),
      low: amount("low"),
      close: amount("close"),
      volume: row["volume"] === null ? null : amount("volume"),
    });
  }
  return [...series.values()];
}

async function providerBars(
  provider: MarketDataProvider,
  assetPair: AssetPair,
  { timeframe, range, signal }: Pick<ReconcileRequest, "timeframe" | "range" | "signal">,
): Promise<readonly Candle[]> {
  const candles: Candle[] = [];
  const spanMs = provider.capabilities.barsPerRequestMax * timeframeMs(timeframe);
  for (const window of splitRange(range, spanMs)) {
    const page = await provider.fetchBars({ assetPair, timeframe, range: window }, signal);
    candles.push(...checkBars(page, timeframe, window, valueLimits(assetPair)).candles);
  }
  return candles;
}
