import type { BackfillResult } from "../../batch/ingestion-results.ts";
import { formatInstant } from "../../market/time-range.ts";
import { describeError, errorJson } from "../error-report.ts";
import type { Lakehouse } from "../lakehouse.ts";
import { totalOf } from "./totals.ts";

/** The result as `--json` shows it. */
export function backfillJson(
  result: BackfillResult,
  lakehouse: Lakehouse,
): Readonly<Record<string, unknown>> {
  return {
    ingestion_id: result.ingestionId,
    storage_path: lakehouse.lake.storagePath,
    rows_ingested: totalOf(result, (series) => series.rowsIngested),
    rows_rejected: totalOf(result, (series) => series.rowsRejected),
    rows_revised: totalOf(result, (series) => series.rowsRevised),
    rows_unchanged: totalOf(result, (series) => series.rowsUnchanged),
    duration_seconds: Math.round(result.durationMs) / 1000,
    dead_letter_files: deadLetterPaths(result),
    rejected_share: result.gate.rejectedShare,
    reasons: result.gate.reasons,
    series: result.series.map((series) => ({
      asset_pair: series.plan.assetPair.canonical,
      timeframe: series.plan.timeframe,
      providers: series.shares.map((share) => ({
        provider: share.provider,
        start: formatInstant(share.range.startMs),
        end: formatInstant(share.range.endMs),
        rows_ingested: share.rowsIngested,
      })),
      table: series.table,
      rows_ingested: series.rowsIngested,
      rows_rejected: series.rowsRejected,
      rows_revised: series.rowsRevised,
      rows_unchanged: series.rowsUnchanged,
      watermark: series.watermarkMs === undefined ? null : formatInstant(series.watermarkMs),
      table_version: series.tableVersion ?? null,
      notes: [...series.plan.notes, ...series.warnings],
      rejected_ranges: series.rejectedRanges.map(({ startMs, endMs }) => ({
        start: formatInstant(startMs),
        end: formatInstant(endMs),
      })),
      error: series.failure === undefined ? null : errorJson(describeError(series.failure)),
    })),
  };
}

function deadLetterPaths(result: BackfillResult): string[] {
  return [...new Set(result.series.flatMap((series) => series.deadLetterPaths))].toSorted();
}
