import * as z from "zod";

import { timeframeMs, timeframes } from "../../market/timeframe.ts";
import { define, mostlyShape } from "./expectation.ts";
import type { ExpectationDefinition } from "./expectation.ts";

const ohlcNames = {
  open: z.string().default("open"),
  high: z.string().default("high"),
  low: z.string().default("low"),
  close: z.string().default("close"),
} as const;

/** What a market desk expects beyond what tables in general have. Great Expectations has none of these. */
export const marketExpectations: readonly ExpectationDefinition[] = [
  /** low <= open <= high, low <= close <= high, all of them above zero. Rows without one of the four count as missing. */
  define(
    "expect_ohlc_to_be_sane",
    { ...ohlcNames, ...mostlyShape },
    ({ open, high, low, close, mostly }, batch) => {
      const names = [open, high, low, close];
      const [o = "", h = "", l = "", c = ""] = names.map((name) => batch.sql(name));
      return {
        kind: "map",
        columns: names,
        missing: names.map((name) => `${batch.sql(name)} IS NULL`).join(" OR "),
        // An infinite high is above all of them.
        unexpected: `NOT (${l} > 0 AND ${l} <= ${o} AND ${o} <= ${h} AND ${l} <= ${c} AND ${c} <= ${h} AND ${h} < 'Infinity'::DOUBLE)`,
        mostly,
      };
    },
  ),
  /** A bar's open is a whole number of its timeframe's lengths from the epoch, UTC. */
  define(
    "expect_timestamps_to_be_on_grid",
    { column: z.string().default("timestamp"), timeframe: z.enum(timeframes), ...mostlyShape },
    ({ column, timeframe, mostly }, batch) => ({
      kind: "map",
      columns: [column],
      missing: `${batch.sql(column)} IS NULL`,
      unexpected: `epoch_us(${batch.sql(column)}) % ${timeframeMs(timeframe) * 1000} <> 0`,
      mostly,
    }),
  ),
  /** Rows in a row, by time, of one series that have the same close: no longer than `max_run` of them. */
  define(
    "expect_no_stale_price_runs",
    {
      column: z.string().default("close"),
      time_column: z.string().default("timestamp"),
      series_columns: z.array(z.string()).default(["asset_pair", "source_provider"]),
      max_run: z.int().min(1).default(20),
    },
    ({ column, time_column: time, series_columns: series, max_run: longest }, batch) => {
      const [value, order] = [batch.sql(column), batch.sql(time)];
      const keys = series.map((name) => batch.sql(name)).join(", ");
      const partition = keys === "" ? "" : `PARTITION BY ${keys}`;
      const list = keys === "" ? "" : `${keys}, `;
      return {
        kind: "rows",
        sql: (source) => `
          SELECT ${list}min(t) AS first, max(t) AS last, any_value(v) AS value, count(*) AS bars
          FROM (SELECT *, row_number() OVER (${partition} ORDER BY t) - row_number() OVER (${keys === "" ? "PARTITION BY v" : `PARTITION BY ${keys}, v`} ORDER BY t) AS run
                FROM (SELECT ${list}${order} AS t, ${value} AS v FROM ${source} WHERE ${value} IS NOT NULL))
          GROUP BY ${list}v, run HAVING count(*) > ${longest} ORDER BY ALL`,
        judge: (rows) => ({
          success: rows.length === 0,
          observed_value: rows.length === 0 ? 0 : Math.max(...rows.map(({ bars }) => Number(bars))),
          counts: { unexpected_count: rows.length },
          unexpected_rows: rows,
        }),
      };
    },
  ),
];
