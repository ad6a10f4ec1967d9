import type { AssetPair } from "../market/asset-pair.ts";
import { covers, within, without } from "../market/range-set.ts";
import type { RangeSet } from "../market/range-set.ts";
import { countAll, missingBars, openBars } from "../market/open-bars.ts";
import { countBars } from "../market/timeframe.ts";
import type { Timeframe } from "../market/timeframe.ts";
import type { TimeRange } from "../market/time-range.ts";

/**
 * Why bars are missing while the market was open:
 * - `rejected`: the provider sent something that did not pass the checks; the dead letter queue has it;
 * - `fetch_failed`: nobody has asked for them, or the answer never came;
 * - `provider_outage`: the provider was asked and has none, where it has nearly all others;
 * - `no_trades`: the provider was asked and has none, which is usual for this series.
 */
export type GapKind = "rejected" | "fetch_failed" | "provider_outage" | "no_trades";

/** Missing bars in a row. */
export interface Gap {
  /** On the timeframe's grid. */
  readonly range: TimeRange;
  readonly missingBars: number;
  readonly kind: GapKind;
  /** The provider was asked again, by a repair, and still has none. */
  readonly isConfirmed: boolean;
}

export interface SeriesState {
  readonly assetPair: AssetPair;
  readonly timeframe: Timeframe;
  /** Where bars are stored, on the timeframe's grid. */
  readonly stored: RangeSet;
  /** What was fetched, whether or not there were bars. */
  readonly covered: RangeSet;
  /** What was fetched once more. */
  readonly confirmed: RangeSet;
  /** Bars that wait in the dead letter queue. */
  readonly rejected?: RangeSet | undefined;
  /** Missing bars of other series of the same timeframe: where they agree, it was the provider. */
  readonly missingElsewhere?: RangeSet | undefined;
}

/** The chance below which missing bars are no longer taken for bars without trades. */
const chanceOfNoTrades = 0.01;

/**
 * The gaps of a series within a range, ascending. Bars during which the market was closed are none.
 *
 * Where a provider was asked and has nothing, outages and quiet times look alike. A series of which a share q of bars is
 * missing, single ones and rows alike counted once, has n missing in a row with a chance of about q^n; below one percent,
 * or where another series lacks the same bars, it is called an outage.
 */
export function findGaps(state: SeriesState, lookedAt: TimeRange): Gap[] {
  const { assetPair, timeframe, stored, covered, confirmed } = state;
  const missing = missingBars(assetPair, timeframe, stored, lookedAt);
  const expected = countAll(openBars(assetPair, timeframe, lookedAt), timeframe);
  const rejected = state.rejected ?? [];
  const silences = missing
    .flatMap((range) => within(range, covered))
    .flatMap((part) => without(part, rejected));
  const usual = (silences.length + 1) / (Math.max(expected, silences.length) + 2);
  const elsewhere = state.missingElsewhere ?? [];
  const kindOf = (range: TimeRange): GapKind => {
    const isShared = within(range, elsewhere).length > 0;
    return isShared || usual ** countBars(range, timeframe) < chanceOfNoTrades
      ? "provider_outage"
      : "no_trades";
  };
  const gapOf = (range: TimeRange, kind: GapKind): Gap => ({
    range,
    missingBars: countBars(range, timeframe),
    kind,
    isConfirmed: kind !== "fetch_failed" && covers(confirmed, range),
  });
  return missing
    .flatMap((range) => {
      const wasAsked = within(range, covered);
      return [
        ...without(range, covered).map((part) => gapOf(part, "fetch_failed")),
        ...wasAsked.flatMap((part) => within(part, rejected)).map((part) => gapOf(part, "rejected")),
        ...wasAsked.flatMap((part) => without(part, rejected)).map((part) => gapOf(part, kindOf(part))),
      ];
    })
    .toSorted((left, right) => left.range.startMs - right.range.startMs);
}
