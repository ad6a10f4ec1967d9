import type { AssetKind } from "../../market/asset-pair.ts";
import { timeframeMs } from "../../market/timeframe.ts";
import type { Timeframe } from "../../market/timeframe.ts";
import { IngestionError } from "../../bronze/ingestion-error.ts";
import { durationText, usualBarMinutes } from "./bar-durations.ts";
import { dayMs } from "../../market/durations.ts";

/** So many bars in a row that lie too far apart are no accident, whatever their distances. */
const comparedBarsMin = 10;
const comparedBars = 1000;
const hourMs = 3_600_000;

/** What a file's bars are said to be. */
export interface SaidBars {
  readonly file: string;
  readonly timeframe: Timeframe;
  readonly kind: AssetKind;
  /** Takes bars that look like those of a coarser timeframe as they are said to be. */
  readonly insist: boolean;
  /** Whether there are times that cannot be read: a bar may be missing among a few for that. */
  readonly hasUnread: boolean;
}

/**
 * Bars that all lie further apart than the timeframe are those of a coarser one. Taken for this one, all that lies between
 * them would be missing. Of a finer one, some would lie on the grid, and be bars of an hour that say what a minute was.
 * A few bars far apart may be those of a thin market: they are refused where their distances are those of a timeframe.
 *
 * @param times of a file's first bars.
 * @throws IngestionError `INVALID_ARGUMENT`
 */
export function assertTimeframe(
  { file, timeframe, kind, insist, hasUnread }: SaidBars,
  times: readonly number[],
): void {
  const steps = [...new Set(times.slice(0, comparedBars * 10).toSorted((left, right) => left - right))]
    .slice(0, comparedBars)
    .flatMap((timeMs, index, all) => (index === 0 ? [] : [timeMs - (all[index - 1] ?? 0)]))
    .toSorted((left, right) => left - right);
  const [leastMs = 0] = steps;
  const medianMs = steps[Math.floor(steps.length / 2)] ?? 0;
  const wantedMs = timeframeMs(timeframe);
  const isCoarser =
    !insist &&
    leastMs > wantedMs &&
    (steps.length >= comparedBarsMin || (!hasUnread && areOfCoarserBars(steps, wantedMs, kind)));
  // Two bars are enough: one that lies on the grid would be taken for a whole one.
  const isFiner = steps.length > 0 && medianMs < wantedMs;
  if (!isCoarser && !isFiner) return;
  const distance = durationText(isCoarser ? leastMs : medianMs);
  const remedy = isCoarser ? " If the market is that thin, say --insist." : "";
  throw new IngestionError(
    "INVALID_ARGUMENT",
    `${file}: its bars lie ${distance} apart, so they are none of --timeframe ${timeframe}.${remedy} Nothing was imported.`,
  );
}

/** Whether all distances, the shortest first, are those between bars of one coarser timeframe. */
function areOfCoarserBars(steps: readonly number[], wantedMs: number, kind: AssetKind): boolean {
  const [leastMs = 0] = steps;
  if (leastMs === 0) return false;
  const areMultiples = (lengthMs: number): boolean =>
    // The clocks of a market may be put forward or back between two days.
    steps.every(
      (ms) => Math.abs(ms - Math.round(ms / lengthMs) * lengthMs) <= (lengthMs >= dayMs ? hourMs : 0),
    );
  if (wantedMs < dayMs) {
    const roundedMs = leastMs > dayMs - 2 * hourMs ? Math.round(leastMs / dayMs) * dayMs : leastMs;
    return usualBarMinutes.includes(roundedMs / 60_000) && areMultiples(roundedMs);
  }
  const areMonths = steps.every((ms) => ms >= 28 * dayMs - hourMs && ms <= 31 * dayMs + hourMs);
  const areWeeks = Math.abs(leastMs - 7 * dayMs) <= hourMs && areMultiples(7 * dayMs);
  // Weekends and holidays part the days of other markets.
  const isEveryDay = kind === "crypto" || kind === "crypto_contract";
  return (
    areWeeks || (steps.length > 1 && areMonths) || (steps.length > 2 && isEveryDay && areMultiples(leastMs))
  );
}
