import { quoteName } from "finance-feedback-delta";
import type { MapExpectation, SeriesContext } from "./expectations/expectation.ts";

/** The name under which queries know the rows that are validated. */
export const batchName = "batch";
/** The name of the whole table, when only its new rows are validated. */
export const wholeName = "whole_table";
/** The name of the rows that were there before them. */
export const earlierName = "earlier_rows";

/** Rows of a relation that a row condition does not leave out. */
export function rowsWhere(condition: string | undefined, name: string = batchName): string {
  return condition === undefined ? name : `${name} WHERE (${condition})`;
}

/** The same where a name alone is expected. */
export function tableWhere(condition: string | undefined, name: string = batchName): string {
  return condition === undefined ? name : `(SELECT * FROM ${rowsWhere(condition, name)})`;
}

/**
 * The rows with their place, whether they are missing and whether they are unexpected, for what needs windows: they see the
 * rows that are not missing, as Great Expectations' do.
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
 * The same for rows that may be the only ones of their key, among all rows of the table.
 *
 * @param bounds what holds for all rows that can have one of the keys, so that files which have none are not read.
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

/** Stored rows that a row condition does not leave out, within bounds. */
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

/** What flagged rows are counted and found by. */
export const flagged: Pick<MapExpectation, "missing" | "unexpected"> = {
  missing: "is_missing",
  unexpected: "is_unexpected",
};

/** All rows, those that are missing, those that are unexpected. */
export function countsOf({ missing, unexpected }: Pick<MapExpectation, "missing" | "unexpected">): string[] {
  return [
    "count(*)",
    `count(*) FILTER (WHERE ${missing})`,
    `count(*) FILTER (WHERE (${missing}) IS NOT TRUE AND (${unexpected}))`,
  ];
}

/** Rows that are the same have the same hash: as many hashes as rows, and no two are the same. */
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
