import type { AssetPair } from "../../market/asset-pair.ts";
import { countAll, openBars } from "../../market/open-bars.ts";
import type { BarSchedule } from "../../market/open-bars.ts";
import { unionOf, without } from "../../market/range-set.ts";
import type { RangeSet } from "../../market/range-set.ts";
import { formatInstant } from "../../market/time-range.ts";
import type { TimeRange } from "../../market/time-range.ts";
import { timeframeMs } from "../../market/timeframe.ts";
import { titleOf } from "../../providers/provider.ts";
import type { MarketDataProvider } from "../../providers/provider.ts";
import type { EmptyAnswers } from "../../bronze/empty-answers.ts";
import { IngestionError } from "../../bronze/ingestion-error.ts";
import { planPieces } from "./provider-pieces.ts";
import type { PlanPiece } from "./provider-pieces.ts";
import type { AnsweredWindow } from "./rejected-stretches.ts";

/** Fewer bars than this in a row are a quiet time of the market, not a history that a provider lacks. */
const emptyBarsMin = 5;

/**
 * What some windows were answered without a bar: whole windows, with the silence beside them. A market's closed hours are
 * no silence.
 */
export function emptyStretches(windows: readonly AnsweredWindow[], schedule: BarSchedule): RangeSet {
  const silent = windows.filter(({ rows, rejected }) => rows.length + rejected.length === 0);
  const [first, last] = [windows[0], windows.at(-1)];
  if (silent.length === 0 || first === undefined || last === undefined) return [];
  const barMs = timeframeMs(schedule.timeframe);
  const heard = windows.flatMap(({ rows, rejected }) =>
    [...rows.map(({ candle }) => candle.openTimeMs), ...rejected.flatMap((row) => row.openTimeMs ?? [])].map(
      (openTimeMs) => ({ startMs: openTimeMs, endMs: openTimeMs + barMs }),
    ),
  );
  const all = { startMs: first.window.startMs, endMs: last.window.endMs };
  return without(all, unionOf(heard)).filter(
    (stretch) =>
      silent.some(({ window }) => window.startMs < stretch.endMs && window.endMs > stretch.startMs) &&
      isLong(stretch, schedule),
  );
}

/** What each provider in turn is still to be asked of what others answered without a bar. */
export function unaskedPieces(
  { assetPair, schedule }: { readonly assetPair: AssetPair; readonly schedule: BarSchedule },
  { open, byProvider }: EmptyAnswers,
  providers: readonly MarketDataProvider[],
  isChain: boolean,
  nowMs: number,
): readonly PlanPiece[] {
  const pieces: PlanPiece[] = [];
  let left = open;
  for (const provider of providers) {
    const asked = byProvider.get(provider.name) ?? [];
    const wanted = left.flatMap((range) => without(range, asked)).filter((range) => isLong(range, schedule));
    if (wanted.length === 0) continue;
    try {
      const own = planPieces(assetPair, schedule.timeframe, wanted, [provider], nowMs, isChain).pieces;
      pieces.push(...own.map((piece) => ({ ...piece, isSecondOpinion: isChain })));
      const served = unionOf(own.map(({ range }) => range));
      left = left.flatMap((range) => without(range, served));
    } catch (error) {
      // It cannot serve the series at all: the next one is asked.
      if (!(error instanceof IngestionError)) throw error;
    }
  }
  return pieces.toSorted((one, other) => one.range.startMs - other.range.startMs);
}

/** For the user: what is asked again, although it was answered. */
export function secondOpinionNote(
  series: string,
  pieces: readonly PlanPiece[],
  providers: readonly MarketDataProvider[],
): string {
  const ranges = unionOf(pieces.map(({ range }) => range)).map(
    ({ startMs, endMs }) => `${formatInstant(startMs)} to ${formatInstant(endMs)}`,
  );
  const names = providers
    .filter(({ name }) => pieces.some(({ provider }) => provider === name))
    .map(titleOf)
    .join(" and ");
  return `${series}: ${ranges.join(", ")} was answered without a bar; ${names} asked for it too`;
}

/** The same answers, with what one more provider answered without a bar. */
export function withEmptyAnswer(
  { byProvider }: EmptyAnswers,
  provider: string,
  empty: RangeSet,
): EmptyAnswers {
  const known = byProvider.get(provider) ?? [];
  return { open: empty, byProvider: new Map([...byProvider, [provider, unionOf([...known, ...empty])]]) };
}

function isLong(range: TimeRange, schedule: BarSchedule): boolean {
  return countAll(openBars(schedule, range), schedule.timeframe) >= emptyBarsMin;
}
