/**
 * What is missing of the series that are stored, and why: stored bars, coverage and dead letters are held against the
 * market's calendar. Nothing is fetched or written here; a repair is planned from the report.
 */
import type { Snapshot } from "finance-feedback-delta";
import { listOf, oneOf, optionsOf, someNames, wholeNumber } from "finance-feedback-delta/contract";
import type { OptionTable } from "finance-feedback-delta/contract";

import { isBarLetter } from "../../dead-letters/dead-letter.ts";
import type { DeadLetterQueue } from "../../dead-letters/dead-letter-queue.ts";
import { AssetPair } from "../../market/asset-pair.ts";
import { unionOf, without } from "../../market/range-set.ts";
import type { RangeSet } from "../../market/range-set.ts";
import type { TimeRange } from "../../market/time-range.ts";
import {
  ceilToTimeframe,
  floorToTimeframe,
  parseTimeframe,
  timeframeMs,
  timeframes,
} from "../../market/timeframe.ts";
import type { Timeframe } from "../../market/timeframe.ts";
import type { ProviderRegistry } from "../../providers/provider-registry.ts";
import type { DeltaLakeManager } from "../../storage/delta-lake-manager.ts";
import { marketDataTable } from "../../tables/market-data.ts";
import { assetPairKind, readAssetPair } from "../../market/asset-argument.ts";
import { readConfirmed, readCoverage, readEmptyAnswers, readImported } from "../../bronze/coverage.ts";
import { sessionNames } from "../../market/calendars/exchange-calendar.ts";
import type { SessionName } from "../../market/calendars/exchange-calendar.ts";
import type { MarketCalendars } from "../../market/market-calendars.ts";
import { countAll, openBars } from "../../market/open-bars.ts";
import type { BarSchedule } from "../../market/open-bars.ts";
import { findGaps, outagesOf } from "./gaps.ts";
import type { Gap, SeriesState } from "./gaps.ts";
import { listWatermarks } from "../../bronze/watermark.ts";

export interface GapRequest {
  /** All that there are, when left out. */
  readonly assetPairs?: readonly (string | AssetPair)[] | undefined;
  readonly timeframes?: readonly string[] | undefined;
  /** What is looked at, fetched or not; each series from its first bar, or to the end of what was fetched, when left out. */
  readonly range?: Partial<TimeRange> | undefined;
  /** Which hours of stocks are looked at; as the configuration says, or as the bars show, when left out. */
  readonly session?: SessionName | undefined;
}

/** What reports are made with. */
export interface GapReportContext {
  readonly lake: DeltaLakeManager;
  readonly deadLetters: DeadLetterQueue;
  readonly calendars: MarketCalendars;
  readonly providers: ProviderRegistry;
  readonly nowMs: number;
}

/** A request whose texts are read. */
interface GapSearch extends Pick<GapRequest, "range" | "session"> {
  readonly assetPairs: readonly AssetPair[] | undefined;
  readonly timeframes: readonly Timeframe[] | undefined;
}

export const gapOptions: OptionTable<GapRequest> = {
  assetPairs: listOf(assetPairKind, 1),
  timeframes: someNames,
  range: optionsOf<Partial<TimeRange>>({ startMs: wholeNumber, endMs: wholeNumber }),
  session: oneOf(...sessionNames),
};

/** What is there of a series, and what is not. */
export interface SeriesGaps {
  readonly assetPair: AssetPair;
  readonly timeframe: Timeframe;
  readonly isMock: boolean;
  readonly table: string;
  /** What was looked at, on the timeframe's grid. */
  readonly range: TimeRange;
  /** Which bars the series should have. */
  readonly schedule: BarSchedule;
  /** Bars during which the market was open; where its calendar is unknown, only those that are stored or were not asked for. */
  readonly expectedBars: number;
  readonly storedBars: number;
  readonly gaps: readonly Gap[];
  /** Where bars are stored. */
  readonly stored: RangeSet;
  /** What was fetched, whether or not there were bars. */
  readonly covered: RangeSet;
  /** Who the stored bars are from. */
  readonly sources: readonly SourceRun[];
  /** No bar behind this instant is complete. */
  readonly completeUntilMs: number;
}

/** Adjoining bars, and the providers of the first and of the last of them. */
export interface SourceRun extends TimeRange {
  readonly first: string;
  readonly last: string;
}

