import { covers, firstFrom, lastOverBy, unionOf, within, without } from "../../market/range-set.ts";
import type { RangeSet } from "../../market/range-set.ts";
import { countAll, lengthOf, missingBars, openBars } from "../../market/open-bars.ts";
import type { BarSchedule } from "../../market/open-bars.ts";
import { countBars } from "../../market/timeframe.ts";
import type { TimeRange } from "../../market/time-range.ts";
import { isOutage, thinnessOf } from "./thinness.ts";
import { dayMs } from "../../market/durations.ts";

/**
 * Why bars are missing while the market was open:
 * - `rejected`: the provider sent something that did not pass the checks; the dead letter queue has it;
 * - `fetch_failed`: no provider was asked for them, or the answer never came;
 * - `provider_outage`: the provider was asked and has none, in a longer row than the thinness of the series explains;
 * - `no_trades`: the provider was asked and has none, which is usual for this series;
 * - `not_in_file`: no provider was asked, since an imported file was said to cover them (`--covers`), and the file lacks them;
 * - `calendar_unknown`: they are missing, and it is unknown whether the market was open.
 */
export type GapKind =
  "rejected" | "fetch_failed" | "provider_outage" | "no_trades" | "not_in_file" | "calendar_unknown";

/** Missing bars in a row. */
export interface Gap {
  readonly range: TimeRange;
  readonly missingBars: number;
  readonly kind: GapKind;
  /** The provider was asked again, by a repair, and still has none. */
  readonly isConfirmed: boolean;
}

export interface SeriesState {
  /** Which bars the series should have. */
  readonly schedule: BarSchedule;
  /** Where bars are stored. */
  readonly stored: RangeSet;
  /** What was fetched, whether or not there were bars. */
  readonly covered: RangeSet;
  /** What was fetched again. */
  readonly confirmed: RangeSet;
  /** What is covered because of a file alone, so that no provider was asked for it. */
  readonly unasked?: RangeSet | undefined;
  /** Bars that wait in the dead letter queue. */
  readonly rejected?: RangeSet | undefined;
  /** Outages of other series of the same market and timeframe: where they agree, it was the provider. */
  readonly outagesElsewhere?: RangeSet | undefined;
}

/**
 * The gaps of a series within a range, ascending. Bars during which the market was closed are not missing.
 *
 * Where a provider was asked and has nothing, outages and quiet times look alike: see `isOutage`, which judges a gap by how
 * thin the whole series is. One that another series has as an outage is one here, too.
 */
export function findGaps(state: SeriesState, lookedAt: TimeRange): Gap[] {
  const { schedule, stored, covered, confirmed } = state;
  const { calendar, timeframe } = schedule;
  const rejected = state.rejected ?? [];
  const unasked = state.unasked ?? [];
  const kindOf = silenceJudge(state);
  const gapOf = (range: TimeRange, kind: GapKind): Gap => ({
    range,
    missingBars: countBars(range, timeframe),
    kind,
    isConfirmed: kind !== "fetch_failed" && covers(confirmed, range),
  });
  return missingBars(schedule, stored, lookedAt)
    .flatMap((range) => {
      const wasAsked = within(range, covered);
      const unknown = wasAsked.flatMap((part) => without(part, rejected));
      const silent = unknown.flatMap((part) => without(part, unasked));
      return [
        ...without(range, covered).map((part) =>
          gapOf(part, mayBeClosure(state, part) ? "calendar_unknown" : "fetch_failed"),
        ),
        ...wasAsked.flatMap((part) => within(part, rejected)).map((part) => gapOf(part, "rejected")),
        ...silent.flatMap((part) => within(part, [calendar.known])).map((part) => gapOf(part, kindOf(part))),
        ...unknown
          .flatMap((part) => within(part, unasked))
          .flatMap((part) => within(part, [calendar.known]))
          .map((part) => gapOf(part, "not_in_file")),
        ...unknown
          .flatMap((part) => without(part, [calendar.known]))
          .map((part) => gapOf(part, "calendar_unknown")),
      ];
    })
    .filter((gap) => gap.missingBars > 0)
    .toSorted((left, right) => left.range.startMs - right.range.startMs);
}

/** No market is known to close for longer. */
const closureMaxMs = 14 * dayMs;

/** Whether a hole between bars is one that the market could explain, if its calendar were known. */
function mayBeClosure({ schedule, stored }: SeriesState, hole: TimeRange): boolean {
  if (within(hole, [schedule.calendar.known]).length > 0) return false;
  const before = lastOverBy(stored, hole.startMs);
  const behind = firstFrom(stored, hole.endMs);
  return before !== undefined && behind !== undefined && behind.startMs - before.endMs <= closureMaxMs;
}

/** Tells outages from bars without trades, in view of the whole series. */
function silenceJudge(state: SeriesState): (silence: TimeRange) => GapKind {
  const { schedule, stored, covered } = state;
  const asked = covered
    .flatMap((range) => within(range, [schedule.calendar.known]))
    .flatMap((range) => without(range, state.unasked ?? []));
  const silences = missingBars(schedule, stored, hullOf(asked))
    .flatMap((range) => within(range, asked))
    .flatMap((range) => without(range, state.rejected ?? []));
  const expected = asked.reduce(
    (sum, range) => sum + countAll(openBars(schedule, range), schedule.timeframe),
    0,
  );
  const silentBars = countAll(silences, schedule.timeframe);
  const thinness = thinnessOf(silences, expected - silentBars, schedule.timeframe);
  return (silence) => {
    const shared = lengthOf(within(silence, state.outagesElsewhere ?? []));
    const isShared = shared > 0 && 2 * shared >= silence.endMs - silence.startMs;
    return isShared || isOutage(thinness, countBars(silence, schedule.timeframe))
      ? "provider_outage"
      : "no_trades";
  };
}

/** Where a series lacks bars that no quiet time explains, by itself. */
export function outagesOf(state: SeriesState): RangeSet {
  const gaps = findGaps({ ...state, outagesElsewhere: [] }, hullOf(state.covered));
  return unionOf(gaps.filter(({ kind }) => kind === "provider_outage").map(({ range }) => range));
}

/** From the first instant of a set to its last; the empty range when the set is empty. */
function hullOf(set: RangeSet): TimeRange {
  return { startMs: set[0]?.startMs ?? 0, endMs: set.at(-1)?.endMs ?? 0 };
}
