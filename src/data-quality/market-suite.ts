import { nonEmptyText, numberFromZero, oneOf } from "finance-feedback-delta/contract";
import type { OptionTable } from "finance-feedback-delta/contract";

import { timeframes } from "../market/timeframe.ts";
import type { Timeframe } from "../market/timeframe.ts";
import { assertOptions } from "./arguments.ts";
import { QualityError } from "./quality-error.ts";
import type { ExpectationConfig, ExpectationSuite, Kwargs } from "./suite.ts";

export const marketDataSuiteName = "market_data_quality";

export interface MarketSuiteOptions {
  readonly name?: string | undefined;
  /** Adds the expectation that timestamps are on its grid. */
  readonly timeframe?: Timeframe | undefined;
  /** For live data: adds the expectation that no bar is later than this while its market is open. It needs the timeframe. */
  readonly maxLagSeconds?: number | undefined;
}

const suiteOptions: OptionTable<MarketSuiteOptions> = {
  name: nonEmptyText,
  timeframe: oneOf(...timeframes),
  maxLagSeconds: numberFromZero,
};

const required: readonly string[] = [
  "asset_pair",
  "timestamp",
  "open",
  "high",
  "low",
  "close",
  "source_provider",
  "is_mock",
];
/** Pairs of columns; the first is never below the second. */
const ordered = [
  ["high", "low"],
  ["high", "open"],
  ["high", "close"],
  ["open", "low"],
  ["close", "low"],
] as const;
const prices: readonly string[] = ["open", "high", "low", "close"];

/** The limits of prices: the usual ones, or what a table of bars can hold. */
interface PriceRange {
  readonly min: number;
  readonly max: number;
}
const usualPrices: PriceRange = { min: 0.0001, max: 1_000_000 };
/** The row checks have applied the limits of each asset. Those of SHIBUSD or BTCJPY are wider than the usual ones. */
const storablePrices: PriceRange = { min: 0, max: 10_000_000_000 };

/**
 * The expectations of every table of bars: critical fields exist and are not null, prices lie within (0.0001, 1,000,000), OHLC
 * is sane, volumes are not negative, each version of a bar is unique; and, as a warning, no price stands still.
 */
export function marketDataSuite(options: MarketSuiteOptions = {}): ExpectationSuite {
  assertOptions("createMarketDataSuite", options, suiteOptions);
  return suiteWithin(usualPrices, options);
}

/** The suite for a table of bars whose rows have passed the row checks. */
export function checkedBarsSuite(timeframe: Timeframe): ExpectationSuite {
  return suiteWithin(storablePrices, { timeframe });
}

function suiteWithin({ min, max }: PriceRange, options: MarketSuiteOptions): ExpectationSuite {
  const { name = marketDataSuiteName, timeframe, maxLagSeconds } = options;
  if (maxLagSeconds !== undefined && timeframe === undefined)
    throw new QualityError("INVALID_ARGUMENT", "maxLagSeconds needs the timeframe of the bars");
  const ofBars = timeframe === undefined ? {} : { timeframe };
  return {
    name,
    expectations: [
      ...required.map((column) => expectation("expect_column_to_exist", { column })),
      ...required.map((column) => expectation("expect_column_values_to_not_be_null", { column })),
      ...prices.map((column) =>
        expectation("expect_column_values_to_be_between", {
          column,
          min_value: min,
          max_value: max,
          strict_min: true,
          strict_max: true,
        }),
      ),
      expectation("expect_column_values_to_be_between", { column: "volume", min_value: 0 }),
      // `expect_ohlc_to_be_sane` in parts, so that Great Expectations understands it as well.
      ...ordered.map(([column_A, column_B]) =>
        expectation("expect_column_pair_values_a_to_be_greater_than_b", {
          column_A,
          column_B,
          or_equal: true,
          ignore_row_if: "either_value_is_missing",
        }),
      ),
      expectation("expect_compound_columns_to_be_unique", {
        column_list: ["asset_pair", "timestamp", "source_provider", "_extracted_at"],
      }),
      ...(timeframe === undefined ? [] : [expectation("expect_timestamps_to_be_on_grid", { timeframe })]),
      ...(maxLagSeconds === undefined
        ? []
        : [expectation("expect_bars_to_be_fresh", { timeframe, max_lag_seconds: maxLagSeconds })]),
      // A slipped digit, prices in cents, or an unadjusted split of three or more.
      expectation("expect_prices_to_be_continuous", ofBars),
      // A split of two, or a single price that goes far and comes back: real markets have these too.
      expectation(
        "expect_prices_to_be_continuous",
        { ...ofBars, jump_factor: 1.4, wick_factor: 5 },
        "warning",
      ),
      expectation("expect_no_stale_price_runs", { ...ofBars, max_run: 50 }, "warning"),
    ],
    meta: { made_by: "finance-feedback-pipelines" },
  };
}

function expectation(
  type: string,
  kwargs: Kwargs,
  severity: ExpectationConfig["severity"] = "critical",
): ExpectationConfig {
  return { type, kwargs, severity };
}
