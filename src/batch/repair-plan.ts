import { timeframeMs } from "../market/timeframe.ts";
import { unionOf } from "../market/range-set.ts";
import type { RangeSet } from "../market/range-set.ts";
import type { MarketDataProvider } from "../providers/provider.ts";
import { expectedBars } from "./series-plan.ts";
import type { SeriesPlan } from "./series-plan.ts";
import type { SeriesGaps } from "./gap-report.ts";
import { planPieces } from "./provider-pieces.ts";

/** Gaps with no more bars between them are asked for together: a page has room for them. */
const barsBetweenMax = 250;

/**
 * Plans to ask once more for what a series lacks; none when nothing is missing, or all of it is confirmed.
 *
 * @throws IngestionError `UNSUPPORTED_SERIES` when no provider can serve the series.
 */
export function planRepair(
  report: SeriesGaps,
  providers: readonly MarketDataProvider[],
  nowMs: number,
): SeriesPlan[] {
  const { assetPair, timeframe } = report;
  const open = report.gaps.filter((gap) => !gap.isConfirmed).map((gap) => gap.range);
  if (open.length === 0) return [];
  const wanted = joined(open, barsBetweenMax * timeframeMs(timeframe));
  const { pieces, notes } = planPieces(assetPair, timeframe, wanted, providers, nowMs);
  const [first, last] = [pieces[0]?.range.startMs ?? nowMs, pieces.at(-1)?.range.endMs ?? nowMs];
  return [
    {
      assetPair,
      timeframe,
      range: { startMs: first, endMs: last },
      pieces,
      expectedRows: open.reduce((sum, range) => sum + expectedBars(assetPair, timeframe, range), 0),
      watermarkMs: undefined,
      tableVersion: undefined,
      notes,
    },
  ];
}

/** Ranges as one where the way between them is not longer than this. */
function joined(ranges: RangeSet, betweenMs: number): RangeSet {
  return unionOf(ranges.map(({ startMs, endMs }) => ({ startMs, endMs: endMs + betweenMs }))).map(
    ({ startMs, endMs }) => ({ startMs, endMs: endMs - betweenMs }),
  );
}
