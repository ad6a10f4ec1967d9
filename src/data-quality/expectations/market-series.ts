import * as z from "zod";

import { timeframeMs, timeframes } from "../../market/timeframe.ts";
import type { Timeframe } from "../../market/timeframe.ts";
import { QualityError } from "../quality-error.ts";
import { define } from "./expectation.ts";
import type { BatchColumns, ExpectationDefinition, Judgement, SeriesContext } from "./expectation.ts";
import { dayMs } from "../../market/durations.ts";

/** The columns that identify bars. */
export interface SeriesArguments {
  readonly time_column: string;
  /** Of one market: an asset pair of a provider. */
  readonly series_columns: readonly string[];
  /** The last version of a bar by this column counts, when the table has it. */
  readonly version_column: string;
  /** Of the bars: where it is known, validating new rows reads only the bars near them. */
  readonly timeframe?: Timeframe | undefined;
}

export const seriesShape: SeriesShape = {
  time_column: z.string().default("timestamp"),
  series_columns: z.array(z.string()).min(1).default(["asset_pair", "source_provider"]),
  version_column: z.string().default("_extracted_at"),
  timeframe: z.enum(timeframes).optional(),
};

type SeriesShape = {
  readonly time_column: z.ZodDefault<z.ZodString>;
  readonly series_columns: z.ZodDefault<z.ZodArray<z.ZodString>>;
  readonly version_column: z.ZodDefault<z.ZodString>;
  readonly timeframe: z.ZodOptional<z.ZodType<Timeframe>>;
};

/** Expectations about consecutive bars. A result lists the rows that fail, with the values found. */
export const seriesExpectations: readonly ExpectationDefinition[] = [
  /** At most `max_run` bars in a row have the same close. */
  define(
    "expect_no_stale_price_runs",
    { ...seriesShape, column: z.string().default("close"), max_run: z.int().min(1).default(20) },
    ({ column, max_run: longest, ...series }, batch) => {
      const keys = keysOf(series, batch);
      return {
        kind: "rows",
        series: contextOf(series, longest, `${batch.sql(column)} IS NOT NULL`),
        // Most closes differ from the one before; only the other bars are numbered and grouped.
        sql: (source, isNew) => `
          SELECT ${keys}, min(before) AS first, max(t) AS last, any_value(v) AS value, count(*) + 1 AS bars
          FROM (SELECT *, place - row_number() OVER (PARTITION BY ${keys} ORDER BY place) AS run
                FROM (SELECT *, row_number() OVER in_order AS place, lag(v) OVER in_order AS p, lag(t) OVER in_order AS before,
                             is_new OR lag(is_new) OVER in_order AS touches_new
                      FROM (SELECT ${keys}, ${batch.sql(series.time_column)} AS t, ${batch.sql(column)} AS v, ${isNew} AS is_new FROM ${newestBars(source, series, batch)})
                      WHERE v IS NOT NULL
                      WINDOW in_order AS (PARTITION BY ${keys} ORDER BY t))
                WHERE v = p)
          GROUP BY ${keys}, run HAVING count(*) >= ${longest} AND bool_or(touches_new) ORDER BY ALL`,
        judge: (rows) => ({
          ...listed(rows),
          observed_value: rows.length === 0 ? 0 : Math.max(...rows.map(({ bars }) => Number(bars))),
        }),
      };
    },
  ),
  /**
   * Closes move by no more than `max_sigma` standard deviations of the log returns before, or `max_atr` times the average true
   * range before, over `window` bars. A bar with fewer bars before it is not judged.
   *
   * Source: the true range of Wilder, New Concepts in Technical Trading Systems (1978), in a plain mean.
   */
  define(
    "expect_returns_to_be_within",
    {
      ...seriesShape,
      max_sigma: z.number().positive().optional(),
      max_atr: z.number().positive().optional(),
      window: z.int().min(2).default(100),
    },
    ({ max_sigma: sigmas, max_atr: atrs, window, ...series }, batch) => {
      if (sigmas === undefined && atrs === undefined)
        throw new QualityError(
          "INVALID_SUITE",
          "expect_returns_to_be_within needs max_sigma, max_atr or both",
        );
      const keys = keysOf(series, batch);
      const [high, low, close] = ["high", "low", "close"].map((name) => `${batch.sql(name)}::DOUBLE`);
      const before = `PARTITION BY ${keys} ORDER BY t ROWS BETWEEN ${window} PRECEDING AND 1 PRECEDING`;
      const broken = [
        ...(sigmas === undefined ? [] : [`abs(r) > ${sigmas} * sigma`]),
        ...(atrs === undefined ? [] : [`abs(c - p) > ${atrs} * atr`]),
      ];
      return {
        kind: "rows",
        // The first bar has no return.
        series: contextOf(series, window + 1, `${close} > 0`),
        sql: (source, isNew) => `
          SELECT ${keys}, t AS "timestamp", c AS "close", p AS previous_close, r / sigma AS sigmas, abs(c - p) / atr AS atrs
          FROM (SELECT *, stddev_samp(r) OVER (${before}) AS sigma, avg(tr) OVER (${before}) AS atr, count(r) OVER (${before}) AS n
                FROM (SELECT *, ln(c / p) AS r, greatest(h - l, abs(h - p), abs(l - p)) AS tr
                      FROM (SELECT *, lag(c) OVER in_order AS p, is_new OR coalesce(lag(is_new) OVER in_order, false) AS touches_new
                            FROM (SELECT ${keys}, ${batch.sql(series.time_column)} AS t, ${high} AS h, ${low} AS l, ${close} AS c, ${isNew} AS is_new
                                  FROM ${newestBars(source, series, batch)})
                            WINDOW in_order AS (PARTITION BY ${keys} ORDER BY t))
                      WHERE c > 0 AND (p > 0 OR p IS NULL)))
          WHERE touches_new AND n = ${window} AND (${broken.join(" OR ")}) ORDER BY ALL`,
        judge: listed,
      };
    },
  ),
  /** Providers that have the same bar agree on its close, within a share of it. */
  define(
    "expect_providers_to_agree",
    {
      ...seriesShape,
      series_columns: z.array(z.string()).min(1).default(["asset_pair"]),
      provider_column: z.string().default("source_provider"),
      column: z.string().default("close"),
      /** 0.01 is one percent. */
      tolerance: z.number().min(0).default(0.01),
    },
    ({ provider_column: provider, column, tolerance, ...series }, batch) => {
      const keys = keysOf(series, batch);
      const ofProviders = { ...series, series_columns: [...series.series_columns, provider] };
      const value = `${batch.sql(column)}::DOUBLE`;
      return {
        kind: "rows",
        // The bars of other providers came with other versions.
        series: { key: series.series_columns, time: series.time_column, bars: 0, reachMs: 0 },
        sql: (source, isNew) => `
          SELECT ${keys}, t AS "timestamp", least, most, (most - least) / least AS disagreement, providers
          FROM (SELECT ${keys}, ${batch.sql(series.time_column)} AS t, min(${value}) AS least, max(${value}) AS most,
                       string_agg(DISTINCT ${batch.sql(provider)}, ', ' ORDER BY ${batch.sql(provider)}) AS providers
                FROM ${newestBars(source, ofProviders, batch)} ${madeUp(batch) === undefined ? "" : `WHERE NOT ${madeUp(batch)}`} GROUP BY ${keys}, t
                HAVING count(DISTINCT ${batch.sql(provider)}) > 1 AND bool_or(${isNew}))
          WHERE most - least > ${tolerance} * least ORDER BY ALL`,
        judge: listed,
      };
    },
  ),
];

