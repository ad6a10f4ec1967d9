import type { Timeframe } from "../market/timeframe.ts";
import type { Config } from "./config-schema.ts";
import { durationSeconds } from "../market/duration-text.ts";

/** Seconds that a bar may be late before it is a warning, and before it is an error. */
export interface FreshnessThresholds {
  readonly warnAfterSeconds: number;
  readonly errorAfterSeconds: number;
}

/** The thresholds of a timeframe. `ffe freshness`, the expectation and alerts use them. */
export function freshnessThresholds(
  { freshness }: Pick<Config, "freshness">,
  timeframe: Timeframe,
): FreshnessThresholds {
  const own = timeframe === "5s" ? undefined : freshness.timeframes?.[timeframe];
  return {
    warnAfterSeconds: durationSeconds(own?.warn_after ?? freshness.warn_after) ?? 0,
    errorAfterSeconds: durationSeconds(own?.error_after ?? freshness.error_after) ?? 0,
  };
}
