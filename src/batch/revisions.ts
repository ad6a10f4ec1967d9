import type { AssetPair } from "../market/asset-pair.ts";
import type { Candle } from "../market/candle.ts";
import { formatInstant } from "../market/time-range.ts";
import type { DeltaLakeManager } from "../storage/delta-lake-manager.ts";
import type { SourcedCandle } from "./candle-columns.ts";

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
export async function withoutStored(
  lake: DeltaLakeManager,
  tableName: string,
  assetPair: AssetPair,
  batch: { readonly provider: string; readonly rows: readonly SourcedCandle[] },
): Promise<NewCandles> {
  const { rows, provider } = batch;
  if (rows.length === 0 || !(await lake.table(tableName).exists())) return { rows, revised: 0 };
  const newest = await storedValues(lake, tableName, assetPair, provider, rows);
  const different = rows.filter(({ candle }) => newest.get(candle.openTimeMs) !== valuesOf(candle));
  const revised = different.filter(({ candle }) => newest.has(candle.openTimeMs)).length;
  return { rows: different, revised };
}

/** The values of the bars that Bronze has from a provider in the time of some candles, in their newest version. */
export async function storedValues(
  lake: DeltaLakeManager,
  tableName: string,
  assetPair: AssetPair,
  provider: string,
  rows: readonly SourcedCandle[],
): Promise<ReadonlyMap<number, string>> {
  const newest = new Map<number, string>();
  const [first] = rows;
  if (first === undefined) return newest;
  let [startMs, endMs] = [first.candle.openTimeMs, first.candle.openTimeMs];
  for (const { candle } of rows) {
    startMs = Math.min(startMs, candle.openTimeMs);
    endMs = Math.max(endMs, candle.openTimeMs);
  }
  const scan = await lake.readTable({
    tableName,
    columns: ["timestamp", "open", "high", "low", "close", "volume", "_extracted_at"],
    orderBy: "_extracted_at",
    where:
      `asset_pair = '${assetPair.canonical}' AND source_provider = '${provider.replaceAll("'", "''")}' ` +
      `AND timestamp >= '${formatInstant(startMs)}' AND timestamp <= '${formatInstant(endMs)}'`,
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

/** The values of a candle in the form of {@link storedValues}. */
export function valuesOf(candle: Candle): string {
  return [candle.open, candle.high, candle.low, candle.close, candle.volume ?? "null"].join("/");
}

/** The stored decimals have eight places, as candles have. */
function unscaled(value: unknown): string {
  return typeof value === "string" ? BigInt(value.replace(".", "")).toString() : "null";
}
