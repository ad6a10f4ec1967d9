import { quoteName, quoteText } from "finance-feedback-delta";
import type { Row } from "finance-feedback-delta";

import { boundsOf, rowsInContext, rowsWhere, wholeRows } from "./validation-sql.ts";
import type { BatchColumns, SeriesContext } from "./expectations/expectation.ts";

/** The rows that are validated. */
export interface NewRows {
  readonly columns: BatchColumns;
  /** The row condition of an expectation. */
  readonly condition: string | undefined;
  readonly query: (sql: string) => Promise<readonly Row[]>;
}

/**
 * The new rows together with the stored ones that an expectation compares them with: of each series the last bars before, the
 * first bars behind, however far away they are, and all bars in between.
 */
export async function storedContext(series: SeriesContext, rows: NewRows): Promise<string> {
  const bounds = [
    await boundsOfKeys(series.key, rowsWhere(rows.condition), rows),
    await timeBounds(series, rows),
  ];
  return rowsInContext(series, rows.condition, allOf(bounds));
}

/** The bounds of the keys of some rows, so that files without such a row are not read. */
export async function boundsOfKeys(
  key: readonly string[],
  source: string,
  { columns, query }: NewRows,
): Promise<string | undefined> {
  const ordered = key.filter((name) => columns.isOrdered(name));
  if (ordered.length === 0) return undefined;
  const values = boundsOf(ordered);
  const [row = {}] = await query(
    `SELECT ${values.map((sql, index) => `${sql} AS f${index}`).join(", ")} FROM ${source}`,
  );
  const bounds = ordered.flatMap((name, index) => {
    const [least, most, missing] = [0, 1, 2].map((offset) => row[`f${index * 3 + offset}`]);
    // Rows without a value have no order.
    if (typeof least !== "string" || typeof most !== "string" || Number(missing) > 0) return [];
    // A query's text ends there.
    if (`${least}${most}`.includes("\0")) return [];
    return [`${quoteName(name)} >= ${quoteText(least)}`, `${quoteName(name)} <= ${quoteText(most)}`];
  });
  return allOf(bounds);
}

/** SQL for the time from the first needed bar to the last. */
async function timeBounds(series: SeriesContext, rows: NewRows): Promise<string | undefined> {
  if (!rows.columns.isTime(series.time)) return undefined;
  const at = quoteName(series.time);
  const [row = {}] = await rows.query(
    `SELECT epoch_ms(min(${at})) AS first, epoch_ms(max(${at})) AS last FROM ${rowsWhere(rows.condition)}`,
  );
  if (row["first"] === null || row["first"] === undefined) return undefined;
  const [firstMs, lastMs] = [Number(row["first"]), Number(row["last"])];
  if (series.sinceMs !== undefined) return `${at} >= ${instantSql(Math.min(firstMs, series.sinceMs))}`;
  const startMs = Math.min(firstMs, (await edgeOf("before", series, firstMs, rows)) ?? firstMs);
  const endMs = Math.max(lastMs, (await edgeOf("behind", series, lastMs, rows)) ?? lastMs);
  // Times have microseconds.
  return `${at} >= ${instantSql(startMs)} AND ${at} <= ${instantSql(endMs + 1)}`;
}

/** How far the needed bars reach on one side of the new ones, over all series. */
async function edgeOf(
  side: "before" | "behind",
  series: SeriesContext,
  fromMs: number,
  rows: NewRows,
): Promise<number | undefined> {
  if (series.bars === 0) return undefined;
  const { reachMs } = series;
  const at = quoteName(series.time);
  const near =
    reachMs === undefined
      ? undefined
      : side === "before"
        ? `${at} >= ${instantSql(fromMs - reachMs)}`
        : `${at} <= ${instantSql(fromMs + reachMs)}`;
  const ofNew = await boundsOfKeys(series.key, rowsWhere(rows.condition), rows);
  const first = neighbours(side, series, rows.condition, allOf([ofNew, near]));
  const found = await edgeIn(side, first, series, rows);
  if (near === undefined || found.lacking === 0) return found.edgeMs;
  const ofLacking = await boundsOfKeys(
    series.key,
    `(SELECT * FROM ${first} WHERE found < ${series.bars})`,
    rows,
  );
  const everywhere = neighbours(side, series, rows.condition, ofLacking);
  const { edgeMs } = await edgeIn(side, everywhere, series, rows);
  const edges = [found.edgeMs, edgeMs].filter((edge) => edge !== undefined);
  if (edges.length === 0) return undefined;
  return side === "before" ? Math.min(...edges) : Math.max(...edges);
}

async function edgeIn(
  side: "before" | "behind",
  source: string,
  { bars }: SeriesContext,
  { query }: NewRows,
): Promise<{ readonly edgeMs: number | undefined; readonly lacking: number }> {
  const farthest = side === "before" ? "min" : "max";
  const [row = {}] = await query(
    `SELECT epoch_ms(${farthest}(edge)) AS edge, count(*) FILTER (WHERE found < ${bars}) AS lacking FROM ${source}`,
  );
  const edge = row["edge"];
  return {
    edgeMs: edge === null || edge === undefined ? undefined : Number(edge),
    lacking: Number(row["lacking"]),
  };
}

/** For each series of the new rows: how many bars are on one side, and the last of the needed ones. */
function neighbours(
  side: "before" | "behind",
  { key, kinds = [], time, bars, counted = "true" }: SeriesContext,
  condition: string | undefined,
  bounds: string | undefined,
): string {
  const names = [...key, ...kinds].map(quoteName);
  const at = quoteName(time);
  const [nearest, own, isOutside] = side === "before" ? ["max", "min", "<"] : ["min", "max", ">"];
  const list = names.join(", ");
  const same = names.map((name) => `w.${name} IS NOT DISTINCT FROM n.${name}`).join(" AND ");
  const stored = wholeRows(condition, allOf([bounds, counted]));
  return `(SELECT ${names.map((name) => `n.${name}`).join(", ")}, count(w.t) AS found, list_last(${nearest}(w.t, ${bars})) AS edge
    FROM (SELECT ${list}, ${own}(${at}) AS own FROM ${rowsWhere(condition)} GROUP BY ALL HAVING own IS NOT NULL) AS n
    LEFT JOIN (SELECT DISTINCT ${list}, ${at} AS t FROM ${stored}) AS w ON ${same} AND w.t ${isOutside} n.own
    GROUP BY ALL)`;
}

function allOf(conditions: readonly (string | undefined)[]): string | undefined {
  const wanted = conditions.filter((one) => one !== undefined);
  return wanted.length === 0 ? undefined : wanted.map((one) => `(${one})`).join(" AND ");
}

function instantSql(ms: number): string {
  return quoteText(new Date(ms).toISOString());
}
