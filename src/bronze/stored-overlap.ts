import * as z from "zod";

import type { Snapshot } from "finance-feedback-delta";
import type { AssetPair } from "../market/asset-pair.ts";
import type { TimeRange } from "../market/time-range.ts";

const timeBounds = z.object({
  minValues: z.object({ timestamp: z.string() }),
  maxValues: z.object({ timestamp: z.string() }),
});

/**
 * Whether a snapshot may have bars of an asset that open within a range. Only what the log says of each file can rule that
 * out: a file of unknown partition, or without statistics of its times, may have any bar.
 */
export function mayHaveBars(
  snapshot: Snapshot,
  assetPair: AssetPair,
  { startMs, endMs }: TimeRange,
): boolean {
  for (const { partitionValues, stats } of snapshot.files) {
    const partition = partitionValues["partition_asset_pair"];
    if (typeof partition === "string" && partition !== assetPair.canonical) continue;
    const bounds = timeBounds.safeParse(parsed(stats));
    if (!bounds.success) return true;
    const [firstMs, lastMs] = [bounds.data.minValues, bounds.data.maxValues].map(({ timestamp }) =>
      Date.parse(timestamp),
    );
    // Statistics may be cut to milliseconds, and a time that cannot be read rules nothing out.
    const isOutside = (firstMs ?? NaN) >= endMs || (lastMs ?? NaN) + 1 < startMs;
    if (!isOutside) return true;
  }
  return false;
}

function parsed(stats: string | undefined): unknown {
  try {
    return JSON.parse(stats ?? "");
  } catch {
    return undefined;
  }
}