/** Compares what is stored with the market's calendar, series by series. */
export async function reportGaps(context: GapReportContext, given: GapRequest): Promise<SeriesGaps[]> {
  const request: GapSearch = {
    ...given,
    assetPairs: given.assetPairs?.map(readAssetPair),
    timeframes: given.timeframes?.map(parseTimeframe),
  };
  const reports: SeriesGaps[] = [];
  const rejected = await rejectedBars(context);
  for (const timeframe of request.timeframes ?? timeframes) {
    if (!(await context.lake.table(marketDataTable(timeframe)).exists())) continue;
    reports.push(...(await reportTable(context, timeframe, rejected, request)));
  }
  return reports;
}

interface StoredSeries {
  readonly assetPair: AssetPair;
  readonly isMock: boolean;
  readonly stored: RangeSet;
  readonly sources: readonly SourceRun[];
}

async function reportTable(
  { lake, calendars, nowMs }: GapReportContext,
  timeframe: Timeframe,
  rejected: ReadonlyMap<string, RangeSet>,
  request: GapSearch,
): Promise<SeriesGaps[]> {
  const table = marketDataTable(timeframe);
  const snapshot = await lake.table(table).snapshot();
  const wanted = new Set(request.assetPairs?.map((pair) => pair.canonical));
  const known = new Map<string, StoredSeries>();
  for (const { assetPair, isMock } of listWatermarks(snapshot))
    known.set(keyOf(assetPair, isMock), {
      assetPair: AssetPair.parse(assetPair),
      isMock,
      stored: [],
      sources: [],
    });
  for (const series of await storedSeries(lake, timeframe))
    known.set(keyOf(series.assetPair.canonical, series.isMock), series);
  for (const assetPair of request.assetPairs ?? []) {
    const key = keyOf(assetPair.canonical, false);
    // Asked for by its name, with a time and a table to look in: that nothing of it is there is the answer.
    const isNamed = request.timeframes !== undefined && request.range?.startMs !== undefined;
    if (isNamed && !known.has(key)) known.set(key, { assetPair, isMock: false, stored: [], sources: [] });
  }
  const all = [...known.values()]
    .toSorted((left, right) => (left.assetPair.canonical < right.assetPair.canonical ? -1 : 1))
    .map((series) => {
      const coverage = readCoverage(snapshot, series.assetPair, series.isMock);
      const covered = unionOf([...coverage.ranges, ...hullOf(series.stored)]);
      const confirmed = readConfirmed(snapshot, series.assetPair, series.isMock).ranges;
      const unasked = unaskedOf(snapshot, series, confirmed);
      const isTracked = coverage.ranges.length > 0;
      const state: SeriesState = {
        schedule: calendars.scheduleSeen(series.assetPair, timeframe, series.stored, request.session),
        stored: series.stored,
        // Rows of an unknown writer: what it asked for is not known, so that nothing counts as failed.
        covered: isTracked ? coverage.ranges : covered,
        confirmed,
        unasked,
        rejected: rejected.get(`${keyOf(series.assetPair.canonical, series.isMock)} ${timeframe}`),
      };
      return { ...series, state, hull: hullOf(covered)[0] };
    });
  const outages = all.map(({ state }) => outagesOf(state));
  return all.flatMap(({ assetPair, isMock, state, hull, sources }, index): SeriesGaps[] => {
    const isWanted = request.assetPairs === undefined || wanted.has(assetPair.canonical);
    const range = lookedAt(hull, request.range, timeframe, nowMs);
    if (!isWanted || range === undefined) return [];
    const outagesElsewhere = unionOf(
      all.flatMap((other, at) =>
        at !== index && other.isMock === isMock && other.assetPair.kind === assetPair.kind
          ? (outages[at] ?? [])
          : [],
      ),
    );
    const gaps = findGaps({ ...state, outagesElsewhere }, range);
    const { schedule, stored, covered } = state;
    const unknownBars = barsOfGaps(gaps.filter(({ kind }) => kind === "calendar_unknown"));
    const expectedBars = countAll(openBars(schedule, range), timeframe) - unknownBars;
    const storedBars = expectedBars - (barsOfGaps(gaps) - unknownBars);
    const completeUntilMs = floorToTimeframe(nowMs, timeframe);
    const series = { assetPair, timeframe, isMock, table, range, schedule, stored, covered, sources };
    return [{ ...series, expectedBars, storedBars, gaps, completeUntilMs }];
  });
}

