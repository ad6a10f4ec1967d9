import type { AssetPair } from "../market/asset-pair.ts";
import { calendarFor } from "../market/trading-calendar.ts";
import { ceilToTimeframe, countBars, floorToTimeframe, timeframeMs } from "../market/timeframe.ts";
import type { Timeframe } from "../market/timeframe.ts";
import { formatInstant, splitRange } from "../market/time-range.ts";
import type { TimeRange } from "../market/time-range.ts";
import type { MarketDataProvider } from "../providers/provider.ts";
import { providerTitles } from "../providers/provider-error.ts";
import { IngestionError } from "./ingestion-error.ts";

/** What will be fetched for one (asset, timeframe): all of it decided before the first request. */
export interface SeriesPlan {
  readonly assetPair: AssetPair;
  readonly timeframe: Timeframe;
  /** Completed bars that are wanted, on the timeframe's grid; empty when there is nothing to do. */
  readonly range: TimeRange;
  /** The provider's timeframe that is asked for; finer than `timeframe` when that has to be resampled. */
  readonly sourceTimeframe: Timeframe;
  /** One request each, ascending, together exactly the range. */
  readonly windows: readonly TimeRange[];
  /** Bars by the market's calendar: an estimate, since buckets without trades may be left out. */
  readonly expectedRows: number;
  /** Where the range began because of the watermark, when there was one and it counted. */
  readonly watermarkMs: number | undefined;
  /** The table's version that the plan was made on, when there is a table. */
  readonly tableVersion: number | undefined;
  /** What the plan leaves out of what was asked, for the user. */
  readonly notes: readonly string[];
}

export interface SeriesRequest {
  readonly assetPair: AssetPair;
  readonly timeframe: Timeframe;
  /** As the user gave it, half-open. */
  readonly range: TimeRange;
  /** The open of the last bar already covered. */
  readonly watermarkMs: number | undefined;
  readonly tableVersion: number | undefined;
  /** The first bar that is stored, when known. */
  readonly firstStoredMs: number | undefined;
  /** Plan the whole range, whatever the watermark says. */
  readonly force: boolean;
  readonly nowMs: number;
}

/**
 * Plans one series. The range runs from the bar behind the watermark (so that coverage has no hole, whatever start was
 * asked for) or else from the asked start, to the last bar that is complete now; it is cut into fixed windows of the
 * provider's page size, never "until a short page".
 *
 * @throws IngestionError `UNSUPPORTED_SERIES` when the provider can serve none of it.
 */
export function planSeries(request: SeriesRequest, provider: MarketDataProvider): SeriesPlan {
  const { assetPair, timeframe, force, nowMs } = request;
  const unsupported = provider.unsupportedReason(assetPair);
  if (unsupported !== undefined)
    throw new IngestionError(
      "UNSUPPORTED_SERIES",
      `${providerTitles[provider.name]} cannot serve ${assetPair.canonical}: ${unsupported}`,
    );
  const sourceTimeframe = sourceFor(provider, timeframe);
  const { watermarkMs } = request;
  const notes: string[] = [];
  const stepMs = timeframeMs(timeframe);
  const askedStartMs = ceilToTimeframe(request.range.startMs, timeframe);
  const nextMs = watermarkMs === undefined ? askedStartMs : watermarkMs + stepMs;
  // Even with force the range begins behind the watermark at the latest: coverage must not get a hole.
  let startMs = force ? Math.min(askedStartMs, nextMs) : nextMs;
  const endMs = Math.min(ceilToTimeframe(request.range.endMs, timeframe), floorToTimeframe(nowMs, timeframe));
  notes.push(...coverageNotes({ ...request, askedStartMs, startMs, stepMs }));
  const depthMs = provider.capabilities.historyDepthMs(assetPair, sourceTimeframe);
  if (depthMs !== undefined && startMs < nowMs - depthMs && startMs < endMs) {
    const servedMs = ceilToTimeframe(nowMs - depthMs, timeframe);
    notes.push(
      `${provider.name} serves ${sourceTimeframe} of ${assetPair.canonical} from ${formatInstant(servedMs)} on only`,
    );
    startMs = Math.min(servedMs, Math.max(endMs, startMs));
  }
  const range = { startMs, endMs: Math.max(startMs, endMs) };
  const windowMs = windowSpan(provider, timeframe, sourceTimeframe);
  return {
    assetPair,
    timeframe,
    range,
    sourceTimeframe,
    windows: splitRange(range, windowMs),
    expectedRows: expectedBars(assetPair, timeframe, range),
    watermarkMs: force ? undefined : watermarkMs,
    tableVersion: request.tableVersion,
    notes,
  };
}

/** What a user may not expect of where the range begins. */
function coverageNotes(
  asked: SeriesRequest & { readonly askedStartMs: number; readonly startMs: number; readonly stepMs: number },
): string[] {
  const { assetPair, timeframe, watermarkMs, firstStoredMs, force, nowMs, range } = asked;
  const series = `${assetPair.canonical} ${timeframe}`;
  if (range.startMs >= nowMs) return [`${series}: the range lies in the future, nothing is complete yet`];
  if (watermarkMs === undefined) return [];
  if (asked.startMs < asked.askedStartMs) {
    return [
      `${series}: fetched from ${formatInstant(asked.startMs)} on, behind the watermark, so that no gap is left`,
    ];
  }
  const isBefore =
    range.endMs <= watermarkMs || (firstStoredMs !== undefined && asked.askedStartMs < firstStoredMs);
  if (force || !isBefore) return [];
  return [
    `${series}: ingested up to ${formatInstant(watermarkMs)}; what lies before is not fetched again, use --force for the whole range`,
  ];
}

/** The timeframe itself where the provider has it, else the coarsest finer one whose bars fill it evenly. */
function sourceFor(provider: MarketDataProvider, timeframe: Timeframe): Timeframe {
  const native = provider.capabilities.nativeTimeframes;
  if (native.includes(timeframe)) return timeframe;
  const finer = native
    .filter(
      (candidate) =>
        timeframeMs(candidate) < timeframeMs(timeframe) &&
        timeframeMs(timeframe) % timeframeMs(candidate) === 0,
    )
    .toSorted((left, right) => timeframeMs(right) - timeframeMs(left))[0];
  if (finer !== undefined) return finer;
  throw new IngestionError(
    "UNSUPPORTED_SERIES",
    `${provider.name} has no ${timeframe} bars, nor finer ones to build them from`,
  );
}

/** Whole bars of the wanted timeframe in each window, so that each window can be resampled by itself. */
function windowSpan(provider: MarketDataProvider, timeframe: Timeframe, sourceTimeframe: Timeframe): number {
  const pageMs = provider.capabilities.barsPerRequestMax * timeframeMs(sourceTimeframe);
  return Math.max(1, Math.floor(pageMs / timeframeMs(timeframe))) * timeframeMs(timeframe);
}

function expectedBars(assetPair: AssetPair, timeframe: Timeframe, range: TimeRange): number {
  const calendar = calendarFor(assetPair);
  let bars = 0;
  let lastOpenMs = Number.NEGATIVE_INFINITY;
  for (const open of calendar.openRanges(range)) {
    // A bar counts when the market is open in some part of it; one that spans a closure counts once.
    const firstMs = Math.max(floorToTimeframe(open.startMs, timeframe), lastOpenMs + timeframeMs(timeframe));
    const endMs = ceilToTimeframe(open.endMs, timeframe);
    if (firstMs >= endMs) continue;
    bars += countBars({ startMs: firstMs, endMs }, timeframe);
    lastOpenMs = endMs - timeframeMs(timeframe);
  }
  return bars;
}
