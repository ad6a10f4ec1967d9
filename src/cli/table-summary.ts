import type { Snapshot } from "../delta/index.ts";
import type { DeltaLakeManager } from "../storage/delta-lake-manager.ts";
import { formatTableName } from "../storage/table-names.ts";

export const tableColumns: readonly string[] = ["table", "version", "rows", "files", "bytes"];

/** One line for each table of the lakehouse. */
export interface TableSummary {
  readonly table: string;
  readonly version: number;
  /** Null when some file's statistics do not say how many rows it has. */
  readonly rows: number | null;
  readonly files: number;
  readonly bytes: number;
  readonly [column: string]: unknown;
}

export async function summarizeTables(lake: DeltaLakeManager): Promise<TableSummary[]> {
  const summaries: TableSummary[] = [];
  for (const name of await lake.listTables()) {
    const snapshot = await lake.table(formatTableName(name)).snapshot();
    summaries.push({ table: formatTableName(name), ...sizes(snapshot) });
  }
  return summaries;
}

/** What the log says of a table's size: no data is read. */
export function sizes(snapshot: Snapshot): {
  readonly version: number;
  readonly rows: number | null;
  readonly files: number;
  readonly bytes: number;
} {
  return {
    version: snapshot.version,
    rows: snapshot.rowCount ?? null,
    files: snapshot.fileCount,
    bytes: snapshot.sizeInBytes,
  };
}