/** What a file was said to cover, less what a repair or a backfill has asked for since, and where bars are. */
function unaskedOf(
  snapshot: Snapshot,
  { assetPair, isMock, stored }: StoredSeries,
  confirmed: RangeSet,
): RangeSet {
  const asked = isMock ? [] : [...readEmptyAnswers(snapshot, assetPair).byProvider.values()].flat();
  const known = unionOf([...confirmed, ...asked, ...stored]);
  return readImported(snapshot, assetPair, isMock).ranges.flatMap((range) => without(range, known));
}

function barsOfGaps(gaps: readonly Gap[]): number {
  return gaps.reduce((sum, gap) => sum + gap.missingBars, 0);
}

/** The bars of each series as ranges of adjoining ones: worked out where the rows are, not here. */
async function storedSeries(lake: DeltaLakeManager, timeframe: Timeframe): Promise<StoredSeries[]> {
  const stepMs = timeframeMs(timeframe);
  const answer = await lake.query(`
    SELECT asset_pair, is_mock, min(open_ms)::BIGINT AS first_ms, max(open_ms)::BIGINT AS last_ms,
      arg_min(source, open_ms) AS first_source, arg_max(source, open_ms) AS last_source
    FROM (
      SELECT *, open_ms - ${stepMs} * row_number() OVER (PARTITION BY asset_pair, is_mock ORDER BY open_ms) AS island
      FROM (SELECT asset_pair, is_mock, epoch_ms(timestamp) AS open_ms, min(source_provider) AS source
            FROM ${marketDataTable(timeframe)} GROUP BY asset_pair, is_mock, open_ms)
    )
    GROUP BY asset_pair, is_mock, island ORDER BY asset_pair, is_mock, first_ms`);
  const known = new Map<string, { assetPair: AssetPair; isMock: boolean; sources: SourceRun[] }>();
  for await (const batch of answer.batches) {
    for (const row of batch.toRows()) {
      const isMock = row["is_mock"] === true;
      const key = keyOf(String(row["asset_pair"]), isMock);
      const assetPair = AssetPair.parse(String(row["asset_pair"]));
      const series = known.get(key) ?? { assetPair, isMock, sources: [] };
      series.sources.push({
        startMs: Number(row["first_ms"]),
        endMs: Number(row["last_ms"]) + stepMs,
        first: String(row["first_source"]),
        last: String(row["last_source"]),
      });
      known.set(key, series);
    }
  }
  return [...known.values()].map((series) => ({
    ...series,
    stored: unionOf(series.sources.map(({ startMs, endMs }) => ({ startMs, endMs }))),
  }));
}

/** The bars of dead letters, by series and timeframe. */
async function rejectedBars({
  deadLetters,
  providers,
}: GapReportContext): Promise<ReadonlyMap<string, RangeSet>> {
  const ranges = new Map<string, TimeRange[]>();
  for await (const { letter } of deadLetters.read()) {
    if (!isBarLetter(letter)) continue;
    const { asset_pair: assetPair, timeframe, provider, is_mock: isMock } = letter.context;
    const step = timeframes.find((known) => known === timeframe);
    if (step === undefined) continue;
    const key = `${keyOf(assetPair, isMock ?? providers.isMock(provider))} ${timeframe}`;
    const bars = letter.records.flatMap(({ date }): TimeRange[] => {
      const startMs = date === null ? Number.NaN : Date.parse(`${date.replace(" ", "T")}Z`);
      return Number.isNaN(startMs) ? [] : [{ startMs, endMs: startMs + timeframeMs(step) }];
    });
    ranges.set(key, [...(ranges.get(key) ?? []), ...bars]);
  }
  return new Map([...ranges].map(([key, bars]) => [key, unionOf(bars)]));
}

function keyOf(assetPair: string, isMock: boolean): string {
  return `${assetPair} ${isMock}`;
}

/** From the first instant of a set to its last: one range or none. */
function hullOf(set: RangeSet): TimeRange[] {
  const [first] = set;
  const last = set.at(-1);
  return first === undefined || last === undefined ? [] : [{ startMs: first.startMs, endMs: last.endMs }];
}

function lookedAt(
  hull: TimeRange | undefined,
  asked: Partial<TimeRange> | undefined,
  timeframe: Timeframe,
  nowMs: number,
): TimeRange | undefined {
  const startMs = asked?.startMs ?? hull?.startMs;
  if (startMs === undefined) return undefined;
  const range = {
    startMs: ceilToTimeframe(startMs, timeframe),
    endMs: Math.min(
      ceilToTimeframe(asked?.endMs ?? hull?.endMs ?? nowMs, timeframe),
      floorToTimeframe(nowMs, timeframe),
    ),
  };
  return range.startMs < range.endMs ? range : undefined;
}
