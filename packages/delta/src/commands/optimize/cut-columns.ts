import type { EngineSession } from "../../engine/engine.ts";
import { sessionTables } from "../../engine/session-tables.ts";
import { quoteName } from "../../engine/sql-text.ts";
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
  const cuts: CutColumn[] = [];
  for (const { name, sqlType } of columns) {
    const values = await cutValues(session, quoteName(name));
    // Nothing is below the least value.
    cuts.push({ name, sqlType, cuts: values.slice(1) });
  }
  return cuts;
}

const parts = 2 ** bitsPerColumn;

/** The least value of each part as text, in the order of the values, which is not that of the texts. */
async function cutValues(session: EngineSession, column: string): Promise<readonly string[]> {
  const sample = `FROM ${sessionTables.sample} WHERE ${column} IS NOT NULL`;
  // Quantiles take long to plan, and a column of few values needs none.
  const few = await textsOf(session, `SELECT DISTINCT ${column} AS v ${sample} LIMIT ${parts + 1}`);
  if (few.length <= parts) return few;
  const quantiles = Array.from({ length: parts - 1 }, (_, index) => (index + 1) / parts).join(", ");
  return textsOf(
    session,
    `SELECT unnest(list_distinct(quantile_disc(${column}, [${quantiles}]))) AS v ${sample}`,
  );
}

async function textsOf(session: EngineSession, values: string): Promise<readonly string[]> {
  const texts: string[] = [];
  for await (const batch of session.query(`SELECT v::VARCHAR AS cut FROM (${values}) ORDER BY v`))
    for (const row of batch.toRows()) texts.push(String(row["cut"]));
  return texts;
}
