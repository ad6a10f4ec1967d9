import type { AddFile } from "finance-feedback-delta";
import * as z from "zod";

import { formatInstant } from "../market/time-range.ts";
import { timeframeMs } from "../market/timeframe.ts";
import type { Timeframe } from "../market/timeframe.ts";

/** What the log says of the bars in a data file, by its statistics. */
export interface BarsOfFile {
  readonly assetPair: string;
  readonly firstMs: number;
  readonly lastMs: number;
  /** One name, or the first and the last of several. */
  readonly providers: readonly string[];
}

const bounds = z.object({ timestamp: z.string(), source_provider: z.string() });
const statistics = z.object({ minValues: bounds, maxValues: bounds });

/** `undefined` where the statistics do not say. */
export function barsOf({ stats, partitionValues }: AddFile): BarsOfFile | undefined {
  const assetPair = partitionValues["partition_asset_pair"];
  if (stats === undefined || typeof assetPair !== "string") return undefined;
  const read = statistics.safeParse(jsonOf(stats));
  if (!read.success) return undefined;
  const { minValues, maxValues } = read.data;
  const [firstMs, lastMs] = [Date.parse(minValues.timestamp), Date.parse(maxValues.timestamp)];
  if (Number.isNaN(firstMs) || Number.isNaN(lastMs)) return undefined;
  const providers = [...new Set([minValues.source_provider, maxValues.source_provider])];
  return { assetPair, firstMs, lastMs, providers };
}

/** Backfills that fetch the bars of lost files again, as words behind `ffe`: one for each asset and provider. */
export function refetches(files: readonly AddFile[], timeframe: Timeframe): readonly (readonly string[])[] {
  const ranges = new Map<string, { asset: string; provider: string; firstMs: number; lastMs: number }>();
  for (const file of files) {
    const bars = barsOf(file);
    if (bars === undefined) continue;
    for (const provider of bars.providers) {
      const key = `${bars.assetPair} ${provider}`;
      const { firstMs, lastMs } = ranges.get(key) ?? bars;
      ranges.set(key, {
        asset: bars.assetPair,
        provider,
        firstMs: Math.min(firstMs, bars.firstMs),
        lastMs: Math.max(lastMs, bars.lastMs),
      });
    }
  }
  return Array.from(ranges.values(), ({ asset, provider, firstMs, lastMs }) => [
    "backfill",
    "--assets",
    asset,
    "--timeframes",
    timeframe,
    "--provider",
    provider,
    "--start",
    formatInstant(firstMs),
    "--end",
    formatInstant(lastMs + timeframeMs(timeframe)),
    "--force",
  ]);
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
