import type { DeadLetterQueue } from "../data-quality/dead-letter-queue.ts";
import { AssetPair } from "../market/asset-pair.ts";
import { unionOf } from "../market/range-set.ts";
import type { RangeSet } from "../market/range-set.ts";
import type { TimeRange } from "../market/time-range.ts";
import { ceilToTimeframe, floorToTimeframe, timeframeMs, timeframes } from "../market/timeframe.ts";
import type { Timeframe } from "../market/timeframe.ts";
import type { DeltaLakeManager } from "../storage/delta-lake-manager.ts";
import { marketDataTable } from "../storage/table-names.ts";
import { readConfirmed, readCoverage } from "./coverage.ts";
import { countAll, missingBars, openBars } from "../market/open-bars.ts";
import { findGaps } from "./gaps.ts";
import type { Gap } from "./gaps.ts";
import { listWatermarks } from "./watermark.ts";

export interface GapRequest {
  /** All that there are, when left out. */
  readonly assetPairs?: readonly AssetPair[] | undefined;
  readonly timeframes?: readonly Timeframe[] | undefined;
  /** What is looked at, fetched or not; each series from its first bar, or to the end of what was fetched, when left out. */
  readonly range?: Partial<TimeRange> | undefined;
}

/** What is there of a series, and what is not. */
export interface SeriesGaps {
  readonly assetPair: AssetPair;
  readonly timeframe: Timeframe;
  readonly isMock: boolean;
  readonly table: string;
  /** What was looked at, on the timeframe's grid. */
  readonly range: TimeRange;
  /** Bars during which the market was open. */
  readonly expectedBars: number;
  readonly storedBars: number;
  readonly gaps: readonly Gap[];
  /** Where bars are stored. */
  readonly stored: RangeSet;
}

/** Compares what is stored with the market's calendar, series by series. */
export async function reportGaps(
  lake: DeltaLakeManager,
  deadLetters: DeadLetterQueue,
  request: GapRequest,
  nowMs: number,
): Promise<SeriesGaps[]> {
  const reports: SeriesGaps[] = [];
  const rejected = await rejectedBars(deadLetters);
  for (const timeframe of request.timeframes ?? timeframes) {
    if (!(await lake.table(marketDataTable(timeframe)).exists())) continue;
    reports.push(...(await reportTable(lake, timeframe, rejected, request, nowMs)));
  }
  return reports;
}

interface StoredSeries {
  readonly assetPair: AssetPair;
  readonly isMock: boolean;
  readonly stored: RangeSet;
}

