import { quoteText } from "finance-feedback-delta";
import type { AssetPair } from "../market/asset-pair.ts";
import type { Candle } from "../market/candle.ts";
import { formatInstant } from "../market/time-range.ts";
import { timeframeMs } from "../market/timeframe.ts";
import type { Timeframe } from "../market/timeframe.ts";
import type { TimeRange } from "../market/time-range.ts";
import type { DeltaLakeManager } from "../storage/delta-lake-manager.ts";
import type { SourcedCandle } from "./candle-columns.ts";

/** By open time, the values of bars in their newest version, as `valuesOf` gives them. */
export type StoredValues = ReadonlyMap<number, string>;

/** Candles that are new, or differ from what is stored. */
export interface NewCandles {
  readonly rows: readonly SourcedCandle[];
  /** Those of the rows whose bar is stored with other values. */
  readonly revised: number;
}

/**
 * Leaves out the candles whose newest version in Bronze, from the same provider, has the very same values, so that
 * fetching a range again appends only what is new or was revised, also back to what it was before.
 */
export function newCandles(rows: readonly SourcedCandle[], stored: StoredValues): NewCandles {
  if (stored.size === 0) return { rows, revised: 0 };
  const different = rows.filter(({ candle }) => stored.get(candle.openTimeMs) !== valuesOf(candle));
  const revised = different.filter(({ candle }) => stored.has(candle.openTimeMs)).length;
  return { rows: different, revised };
}

/** Candles of one provider that are compared with what is stored. */
export interface ComparedRows {
  readonly provider: string;
  readonly sourceTimeframe: Timeframe;
  readonly rows: readonly SourcedCandle[];
}

/** The values of the bars that Bronze has from a provider in the time of some candles, in their newest version. */
export async function storedValues(
  lake: DeltaLakeManager,
  tableName: string,
  assetPair: AssetPair,
  { provider, sourceTimeframe, rows }: ComparedRows,
): Promise<StoredValues> {
  const newest = new Map<number, string>();
  const spans = spansOf(rows, barsBetweenMax * timeframeMs(sourceTimeframe)).map(
    ({ startMs, endMs }) =>
      `(timestamp >= '${formatInstant(startMs)}' AND timestamp < '${formatInstant(endMs)}')`,
  );
  if (spans.length === 0) return newest;
  const scan = await lake.readTable({
    tableName,
    columns: ["timestamp", "open", "high", "low", "close", "volume", "_extracted_at"],
    orderBy: "_extracted_at",
    where:
      `asset_pair = ${quoteText(assetPair.canonical)} AND source_provider = ${quoteText(provider)} ` +
      `AND (${spans.join(" OR ")})`,
  });
  for (const row of await scan.rows()) {
    const openTimeMs = row["timestamp"] instanceof Date ? row["timestamp"].getTime() : 0;
    newest.set(
      openTimeMs,
      (["open", "high", "low", "close", "volume"] as const).map((name) => unscaled(row[name])).join("/"),
    );
  }
  return newest;
}

/** From the first open to just behind the last one. */
export function spanOf(rows: readonly SourcedCandle[]): TimeRange | undefined {
  let [startMs, endMs] = [Infinity, -Infinity];
  for (const { candle } of rows) {
    startMs = Math.min(startMs, candle.openTimeMs);
    endMs = Math.max(endMs, candle.openTimeMs + 1);
  }
  return startMs < endMs ? { startMs, endMs } : undefined;
}

/** Candles with more bars than this between them are read apart from each other, so that the bars between are not read. */
const barsBetweenMax = 2500;
/** Each span is a condition of its own. */
const spansMax = 250;

/** The spans of candles, without the longest of the pauses between them. */
function spansOf(rows: readonly SourcedCandle[], pauseMsMax: number): TimeRange[] {
  const opens = rows.map(({ candle }) => candle.openTimeMs).toSorted((left, right) => left - right);
  const pauses = opens
    .flatMap((openTimeMs, index) => {
      const pauseMs = openTimeMs - (opens[index - 1] ?? openTimeMs);
      return pauseMs > pauseMsMax ? [{ index, pauseMs }] : [];
    })
    .toSorted((left, right) => right.pauseMs - left.pauseMs)
    .slice(0, spansMax - 1);
  const starts = [0, ...pauses.map(({ index }) => index).toSorted((left, right) => left - right)];
  return starts.flatMap((start, index): TimeRange[] => {
    const [firstMs, lastMs] = [opens[start], opens[(starts[index + 1] ?? opens.length) - 1]];
    return firstMs === undefined || lastMs === undefined ? [] : [{ startMs: firstMs, endMs: lastMs + 1 }];
  });
}

/** The values of a candle, for comparison. */
export function valuesOf(candle: Candle): string {
  return [candle.open, candle.high, candle.low, candle.close, candle.volume ?? "null"].join("/");
}

/** The stored decimals have eight places, as candles have. */
function unscaled(value: unknown): string {
  return typeof value === "string" ? BigInt(value.replace(".", "")).toString() : "null";
}
