/** What both contestants hold the candles against: what a suite of Great Expectations can say of a market. */
export const marketSuite: {
  readonly name: string;
  readonly expectations: readonly { readonly type: string; readonly kwargs: object }[];
} = {
  name: "candles",
  expectations: [
    ...["asset_pair", "timestamp", "open", "high", "low", "close"].map((column) => ({
      type: "expect_column_values_to_not_be_null",
      kwargs: { column },
    })),
    ...["open", "high", "low", "close"].map((column) => ({
      type: "expect_column_values_to_be_between",
      kwargs: { column, min_value: 0.0001, max_value: 1_000_000, strict_min: true, strict_max: true },
    })),
    { type: "expect_column_values_to_be_between", kwargs: { column: "volume", min_value: 0 } },
    {
      type: "expect_column_pair_values_a_to_be_greater_than_b",
      kwargs: { column_A: "high", column_B: "low", or_equal: true },
    },
    { type: "expect_compound_columns_to_be_unique", kwargs: { column_list: ["asset_pair", "timestamp"] } },
    { type: "expect_column_mean_to_be_between", kwargs: { column: "close", min_value: 0 } },
  ],
};
