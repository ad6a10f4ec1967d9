import { formatInstant, type TimeRange } from "../market/time-range.ts";
import { countBars, isOnGrid, timeframeMs, type Timeframe } from "../market/timeframe.ts";
import type { BarRequest, MarketDataProvider, ProviderBar } from "./provider.ts";
import { ProviderError, providerTitles } from "./provider-error.ts";

/**
 * Holds a request against what the provider can serve, before anything is sent.
 *
 * @throws ProviderError UNKNOWN_SYMBOL, UNSUPPORTED_TIMEFRAME or BAD_REQUEST.
 */
export function checkBarRequest(
  provider: Pick<MarketDataProvider, "name" | "capabilities" | "unsupportedReason">,
  request: BarRequest,
): void {
  const { assetPair, timeframe, range } = request;
  const { nativeTimeframes, barsPerRequestMax } = provider.capabilities;
  const title = providerTitles[provider.name];
  const reason = provider.unsupportedReason(assetPair);
  if (reason !== undefined) {
    throw new ProviderError({
      code: "UNKNOWN_SYMBOL",
      provider: provider.name,
      message: `${title} cannot serve ${assetPair.canonical}: ${reason}.`,
      nextStep: "Use another provider for this asset pair.",
      transient: false,
    });
  }
  if (!nativeTimeframes.includes(timeframe)) {
    throw new ProviderError({
      code: "UNSUPPORTED_TIMEFRAME",
      provider: provider.name,
      message: `${title} has no ${timeframe} bars, only ${nativeTimeframes.join(", ")}.`,
      nextStep: "Ask for a finer timeframe and resample it.",
      transient: false,
    });
  }
  const problem = rangeProblem(range, timeframe, barsPerRequestMax);
  if (problem !== undefined) {
    throw new ProviderError({
      code: "BAD_REQUEST",
      provider: provider.name,
      message: `The range ${formatInstant(range.startMs)} to ${formatInstant(range.endMs)} ${problem}.`,
      nextStep: "Split the range into aligned windows before asking.",
      transient: false,
    });
  }
}

/**
 * What of a provider's answer belongs on the page, ascending: all but the bars that an API sends beside what it was
 * asked for, since it rounds the ends of ranges or knows none: bars on the grid, at most `surplusMs` outside of the
 * range, and bars that are not over by now. A time that is unreadable or absurd is none of these: it stays, last or
 * first, and the row checks reject it in the open.
 */
export function selectBars(
  bars: readonly ProviderBar[],
  request: BarRequest,
  nowMs: number,
  surplusMs: number,
): ProviderBar[] {
  const { range, timeframe } = request;
  const isSurplus = (openTimeMs: number): boolean => {
    if (openTimeMs >= range.startMs && openTimeMs < range.endMs)
      return openTimeMs + timeframeMs(timeframe) > nowMs;
    // The provider's clock may be ahead of ours by a little: the bar in progress is one at most.
    const newestMs = Math.max(range.endMs, nowMs) + timeframeMs(timeframe);
    const isNear =
      openTimeMs >= range.startMs - surplusMs && openTimeMs <= Math.min(range.endMs + surplusMs, newestMs);
    return isNear && isOnGrid(openTimeMs, timeframe);
  };
  const selected = bars.filter(({ openTimeMs }) => openTimeMs === undefined || !isSurplus(openTimeMs));
  return isAscending(selected) ? selected : selected.toSorted((a, b) => sortKey(a) - sortKey(b));
}

function rangeProblem(range: TimeRange, timeframe: Timeframe, barsMax: number): string | undefined {
  if (!isOnGrid(range.startMs, timeframe) || !isOnGrid(range.endMs, timeframe)) {
    return `is not aligned to ${timeframe}`;
  }
  if (range.endMs < range.startMs) return "ends before it starts";
  const bars = countBars(range, timeframe);
  return bars > barsMax ? `spans ${bars} bars, more than the ${barsMax} of one request` : undefined;
}

function isAscending(bars: readonly ProviderBar[]): boolean {
  return bars.every((bar, index) => {
    const previous = bars[index - 1];
    return previous === undefined || sortKey(previous) <= sortKey(bar);
  });
}

/** A large finite number rather than Infinity, whose difference to itself is no number. */
function sortKey(bar: ProviderBar): number {
  return bar.openTimeMs ?? Number.MAX_SAFE_INTEGER;
}
