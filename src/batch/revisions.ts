import type { DeltaLakeManager } from "../storage/delta-lake-manager.ts";
import { formatInstant } from "../market/time-range.ts";
import type { SourcedCandle } from "./candle-columns.ts";
import type { SeriesPlan } from "./series-plan.ts";

/**
 * Leaves out the candles that Bronze holds with the very same values from the same provider, so that fetching a range
 * again appends only what is new or was revised.
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
    columns: ["timestamp", "open", "high", "low", "close", "volume"],
    where:
      `asset_pair = '${plan.assetPair.canonical}' AND source_provider = '${providerName}' ` +
      `AND timestamp >= '${formatInstant(first)}' AND timestamp <= '${formatInstant(last)}'`,
  });
  const stored = new Set<string>();
  for (const row of await scan.rows()) {
    const time = row["timestamp"] instanceof Date ? row["timestamp"].getTime() : 0;
    stored.add(
      [time, ...["open", "high", "low", "close", "volume"].map((name) => unscaled(row[name]))].join("/"),
    );
  }
  return rows.filter(
    ({ candle }) =>
      !stored.has(
        [candle.openTimeMs, candle.open, candle.high, candle.low, candle.close, candle.volume ?? "null"].join(
          "/",
        ),
      ),
  );
}

/** The stored decimals have eight places, as candles have. */
function unscaled(value: unknown): string {
  return typeof value === "string" ? BigInt(value.replace(".", "")).toString() : "null";
}
