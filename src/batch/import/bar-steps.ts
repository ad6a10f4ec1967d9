import { timeframeMs } from "../../market/timeframe.ts";
import type { Timeframe } from "../../market/timeframe.ts";
import { IngestionError } from "../ingestion-error.ts";

/** So many bars in a row that lie too far apart are no accident; no more than the others are looked at. */
const comparedBarsMin = 10;
const comparedBars = 1000;

/**
 * Bars that all lie further apart than the timeframe are those of a coarser one. Taken for this one, all that lies between
 * them would be missing. Of a finer one, some would lie on the grid, and be bars of an hour that say what a minute was.
 *
 * @param times of a file's first bars.
 * @throws IngestionError `INVALID_ARGUMENT`
 */
export function assertTimeframe(file: string, timeframe: Timeframe, times: readonly number[]): void {
  const steps = [...new Set(times.slice(0, comparedBars * 10).toSorted((left, right) => left - right))]
    .slice(0, comparedBars)
    .flatMap((timeMs, index, all) => (index === 0 ? [] : [timeMs - (all[index - 1] ?? 0)]))
    .toSorted((left, right) => left - right);
  const [leastMs = 0] = steps;
  const medianMs = steps[Math.floor(steps.length / 2)] ?? 0;
  const wantedMs = timeframeMs(timeframe);
  const isCoarser = leastMs > wantedMs && steps.length >= comparedBarsMin;
  // Two bars are enough: one that lies on the grid would be taken for a whole one.
  const isFiner = steps.length > 0 && medianMs < wantedMs;
  if (!isCoarser && !isFiner) return;
  const distance = isCoarser ? leastMs : medianMs;
  throw new IngestionError(
    "INVALID_ARGUMENT",
    `${file}: its bars lie ${duration(distance)} apart, so they are none of --timeframe ${timeframe}. Nothing of it was imported.`,
  );
}

function duration(ms: number): string {
  const minutes = ms / 60_000;
  if (minutes < 60) return `${minutes} ${minutes === 1 ? "minute" : "minutes"}`;
  return `${minutes / 60} ${minutes === 60 ? "hour" : "hours"}`;
}
