import type { DuckDBConnection } from "@duckdb/node-api";

import { messageOf } from "../../errors.ts";
import type { QueryTarget } from "../engine.ts";
import { quoteName, quoteText, sqlType } from "../sql-text.ts";
import { describeQuery } from "./running-query.ts";
import { queryError } from "./query-error.ts";
import { storageFailed } from "./write-error.ts";

/**
 * Writes a query's result into one Parquet file, with the column types of a streamed result. By itself the engine would
 * store a sum of integers as a double.
 *
 * @param files the local paths of the data files that the query reads.
 * @returns how many rows the file has.
 */
export async function writeQueryResult(
  connection: DuckDBConnection,
  sql: string,
  { localPath, limit }: QueryTarget,
  files: readonly string[],
): Promise<number> {
  const { fields } = await describeQuery(connection, sql, files);
  const aliases = fields.map((_, index) => `c${index}`).join(", ");
  const columns = fields.map(({ name, type }, index) => `c${index}::${sqlType(type)} AS ${quoteName(name)}`);
  const select = `SELECT ${columns.join(", ")} FROM (${sql}\n) AS result(${aliases})`;
  const rows = limit === undefined ? select : `${select} LIMIT ${Math.trunc(limit)}`;
  // The caller gives the file its final name once it is whole.
  const options = "FORMAT parquet, COMPRESSION zstd, USE_TMP_FILE false";
  try {
    const reader = await connection.runAndReadAll(`COPY (${rows}) TO ${quoteText(localPath)} (${options})`);
    return Number(reader.getRows()[0]?.[0] ?? 0);
  } catch (error) {
    const text = messageOf(error);
    // An I/O error that names the target comes from writing; any other one from a data file.
    if (text.startsWith("IO Error") && text.includes(localPath))
      throw storageFailed(`Cannot write ${localPath}`, error);
    throw await queryError(connection, "INVALID_QUERY", error, files);
  }
}
