import type { AssetPair } from "../../market/asset-pair.ts";
import { unionOf, without } from "../../market/range-set.ts";
import type { RangeSet } from "../../market/range-set.ts";
import { ceilToTimeframe, timeframeMs } from "../../market/timeframe.ts";
import type { Timeframe } from "../../market/timeframe.ts";
import { formatInstant, splitRange } from "../../market/time-range.ts";
import type { TimeRange } from "../../market/time-range.ts";
import { titleOf } from "../../providers/provider.ts";
import type { MarketDataProvider, ProviderName } from "../../providers/provider.ts";
import { IngestionError } from "../../bronze/ingestion-error.ts";

/** A part of a series that one provider is asked for. */
export interface PlanPiece {
  readonly provider: ProviderName;
  /** On the grid of the wanted timeframe, never empty. */
  readonly range: TimeRange;
  /** The provider's timeframe that is asked for; finer than the wanted one when that has to be resampled. */
  readonly sourceTimeframe: Timeframe;
  /** One request each, ascending, together exactly the range. */
  readonly windows: readonly TimeRange[];
  /** Another provider answered it without a bar: when this one fails, that answer stands until the next run. */
  readonly isSecondOpinion?: boolean | undefined;
}

/** Pieces of one provider that are fetched one after the other and committed together. */
export interface ProviderTurn extends Pick<PlanPiece, "provider" | "sourceTimeframe" | "isSecondOpinion"> {
  /** Ascending, apart from each other. */
  readonly ranges: RangeSet;
  readonly windows: readonly TimeRange[];
}

/** Shares pieces out to turns, one for each provider and the timeframe that it is asked for; in the order in which each begins. */
export function turnsOf(pieces: readonly PlanPiece[]): ProviderTurn[] {
  const turns = Map.groupBy(pieces, ({ provider, sourceTimeframe, isSecondOpinion = false }) =>
    [provider, sourceTimeframe, isSecondOpinion].join(" "),
  );
  return [...turns.values()].flatMap(([first, ...others]): ProviderTurn[] => {
    if (first === undefined) return [];
    const ascending = [first, ...others].toSorted((one, other) => one.range.startMs - other.range.startMs);
    const { provider, sourceTimeframe, isSecondOpinion } = first;
    return [
      {
        provider,
        sourceTimeframe,
        isSecondOpinion,
        ranges: unionOf(ascending.map(({ range }) => range)),
        windows: ascending.flatMap(({ windows }) => windows),
      },
    ];
  });
}

export interface Pieces {
  /** Ascending. */
  readonly pieces: readonly PlanPiece[];
  /** What no provider serves, or serves only in part, in words for the user. */
  readonly notes: readonly string[];
}

/**
 * Shares the wanted ranges out: each provider in turn takes what it can serve of what is left. Each part is cut into
 * fixed windows of the provider's page size, never "until a short page".
 *
 * @throws IngestionError `UNSUPPORTED_SERIES` when no provider has the asset or the timeframe.
 */
export function planPieces(
  assetPair: AssetPair,
  timeframe: Timeframe,
  wanted: RangeSet,
  providers: readonly MarketDataProvider[],
  nowMs: number,
  isChain: boolean = providers.length > 1,
): Pieces {
  const offers = providers.map((provider) => offerOf(provider, assetPair, timeframe, nowMs, isChain));
  const possible = offers.flatMap((offer) => ("refusal" in offer ? [] : [offer]));
  if (possible.length === 0)
    throw new IngestionError(
      "UNSUPPORTED_SERIES",
      offers.flatMap((offer) => ("refusal" in offer ? [offer.refusal] : [])).join("; "),
    );
  const pieces: PlanPiece[] = [];
  let left = wanted;
  for (const { provider, sourceTimeframe, fromMs } of possible) {
    const served = left.flatMap(({ startMs, endMs }): TimeRange[] => {
      const range = { startMs: Math.max(startMs, fromMs), endMs };
      return range.startMs < range.endMs ? [range] : [];
    });
    const windowMs = windowSpan(provider, timeframe, sourceTimeframe);
    for (const range of served)
      pieces.push({ provider: provider.name, range, sourceTimeframe, windows: splitRange(range, windowMs) });
    left = left.flatMap((range) => without(range, served));
  }
  return {
    pieces: pieces.toSorted((one, other) => one.range.startMs - other.range.startMs),
    notes: left.length === 0 ? [] : [leftNote(assetPair, timeframe, left, possible)],
  };
}

/** What a provider has of a series: everything from an instant on. */
interface Offer {
  readonly provider: MarketDataProvider;
  readonly sourceTimeframe: Timeframe;
  readonly fromMs: number;
}

function offerOf(
  provider: MarketDataProvider,
  assetPair: AssetPair,
  timeframe: Timeframe,
  nowMs: number,
  isChain: boolean,
): Offer | { readonly refusal: string } {
  const title = titleOf(provider);
  const unsupported = provider.unsupportedReason(assetPair);
  if (unsupported !== undefined)
    return { refusal: `${title} cannot serve ${assetPair.canonical}: ${unsupported}` };
  const sourceTimeframe = sourceFor(provider, timeframe);
  if (sourceTimeframe === undefined)
    return { refusal: `${title} has no ${timeframe} bars, nor finer ones to build them from` };
  const unpaid = isChain ? provider.paidReason?.(assetPair, sourceTimeframe) : undefined;
  if (unpaid !== undefined) return { refusal: `${title} does not serve ${timeframe}: ${unpaid}` };
  const depthMs = provider.capabilities.historyDepthMs(assetPair, sourceTimeframe);
  const fromMs =
    depthMs === undefined ? Number.NEGATIVE_INFINITY : ceilToTimeframe(nowMs - depthMs, timeframe);
  return { provider, sourceTimeframe, fromMs };
}

function leftNote(
  assetPair: AssetPair,
  timeframe: Timeframe,
  left: RangeSet,
  offers: readonly Offer[],
): string {
  const since = offers.map(
    ({ provider, sourceTimeframe, fromMs }) =>
      `${provider.name} serves ${sourceTimeframe} of ${assetPair.canonical} from ${formatInstant(fromMs)} on only`,
  );
  const ranges = left.map(({ startMs, endMs }) => `${formatInstant(startMs)} to ${formatInstant(endMs)}`);
  return `${since.join("; ")}: ${timeframe} of ${ranges.join(", ")} is left out`;
}

/** The timeframe itself where the provider has it, else the coarsest finer one whose bars fill it evenly. */
function sourceFor(provider: MarketDataProvider, timeframe: Timeframe): Timeframe | undefined {
  const native = provider.capabilities.nativeTimeframes;
  if (native.includes(timeframe)) return timeframe;
  return native
    .filter(
      (candidate) =>
        timeframeMs(candidate) < timeframeMs(timeframe) &&
        timeframeMs(timeframe) % timeframeMs(candidate) === 0,
    )
    .toSorted((left, right) => timeframeMs(right) - timeframeMs(left))[0];
}

/** Whole bars of the wanted timeframe in each window, so that each window can be resampled by itself. */
function windowSpan(provider: MarketDataProvider, timeframe: Timeframe, sourceTimeframe: Timeframe): number {
  const pageMs = provider.capabilities.barsPerRequestMax * timeframeMs(sourceTimeframe);
  return Math.max(1, Math.floor(pageMs / timeframeMs(timeframe))) * timeframeMs(timeframe);
}