async function reportTable(
  lake: DeltaLakeManager,
  timeframe: Timeframe,
  rejected: ReadonlyMap<string, RangeSet>,
  request: GapRequest,
  nowMs: number,
): Promise<SeriesGaps[]> {
  const table = marketDataTable(timeframe);
  const snapshot = await lake.table(table).snapshot();
  const wanted = new Set(request.assetPairs?.map((pair) => pair.canonical));
  const known = new Map<string, StoredSeries>();
  for (const { assetPair, isMock } of listWatermarks(snapshot))
    known.set(keyOf(assetPair, isMock), { assetPair: AssetPair.parse(assetPair), isMock, stored: [] });
  for (const series of await storedSeries(lake, timeframe))
    known.set(keyOf(series.assetPair.canonical, series.isMock), series);
  for (const assetPair of request.assetPairs ?? []) {
    const key = keyOf(assetPair.canonical, false);
    // Asked for by its name, with a time and a table to look in: that nothing of it is there is the answer.
    const isNamed = request.timeframes !== undefined && request.range?.startMs !== undefined;
    if (isNamed && !known.has(key)) known.set(key, { assetPair, isMock: false, stored: [] });
  }
  const all = [...known.values()]
    .toSorted((left, right) => (left.assetPair.canonical < right.assetPair.canonical ? -1 : 1))
    .map((series) => {
      const coverage = readCoverage(snapshot, series.assetPair, timeframe, series.isMock);
      const covered = unionOf([...coverage.ranges, ...hullOf(series.stored)]);
      const confirmed = readConfirmed(snapshot, series.assetPair, series.isMock).ranges;
      const isTracked = coverage.ranges.length > 0;
      return {
        ...series,
        // Rows of an unknown writer: what it asked for is not known, so that nothing counts as failed.
        covered: isTracked ? coverage.ranges : covered,
        confirmed,
        hull: hullOf(covered)[0],
      };
    });
  const missing = all.map(({ assetPair, stored, hull }) =>
    hull === undefined ? [] : missingBars(assetPair, timeframe, stored, hull),
  );
  return all.flatMap(({ assetPair, isMock, stored, covered, confirmed, hull }, index): SeriesGaps[] => {
    const isWanted = request.assetPairs === undefined || wanted.has(assetPair.canonical);
    const range = lookedAt(hull, request.range, timeframe, nowMs);
    if (!isWanted || range === undefined) return [];
    const missingElsewhere = unionOf(
      all.flatMap((other, at) =>
        at !== index && other.isMock === isMock && other.assetPair.kind === assetPair.kind
          ? (missing[at] ?? [])
          : [],
      ),
    );
    const state = {
      assetPair,
      timeframe,
      stored,
      covered,
      confirmed,
      missingElsewhere,
      rejected: rejected.get(`${keyOf(assetPair.canonical, isMock)} ${timeframe}`),
    };
    const gaps = findGaps(state, range);
    const expectedBars = countAll(openBars(assetPair, timeframe, range), timeframe);
    const missingCount = gaps.reduce((sum, gap) => sum + gap.missingBars, 0);
    const storedBars = expectedBars - missingCount;
    return [{ assetPair, timeframe, isMock, table, range, expectedBars, storedBars, gaps, stored }];
  });
}

/** The bars of each series as ranges of adjoining ones: worked out where the rows are, not here. */
async function storedSeries(lake: DeltaLakeManager, timeframe: Timeframe): Promise<StoredSeries[]> {
  const stepMs = timeframeMs(timeframe);
  const answer = await lake.query(`
    SELECT asset_pair, is_mock, min(open_ms)::BIGINT AS first_ms, max(open_ms)::BIGINT AS last_ms
    FROM (
      SELECT *, open_ms - ${stepMs} * row_number() OVER (PARTITION BY asset_pair, is_mock ORDER BY open_ms) AS island
      FROM (SELECT DISTINCT asset_pair, is_mock, epoch_ms(timestamp) AS open_ms FROM ${marketDataTable(timeframe)})
    )
    GROUP BY asset_pair, is_mock, island ORDER BY asset_pair, is_mock, first_ms`);
  const ranges = new Map<string, { assetPair: AssetPair; isMock: boolean; stored: TimeRange[] }>();
  for await (const batch of answer.batches) {
    for (const row of batch.toRows()) {
      const isMock = row["is_mock"] === true;
      const key = keyOf(String(row["asset_pair"]), isMock);
      const series = ranges.get(key) ?? {
        assetPair: AssetPair.parse(String(row["asset_pair"])),
        isMock,
        stored: [],
      };
      series.stored.push({ startMs: Number(row["first_ms"]), endMs: Number(row["last_ms"]) + stepMs });
      ranges.set(key, series);
    }
  }
  return [...ranges.values()].map((series) => ({ ...series, stored: unionOf(series.stored) }));
}

/** The bars of dead letters, by series and timeframe. */
async function rejectedBars(deadLetters: DeadLetterQueue): Promise<ReadonlyMap<string, RangeSet>> {
  const ranges = new Map<string, TimeRange[]>();
  for await (const { letter } of deadLetters.read()) {
    const { asset_pair: assetPair, timeframe, provider } = letter.context;
    const step = timeframes.find((known) => known === timeframe);
    if (step === undefined) continue;
    const key = `${keyOf(assetPair, provider === "demo")} ${timeframe}`;
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
