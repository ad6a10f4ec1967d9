import * as z from "zod";

import { AssetPair } from "../../market/asset-pair.ts";
import { countAll, openBars } from "../../market/open-bars.ts";
import { without } from "../../market/range-set.ts";
import type { RangeSet } from "../../market/range-set.ts";
import type { TimeRange } from "../../market/time-range.ts";
import { floorToTimeframe, timeframeMs, timeframes } from "../../market/timeframe.ts";
import { define } from "./expectation.ts";
import type { ExpectationDefinition } from "./expectation.ts";
import { listed, realBars } from "./market-series.ts";

const shape = {
  time_column: z.string().default("timestamp"),
  asset_column: z.string().default("asset_pair"),
  timeframe: z.enum(timeframes),
} as const;

/** How far back the newest bar of a market that is closed is looked for. */
const closedAtMostMs = 14 * 86_400_000;

/** What has to hold of bars by the calendar of their market. */
export const calendarExpectations: readonly ExpectationDefinition[] = [
  /**
   * Each asset has every bar that was over `max_lag_seconds` ago: five minutes when left out. While a market is closed nothing
   * new is expected of it. Made-up bars count only for an asset that has no others.
   */
  define(
    "expect_bars_to_be_fresh",
    { ...shape, max_lag_seconds: z.number().min(0).default(300) },
    ({ time_column: time, asset_column: asset, timeframe, max_lag_seconds: lag }, batch) => ({
      kind: "rows",
      sql: (source) =>
        `SELECT ${batch.sql(asset)} AS asset, epoch_ms(max(${batch.sql(time)})) AS newest FROM ${realBars(source, batch.sql(asset), batch)} GROUP BY asset ORDER BY asset`,
      judge: (rows) => {
        const nowMs = batch.now.getTime();
        const late = rows.flatMap(({ asset: name, newest }) => {
          const assetPair = AssetPair.parse(String(name));
          const dueMs = newestDue(assetPair, timeframe, nowMs - lag * 1000);
          if (dueMs === undefined || Number(newest) >= dueMs) return [];
          const overMs = Number(newest) + timeframeMs(timeframe);
          return [
            {
              asset_pair: name,
              newest_bar: instant(Number(newest)),
              expected_bar: instant(dueMs),
              lag_seconds: Math.round((nowMs - overMs) / 1000),
            },
          ];
        });
        return { ...listed(late), success: late.length === 0 && rows.length > 0 };
      },
    }),
  ),
  /**
   * Between the first and the last bar of an asset no more than `max_missing_bars` are missing while its market was open, made-up
   * ones not counted where there are others.
   * What is known to have no bars, an outage of the exchange say, can be named in `explained`.
   */
  define(
    "expect_no_unexplained_gaps",
    {
      ...shape,
      max_missing_bars: z.int().min(0).default(0),
      explained: z
        .array(z.strictObject({ asset_pair: z.string(), start: z.iso.datetime(), end: z.iso.datetime() }))
        .default([]),
    },
    ({ time_column: time, asset_column: asset, timeframe, max_missing_bars: most, explained }, batch) => ({
      kind: "rows",
      sql: (source) => `
        SELECT asset, epoch_ms(before) AS last_before, epoch_ms(t) AS first_after
        FROM (SELECT asset, t, lag(t) OVER (PARTITION BY asset ORDER BY t) AS before
              FROM (SELECT DISTINCT ${batch.sql(asset)} AS asset, ${batch.sql(time)} AS t FROM ${realBars(source, batch.sql(asset), batch)}))
        WHERE epoch_ms(t) - epoch_ms(before) > ${timeframeMs(timeframe)} ORDER BY asset, t`,
      judge: (rows) => {
        const gaps = rows.flatMap(({ asset: name, last_before: before, first_after: after }) => {
          const known: RangeSet = explained
            .filter(({ asset_pair: pair }) => pair === name)
            .map(({ start, end }) => ({ startMs: Date.parse(start), endMs: Date.parse(end) }));
          const range = { startMs: Number(before) + timeframeMs(timeframe), endMs: Number(after) };
          return missingRanges(AssetPair.parse(String(name)), timeframe, range, known).map((missing) => ({
            asset_pair: name,
            start: instant(missing.startMs),
            end: instant(missing.endMs),
            missing_bars: countAll([missing], timeframe),
          }));
        });
        const bars = gaps.reduce((sum, gap) => sum + gap.missing_bars, 0);
        return { ...listed(gaps), success: bars <= most, observed_value: bars };
      },
    }),
  ),
];

function missingRanges(
  assetPair: AssetPair,
  timeframe: (typeof timeframes)[number],
  range: TimeRange,
  known: RangeSet,
): RangeSet {
  return openBars(assetPair, timeframe, range).flatMap((open) => without(open, known));
}

/** The open of the last bar that was over by then, while the market was open. */
function newestDue(
  assetPair: AssetPair,
  timeframe: (typeof timeframes)[number],
  byMs: number,
): number | undefined {
  const range = { startMs: byMs - closedAtMostMs, endMs: floorToTimeframe(byMs, timeframe) };
  const last = openBars(assetPair, timeframe, range).at(-1);
  return last === undefined ? undefined : last.endMs - timeframeMs(timeframe);
}

function instant(ms: number): string {
  return new Date(ms).toISOString();
}
