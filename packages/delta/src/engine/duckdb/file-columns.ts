import type { DuckDBConnection } from "@duckdb/node-api";

import { quoteFile } from "../sql-text.ts";
import { queryError } from "./query-error.ts";

/** For each file, the names of its columns (nested ones too) by the field id that their writer gave them. */
export async function fileColumnIds(
  connection: DuckDBConnection,
  localPaths: readonly string[],
): Promise<ReadonlyMap<string, ReadonlyMap<number, string>>> {
  const list = localPaths.map(quoteFile).join(", ");
  const sql = `SELECT file_name, field_id, name FROM parquet_schema([${list}]) WHERE field_id IS NOT NULL ORDER BY file_name, field_id`;
  const reader = await connection.runAndReadAll(sql).catch(async (error: unknown) => {
    throw await queryError(connection, "DATA_FILE_UNREADABLE", error, localPaths);
  });
  const files = new Map<string, Map<number, string>>();
  for (const [file, id, name] of reader.getRows()) {
    const columns = files.get(String(file)) ?? new Map<number, string>();
    columns.set(Number(id), String(name));
    files.set(String(file), columns);
  }
  return files;
}
