import * as z from "zod";

import { timeframeMs } from "../../market/timeframe.ts";
import { barsThatStandApart } from "./continuity-sql.ts";
import type { ContinuityBars } from "./continuity-sql.ts";
import { define } from "./expectation.ts";
import type { ExpectationDefinition, Judgement } from "./expectation.ts";
import { contextOf, seriesShape } from "./market-series.ts";
import { faultsIn } from "./price-faults.ts";

/**
 * Prices go on where they stopped: no bar opens away from the close before it by a factor, and no high or low is away from its
 * bar by another factor. That finds prices that are ten or a hundred times too high or low, in one bar or in a stretch, and an
 * unadjusted split. A crash passes: each of its bars opens near the close before.
 *
 * How far is too far also follows from the series itself: `price-faults.ts` says how.
 */
export const continuityExpectation: ExpectationDefinition = define(
  "expect_prices_to_be_continuous",
  {
    ...seriesShape,
    /** Between a close and the next open: 2.5 finds splits of three, although prices move overnight as well. */
    jump_factor: z.number().gt(1).default(2.5),
    /** Between a high or a low and the rest of its bar. */
    wick_factor: z.number().gt(1).default(50),
    /** A jump is at least so many times the usual move of its series. */
    deviations: z.number().min(0).default(8),
    /** How many bars before and behind give the usual move. */
    window: z.int().min(1).default(50),
    /** Jumps that are right, such as a split that stays unadjusted. */
    explained: z
      .array(
        z.strictObject({
          asset_pair: z.string(),
          start: z.iso.datetime(),
          end: z.iso.datetime(),
        }),
      )
      .default([]),
  },
  ({ jump_factor: jump, wick_factor: wick, deviations, window, explained, ...series }, batch) => {
    const types = new Set(priceNames.map((name) => batch.find(name)?.type));
    const { version_column: version } = series;
    const bars: ContinuityBars = {
      keys: series.series_columns.map((name) => batch.sql(name)),
      time: batch.sql(series.time_column),
      version: batch.find(version) === undefined ? undefined : batch.sql(version),
      prices: priceNames.map((name) => batch.sql(name)),
      areComparable: types.size === 1 && batch.isDecimal("open"),
      barUs: series.timeframe === undefined ? undefined : timeframeMs(series.timeframe) * 1000,
    };
    return {
      kind: "rows",
      // The first bar has no move.
      series: contextOf(
        series,
        window + 1,
        `least(${bars.prices.map((one) => `${one}::DOUBLE`).join(", ")}) > 0`,
      ),
      sql: (source, isNew) =>
        barsThatStandApart(bars, source, isNew, {
          jump: Math.min(jump, askedJump),
          wick: Math.min(wick, askedWick),
          window,
        }),
      judge: (rows): Judgement => {
        const faults = faultsIn(rows, { jump, wick, deviations, explained });
        return {
          success: faults.length === 0,
          observed_value: faults.length,
          counts: { unexpected_count: faults.length },
          unexpected_rows: faults,
        };
      },
    };
  },
);

/** The smallest limits of a query, so that one serves the limits of an error and of a warning. */
const askedJump = 1.4;
const askedWick = 5;

const priceNames = ["open", "high", "low", "close"] as const;
