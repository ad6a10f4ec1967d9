import { isObject } from "finance-feedback-delta/contract";
import * as z from "zod";

import { IndicatorError } from "../../indicators/indicator-error.ts";
import type { AnyStream } from "../../indicators/all-indicators.ts";
import type { IndicatorRun } from "./indicator-columns.ts";
import type { ObvState } from "./exact-obv.ts";

/** What all indicators of a series remember behind one bar. */
export interface SeriesState {
  readonly barSeq: number;
  readonly obv: ObvState;
  /** By the name of the run. */
  readonly streams: ReadonlyMap<string, AnyStream>;
}

/** Grows when the text is written in another way. */
const format = 1;

const savedState = z.object({
  format: z.literal(format),
  bar_seq: z.int(),
  obv: z.object({ sum: z.string().regex(/^-?\d+$/), close: z.string().regex(/^\d+$/) }),
  indicators: z.array(
    z.object({
      name: z.string(),
      indicator: z.string(),
      layout: z.number(),
      options: z.custom<object>((value) => isObject(value)),
      memory: z.string(),
    }),
  ),
});

/** The text of `_indicator_state`. */
export function writeState({ barSeq, obv, streams }: SeriesState): string {
  return JSON.stringify({
    format,
    bar_seq: barSeq,
    obv: { sum: String(obv.sum), close: String(obv.close ?? "") },
    indicators: [...streams].map(([name, stream]) => ({ name, ...stream.save() })),
  });
}

/**
 * Brings back what was saved.
 *
 * @throws IndicatorError `INVALID_STATE` when it is of another bar, of other periods, or of a release that keeps something else.
 */
export function readState(series: string, text: string, runs: readonly IndicatorRun[]): SeriesState {
  const saved = savedState.safeParse(parsed(text));
  if (!saved.success) throw unusable(series, "is not what this release writes");
  const { bar_seq: barSeq, obv, indicators } = saved.data;
  const streams = runs.map(({ name, indicator, options }): readonly [string, AnyStream] => {
    const state = indicators.find((one) => one.name === name);
    if (state === undefined) throw unusable(series, `has nothing of ${name}`);
    const wanted = indicator.stream(options).save().options;
    if (JSON.stringify(state.options) !== JSON.stringify(wanted))
      throw unusable(series, `is of other periods of ${name}`);
    return [name, indicator.resume(state)];
  });
  return { barSeq, obv: { sum: BigInt(obv.sum), close: BigInt(obv.close) }, streams: new Map(streams) };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

export function unusable(series: string, problem: string): IndicatorError {
  return new IndicatorError(
    "INVALID_STATE",
    `The saved state of ${series} ${problem}. Compute the table anew: ffe transform run --select market_data_enriched --full-refresh`,
  );
}
