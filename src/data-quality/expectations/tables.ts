import { quoteName } from "finance-feedback-delta";
import * as z from "zod";

import { areCrossed, judgeBetween, judgeNumber } from "./column-aggregates.ts";
import { betweenShape, define, UnevaluableExpectation } from "./expectation.ts";
import type { ExpectationDefinition } from "./expectation.ts";

/** Expectations about the table as a whole: its columns and its number of rows. */
export const tableExpectations: readonly ExpectationDefinition[] = [
  define("expect_table_row_count_to_be_between", betweenShape, (bounds) => {
    const { min_value: min, max_value: max } = bounds;
    if (areCrossed(bounds))
      throw new UnevaluableExpectation(`min_value (${min}) must be less than or equal to max_value (${max})`);
    return {
      kind: "aggregate",
      values: { rows: "count(*)" },
      judge: judgeNumber(bounds, ({ rows }) => rows),
    };
  }),
  define("expect_table_row_count_to_equal", { value: z.int().min(0) }, ({ value }) => ({
    kind: "aggregate",
    values: { rows: "count(*)" },
    judge: ({ rows }) => ({ success: Number(rows) === value, observed_value: rows }),
  })),
  define(
    "expect_table_row_count_to_equal_other_table",
    { other_table_name: z.string() },
    ({ other_table_name: other }) => ({
      kind: "rows",
      sql: (source) =>
        `SELECT (SELECT count(*) FROM ${source}) AS own, (SELECT count(*) FROM ${other.split(".").map(quoteName).join(".")}) AS other`,
      judge: ([{ own, other: others } = {}]) => ({
        success: Number(own) === Number(others),
        observed_value: { self: Number(own), other: Number(others) },
      }),
    }),
  ),
  define("expect_table_column_count_to_be_between", betweenShape, (bounds, batch) => ({
    kind: "schema",
    judge: () => judgeBetween(batch.names.length, bounds),
  })),
  define("expect_table_column_count_to_equal", { value: z.int().min(0) }, ({ value }, batch) => ({
    kind: "schema",
    judge: () => ({ success: batch.names.length === value, observed_value: batch.names.length }),
  })),
  define(
    "expect_column_to_exist",
    { column: z.string(), column_index: z.int().optional() },
    ({ column, column_index: index }, batch) => ({
      kind: "schema",
      judge: () => ({
        success: index === undefined ? batch.names.includes(column) : batch.names[index] === column,
      }),
    }),
  ),
  define(
    "expect_table_columns_to_match_ordered_list",
    { column_list: z.array(z.string()).optional() },
    ({ column_list: list }, batch) => ({
      kind: "schema",
      judge: () => {
        // Without a list every column passes.
        if (list === undefined) return { success: true, observed_value: batch.names };
        const length = Math.max(list.length, batch.names.length);
        const mismatched = Array.from({ length }, (_, index) => ({
          "Expected Column Position": index,
          Expected: list[index] ?? null,
          Found: batch.names[index] ?? null,
        })).filter(({ Expected: expected, Found: found }) => expected !== found);
        return {
          success: mismatched.length === 0,
          observed_value: batch.names,
          ...(mismatched.length === 0 ? {} : { details: { mismatched } }),
        };
      },
    }),
  ),
  define(
    "expect_table_columns_to_match_set",
    { column_set: z.array(z.string()).default([]), exact_match: z.boolean().default(true) },
    ({ column_set: wanted, exact_match: isExact }, batch) => ({
      kind: "schema",
      judge: () => {
        const missing = wanted.filter((name) => !batch.names.includes(name)).toSorted();
        const unexpected = batch.names.filter((name) => !wanted.includes(name)).toSorted();
        const mismatched = {
          ...(unexpected.length === 0 ? {} : { unexpected }),
          ...(missing.length === 0 ? {} : { missing }),
        };
        return {
          success: missing.length === 0 && (!isExact || unexpected.length === 0),
          observed_value: batch.names.toSorted(),
          ...(Object.keys(mismatched).length === 0 ? {} : { details: { mismatched } }),
        };
      },
    }),
  ),
  define(
    "unexpected_rows_expectation",
    { unexpected_rows_query: z.string(), description: z.string().optional() },
    ({ unexpected_rows_query: query }) => ({
      kind: "rows",
      sql: (batch) => query.replaceAll("{batch}", batch),
      judge: (rows) => ({
        success: rows.length === 0,
        observed_value: rows.length,
        counts: { unexpected_count: rows.length },
        unexpected_rows: rows,
      }),
    }),
  ),
];
