import { quoteText } from "finance-feedback-delta";
import * as z from "zod";
import type { DataType } from "finance-feedback-delta";

import { literalSql } from "../sql.ts";
import { areCrossed } from "./column-aggregates.ts";
import { betweenShape, columnShape, define, mostlyShape, UnevaluableExpectation } from "./expectation.ts";
import type { BatchColumns, ExpectationDefinition, MapExpectation } from "./expectation.ts";
import { typeMatches } from "./column-types.ts";
import { fromPythonRegex } from "./python-regex.ts";

const oneColumn = { ...columnShape, ...mostlyShape } as const;
/** With `null` in place of a set every value passes. */
const valueSet = z.array(z.union([z.string(), z.number(), z.boolean(), z.null()])).optional();

/** Expectations about each value of one column. Nulls count as missing. */
export const columnValueExpectations: readonly ExpectationDefinition[] = [
  define("expect_column_values_to_not_be_null", oneColumn, ({ column, mostly }, batch) => ({
    kind: "map",
    columns: [column],
    missing: "false",
    countsMissing: false,
    unexpected: `${batch.sql(column)} IS NULL`,
    mostly,
  })),
  define("expect_column_values_to_be_null", oneColumn, ({ column, mostly }, batch) => ({
    kind: "map",
    columns: [column],
    missing: "false",
    countsMissing: false,
    unexpected: `${batch.sql(column)} IS NOT NULL`,
    mostly,
  })),
  define("expect_column_values_to_be_unique", oneColumn, ({ column, mostly }, batch) => ({
    ...valuesOf(column, mostly, batch, (value) => `count(*) OVER (PARTITION BY ${value}) > 1`),
    hasWindow: true,
    uniqueBy: [column],
  })),
  define(
    "expect_column_values_to_be_between",
    { ...oneColumn, ...betweenShape },
    ({ column, mostly, ...bounds }, batch) => {
      // As Great Expectations has it: of lengths and figures such bounds hold for none, and are no exception.
      if (areCrossed(bounds)) throw new UnevaluableExpectation("min_value cannot be greater than max_value");
      return valuesOf(column, mostly, batch, (value) => `NOT (${betweenSql(value, bounds)})`);
    },
  ),
  define(
    "expect_column_values_to_be_in_set",
    { ...oneColumn, value_set: valueSet },
    ({ column, mostly, value_set: set }, batch) =>
      valuesOf(column, mostly, batch, (value) =>
        set === undefined ? "false" : `NOT (${inSql(value, batch.literals(column, set))})`,
      ),
  ),
  define(
    "expect_column_values_to_not_be_in_set",
    { ...oneColumn, value_set: valueSet },
    ({ column, mostly, value_set: set }, batch) =>
      valuesOf(column, mostly, batch, (value) => inSql(value, batch.literals(column, set ?? []))),
  ),
  // In a column without a spread no score is defined, and no value is too far out.
  define(
    "expect_column_value_z_scores_to_be_less_than",
    { ...oneColumn, threshold: z.number(), double_sided: z.boolean().default(true) },
    ({ column, mostly, threshold, double_sided: isDoubleSided }, batch) => ({
      ...valuesOf(column, mostly, batch, (value) => {
        const score = `(${value} - avg(${value}) OVER ()) / nullif(stddev_samp(${value}) OVER (), 0)`;
        const exceeds = isDoubleSided
          ? `abs(${score}) >= ${Math.abs(threshold)}`
          : `${score} >= ${threshold}`;
        return `coalesce(${exceeds}, false)`;
      }),
      hasWindow: true,
    }),
  ),
  define("expect_column_values_to_be_json_parseable", oneColumn, ({ column, mostly }, batch) =>
    valuesOf(column, mostly, batch, (value) => jsonFaultSql(value, batch.find(column)?.type)),
  ),
  define(
    "expect_column_values_to_match_strftime_format",
    { ...oneColumn, strftime_format: z.string() },
    ({ column, mostly, strftime_format: format }, batch) =>
      valuesOf(
        column,
        mostly,
        batch,
        (value) => `try_strptime(${value}::VARCHAR, ${quoteText(format)}) IS NULL`,
      ),
  ),
  define(
    "expect_column_values_to_match_regex",
    { ...oneColumn, regex: z.string() },
    ({ column, mostly, regex }, batch) =>
      valuesOf(column, mostly, batch, (value) => `NOT ${regexSql(value, regex)}`),
  ),
  define(
    "expect_column_values_to_not_match_regex",
    { ...oneColumn, regex: z.string() },
    ({ column, mostly, regex }, batch) => valuesOf(column, mostly, batch, (value) => regexSql(value, regex)),
  ),
  define(
    "expect_column_values_to_match_regex_list",
    { ...oneColumn, regex_list: z.array(z.string()).min(1), match_on: z.enum(["any", "all"]).default("any") },
    ({ column, mostly, regex_list: list, match_on: on }, batch) =>
      valuesOf(
        column,
        mostly,
        batch,
        (value) =>
          `NOT (${joinedMatches(
            list.map((one) => regexSql(value, one)),
            on,
          )})`,
      ),
  ),
  define(
    "expect_column_values_to_not_match_regex_list",
    { ...oneColumn, regex_list: z.array(z.string()).min(1) },
    ({ column, mostly, regex_list: list }, batch) =>
      valuesOf(column, mostly, batch, (value) =>
        joinedMatches(
          list.map((one) => regexSql(value, one)),
          "any",
        ),
      ),
  ),
  define(
    "expect_column_values_to_match_like_pattern",
    { ...oneColumn, like_pattern: z.string() },
    ({ column, mostly, like_pattern: like }, batch) =>
      valuesOf(column, mostly, batch, (value) => `NOT ${likeSql(value, like)}`),
  ),
  define(
    "expect_column_values_to_not_match_like_pattern",
    { ...oneColumn, like_pattern: z.string() },
    ({ column, mostly, like_pattern: like }, batch) =>
      valuesOf(column, mostly, batch, (value) => likeSql(value, like)),
  ),
  define(
    "expect_column_values_to_match_like_pattern_list",
    {
      ...oneColumn,
      like_pattern_list: z.array(z.string()).min(1),
      match_on: z.enum(["any", "all"]).default("any"),
    },
    ({ column, mostly, like_pattern_list: list, match_on: on }, batch) =>
      valuesOf(
        column,
        mostly,
        batch,
        (value) =>
          `NOT (${joinedMatches(
            list.map((one) => likeSql(value, one)),
            on,
          )})`,
      ),
  ),
  define(
    "expect_column_values_to_not_match_like_pattern_list",
    { ...oneColumn, like_pattern_list: z.array(z.string()).min(1) },
    ({ column, mostly, like_pattern_list: list }, batch) =>
      valuesOf(column, mostly, batch, (value) =>
        joinedMatches(
          list.map((one) => likeSql(value, one)),
          "any",
        ),
      ),
  ),
  define(
    "expect_column_value_lengths_to_be_between",
    { ...oneColumn, ...betweenShape },
    ({ column, mostly, ...bounds }, batch) =>
      valuesOf(column, mostly, batch, (value) => `NOT (${betweenSql(`length(${value}::VARCHAR)`, bounds)})`),
  ),
  define(
    "expect_column_value_lengths_to_equal",
    { ...oneColumn, value: z.number() },
    ({ column, mostly, value: wanted }, batch) =>
      valuesOf(column, mostly, batch, (value) => `length(${value}::VARCHAR) <> ${wanted}`),
  ),
  ...orderedExpectations(),
  define(
    "expect_column_values_to_be_of_type",
    { ...oneColumn, type_: z.string() },
    ({ column, type_: type }, batch) => typeExpectation(column, [type], batch),
  ),
  define(
    "expect_column_values_to_be_in_type_list",
    { ...oneColumn, type_list: z.array(z.string()).min(1).optional() },
    ({ column, type_list: types }, batch) => typeExpectation(column, types, batch),
  ),
];

