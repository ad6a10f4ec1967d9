import { quoteName } from "finance-feedback-delta";
import * as z from "zod";

import { assertNumericBounds, betweenShape, columnShape, define } from "./expectation.ts";
import type { BatchColumns, ExpectationDefinition, Judgement } from "./expectation.ts";

const oneColumn = { ...columnShape, ...betweenShape } as const;
const valueSet = z.array(z.union([z.string(), z.number(), z.boolean(), z.null()]));

type Bounds = z.infer<z.ZodObject<typeof betweenShape>>;

/** Expectations about one figure of a column. */
export const columnAggregateExpectations: readonly ExpectationDefinition[] = [
  ...[
    ["expect_column_min_to_be_between", "min"],
    ["expect_column_max_to_be_between", "max"],
    ["expect_column_mean_to_be_between", "avg"],
    ["expect_column_median_to_be_between", "median"],
    ["expect_column_sum_to_be_between", "sum"],
    // The sample's, with n - 1.
    ["expect_column_stdev_to_be_between", "stddev_samp"],
  ].map(([type = "", aggregate = ""]) =>
    define(type, oneColumn, ({ column, ...bounds }, batch) => {
      const present = batch.sql(column);
      const isOfColumn = aggregate === "min" || aggregate === "max";
      const value = isOfColumn ? shownValue(column, batch) : `${present}::DOUBLE`;
      const isNumber = !isOfColumn || (!batch.isTime(column) && batch.find(column)?.type !== "string");
      if (isNumber) assertNumericBounds(bounds);
      return {
        kind: "aggregate",
        // The sum of nothing is zero.
        values: { value: aggregate === "sum" ? `coalesce(sum(${value}), 0)` : `${aggregate}(${value})` },
        judge: ({ value: found }) => judgeBetween(found, bounds),
      };
    }),
  ),
  define("expect_column_unique_value_count_to_be_between", oneColumn, ({ column, ...bounds }, batch) => ({
    kind: "aggregate",
    values: { value: `count(DISTINCT ${batch.sql(column)})` },
    judge: judgeNumber(bounds, ({ value }) => value),
  })),
  define(
    "expect_column_proportion_of_unique_values_to_be_between",
    oneColumn,
    ({ column, ...bounds }, batch) => ({
      kind: "aggregate",
      values: { unique: `count(DISTINCT ${batch.sql(column)})`, all: `count(${batch.sql(column)})` },
      judge: judgeNumber(bounds, ({ unique, all }) => share(unique, all)),
    }),
  ),
  define(
    "expect_column_proportion_of_non_null_values_to_be_between",
    oneColumn,
    ({ column, ...bounds }, batch) => ({
      kind: "aggregate",
      values: { present: `count(${batch.sql(column)})`, all: "count(*)" },
      judge: judgeNumber(bounds, ({ present, all }) => share(present, all)),
    }),
  ),
  ...distinctExpectations(),
  define(
    "expect_column_most_common_value_to_be_in_set",
    { ...columnShape, value_set: valueSet, ties_okay: z.boolean().default(false) },
    ({ column, value_set: set, ties_okay: tiesOkay }, batch) => ({
      kind: "rows",
      sql: (source) =>
        `SELECT value FROM (SELECT ${shownValue(column, batch)} AS value, count(*) AS n FROM ${source} WHERE ${batch.sql(column)} IS NOT NULL GROUP BY value)
         QUALIFY rank() OVER (ORDER BY n DESC) = 1 ORDER BY value`,
      judge: (rows) => {
        const modes = rows.map(({ value }) => value);
        const inSet = modes.filter((mode) => includes(set, mode, batch.isTime(column)));
        const success = tiesOkay ? inSet.length > 0 : inSet.length === 1 && modes.length === 1;
        return { success, observed_value: modes };
      },
    }),
  ),
];

