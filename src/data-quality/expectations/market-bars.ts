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

/** What has to hold of each bar alone. */
export const barExpectations: readonly ExpectationDefinition[] = [
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
];
