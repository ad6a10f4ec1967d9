import type { Snapshot } from "../delta/index.ts";
import type { AssetPair } from "../market/asset-pair.ts";

/**
 * The open of a series' first stored bar, in milliseconds since the epoch, as the log's statistics know it;
 * `undefined` when nothing is stored or some file has no statistics.
 */
export function firstStoredMs(snapshot: Snapshot | undefined, assetPair: AssetPair): number | undefined {
  let firstMs: number | undefined;
  for (const file of snapshot?.files ?? []) {
    if (file.partitionValues["partition_asset_pair"] !== assetPair.canonical) continue;
    const minimum = /"minValues":\{[^}]*"timestamp":"([^"]+)"/.exec(file.stats ?? "")?.[1];
    const openTimeMs = Date.parse(minimum ?? "");
    if (Number.isNaN(openTimeMs)) return undefined;
    firstMs = Math.min(openTimeMs, firstMs ?? openTimeMs);
  }
  return firstMs;
}