/** SQL for a value between two bounds. */
function betweenSql(
  value: string,
  bounds: {
    readonly min_value?: number | string | undefined;
    readonly max_value?: number | string | undefined;
    readonly strict_min: boolean;
    readonly strict_max: boolean;
  },
): string {
  const parts = [
    ...(bounds.min_value === undefined
      ? []
      : [`${value} ${bounds.strict_min ? ">" : ">="} ${literalSql(bounds.min_value)}`]),
    ...(bounds.max_value === undefined
      ? []
      : [`${value} ${bounds.strict_max ? "<" : "<="} ${literalSql(bounds.max_value)}`]),
  ];
  return parts.length === 0 ? "true" : parts.join(" AND ");
}

/** SQL for a value that is in a set; no value is in an empty one. */
function inSql(value: string, literals: readonly string[]): string {
  return literals.length === 0 ? "false" : `${value} IN (${literals.join(", ")})`;
}

function valuesOf(
  column: string,
  mostly: number,
  batch: BatchColumns,
  unexpected: (value: string) => string,
): MapExpectation {
  const value = batch.sql(column);
  return {
    kind: "map",
    columns: [column],
    missing: `${value} IS NULL`,
    unexpected: unexpected(value),
    mostly,
  };
}

/**
 * Python parses texts only, so a number fails although its digits would be JSON. The engine accepts a comma before a closing
 * bracket; it shows once the quoted parts are removed.
 */
