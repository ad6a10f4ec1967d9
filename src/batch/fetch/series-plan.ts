import type { AssetPair } from "../../market/asset-pair.ts";
import type { MarketCalendars } from "../../market/market-calendars.ts";
import { countAll, openBars } from "../../market/open-bars.ts";
import type { BarSchedule } from "../../market/open-bars.ts";
import { ceilToTimeframe, floorToTimeframe, timeframeMs } from "../../market/timeframe.ts";
import type { Timeframe } from "../../market/timeframe.ts";
import { within, without } from "../../market/range-set.ts";
import type { RangeSet } from "../../market/range-set.ts";
import { formatInstant } from "../../market/time-range.ts";
import type { TimeRange } from "../../market/time-range.ts";
import type { MarketDataProvider } from "../../providers/provider.ts";
import type { Coverage } from "../../bronze/coverage.ts";
import { noEmptyAnswers } from "../../bronze/empty-answers.ts";
import type { EmptyAnswers } from "../../bronze/empty-answers.ts";
import { secondOpinionNote, unaskedPieces } from "./second-opinions.ts";
import { planPieces } from "./provider-pieces.ts";
import type { PlanPiece } from "./provider-pieces.ts";

/** What will be fetched for one (asset, timeframe): all of it decided before the first request. */
export interface SeriesPlan {
  readonly assetPair: AssetPair;
  readonly timeframe: Timeframe;
  /** From the first to the last completed bar that is wanted, on the timeframe's grid; empty when there is nothing to do. */
  readonly range: TimeRange;
  /** Who is asked for what: ascending, apart from each other. */
  readonly pieces: readonly PlanPiece[];
  /** Bars by the market's calendar: an estimate, since buckets without trades may be left out. */
  readonly expectedRows: number;
  /** Which bars the series should have. */
  readonly schedule: BarSchedule;
  /** What providers answered without a bar in earlier runs. */
  readonly emptyAnswers: EmptyAnswers;
  /** The open of the last bar covered so far, when there is one and it counts. */
  readonly watermarkMs: number | undefined;
  /** The table's version that the plan was made on, when there is a table. */
  readonly tableVersion: number | undefined;
  /** What the plan leaves out of what was asked, for the user. */
  readonly notes: readonly string[];
}

export interface SeriesRequest {
  readonly assetPair: AssetPair;
  readonly timeframe: Timeframe;
  /** As the user gave it, half-open. */
  readonly range: TimeRange;
  readonly coverage: Coverage;
  /** What of it is covered by imported files alone. */
  readonly imported?: RangeSet | undefined;
  /** What of it providers answered without a bar. */
  readonly emptyAnswers?: EmptyAnswers | undefined;
  readonly tableVersion: number | undefined;
  /** Plan the whole range, whatever is covered; `everything`: all that is covered besides. */
  readonly force: boolean | "everything";
  /** Plan the last so many covered bars again: providers revise what they sent. */
  readonly revisionWindow: number;
  readonly calendars: MarketCalendars;
  readonly nowMs: number;
}

/** The requests of a plan. */
export function requestsOf(plan: SeriesPlan): number {
  return plan.pieces.reduce((sum, piece) => sum + piece.windows.length, 0);
}

/**
 * Plans one series: what of the asked range is not covered yet, up to the last bar that is complete now, over the
 * providers in their order. A range that begins behind all that is covered is begun where coverage ends, so that a run
 * that was left out leaves no hole.
 *
 * @throws IngestionError `UNSUPPORTED_SERIES` when no provider can serve any of it.
 */
