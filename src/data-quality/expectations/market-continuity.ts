import * as z from "zod";

import { timeframeMs } from "../../market/timeframe.ts";
import { barsThatStandApart } from "./continuity-sql.ts";
import type { ContinuityBars } from "./continuity-sql.ts";
import { define } from "./expectation.ts";
import type { ExpectationDefinition, Judgement } from "./expectation.ts";
import { contextOf, seriesShape } from "./market-series.ts";
import { faultsIn } from "./price-faults.ts";

/**
 * Prices go on where they stopped: no bar opens away from the close before it by a factor, and no high or low stands away from
 * its bar by another. That finds prices that are ten or a hundred times what they should be, in one bar or a stretch of them,
 * and a split that was not adjusted. A crash that trades its way down is none of these: its bars hang together.
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
    /** How many times the usual move of the series a jump has at least. */
    deviations: z.number().min(0).default(8),
    /** Bars before and behind by which the usual move is known. */
    window: z.int().min(1).default(50),
    /** Jumps that are known and right, such as a split that stays as it is. */
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
      // The first of them has no move.
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

/** What is asked for at most, whatever the limits are: so one query answers an error's limits and a warning's. */
const askedJump = 1.4;
const askedWick = 5;

const priceNames = ["open", "high", "low", "close"] as const;