/** The column that says whether a bar is made up, when the table has one. */
export function madeUp(batch: BatchColumns): string | undefined {
  return batch.find("is_mock")?.type === "boolean" ? batch.sql("is_mock") : undefined;
}

/** Leaves out made-up bars of an asset with real ones: they must not stand in for missing bars. */
export function realBars(source: string, asset: string, batch: BatchColumns): string {
  const isMadeUp = madeUp(batch);
  if (isMadeUp === undefined) return source;
  return `(SELECT * FROM ${source} WHERE NOT ${isMadeUp} OR ${asset} NOT IN (SELECT ${asset} FROM ${source} WHERE NOT ${isMadeUp} AND ${asset} IS NOT NULL))`;
}

/** Some bars before and behind the new ones. A market that is open a sixth of the time or more has them nearby. */
export function contextOf(
  { series_columns: key, time_column: time, timeframe }: SeriesArguments,
  bars: number,
  counted: string,
): SeriesContext {
  const reachMs = timeframe === undefined ? undefined : 6 * bars * timeframeMs(timeframe) + 14 * dayMs;
  return { key, time, bars, counted, reachMs };
}

/** The columns of a series as a list in SQL. */
function keysOf({ series_columns: names }: SeriesArguments, batch: BatchColumns): string {
  return names.map((name) => batch.sql(name)).join(", ");
}

/** The rows with one version of each bar. */
function newestBars(source: string, series: SeriesArguments, batch: BatchColumns): string {
  const { time_column: time, version_column: version } = series;
  if (batch.find(version) === undefined) return source;
  return newestOf(source, `${keysOf(series, batch)}, ${batch.sql(time)}`, batch.sql(version));
}

/** The last version of the rows that agree in a list of columns. */
export function newestOf(source: string, bar: string, version: string): string {
  return `(SELECT * FROM ${source} QUALIFY row_number() OVER (PARTITION BY ${bar} ORDER BY ${version} DESC) = 1)`;
}

/** The expectation holds when no row is found. */
export function listed(rows: readonly Readonly<Record<string, unknown>>[]): Judgement {
  return {
    success: rows.length === 0,
    observed_value: rows.length,
    counts: { unexpected_count: rows.length },
    unexpected_rows: rows,
  };
}
