import { anyText, oneOf, required } from "finance-feedback-delta/contract";
import type { OptionKind } from "finance-feedback-delta/contract";

import { assertArguments } from "./arguments.ts";
import { MarketError } from "./errors.ts";
import type { TimeRange } from "./time-range.ts";

/**
 * The length of a bar. A bar is `[open, open + timeframe)` and is named by its open, which lies on the UTC
 * grid: 4h and 1d bars start at UTC midnight. `5s` exists for streams only and has no table.
 */
export type Timeframe = "5s" | "1m" | "5m" | "15m" | "1h" | "4h" | "1d";

/** The timeframes that have a table, finest first. */
export const timeframes: readonly Timeframe[] = ["1m", "5m", "15m", "1h", "4h", "1d"];

/** The kind of options that are a timeframe already. */
export const timeframeKind: OptionKind<Timeframe> = oneOf("5s", "1m", "5m", "15m", "1h", "4h", "1d");

/**
 * Reads a timeframe as users write it.
 *
 * @throws MarketError INVALID_TIMEFRAME, naming the allowed ones.
 */
export function parseTimeframe(text: string): Timeframe {
  assertArguments("parseTimeframe", { text }, { text: required(anyText) });
  const wanted = text.trim().toLowerCase();
  const known = timeframes.find((timeframe) => timeframe === wanted);
  if (known === undefined) {
    throw new MarketError(
      "INVALID_TIMEFRAME",
      `"${text}" is not a timeframe; use one of ${timeframes.join(", ")}.`,
    );
  }
  return known;
}

/** The length of a bar in milliseconds. */
export function timeframeMs(timeframe: Timeframe): number {
  return durationsMs[timeframe];
}

/** The open of the bar that `instantMs` falls into. */
export function floorToTimeframe(instantMs: number, timeframe: Timeframe): number {
  const durationMs = durationsMs[timeframe];
  return Math.floor(instantMs / durationMs) * durationMs;
}

/** The first bar open at or after `instantMs`. */
export function ceilToTimeframe(instantMs: number, timeframe: Timeframe): number {
  const durationMs = durationsMs[timeframe];
  // Rounding up a small negative number gives -0; adding zero makes it 0.
  return Math.ceil(instantMs / durationMs) * durationMs + 0;
}

/** The first bar open after `instantMs`. */
export function nextOpen(instantMs: number, timeframe: Timeframe): number {
  return floorToTimeframe(instantMs, timeframe) + durationsMs[timeframe];
}

/** Whether `instantMs` is the open of a bar. */
export function isOnGrid(instantMs: number, timeframe: Timeframe): boolean {
  return floorToTimeframe(instantMs, timeframe) === instantMs;
}

/** How many bars open inside the half-open range. */
export function countBars(range: TimeRange, timeframe: Timeframe): number {
  const firstMs = ceilToTimeframe(range.startMs, timeframe);
  const endMs = ceilToTimeframe(range.endMs, timeframe);
  return Math.max(0, (endMs - firstMs) / durationsMs[timeframe]);
}

const secondMs = 1_000;
const minuteMs = 60 * secondMs;
const hourMs = 60 * minuteMs;

const durationsMs: Readonly<Record<Timeframe, number>> = {
  "5s": 5 * secondMs,
  "1m": minuteMs,
  "5m": 5 * minuteMs,
  "15m": 15 * minuteMs,
  "1h": hourMs,
  "4h": 4 * hourMs,
  "1d": 24 * hourMs,
};
