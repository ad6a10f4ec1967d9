import { abortSignal, aFunction, optionsOf, required } from "finance-feedback-delta/contract";
import type { OptionTable } from "finance-feedback-delta/contract";

import { readPairKind } from "../market/asset-pair.ts";
import type { AssetPair } from "../market/asset-pair.ts";
import { formatInstant, timeRangeKind, type TimeRange } from "../market/time-range.ts";
import { countBars, isOnGrid, timeframeKind, timeframeMs, type Timeframe } from "../market/timeframe.ts";
import { assertArguments } from "./arguments.ts";
import { titleOf } from "./provider.ts";
import type { BarRequest, MarketDataProvider, ProviderIdentity } from "./provider.ts";
import type { UncheckedBar } from "../market/unchecked-bar.ts";
import { ProviderError } from "./provider-error.ts";

/**
 * Holds a request against what the provider can serve, before anything is sent.
 *
 * @throws ProviderError INVALID_ARGUMENT, UNKNOWN_SYMBOL, UNSUPPORTED_TIMEFRAME or BAD_REQUEST.
 */
export function checkBarRequest(
  provider: Pick<MarketDataProvider, "name" | "title" | "capabilities" | "unsupportedReason">,
  request: BarRequest,
  signal: AbortSignal | undefined,
): void {
  assertArguments("fetchBars", { request, signal }, fetchArguments);
  const { assetPair, timeframe, range } = request;
  const { nativeTimeframes, barsPerRequestMax } = provider.capabilities;
  const title = titleOf(provider);
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

const barRequest: OptionTable<BarRequest> = {
  assetPair: required(readPairKind),
  timeframe: required(timeframeKind),
  range: required(timeRangeKind),
  onRetry: aFunction,
};
const fetchArguments = { request: required(optionsOf(barRequest)), signal: abortSignal };
const seriesArguments = { assetPair: required(readPairKind), timeframe: timeframeKind };

/** @throws ProviderError INVALID_ARGUMENT: of a text it would be said that nobody serves it. */
export function assertPair(method: string, assetPair: AssetPair, timeframe?: Timeframe): void {
  assertArguments(method, { assetPair, timeframe }, seriesArguments);
}

/** How far an API's answers reach beyond the asked range although it understood it. */
export interface Surplus {
  readonly beforeMs: number;
  readonly afterMs: number;
}

/**
 * What of a provider's answer belongs on the page, ascending: all but the bars that an API sends beside what it was
 * asked for, since it rounds the ends of ranges or knows none: bars on the grid, within the surplus around the range, and
 * bars that are not over by now. A time that is unreadable or absurd is none of these: it stays, last or first, and the
 * row checks reject it in the open.
 */
export function selectBars(
  bars: readonly UncheckedBar[],
  request: BarRequest,
  nowMs: number,
  surplus: Surplus,
): UncheckedBar[] {
  const { range, timeframe } = request;
  const isLeftOut = (openTimeMs: number): boolean =>
    isInside(openTimeMs, range)
      ? openTimeMs + timeframeMs(timeframe) > nowMs
      : isSurplus(openTimeMs, request, nowMs, surplus);
  const selected = bars.filter(({ openTimeMs }) => openTimeMs === undefined || !isLeftOut(openTimeMs));
  return isAscending(selected) ? selected : selected.toSorted((a, b) => sortKey(a) - sortKey(b));
}

/**
 * An answer of other bars than were asked for would look like a market without trades.
 *
 * @throws ProviderError RANGE_IGNORED when most of the bars lie elsewhere, or many do and none lies in the range.
 */
export function assertRangeKept(
  provider: ProviderIdentity,
  bars: readonly UncheckedBar[],
  request: BarRequest,
  nowMs: number,
  surplus: Surplus,
): void {
  const { range } = request;
  const times = bars.flatMap(({ openTimeMs }) => openTimeMs ?? []);
  const outside = times.filter((openTimeMs) => !isInside(openTimeMs, range));
  const strays = outside.filter((openTimeMs) => !isSurplus(openTimeMs, request, nowMs, surplus));
  const areStrays = strays.length >= 2 && strays.length * 2 > times.length;
  if (!areStrays && !(outside.length === times.length && outside.length >= strangersMin)) return;
  throw rangeIgnored(provider, request, outside);
}

/** Of bars elsewhere: the error that says so. */
export function rangeIgnored(
  provider: ProviderIdentity,
  { assetPair, timeframe, range }: BarRequest,
  times: readonly number[],
): ProviderError {
  const [firstMs, lastMs] = times.reduce(
    ([first, last], ms) => [Math.min(first, ms), Math.max(last, ms)],
    [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY],
  );
  return new ProviderError({
    code: "RANGE_IGNORED",
    provider: provider.name,
    message:
      `${titleOf(provider)} was asked for ${timeframe} bars of ${assetPair.canonical} from ${formatInstant(range.startMs)} to ${formatInstant(range.endMs)} ` +
      `and answered with ${times.length} others, from ${formatInstant(firstMs)} to ${formatInstant(lastMs)}. None of them is kept.`,
    nextStep: "Check that the base URL points at the provider's API, or use another provider.",
    transient: false,
  });
}

function isInside(openTimeMs: number, range: TimeRange): boolean {
  return openTimeMs >= range.startMs && openTimeMs < range.endMs;
}

function isSurplus(
  openTimeMs: number,
  { range, timeframe }: BarRequest,
  nowMs: number,
  { beforeMs, afterMs }: Surplus,
): boolean {
  // The provider's clock may be ahead of ours by a little: the bar in progress is one at most.
  const newestMs = Math.max(range.endMs, nowMs) + timeframeMs(timeframe);
  const isNear =
    openTimeMs >= range.startMs - beforeMs && openTimeMs <= Math.min(range.endMs + afterMs, newestMs);
  return isNear && isOnGrid(openTimeMs, timeframe);
}

/** So many bars beside an empty range are another range. */
const strangersMin = 10;

function rangeProblem(range: TimeRange, timeframe: Timeframe, barsMax: number): string | undefined {
  if (!isOnGrid(range.startMs, timeframe) || !isOnGrid(range.endMs, timeframe)) {
    return `is not aligned to ${timeframe}`;
  }
  if (range.endMs < range.startMs) return "ends before it starts";
  const bars = countBars(range, timeframe);
  return bars > barsMax ? `spans ${bars} bars, more than the ${barsMax} of one request` : undefined;
}

function isAscending(bars: readonly UncheckedBar[]): boolean {
  return bars.every((bar, index) => {
    const previous = bars[index - 1];
    return previous === undefined || sortKey(previous) <= sortKey(bar);
  });
}

/** A large finite number rather than Infinity, whose difference to itself is no number. */
function sortKey(bar: UncheckedBar): number {
  return bar.openTimeMs ?? Number.MAX_SAFE_INTEGER;
}
