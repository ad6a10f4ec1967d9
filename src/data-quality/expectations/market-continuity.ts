import * as z from "zod";

import { quoteName } from "../sql.ts";
import { define } from "./expectation.ts";
import type { ExpectationDefinition, Judgement } from "./expectation.ts";
import { contextOf, keysOf, newestBars, seriesShape } from "./market-series.ts";
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
    /** Between a close and the next open: 3 finds what trebles, or falls to a third. */
    jump_factor: z.number().gt(1).default(3),
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
    const keys = keysOf(series, batch);
    const names = series.series_columns;
    const price = (name: string): string => `${batch.sql(name)}::DOUBLE`;
    const [o, h, l, c] = ["open", "high", "low", "close"].map(price);
    const time = batch.sql(series.time_column);
    const quoted = names.map(quoteName);
    const keysIn = (alias: string): string => quoted.map((name) => `${alias}.${name}`).join(", ");
    const sameSeries = (left: string, right: string): string =>
      quoted.map((name) => `${left}.${name} IS NOT DISTINCT FROM ${right}.${name}`).join(" AND ");
    const barsIn = (source: string, isNew: string): string => `
      SELECT *, row_number() OVER in_order AS place, lag(c) OVER in_order AS p, lag(t) OVER in_order AS before,
             lag(h / l) OVER in_order AS range_before, is_new OR coalesce(lag(is_new) OVER in_order, false) AS touches_new
      FROM (SELECT ${keys}, ${time} AS t, ${o} AS o, ${h} AS h, ${l} AS l, ${c} AS c, ${isNew} AS is_new
            FROM ${newestBars(source, series, batch)})
      WHERE least(o, h, l, c) > 0 AND greatest(o, h, l, c) < 'Infinity'
      WINDOW in_order AS (PARTITION BY ${keys} ORDER BY t)`;
    const stands = `greatest(o / p, p / o) >= ${Math.min(jump, askedJump)}
      OR greatest(h / greatest(o, c), least(o, c) / l) >= ${Math.min(wick, askedWick)}`;
    return {
      kind: "rows",
      // The first of them has no move.
      series: contextOf(series, window + 1, `least(${o}, ${h}, ${l}, ${c}) > 0`),
      probe: (source, isNew) => `SELECT 1 FROM (${barsIn(source, isNew)}) WHERE ${stands} LIMIT 1`,
      sql: (source, isNew) => `
        WITH bars AS NOT MATERIALIZED (${barsIn(source, isNew)}), found AS MATERIALIZED (
          SELECT *, coalesce(ln(o / p), 0) AS jump, greatest(ln(h / greatest(o, c)), ln(least(o, c) / l)) AS wick
          FROM bars WHERE ${stands} ORDER BY greatest(abs(jump), wick) DESC LIMIT ${foundMax}
        ), places AS (
          SELECT ${keys}, place, unnest(range(place - ${window}, place + ${window} + 1)) AS other FROM found
        ), usual AS (
          SELECT ${keysIn("q")}, q.place,
                 list_sort(list(abs(ln(b.c / b.p))) FILTER (b.place <> q.place AND b.p IS NOT NULL)) AS moves,
                 median(ln(b.h / b.l)) FILTER (b.place <> q.place) AS usual_range
          FROM places AS q JOIN bars AS b ON ${sameSeries("b", "q")} AND b.place = q.other
          GROUP BY ALL
        )
        SELECT ${keysIn("f")},
               to_json([${quoted.map((name) => `f.${name}::VARCHAR`).join(", ")}])::VARCHAR AS series, f.place,
               f.t AS "timestamp", f.before, f.o AS open, f.h AS high, f.l AS low, f.c AS "close", f.p AS previous_close,
               f.jump, f.wick, ln(f.h / f.l) AS own_range, ln(f.range_before) AS range_before, f.touches_new,
               epoch_ms(f.t) - epoch_ms(f.before) AS elapsed,
               -- The largest of the others may be the way back from this jump.
               len(u.moves) - 1 AS others, list_median(u.moves[:-2]) AS usual_move, u.usual_range
        FROM found AS f LEFT JOIN usual AS u ON ${sameSeries("f", "u")} AND f.place = u.place
        ORDER BY series, f.place`,
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
/** The farthest jumps that are looked at: a table of anything but prices has one at each row. */
const foundMax = 10_000;
