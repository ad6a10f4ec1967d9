import type { BackfillResult } from "../../batch/ingestion-results.ts";
import { dayMs } from "../../market/durations.ts";
import type { Timeframe } from "../../market/timeframe.ts";
import { backfillRequest } from "../backfill/request.ts";
import { runBackfill } from "../backfill/run.ts";
import { isStopped } from "../interruption.ts";
import type { Lakehouse } from "../lakehouse.ts";
import type { ProgressOptions } from "../output/progress-bar.ts";

export const demoAssets: readonly string[] = ["BTCUSD", "ETHUSD"];

/** Fine bars of a week; coarse ones of a quarter, for a Sharpe ratio needs twenty days of returns. */
const shares: readonly { readonly timeframes: readonly Timeframe[]; readonly days: number }[] = [
  { timeframes: ["1m", "5m", "15m"], days: 7 },
  { timeframes: ["1h", "4h", "1d"], days: 90 },
];

/**
 * Ingests the bars of the demo provider that the lake lacks: one result for each share of them. They end with yesterday, UTC,
 * so a second run on the same day adds nothing.
 */
export async function ingestDemoBars(
  lakehouse: Lakehouse,
  options: ProgressOptions,
): Promise<readonly BackfillResult[]> {
  const results: BackfillResult[] = [];
  const end = new Date(Math.floor(lakehouse.clock.now() / dayMs) * dayMs).toISOString();
  for (const { timeframes, days } of shares) {
    if (isStopped()) break;
    const request = backfillRequest(
      { assets: demoAssets, timeframes, days, end, provider: "demo", clock: lakehouse.clock },
      lakehouse,
    );
    results.push(await runBackfill(lakehouse, request, options));
  }
  return results;
}
