import {
  dateOrText,
  listOf,
  optionsOf,
  required,
  nearestName,
  oneOf,
  refusing,
  optionsProblem,
  shown,
  wholeNumber,
} from "finance-feedback-delta/contract";
import type { Check, OptionKind, OptionTable } from "finance-feedback-delta/contract";

import { assetPairKind, readAssetPair } from "../market/asset-argument.ts";
import type { AssetPair } from "../market/asset-pair.ts";
import { formatInstant, parseInstant } from "../market/time-range.ts";
import type { TimeRange } from "../market/time-range.ts";
import { timeframeMs } from "../market/timeframe.ts";
import { barIndicators } from "./bar-columns.ts";
import type { BarIndicator, BarTimeframe } from "./bar-columns.ts";
import { BarsError } from "./bars-error.ts";

export interface BarsOptions {
  /** Such as `"BTCUSD"`, or pairs that are read already. */
  readonly assetPairs: readonly (string | AssetPair)[];
  readonly timeframes: readonly BarTimeframe[];
  /** Bars that close behind its start and not behind its end: all that there are when left out. */
  readonly range?: Partial<TimeRange> | undefined;
  /**
   * A date or an instant, UTC, or a Date: bars that had closed by then, as they were known then. When left out, the newest
   * revisions.
   */
  readonly knownAt?: string | Date | undefined;
  /** Which of the computed columns are wanted; all when left out. */
  readonly indicators?: readonly BarIndicator[] | undefined;
  /** Timeframes whose last closed bar each bar carries, as `bar_1h`. */
  readonly withHigher?: readonly BarTimeframe[] | undefined;
  /** `number` reads prices and volumes as numbers, the nearest there are; `exact`, as texts, when left out. */
  readonly decimals?: "exact" | "number" | undefined;
}

/** A request whose texts are read. */
export interface BarsRequest {
  /** Sorted by name. */
  readonly assetPairs: readonly AssetPair[];
  /** The finest first. */
  readonly timeframes: readonly BarTimeframe[];
  readonly higher: readonly BarTimeframe[];
  readonly indicators: readonly BarIndicator[];
  readonly decimals: "exact" | "number";
  /** Bars that close at or before this instant are history: they warm the indicators up. */
  readonly startMs: number;
  /** No bar closes behind it. */
  readonly endMs: number;
  /** Rows that were extracted later do not count. */
  readonly knownAtMs: number | undefined;
}

const indicatorKind: OptionKind<BarIndicator> = {
  expects: 'the name of a computed column, such as "rsi_14"',
  problem: (name, value) => {
    if (barIndicators.some((known) => known === value)) return undefined;
    const meant = typeof value === "string" ? nearestName(value, barIndicators) : undefined;
    const hint = meant === undefined ? `: ${barIndicators.join(", ")}` : `. Did you mean ${meant}?`;
    return `${name} is the name of a computed column, not ${shown(value)}${hint}`;
  },
};

const timeframeKind: OptionKind<BarTimeframe> = oneOf("1m", "5m", "15m", "1h", "4h", "1d");

const barsOptions: OptionTable<BarsOptions> = {
  assetPairs: required(listOf(assetPairKind, 1)),
  timeframes: required(listOf(timeframeKind, 1)),
  range: optionsOf<Partial<TimeRange>>({ startMs: wholeNumber, endMs: wholeNumber }),
  knownAt: dateOrText,
  indicators: listOf(indicatorKind),
  withHigher: listOf(timeframeKind),
  decimals: oneOf("exact", "number"),
};

const assertOptions: Check = refusing(
  optionsProblem,
  (problem) => new BarsError("INVALID_ARGUMENT", problem),
);

/**
 * Reads what a caller asks for.
 *
 * @throws BarsError `INVALID_ARGUMENT`; MarketError for a text that names no asset or no instant.
 */
export function readBarsRequest(options: BarsOptions): BarsRequest {
  assertOptions("bars", options, barsOptions);
  const { range = {}, knownAt, indicators = barIndicators, withHigher = [], decimals = "exact" } = options;
  const timeframes = byLength(options.timeframes);
  const higher = byLength(withHigher);
  assertHigher(timeframes, higher);
  const { startMs = Number.NEGATIVE_INFINITY, endMs = Number.POSITIVE_INFINITY } = range;
  if (endMs < startMs)
    throw new BarsError(
      "INVALID_ARGUMENT",
      `bars: range ends (${formatInstant(endMs)}) before it starts (${formatInstant(startMs)})`,
    );
  const knownAtMs = knownAt === undefined ? undefined : instantOf(knownAt);
  const pairs = new Map(options.assetPairs.map(readAssetPair).map((pair) => [pair.canonical, pair]));
  const wanted: ReadonlySet<string> = new Set(indicators);
  return {
    assetPairs: [...pairs.values()].toSorted((one, other) => (one.canonical < other.canonical ? -1 : 1)),
    timeframes,
    higher,
    indicators: barIndicators.filter((name) => wanted.has(name)),
    decimals,
    startMs,
    endMs: Math.min(endMs, knownAtMs ?? Number.POSITIVE_INFINITY),
    knownAtMs,
  };
}

function instantOf(when: string | Date): number {
  return when instanceof Date ? when.getTime() : parseInstant(when);
}

function byLength(timeframes: readonly BarTimeframe[]): readonly BarTimeframe[] {
  return [...new Set(timeframes)].toSorted((one, other) => timeframeMs(one) - timeframeMs(other));
}

/** A timeframe as fine as the finest one is the bar itself, or one that no bar can carry. */
function assertHigher(timeframes: readonly BarTimeframe[], higher: readonly BarTimeframe[]): void {
  const [finest] = timeframes;
  const wrong = higher.find((name) => finest !== undefined && timeframeMs(name) <= timeframeMs(finest));
  if (wrong === undefined) return;
  throw new BarsError(
    "INVALID_ARGUMENT",
    `bars: withHigher names timeframes that are longer than ${finest}, the shortest of timeframes, and ${wrong} is not`,
  );
}
