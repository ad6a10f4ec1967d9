import type { Snapshot } from "finance-feedback-delta";

import type { AssetPair } from "../../market/asset-pair.ts";
import type { MarketCalendars } from "../../market/market-calendars.ts";
import { formatInstant } from "../../market/time-range.ts";
import type { MarketDataProvider } from "../../providers/provider.ts";
import type { DeltaLakeManager } from "../../storage/delta-lake-manager.ts";
import { marketDataTable } from "../../tables/market-data.ts";
import { readCoverage, readEmptyAnswers, readImported } from "../../bronze/coverage.ts";
import { IngestionError } from "../../bronze/ingestion-error.ts";
import { listWatermarks } from "../../bronze/watermark.ts";
import type { Backfill } from "../backfill-request.ts";
import type { ProviderPool } from "./provider-pool.ts";
import { planSeries } from "./series-plan.ts";
import type { SeriesPlan, SeriesRequest } from "./series-plan.ts";
import { sessionBarsNote } from "./session-bars.ts";

export interface PlanContext {
  readonly lake: DeltaLakeManager;
  readonly calendars: MarketCalendars;
  readonly nowMs: number;
}

/**
 * Plans all series of a backfill, each by what its table has already.
 *
 * @throws IngestionError `INVALID_RANGE`, `UNSUPPORTED_SERIES`
 */
export async function planAll(
  request: Backfill,
  pool: ProviderPool,
  { lake, calendars, nowMs }: PlanContext,
): Promise<SeriesPlan[]> {
  const { range, timeframes } = request;
  if (range.endMs <= range.startMs) {
    throw new IngestionError(
      "INVALID_RANGE",
      `The range from ${formatInstant(range.startMs)} to ${formatInstant(range.endMs)} is empty`,
    );
  }
  const providers = pool.usable();
  const isMock = providers.every((provider) => provider.isMock);
  const plans: SeriesPlan[] = [];
  for (const timeframe of timeframes) {
    const table = lake.table(marketDataTable(timeframe));
    const snapshot = (await table.exists()) ? await table.snapshot() : undefined;
    for (const assetPair of request.assetPairs) {
      const series = {
        assetPair,
        timeframe,
        range,
        coverage: readCoverage(snapshot, assetPair, isMock),
        imported: readImported(snapshot, assetPair, isMock).ranges,
        emptyAnswers: isMock ? undefined : readEmptyAnswers(snapshot, assetPair),
        tableVersion: snapshot?.version,
        force: request.force ?? false,
        revisionWindow: request.revisionWindow ?? 0,
        calendars,
        nowMs,
      };
      const plan = planWith(series, providers, pool);
      const notes = isMock || snapshot === undefined ? [] : await storedNotes(plan, snapshot, lake);
      plans.push({ ...plan, notes: [...plan.notes, ...notes] });
    }
  }
  return plans;
}

/** What whoever reads the table should know of the bars that are there already. */
async function storedNotes(
  plan: SeriesPlan,
  snapshot: Snapshot,
  lake: DeltaLakeManager,
): Promise<readonly string[]> {
  const mixed = hasMockBars(snapshot, plan.assetPair) ? [mixedNote(plan)] : [];
  return [...mixed, ...[await sessionBarsNote(plan, lake)].filter((note) => note !== undefined)];
}

/** @throws IngestionError `UNSUPPORTED_SERIES`, which also names the providers that only lack a key. */
function planWith(
  series: SeriesRequest,
  providers: readonly MarketDataProvider[],
  pool: ProviderPool,
): SeriesPlan {
  try {
    return planSeries(series, providers);
  } catch (error) {
    if (!(error instanceof IngestionError) || pool.missing.length === 0) throw error;
    const missing = pool.missing.map(({ message }) => message).join(" ");
    throw new IngestionError(error.code, `${error.message}. ${missing}`, { cause: error });
  }
}

function hasMockBars(snapshot: Snapshot, assetPair: AssetPair): boolean {
  return listWatermarks(snapshot).some((mark) => mark.isMock && mark.assetPair === assetPair.canonical);
}

function mixedNote({ assetPair, timeframe }: SeriesPlan): string {
  return `${assetPair.canonical} ${timeframe}: the table also holds made-up bars; filter with NOT is_mock`;
}
