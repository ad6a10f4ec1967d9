import type { AssetPair } from "../market/asset-pair.ts";
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
  const [first] = rows;
  if (first === undefined || !(await lake.table(tableName).exists())) return { rows, revised: 0 };
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
      `asset_pair = '${assetPair.canonical}' AND source_provider = '${provider}' ` +
      `AND timestamp >= '${formatInstant(startMs)}' AND timestamp <= '${formatInstant(endMs)}'`,
  });
  const newest = new Map<number, string>();
  for (const row of await scan.rows()) {
    const openTimeMs = row["timestamp"] instanceof Date ? row["timestamp"].getTime() : 0;
    newest.set(
      openTimeMs,
      ["open", "high", "low", "close", "volume"].map((name) => unscaled(row[name])).join("/"),
    );
  }
  let revised = 0;
  const different = rows.filter(({ candle }) => {
    const values = [candle.open, candle.high, candle.low, candle.close, candle.volume ?? "null"].join("/");
    const stored = newest.get(candle.openTimeMs);
    if (stored !== undefined && stored !== values) revised += 1;
    return stored !== values;
  });
  return { rows: different, revised };
}

/** The stored decimals have eight places, as candles have. */
function unscaled(value: unknown): string {
  return typeof value === "string" ? BigInt(value.replace(".", "")).toString() : "null";
}
