import { timeframeMs } from "../../market/timeframe.ts";
import { firstFrom, lastOverBy, unionOf } from "../../market/range-set.ts";
import type { RangeSet } from "../../market/range-set.ts";
import type { MarketDataProvider } from "../../providers/provider.ts";
import type { Gap } from "./gaps.ts";
import type { SeriesGaps } from "./gap-report.ts";
import { noEmptyAnswers } from "../../bronze/empty-answers.ts";
import { IngestionError } from "../../bronze/ingestion-error.ts";
import { planPieces } from "../fetch/provider-pieces.ts";
import type { PlanPiece } from "../fetch/provider-pieces.ts";
import { expectedBars } from "../fetch/series-plan.ts";
import type { SeriesPlan } from "../fetch/series-plan.ts";

/** Gaps with no more bars between them are asked for together: a page has room for them. */
const barsBetweenMax = 250;

/** What a repair can do about one series. */
export interface SeriesRepair {
  /** Empty when nothing is missing, when all of it is confirmed, or when no provider can be asked. */
  readonly plan: SeriesPlan | undefined;
  /** Gaps that are not asked for, and why. */
  readonly notes: readonly string[];
  /** How many they are. */
  readonly gapsNotAskedFor: number;
}

/** Who can be asked. */
export interface RepairCandidates {
  readonly all: readonly MarketDataProvider[];
  /** Those for a series without bars. */
  readonly usual: readonly MarketDataProvider[];
  /** The user named the provider, which is then asked for everything. */
  readonly isChosen: boolean;
  /** What keeps a source of bars from being asked. */
  readonly whyNot: (source: string) => string;
}

/**
 * Plans to ask again for what a series lacks: unless the user named a provider, each gap of the providers that the bars
 * beside it came from, since bars of another one would not be the same series.
 */
export function planRepair(
  report: SeriesGaps,
  { all, usual, isChosen, whyNot }: RepairCandidates,
  nowMs: number,
): SeriesRepair {
  const { assetPair, timeframe } = report;
  const open = report.gaps.filter(({ isConfirmed, kind }) => !isConfirmed && kind !== "calendar_unknown");
  const notes: string[] = [];
  const pieces: PlanPiece[] = [];
  const asked: Gap[] = [];
  let gapsNotAskedFor = 0;
  for (const { sources, gaps } of bySources(report, open)) {
    const able = isChosen || sources.length === 0 ? usual : all.filter(({ name }) => sources.includes(name));
    const series = `${assetPair.canonical} ${timeframe}: ${gaps.length} ${gaps.length === 1 ? "gap" : "gaps"}`;
    if (able.length === 0) {
      gapsNotAskedFor += gaps.length;
      notes.push(
        `${series} beside bars of ${sources.join(" and ")} not asked for: ${sources.map(whyNot).join("; ")}`,
      );
      continue;
    }
    try {
      const wanted = joined(
        gaps.map(({ range }) => range),
        barsBetweenMax * timeframeMs(timeframe),
      );
      const planned = planPieces(assetPair, timeframe, wanted, able, nowMs);
      pieces.push(...planned.pieces);
      notes.push(...planned.notes);
      asked.push(...gaps);
    } catch (error) {
      if (!(error instanceof IngestionError) || isChosen) throw error;
      gapsNotAskedFor += gaps.length;
      notes.push(`${series} not asked for: ${error.message}`);
    }
  }
  if (pieces.length === 0) return { plan: undefined, notes, gapsNotAskedFor };
  const ordered = pieces.toSorted((one, other) => one.range.startMs - other.range.startMs);
  const plan = {
    assetPair,
    timeframe,
    range: {
      startMs: ordered[0]?.range.startMs ?? nowMs,
      endMs: Math.max(...ordered.map(({ range }) => range.endMs)),
    },
    pieces: ordered,
    expectedRows: asked.reduce((sum, { range }) => sum + expectedBars(report.schedule, range), 0),
    schedule: report.schedule,
    emptyAnswers: noEmptyAnswers,
    watermarkMs: undefined,
    tableVersion: undefined,
    notes,
  };
  return { plan, notes, gapsNotAskedFor };
}

interface GapsOfSources {
  /** The providers of the bars before and behind; none where no bars are stored. */
  readonly sources: readonly string[];
  readonly gaps: readonly Gap[];
}

function bySources({ sources: runs }: SeriesGaps, gaps: readonly Gap[]): GapsOfSources[] {
  const groups = new Map<string, { sources: readonly string[]; gaps: Gap[] }>();
  for (const gap of gaps) {
    const before = lastOverBy(runs, gap.range.startMs)?.last;
    const behind = firstFrom(runs, gap.range.endMs)?.first;
    const sources = [...new Set([before, behind])].flatMap((source) => source ?? []);
    const key = sources.join(" ");
    const group = groups.get(key) ?? { sources, gaps: [] };
    group.gaps.push(gap);
    groups.set(key, group);
  }
  return [...groups.values()];
}

/** Ranges as one where the way between them is not longer than this. */
function joined(ranges: RangeSet, betweenMs: number): RangeSet {
  return unionOf(ranges.map(({ startMs, endMs }) => ({ startMs, endMs: endMs + betweenMs }))).map(
    ({ startMs, endMs }) => ({ startMs, endMs: endMs - betweenMs }),
  );
}
