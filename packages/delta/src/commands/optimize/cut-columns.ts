import type { EngineSession } from "../../engine/engine.ts";
import { sessionTables } from "../../engine/session-tables.ts";
import { quoteName, quoteText } from "../../engine/sql-text.ts";
import { bitsPerColumn } from "./curve-key.ts";
import type { CutColumn } from "./curve-key.ts";

/** Rows that the cuts are taken from: enough for parts that differ by a few percent. */
const sampledRows = 50_000;

/**
 * For each column the values that cut its rows into up to 2^bits parts of about the same number, from a sample. A column
 * of few values is cut between each of them.
 */
export async function cutColumns(
  session: EngineSession,
  table: string,
  columns: readonly { readonly name: string; readonly sqlType: string }[],
): Promise<CutColumn[]> {
  const names = columns.map(({ name }) => quoteName(name)).join(", ");
  await session.store(sessionTables.sample, `SELECT ${names} FROM ${table} USING SAMPLE ${sampledRows} ROWS`);
  const parts = 2 ** bitsPerColumn;
  const quantiles = Array.from({ length: parts - 1 }, (_, index) => (index + 1) / parts).join(", ");
  const cuts: CutColumn[] = [];
  for (const { name, sqlType } of columns) {
    const column = quoteName(name);
    const sql =
      `WITH sample AS (SELECT ${column} AS v FROM ${sessionTables.sample} WHERE ${column} IS NOT NULL), ` +
      `cuts AS (SELECT CASE WHEN count(DISTINCT v) <= ${parts} THEN list_sort(list(DISTINCT v)) ` +
      `ELSE list_sort(list_distinct(quantile_disc(v, [${quantiles}]))) END AS list FROM sample) ` +
      `SELECT cut::VARCHAR AS cut FROM (SELECT unnest(list) AS cut FROM cuts) ORDER BY cut`;
    const values: string[] = [];
    for await (const batch of session.query(sql))
      for (const row of batch.toRows()) values.push(String(row["cut"]));
    // Nothing is below the least value.
    cuts.push({ name, cuts: values.slice(1).map((value) => `${quoteText(value)}::${sqlType}`) });
  }
  return cuts;
}
