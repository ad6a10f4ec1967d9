import type { BackfillResult, SeriesResult } from "../../batch/ingestion-results.ts";

/** The sum of a number over the series of a backfill. */
export function totalOf(result: BackfillResult, measure: (series: SeriesResult) => number): number {
  return result.series.reduce((sum, series) => sum + measure(series), 0);
}
