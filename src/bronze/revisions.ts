import { quoteText } from "finance-feedback-delta";
import type { AssetPair } from "../market/asset-pair.ts";
import type { Candle } from "../market/candle.ts";
import { formatInstant } from "../market/time-range.ts";
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

/** The values of the bars that Bronze has from a provider in the time of some candles, in their newest version. */
export async function storedValues(
  lake: DeltaLakeManager,
  tableName: string,
  assetPair: AssetPair,
  provider: string,
  rows: readonly SourcedCandle[],
): Promise<StoredValues> {
  const newest = new Map<number, string>();
  const range = spanOf(rows);
  if (range === undefined) return newest;
  const scan = await lake.readTable({
    tableName,
    columns: ["timestamp", "open", "high", "low", "close", "volume", "_extracted_at"],
    orderBy: "_extracted_at",
    where:
      `asset_pair = ${quoteText(assetPair.canonical)} AND source_provider = ${quoteText(provider)} ` +
      `AND timestamp >= '${formatInstant(range.startMs)}' AND timestamp < '${formatInstant(range.endMs)}'`,
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

/** The values of a candle, for comparison. */
export function valuesOf(candle: Candle): string {
  return [candle.open, candle.high, candle.low, candle.close, candle.volume ?? "null"].join("/");
}

/** The stored decimals have eight places, as candles have. */
function unscaled(value: unknown): string {
  return typeof value === "string" ? BigInt(value.replace(".", "")).toString() : "null";
}