export function planSeries(request: SeriesRequest, providers: readonly MarketDataProvider[]): SeriesPlan {
  const { assetPair, timeframe, coverage, force, nowMs, emptyAnswers = noEmptyAnswers } = request;
  const covered = force === false ? revisable(request) : [];
  const coveredEndMs = coverage.ranges.at(-1)?.endMs;
  const askedStartMs = ceilToTimeframe(request.range.startMs, timeframe);
  const firstMs = force === "everything" ? coverage.ranges[0]?.startMs : coveredEndMs;
  const startMs = firstMs === undefined ? askedStartMs : Math.min(askedStartMs, firstMs);
  const askedEndMs = ceilToTimeframe(request.range.endMs, timeframe);
  const wantedEndMs = force === "everything" ? Math.max(askedEndMs, coveredEndMs ?? askedEndMs) : askedEndMs;
  const endMs = Math.max(startMs, Math.min(wantedEndMs, floorToTimeframe(nowMs, timeframe)));
  const missing = without({ startMs, endMs }, covered);
  const planned = planPieces(assetPair, timeframe, missing, providers, nowMs);
  const schedule = request.calendars.scheduleOf(assetPair, timeframe);
  const open = without({ startMs, endMs }, missing).flatMap((range) => within(range, emptyAnswers.open));
  const others = unaskedPieces(
    { assetPair, schedule },
    { ...emptyAnswers, open },
    providers,
    providers.length > 1,
    nowMs,
  );
  const pieces = [...planned.pieces, ...others].toSorted(
    (one, other) => one.range.startMs - other.range.startMs,
  );
  const expectedRows = pieces.reduce((sum, piece) => sum + expectedBars(schedule, piece.range), 0);
  return {
    assetPair,
    timeframe,
    range: {
      startMs: pieces[0]?.range.startMs ?? endMs,
      endMs: pieces.at(-1)?.range.endMs ?? endMs,
    },
    pieces,
    expectedRows,
    schedule,
    emptyAnswers,
    watermarkMs:
      force !== false || coveredEndMs === undefined ? undefined : coveredEndMs - timeframeMs(timeframe),
    tableVersion: request.tableVersion,
    notes: [
      ...coverageNotes(request, askedStartMs, missing),
      ...importNotes(request, { startMs, endMs }, missing),
      ...(others.length === 0
        ? []
        : [secondOpinionNote(`${assetPair.canonical} ${timeframe}`, others, providers)]),
      ...planned.notes,
    ],
  };
}

/** What is covered and need not be fetched again. */
function revisable({ coverage, timeframe, revisionWindow }: SeriesRequest): RangeSet {
  const last = coverage.ranges.at(-1);
  if (last === undefined || revisionWindow === 0) return coverage.ranges;
  const endMs = Math.max(last.startMs, last.endMs - revisionWindow * timeframeMs(timeframe));
  return [...coverage.ranges.slice(0, -1), { startMs: last.startMs, endMs }];
}

/** What a user may not expect of where the range begins. */
function coverageNotes(request: SeriesRequest, askedStartMs: number, missing: RangeSet): string[] {
  const { assetPair, timeframe, coverage, nowMs, range } = request;
  const series = `${assetPair.canonical} ${timeframe}`;
  if (range.startMs >= nowMs) return [`${series}: the range lies in the future, nothing is complete yet`];
  const [first] = missing;
  if (first === undefined || coverage.ranges.length === 0 || first.startMs >= askedStartMs) return [];
  return [
    `${series}: fetched from ${formatInstant(first.startMs)} on, where the last run ended, so that no gap is left`,
  ];
}

/** Ranges that a note names one by one. */
const rangesNamedMax = 3;

/** What is not fetched because a file has it: no provider was asked for it. */
function importNotes(
  { assetPair, timeframe, imported = [] }: SeriesRequest,
  range: TimeRange,
  missing: RangeSet,
): string[] {
  const skipped = without(range, missing).flatMap((covered) => within(covered, imported));
  if (skipped.length === 0) return [];
  const named = skipped
    .slice(0, rangesNamedMax)
    .map(({ startMs, endMs }) => `${formatInstant(startMs)} to ${formatInstant(endMs)}`);
  const more = skipped.length > rangesNamedMax ? ` and ${skipped.length - rangesNamedMax} more ranges` : "";
  return [
    `${assetPair.canonical} ${timeframe}: ${named.join(", ")}${more} not fetched, because an imported file covers it; --force fetches it`,
  ];
}

/** Bars of a range by the market's calendar. */
export function expectedBars(schedule: BarSchedule, range: TimeRange): number {
  return countAll(openBars(schedule, range), schedule.timeframe);
}
