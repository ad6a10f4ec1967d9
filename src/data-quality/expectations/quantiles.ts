import * as z from "zod";

import { columnShape, define } from "./expectation.ts";
import type { ExpectationDefinition } from "./expectation.ts";

const interpolations = ["nearest", "lower", "higher", "midpoint", "linear"] as const;
type Interpolation = (typeof interpolations)[number];
const range = z.tuple([z.number().nullable(), z.number().nullable()]);

/**
 * Quantiles of a column's values, each within its own range. The quantile q of n values in order lies at q * (n - 1), counted
 * from 0. Between two values the nearest counts, or the even place when both are as near, unless `allow_relative_error` names
 * another rule.
 *
 * Source: pandas.Series.quantile and its `interpolation`, which Great Expectations uses.
 */
export const quantileExpectation: ExpectationDefinition = define(
  "expect_column_quantile_values_to_be_between",
  {
    ...columnShape,
    quantile_ranges: z
      .strictObject({
        quantiles: z.array(z.number().min(0).max(1)).min(1),
        value_ranges: z.array(range),
      })
      .refine(({ quantiles, value_ranges: ranges }) => quantiles.length === ranges.length, {
        message: "there has to be a range for each quantile",
      }),
    allow_relative_error: z.union([z.literal(false), z.enum(interpolations)]).default(false),
  },
  (
    { column, quantile_ranges: { quantiles, value_ranges: ranges }, allow_relative_error: wanted },
    batch,
  ) => ({
    kind: "rows",
    sql: (source) => {
      const at = (index: number, place: string): string =>
        `max(CASE WHEN i = ${place}(${quantiles[index]} * last) THEN v END)`;
      const picked = quantiles.map(
        (_, index) => `${at(index, "floor")} AS low${index}, ${at(index, "ceil")} AS high${index}`,
      );
      return `SELECT any_value(last) AS last, ${picked.join(", ")}
        FROM (SELECT v, row_number() OVER (ORDER BY v) - 1 AS i, count(*) OVER () - 1 AS last
              FROM (SELECT ${batch.sql(column)}::DOUBLE AS v FROM ${source} WHERE ${batch.sql(column)} IS NOT NULL))`;
    },
    judge: ([row = {}]) => {
      const found = quantiles.map((quantile, index) =>
        between(row[`low${index}`], row[`high${index}`], quantile * Number(row["last"]), wanted || "nearest"),
      );
      const details = found.map((value, index) => {
        const [low, high] = ranges[index] ?? [null, null];
        return value !== null && (low === null || value >= low) && (high === null || value <= high);
      });
      return {
        success: details.every(Boolean),
        observed_value: { quantiles, values: found },
        details: { success_details: details },
      };
    },
  }),
);

/** The quantile, from the values below and above its place. */
function between(lowValue: unknown, highValue: unknown, place: number, how: Interpolation): number | null {
  if (typeof lowValue !== "number" || typeof highValue !== "number") return null;
  const share = place - Math.floor(place);
  switch (how) {
    case "lower":
      return lowValue;
    case "higher":
      return highValue;
    case "midpoint":
      return (lowValue + highValue) / 2;
    case "linear":
      return lowValue + (highValue - lowValue) * share;
    case "nearest": {
      const isTie = share === 0.5;
      const isLow = isTie ? Math.floor(place) % 2 === 0 : share < 0.5;
      return isLow ? lowValue : highValue;
    }
  }
}
