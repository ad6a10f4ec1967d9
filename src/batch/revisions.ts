import type { DeltaLakeManager } from "../storage/delta-lake-manager.ts";
import { formatInstant } from "../market/time-range.ts";
import type { SourcedCandle } from "./candle-columns.ts";
import type { SeriesPlan } from "./series-plan.ts";

/**
 * Leaves out the candles whose newest version in Bronze, from the same provider, has the very same values, so that
 * fetching a range again appends only what is new or was revised, also back to what it was before.
 */
export async function withoutStored(
  lake: DeltaLakeManager,
  tableName: string,
  plan: SeriesPlan,
  providerName: string,
  rows: readonly SourcedCandle[],
): Promise<readonly SourcedCandle[]> {
  if (rows.length === 0 || !(await lake.table(tableName).exists())) return rows;
  const first = rows[0]?.candle.openTimeMs ?? plan.range.startMs;
  const last = rows.at(-1)?.candle.openTimeMs ?? plan.range.endMs;
  const scan = await lake.readTable({
    tableName,
    columns: ["timestamp", "open", "high", "low", "close", "volume", "_extracted_at"],
    orderBy: "_extracted_at",
    where:
      `asset_pair = '${plan.assetPair.canonical}' AND source_provider = '${providerName}' ` +
      `AND timestamp >= '${formatInstant(first)}' AND timestamp <= '${formatInstant(last)}'`,
  });
  const newest = new Map<number, string>();
  for (const row of await scan.rows()) {
    const openTimeMs = row["timestamp"] instanceof Date ? row["timestamp"].getTime() : 0;
    newest.set(
      openTimeMs,
      ["open", "high", "low", "close", "volume"].map((name) => unscaled(row[name])).join("/"),
    );
  }
  return rows.filter(({ candle }) => {
    const values = [candle.open, candle.high, candle.low, candle.close, candle.volume ?? "null"].join("/");
    return newest.get(candle.openTimeMs) !== values;
  });
}

/** The stored decimals have eight places, as candles have. */
function unscaled(value: unknown): string {
  return typeof value === "string" ? BigInt(value.replace(".", "")).toString() : "null";
}
