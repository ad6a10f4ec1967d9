import * as z from "zod";

import { AssetPair } from "../../market/asset-pair.ts";
import { newestBarWithinMs, newestDueBar, stretchMs, stretchesFrom } from "../../market/newest-due-bar.ts";
import { countAll, missingBars } from "../../market/open-bars.ts";
import type { BarSchedule } from "../../market/open-bars.ts";
import { unionOf, within, without } from "../../market/range-set.ts";
import type { RangeSet } from "../../market/range-set.ts";
import { timeframeMs, timeframes } from "../../market/timeframe.ts";
import { define } from "./expectation.ts";
import type { ExpectationDefinition } from "./expectation.ts";
import { listed, madeUp, realBars } from "./market-series.ts";
import { dayMs } from "../../market/durations.ts";

const shape = {
  time_column: z.string().default("timestamp"),
  asset_column: z.string().default("asset_pair"),
  timeframe: z.enum(timeframes),
} as const;

/** Expectations about bars by the calendar of their market. */
export const calendarExpectations: readonly ExpectationDefinition[] = [
  /**
   * Each asset has every bar that was over `max_lag_seconds` ago: five minutes when left out. No bar is expected while a market
   * is closed, or in extended hours without any bars. An asset whose calendar is unknown is not judged, and the result names
   * it. Made-up bars count only for an asset that has no others.
   */
  define(
    "expect_bars_to_be_fresh",
    { ...shape, max_lag_seconds: z.number().min(0).default(300) },
    ({ time_column: time, asset_column: asset, timeframe, max_lag_seconds: lag }, batch) => ({
      kind: "rows",
      // Bars behind the new rows count as well: history that is fetched late makes no asset stale.
      series: {
        key: [asset],
        time,
        bars: 0,
        reachMs: undefined,
        sinceMs: batch.now.getTime() - newestBarWithinMs,
      },
      sql: (source, isNew) =>
        `SELECT ${batch.sql(asset)} AS asset, epoch_ms(max(${batch.sql(time)})) AS newest,
          list(DISTINCT epoch_ms(${batch.sql(time)}) // ${stretchMs}) FILTER (epoch_ms(${batch.sql(time)}) >= ${batch.now.getTime() - newestBarWithinMs}) AS stretches
         FROM ${realBars(source, batch.sql(asset), batch)}
         WHERE ${batch.sql(asset)} IN (SELECT ${batch.sql(asset)} FROM ${source} WHERE ${isNew})
         GROUP BY asset ORDER BY asset`,
      judge: (rows) => {
        const nowMs = batch.now.getTime();
        const unknown: string[] = [];
        const late = rows.flatMap(({ asset: name, newest, stretches }) => {
          const assetPair = AssetPair.parse(String(name));
          const schedule = batch.calendars.scheduleSeen(
            assetPair,
            timeframe,
            stretchesFrom(stretches, timeframe),
          );
          const { known } = schedule.calendar;
          if (nowMs < known.startMs || nowMs >= known.endMs) unknown.push(assetPair.canonical);
          const dueMs = newestDueBar(schedule, nowMs - lag * 1000);
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
        const judgement = listed(late);
        const counts = unknown.length === 0 ? {} : { calendar_unknown: unknown };
        return {
          ...judgement,
          success: late.length === 0 && rows.length > 0,
          counts: { ...judgement.counts, ...counts },
        };
      },
    }),
  ),
  /**
   * Between the first and the last bar of an asset at most `max_missing_bars` are missing while its market was open. Made-up bars
   * count only for an asset that has no others. If the calendar of its market is unknown, no bar counts as missing.
   * `explained` names times that are known to have no bars, such as an outage of the exchange.
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
      series: {
        key: [asset],
        time,
        // Two weeks of them tell the hours of a stock.
        bars: Math.ceil(sessionsSeenMs / timeframeMs(timeframe)),
        kinds: madeUp(batch) === undefined ? [] : ["is_mock"],
        reachMs: sessionsSeenMs,
      },
      sql: (source, isNew) => `
        SELECT asset, min(open_ms)::BIGINT AS first_ms, max(open_ms)::BIGINT AS last_ms,
               arg_min(is_new, open_ms) AS begins_new, arg_max(is_new, open_ms) AS ends_new
        FROM (SELECT *, open_ms - ${timeframeMs(timeframe)} * row_number() OVER (PARTITION BY asset ORDER BY open_ms) AS run
              FROM (SELECT ${batch.sql(asset)} AS asset, epoch_ms(${batch.sql(time)}) AS open_ms, bool_or(${isNew}) AS is_new
                    FROM ${realBars(source, batch.sql(asset), batch)} GROUP BY ALL))
        WHERE open_ms IS NOT NULL GROUP BY asset, run ORDER BY asset, first_ms`,
      judge: (rows) => {
        const runs = Map.groupBy(rows, ({ asset: name }) => String(name));
        const gaps = [...runs].flatMap(([name, ofAsset]) => {
          const stored = unionOf(
            ofAsset.map(({ first_ms: first, last_ms: last }) => ({
              startMs: Number(first),
              endMs: Number(last) + timeframeMs(timeframe),
            })),
          );
          const known: RangeSet = explained
            .filter(({ asset_pair: pair }) => pair === name)
            .map(({ start, end }) => ({ startMs: Date.parse(start), endMs: Date.parse(end) }));
          const schedule = batch.calendars.scheduleSeen(AssetPair.parse(name), timeframe, stored);
          const holes = holesAtNewBars(stored, ofAsset, timeframeMs(timeframe));
          return unexplained(schedule, stored, known)
            .flatMap((missing) => within(missing, holes))
            .map((missing) => ({
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

const sessionsSeenMs = 14 * dayMs;

/** The holes next to a new bar: other holes were judged when their bars came. */
function holesAtNewBars(
  stored: RangeSet,
  runs: readonly Readonly<Record<string, unknown>>[],
  barMs: number,
): RangeSet {
  const ends = new Set(
    runs.filter((run) => run["ends_new"] === true).map((run) => Number(run["last_ms"]) + barMs),
  );
  const starts = new Set(
    runs.filter((run) => run["begins_new"] === true).map((run) => Number(run["first_ms"])),
  );
  return stored.flatMap(({ endMs: startMs }, index) => {
    const endMs = stored[index + 1]?.startMs;
    return endMs !== undefined && (ends.has(startMs) || starts.has(endMs)) ? [{ startMs, endMs }] : [];
  });
}

/** The missing bars between the first and the last one, as far as the calendar is known. */
function unexplained(schedule: BarSchedule, stored: RangeSet, explained: RangeSet): RangeSet {
  const [first] = stored;
  const last = stored.at(-1);
  if (first === undefined || last === undefined) return [];
  return missingBars(schedule, stored, { startMs: first.startMs, endMs: last.endMs })
    .flatMap((range) => within(range, [schedule.calendar.known]))
    .flatMap((range) => without(range, unionOf(explained)));
}

function instant(ms: number): string {
  return new Date(ms).toISOString();
}
