/**
 * The indicator columns of `market_data_enriched` by the kernels of `src/indicators`, series by series. Pure: bars come in as
 * typed columns, columns and states go out.
 */
import { ownMember } from "finance-feedback-delta/contract";

import type { AnyStream } from "../../indicators/all-indicators.ts";
import { doublesOf, partOf } from "./bar-series.ts";
import type { BarSeries } from "./bar-series.ts";
import { addObv, firstObv } from "./exact-obv.ts";
import type { ObvState } from "./exact-obv.ts";
import { indicatorRuns } from "./indicator-columns.ts";
import type { IndicatorRun } from "./indicator-columns.ts";
import type { IndicatorOptions } from "./indicator-options.ts";
import { readState, unusable, writeState } from "./saved-state.ts";
import type { SeriesState } from "./saved-state.ts";

/** A state is saved behind every bar whose `bar_seq` ends such a stretch: a late bar replays at most so many bars. */
export const stretchBars = 1024;

/** One value for each bar. */
export interface IndicatorSeries {
  /** By column; NaN where a value is null. */
  readonly doubles: ReadonlyMap<string, Float64Array>;
  /** Unscaled values of decimal(38,8). */
  readonly obv: readonly (bigint | null)[];
  /** `_indicator_state`. */
  readonly state: readonly (string | null)[];
}

/**
 * Runs all indicators over the bars of one series. It begins at the series' first bar, or goes on behind the first of these
 * bars, whose own columns stay null then.
 *
 * @throws IndicatorError `INVALID_STATE` when bars go on from a state that does not fit.
 */
export function computeIndicators(series: BarSeries, options: IndicatorOptions): IndicatorSeries {
  const runs = indicatorRuns(options);
  const { length } = series.close;
  const names = runs.flatMap(({ columns }) => Object.keys(columns));
  const doubles = new Map(names.map((column) => [column, new Float64Array(length).fill(Number.NaN)]));
  const obv = Array<bigint | null>(length).fill(null);
  const state = Array<string | null>(length).fill(null);

  const begin = beginning(series, runs);
  const bars = doublesOf(series);
  let sum = begin.obv;
  let at = series.firstSeq === 0 ? 0 : 1;
  while (at < length) {
    const seq = series.firstSeq + at;
    const end = Math.min(length, at + stretchBars - (seq % stretchBars));
    const stretch = partOf(bars, at, end);
    for (const { name, columns } of runs) {
      const values = begin.streams.get(name)?.updateBars(stretch) ?? {};
      for (const [column, output] of Object.entries(columns))
        doubles.get(column)?.set(ownMember(values, output) ?? [], at);
    }
    sum = fillObv(obv, series, at, end, sum);
    const barSeq = series.firstSeq + end - 1;
    if ((barSeq + 1) % stretchBars === 0)
      state[end - 1] = writeState({ barSeq, obv: sum, streams: begin.streams });
    at = end;
  }
  return { doubles, obv, state };
}

/** What the indicators remember when the first bar comes. */
function beginning(series: BarSeries, runs: readonly IndicatorRun[]): SeriesState {
  const { name, firstSeq, savedState } = series;
  if (firstSeq === 0) {
    const streams = runs.map((run): readonly [string, AnyStream] => [
      run.name,
      run.indicator.stream(run.options),
    ]);
    return { barSeq: -1, obv: firstObv, streams: new Map(streams) };
  }
  if (savedState === null) throw unusable(name, `at bar ${firstSeq} is missing`);
  const saved = readState(name, savedState, runs);
  if (saved.barSeq !== firstSeq) throw unusable(name, `is of bar ${saved.barSeq}, not of bar ${firstSeq}`);
  return saved;
}

function fillObv(
  obv: (bigint | null)[],
  { close, volume }: BarSeries,
  start: number,
  end: number,
  before: ObvState,
): ObvState {
  let state = before;
  for (let index = start; index < end; index++) {
    const next = addObv(state, { close: close[index] ?? 0n, volume: volume[index] ?? null });
    obv[index] = next.value;
    state = next.state;
  }
  return state;
}