function jsonFaultSql(value: string, type: DataType | undefined): string {
  if (type !== "string") return "true";
  const unquoted = String.raw`regexp_replace(${value}, '"(?:[^"\\]|\\.)*"', '""', 'g')`;
  return String.raw`NOT json_valid(${value}) OR regexp_matches(${unquoted}, ',\s*[\]}]')`;
}

/** The regular expression may be found anywhere in the text. */
function regexSql(value: string, regex: string): string {
  return `regexp_matches(${value}::VARCHAR, ${quoteText(fromPythonRegex(regex))})`;
}

function likeSql(value: string, pattern: string): string {
  return `${value}::VARCHAR LIKE ${quoteText(pattern)}`;
}

function joinedMatches(matches: readonly string[], on: "any" | "all"): string {
  return matches.join(on === "any" ? " OR " : " AND ");
}

/** In the order of the rows as they are stored. */
function orderedExpectations(): ExpectationDefinition[] {
  return [
    ["expect_column_values_to_be_increasing", "<", "<="],
    ["expect_column_values_to_be_decreasing", ">", ">="],
  ].map(([type = "", broken = "", brokenStrictly = ""]) =>
    define(
      type,
      { ...oneColumn, strictly: z.boolean().default(false) },
      ({ column, mostly, strictly }, batch) => {
        const value = batch.sql(column);
        // Nulls are left out, so the value before is the last one that is not null.
        const before = `lag(${value} IGNORE NULLS) OVER ()`;
        const isBroken = (other: string): string =>
          `coalesce(${value} ${strictly ? brokenStrictly : broken} ${other}, false)`;
        return {
          ...valuesOf(column, mostly, batch, () => isBroken(before)),
          hasWindow: true,
          unexpectedBehind: (earlier) =>
            isBroken(
              `coalesce(${before}, (SELECT arg_max(v, place) FROM (SELECT ${value} AS v, row_number() OVER () AS place FROM ${earlier}) WHERE v IS NOT NULL))`,
            ),
        };
      },
    ),
  );
}

function typeExpectation(
  column: string,
  types: readonly string[] | undefined,
  batch: BatchColumns,
): ReturnType<ExpectationDefinition["compile"]> {
  batch.sql(column);
  const type = batch.find(column)?.type;
  return {
    kind: "schema",
    judge: () => ({
      success: types === undefined || (type !== undefined && types.some((name) => typeMatches(type, name))),
      observed_value: typeof type === "string" ? type : type?.type,
    }),
  };
}
