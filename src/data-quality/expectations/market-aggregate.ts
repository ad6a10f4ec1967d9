import { quoteName } from "finance-feedback-delta";
import * as z from "zod";

import { timeframeMs, timeframes } from "../../market/timeframe.ts";
import { define } from "./expectation.ts";
import type { ExpectationDefinition } from "./expectation.ts";
import { listed, newestOf } from "./market-series.ts";

/**
 * Bars equal the aggregates of a finer table's bars, when it has all of them: the first open, the highest high, the lowest low,
 * the last close, each within a share of the price. The newest version of each bar counts.
 */
export const aggregateExpectation: ExpectationDefinition = define(
  "expect_bars_to_equal_aggregate_of",
  {
    finer_table: z.string(),
    timeframe: z.enum(timeframes),
    finer_timeframe: z.enum(timeframes),
    tolerance: z.number().min(0).default(0),
  },
  ({ finer_table: finer, timeframe, finer_timeframe: finerTimeframe, tolerance }, batch) => {
    for (const name of ["asset_pair", "source_provider", "timestamp", "_extracted_at", ...prices])
      batch.sql(name);
    const size = timeframeMs(timeframe);
    const differs = prices.map((name) => `abs(b.${name} - a.${name}) > ${tolerance} * abs(b.${name})`);
    const shown = prices.map((name) => `b.${name} AS ${name}, a.${name} AS aggregated_${name}`);
    const table = finer.split(".").map(quoteName).join(".");
    return {
      kind: "rows",
      sql: (source) => `
        SELECT b.asset_pair, b.source_provider, b."timestamp", ${shown.join(", ")}
        FROM ${newest(source)} AS b
        JOIN (SELECT asset_pair, source_provider, epoch_ms("timestamp") // ${size} AS bucket,
                     arg_min(open, "timestamp") AS open, max(high) AS high, min(low) AS low, arg_max(close, "timestamp") AS close
              FROM ${newest(table)} GROUP BY ALL HAVING count(*) = ${size / timeframeMs(finerTimeframe)}) AS a
          ON a.asset_pair = b.asset_pair AND a.source_provider = b.source_provider AND a.bucket = epoch_ms(b."timestamp") // ${size}
        WHERE ${differs.join(" OR ")} ORDER BY ALL`,
      judge: listed,
    };
  },
);

const prices = ["open", "high", "low", "close"] as const;

function newest(source: string): string {
  return newestOf(source, 'asset_pair, source_provider, "timestamp"', "_extracted_at");
}
