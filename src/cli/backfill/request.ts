import type { BackfillRequest } from "../../batch/backfill-request.ts";
import { IngestionError } from "../../bronze/ingestion-error.ts";
import { AssetPair } from "../../market/asset-pair.ts";
import { dayMs } from "../../market/durations.ts";
import { parseInstant, timeRange } from "../../market/time-range.ts";
import type { TimeRange } from "../../market/time-range.ts";
import { parseTimeframe } from "../../market/timeframe.ts";
import type { BackfillOptions } from "../grammar/backfill.ts";
import type { Lakehouse } from "../lakehouse.ts";
import { providerChoice } from "../provider-choice.ts";

const defaultDays = 7;
const daysMax = 36_525;

/** The request of a backfill's flags; the configuration gives the defaults. */
export function backfillRequest(options: BackfillOptions, lakehouse: Lakehouse): BackfillRequest {
  const { config, clock } = lakehouse;
  const { ingestion } = config;
  const assets = options.assets ?? ingestion.assets;
  if (assets.length === 0)
    throw new IngestionError(
      "INVALID_ARGUMENT",
      "Say what to fetch: --assets BTCUSD,ETHUSD, or ingestion.assets in the configuration (ffe config init writes one)",
    );
  return {
    assetPairs: unique(
      assets.map((text) => AssetPair.parse(text)),
      (pair) => pair.canonical,
    ),
    timeframes: unique(
      (options.timeframes ?? ingestion.timeframes).map(parseTimeframe),
      (timeframe) => timeframe,
    ),
    range: toRange(options, ingestion.start, clock.now()),
    provider: providerChoice(options.provider, config.providers.default, lakehouse),
    force: options.fullRefresh === true ? "everything" : (options.force ?? false),
    revisionWindow: options.revisionWindow ?? config.ingestion.revision_window,
  };
}

/** Days are whole UTC days, so that a week has seven daily bars whatever the time of day. */
export function toRange(options: BackfillOptions, configured: string | undefined, nowMs: number): TimeRange {
  if (options.start !== undefined && options.days !== undefined) {
    throw new IngestionError("INVALID_ARGUMENT", "Give --start or --days, not both");
  }
  const endMs = options.end === undefined ? nowMs : parseInstant(options.end);
  const start = options.start ?? (options.days === undefined ? configured : undefined);
  if (start !== undefined) return timeRange(parseInstant(start), endMs);
  if ((options.days ?? 0) > daysMax) {
    throw new IngestionError(
      "INVALID_RANGE",
      `--days ${options.days} is more than ${daysMax}, a hundred years`,
    );
  }
  const startMs = endMs - (options.days ?? defaultDays) * dayMs;
  return timeRange(Math.floor(startMs / dayMs) * dayMs, endMs);
}

function unique<Item>(items: readonly Item[], keyOf: (item: Item) => string): Item[] {
  return [...new Map(items.map((item) => [keyOf(item), item])).values()];
}
