import { quoteName } from "finance-feedback-delta";
import type { MapExpectation, SeriesContext } from "./expectations/expectation.ts";

/** The name of the validated rows in queries. */
export const batchName = "batch";
/** The name of the whole table, when only its new rows are validated. */
export const wholeName = "whole_table";
/** The name of the rows that were stored before them. */
export const earlierName = "earlier_rows";

/** The rows of a relation that satisfy a row condition. */
export function rowsWhere(condition: string | undefined, name: string = batchName): string {
  return condition === undefined ? name : `${name} WHERE (${condition})`;
}

/** `rowsWhere` where SQL takes a table only. */
export function tableWhere(condition: string | undefined, name: string = batchName): string {
  return condition === undefined ? name : `(SELECT * FROM ${rowsWhere(condition, name)})`;
}

/**
 * The rows with their place, and whether they are missing or unexpected, for expectations with window functions. Windows see
 * the rows that are not missing, as in Great Expectations.
 */
export function flaggedRows(
  { missing, unexpected }: MapExpectation,
  names: readonly string[],
  condition: string | undefined,
): string {
  const list = listOf(names);
  return `(SELECT ${list}, ordinal, is_missing, NOT is_missing AND (${unexpected}) AS is_unexpected
    FROM (SELECT ${list}, row_number() OVER () AS ordinal, coalesce((${missing}), false) AS is_missing FROM ${rowsWhere(condition)}))`;
}

/**
 * `flaggedRows` for rows whose key must be unique among all rows of the table.
 *
 * @param bounds SQL that is true for all rows that can have one of the keys, so that other files are not read.
 */
export function rowsFlaggedAmongAll(
  { missing }: MapExpectation,
  key: readonly string[],
  names: readonly string[],
  condition: string | undefined,
  bounds: string | undefined,
): string {
  const keys = listOf(key);
  const candidates = wholeRows(condition, bounds);
  return `(SELECT b.*, NOT is_missing AND r.is_repeated IS TRUE AS is_unexpected
    FROM (SELECT ${listOf(names)}, row_number() OVER () AS ordinal, coalesce((${missing}), false) AS is_missing FROM ${rowsWhere(condition)}) AS b
    LEFT JOIN (SELECT ${keys}, true AS is_repeated
               FROM (SELECT ${keys} FROM ${candidates}) AS w
               SEMI JOIN ${tableWhere(condition)} AS n ON ${same(key, "w", "n")}
               GROUP BY ${keys} HAVING count(*) > 1) AS r ON ${same(key, "b", "r")})`;
}

/** The column of `rowsInContext` that says which rows are the new ones. */
export const isNewColumn = "is_new_row";

/** All rows of the table within bounds, with a column that says which of them are bars of the new rows. */
export function rowsInContext(
  { key, time }: SeriesContext,
  condition: string | undefined,
  bounds: string | undefined,
): string {
  const bar = [...key, time];
  return `(SELECT w.*, n.is_there IS NOT NULL AS ${isNewColumn} FROM (SELECT * FROM ${wholeRows(condition, bounds)}) AS w
    LEFT JOIN (SELECT DISTINCT ${listOf(bar)}, true AS is_there FROM ${rowsWhere(condition)}) AS n ON ${same(bar, "w", "n")})`;
}

/** Stored rows within bounds that satisfy a row condition. */
export function wholeRows(condition: string | undefined, bounds: string | undefined): string {
  const wanted = [condition, bounds].filter((part) => part !== undefined).map((part) => `(${part})`);
  return rowsWhere(wanted.length === 0 ? undefined : wanted.join(" AND "), wholeName);
}

function same(names: readonly string[], left: string, right: string): string {
  return names
    .map((name) => `${left}.${quoteName(name)} IS NOT DISTINCT FROM ${right}.${quoteName(name)}`)
    .join(" AND ");
}

/** The least, the greatest and the number of missing values of each column, as texts. */
export function boundsOf(names: readonly string[]): string[] {
  return names
    .map(quoteName)
    .flatMap((name) => [`min(${name})::VARCHAR`, `max(${name})::VARCHAR`, `count(*) - count(${name})`]);
}

/** The conditions of flagged rows. */
export const flagged: Pick<MapExpectation, "missing" | "unexpected"> = {
  missing: "is_missing",
  unexpected: "is_unexpected",
};

/** Counts of all rows, of missing ones and of unexpected ones. */
export function countsOf({ missing, unexpected }: Pick<MapExpectation, "missing" | "unexpected">): string[] {
  return [
    "count(*)",
    `count(*) FILTER (WHERE ${missing})`,
    `count(*) FILTER (WHERE (${missing}) IS NOT TRUE AND (${unexpected}))`,
  ];
}

/** Equal rows have equal hashes: with as many hashes as rows, no two rows are equal. */
export function distinctCountsOf({ missing }: MapExpectation, names: readonly string[]): string[] {
  return [
    "count(*)",
    `count(*) FILTER (WHERE ${missing})`,
    `count(DISTINCT hash(${listOf(names)})) FILTER (WHERE (${missing}) IS NOT TRUE)`,
  ];
}

/** Expressions under the names `f0`, `f1` and so on. */
export function numbered(expressions: readonly string[], prefix = "f"): string {
  return expressions.map((sql, index) => `${sql} AS ${prefix}${index}`).join(", ");
}

function listOf(names: readonly string[]): string {
  return names.map(quoteName).join(", ");
}
