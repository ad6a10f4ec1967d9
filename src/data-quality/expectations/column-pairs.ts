import * as z from "zod";

import { literalSql } from "../sql.ts";
import { define, mostlyShape } from "./expectation.ts";
import type { BatchColumns, ExpectationDefinition } from "./expectation.ts";

const ignoreRows = z.enum(["both_values_are_missing", "either_value_is_missing", "neither"]);
const pair = {
  column_A: z.string(),
  column_B: z.string(),
  ...mostlyShape,
  ignore_row_if: ignoreRows.default("both_values_are_missing"),
} as const;
const columnList = {
  column_list: z.array(z.string()).min(2),
  ...mostlyShape,
  ignore_row_if: z
    .enum(["all_values_are_missing", "any_value_is_missing", "never"])
    .default("all_values_are_missing"),
} as const;

/** Expectations about several columns of a row. */
export const columnPairExpectations: readonly ExpectationDefinition[] = [
  define(
    "expect_column_pair_values_a_to_be_greater_than_b",
    { ...pair, or_equal: z.boolean().default(false) },
    ({ column_A: a, column_B: b, mostly, ignore_row_if: ignore, or_equal: orEqual }, batch) => ({
      kind: "map",
      columns: [a, b],
      missing: missingPair(batch.sql(a), batch.sql(b), ignore),
      unexpected: `(${batch.sql(a)} ${orEqual ? ">=" : ">"} ${batch.sql(b)}) IS NOT TRUE`,
      mostly,
    }),
  ),
  define(
    "expect_column_pair_values_to_be_equal",
    pair,
    ({ column_A: a, column_B: b, mostly, ignore_row_if: ignore }, batch) => ({
      kind: "map",
      columns: [a, b],
      missing: missingPair(batch.sql(a), batch.sql(b), ignore),
      unexpected: `(${batch.sql(a)} = ${batch.sql(b)}) IS NOT TRUE`,
      mostly,
    }),
  ),
  define(
    "expect_column_pair_values_to_be_in_set",
    {
      ...pair,
      value_pairs_set: z.array(
        z.tuple([
          z.union([z.string(), z.number(), z.boolean(), z.null()]),
          z.union([z.string(), z.number(), z.boolean(), z.null()]),
        ]),
      ),
    },
    ({ column_A: a, column_B: b, mostly, ignore_row_if: ignore, value_pairs_set: pairs }, batch) => {
      const one = ([left, right]: readonly unknown[]): string =>
        `(${batch.sql(a)} IS NOT DISTINCT FROM ${literalSql(left)} AND ${batch.sql(b)} IS NOT DISTINCT FROM ${literalSql(right)})`;
      return {
        kind: "map",
        columns: [a, b],
        missing: missingPair(batch.sql(a), batch.sql(b), ignore),
        unexpected: pairs.length === 0 ? "true" : `NOT (${pairs.map(one).join(" OR ")})`,
        mostly,
      };
    },
  ),
  define(
    "expect_compound_columns_to_be_unique",
    columnList,
    ({ column_list: names, mostly, ignore_row_if: ignore }, batch) => ({
      kind: "map",
      columns: names,
      showsNames: true,
      missing: missingOf(names, batch, ignore),
      unexpected: `count(*) OVER (PARTITION BY ${names.map((name) => batch.sql(name)).join(", ")}) > 1`,
      hasWindow: true,
      uniqueBy: names,
      mostly,
    }),
  ),
  define(
    "expect_select_column_values_to_be_unique_within_record",
    columnList,
    ({ column_list: names, mostly, ignore_row_if: ignore }, batch) => {
      const values = names.map((name) => batch.sql(name));
      const equal = values.flatMap((left, index) =>
        values.slice(index + 1).map((right) => `${left} IS NOT DISTINCT FROM ${right}`),
      );
      return {
        kind: "map",
        columns: names,
        showsNames: true,
        missing: missingOf(names, batch, ignore),
        unexpected: equal.join(" OR "),
        mostly,
      };
    },
  ),
  define(
    "expect_multicolumn_sum_to_equal",
    { ...columnList, sum_total: z.number() },
    ({ column_list: names, mostly, ignore_row_if: ignore, sum_total: total }, batch) => ({
      kind: "map",
      columns: names,
      showsNames: true,
      missing: missingOf(names, batch, ignore),
      unexpected: `(${names.map((name) => batch.sql(name)).join(" + ")} = ${literalSql(total)}) IS NOT TRUE`,
      mostly,
    }),
  ),
];

function missingPair(a: string, b: string, ignore: z.infer<typeof ignoreRows>): string {
  if (ignore === "neither") return "false";
  return ignore === "both_values_are_missing"
    ? `(${a} IS NULL AND ${b} IS NULL)`
    : `(${a} IS NULL OR ${b} IS NULL)`;
}

function missingOf(
  names: readonly string[],
  batch: BatchColumns,
  ignore: "all_values_are_missing" | "any_value_is_missing" | "never",
): string {
  if (ignore === "never") return "false";
  const joint = ignore === "all_values_are_missing" ? " AND " : " OR ";
  return `(${names.map((name) => `${batch.sql(name)} IS NULL`).join(joint)})`;
}