/** The difference between values and a set: values that are not in the set, and members that no row has. */
function distinctExpectations(): ExpectationDefinition[] {
  const kinds: readonly (readonly [type: string, looksForUnexpected: boolean, looksForMissing: boolean])[] = [
    ["expect_column_distinct_values_to_be_in_set", true, false],
    ["expect_column_distinct_values_to_contain_set", false, true],
    ["expect_column_distinct_values_to_equal_set", true, true],
  ];
  return kinds.map(([type, looksForUnexpected, looksForMissing]) =>
    define(
      type,
      { ...columnShape, value_set: looksForMissing ? valueSet : valueSet.optional() },
      ({ column, value_set: set }, batch) => ({
        kind: "rows",
        sql: (source) =>
          `SELECT DISTINCT ${shownValue(column, batch)} AS value FROM ${source} WHERE ${batch.sql(column)} IS NOT NULL ORDER BY value`,
        judge: (rows) => {
          const found = rows.map(({ value }) => value);
          // Without a set every value passes.
          if (set === undefined) return { success: true, observed_value: null };
          const wanted = set.filter((one) => one !== null);
          const isTime = batch.isTime(column);
          // No text is equal to a number.
          const comparable = wanted.filter((one) => batch.literals(column, [one]).length > 0);
          const unexpected = looksForUnexpected
            ? found.filter((one) => !includes(comparable, one, isTime))
            : [];
          const missing = looksForMissing
            ? wanted.filter((one) => !comparable.includes(one) || !includes(found, one, isTime))
            : [];
          return {
            success: unexpected.length === 0 && missing.length === 0,
            observed_value: null,
            counts: {
              ...(looksForUnexpected
                ? {
                    unexpected_count: unexpected.length,
                    partial_unexpected_list: unexpected.slice(0, partialCount),
                  }
                : {}),
              ...(looksForMissing
                ? { missing_count: missing.length, partial_missing_list: missing.slice(0, partialCount) }
                : {}),
            },
          };
        },
      }),
    ),
  );
}

/** Values that a result shows. */
const partialCount = 20;

function includes(set: readonly unknown[], value: unknown, isTime: boolean): boolean {
  return set.some((one) => sameValue(one, value, isTime));
}

/** Compares numbers by value and times by instant, whatever their notation. */
function sameValue(left: unknown, right: unknown, isTime: boolean): boolean {
  if (isTime && typeof left === "string" && typeof right === "string")
    return left === right || Date.parse(asInstant(left)) === Date.parse(asInstant(right));
  if (typeof left === "number" || typeof right === "number") return Number(left) === Number(right);
  return left === right;
}

/** A column's values as a result shows them, without NaN. */
function shownValue(column: string, batch: BatchColumns): string {
  return batch.shown(column) === quoteName(column) ? batch.sql(column) : batch.shown(column);
}

function share(part: unknown, all: unknown): number {
  return Number(all) === 0 ? 0 : Number(part) / Number(all);
}

/** Judges a number that is computed from the figures. */
export function judgeNumber(
  bounds: Bounds,
  numberOf: (figures: Readonly<Record<string, unknown>>) => unknown,
): (figures: Readonly<Record<string, unknown>>) => Judgement {
  assertNumericBounds(bounds);
  return (figures) => judgeBetween(numberOf(figures), bounds);
}

/** Whether no value can lie between, since the lower bound is above the upper one. */
export function areCrossed({ min_value: min, max_value: max }: Partial<Bounds>): boolean {
  return min !== undefined && max !== undefined && compare(min, max) > 0;
}

/** The figure of no rows lies between no bounds. */
export function judgeBetween(value: unknown, bounds: Bounds): Judgement {
  if (value === null || value === undefined) return { success: false, observed_value: null };
  const compared = (bound: number | string): number => compare(value, bound);
  const { min_value: min, max_value: max, strict_min: strictMin, strict_max: strictMax } = bounds;
  const isAbove = min === undefined || (strictMin ? compared(min) > 0 : compared(min) >= 0);
  const isBelow = max === undefined || (strictMax ? compared(max) < 0 : compared(max) <= 0);
  return { success: isAbove && isBelow, observed_value: value };
}

/** Numbers as numbers, instants and dates as instants, everything else as text. */
function compare(value: unknown, bound: number | string): number {
  if (typeof value === "number" || typeof value === "bigint" || typeof bound === "number")
    return order(Number(value), Number(bound));
  const [left, right] = [String(value), bound];
  const [leftMs, rightMs] = [Date.parse(asInstant(left)), Date.parse(asInstant(right))];
  if (!Number.isNaN(leftMs) && !Number.isNaN(rightMs)) return leftMs - rightMs;
  return left < right ? -1 : left > right ? 1 : 0;
}

/** NaN is neither below nor above. */
function order(left: number, right: number): number {
  if (left === right) return 0;
  return left < right ? -1 : left > right ? 1 : Number.NaN;
}

/** Times without a zone are UTC. */
function asInstant(text: string): string {
  const match = /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?)(.*))?$/.exec(text.trim());
  if (match === null) return "";
  const [, day = "", clock = "00:00", zone = ""] = match;
  return `${day}T${clock}${zone === "" ? "Z" : zone}`;
}
