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
 * Checks a request against what the provider can serve, before anything is sent.
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

/** @throws ProviderError INVALID_ARGUMENT for what is not an AssetPair, such as a text: no provider would seem to serve it. */
export function assertPair(method: string, assetPair: AssetPair, timeframe?: Timeframe): void {
  assertArguments(method, { assetPair, timeframe }, seriesArguments);
}

/** How far the answers of an API that understood the range may reach beyond it. */
export interface Surplus {
  readonly beforeMs: number;
  readonly afterMs: number;
}

/**
 * The bars of an answer that belong on the page, ascending. Left out are bars that are not over yet, and bars on the grid
 * within the surplus: an API sends those because it rounds the ends of ranges or takes none. A bar with an unreadable or
 * absurd time stays, so that the row checks reject it with a reason.
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
 * Refuses an answer with bars of another range: it would look like a market without trades.
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

/** The error for bars that lie outside the asked range. */
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
  // The provider's clock may be a little ahead of ours, so one bar in progress may come, at most.
  const newestMs = Math.max(range.endMs, nowMs) + timeframeMs(timeframe);
  const isNear =
    openTimeMs >= range.startMs - beforeMs && openTimeMs <= Math.min(range.endMs + afterMs, newestMs);
  return isNear && isOnGrid(openTimeMs, timeframe);
}

/** So many bars outside the range, and none inside, are an answer to another range. */
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

/** A large finite number: Infinity minus itself is not a number. */
function sortKey(bar: UncheckedBar): number {
  return bar.openTimeMs ?? Number.MAX_SAFE_INTEGER;
}
