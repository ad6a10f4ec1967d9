import { DeltaError } from "finance-feedback-delta";
import type { Snapshot } from "finance-feedback-delta";

import type { DeltaLakeManager } from "../storage/delta-lake-manager.ts";
import { formatTableName } from "../storage/table-names.ts";

export const tableColumns: readonly string[] = ["table", "version", "rows", "files", "bytes"];

/** One line for each table of the lakehouse. */
export interface TableSummary {
  readonly table: string;
  /** Null when the table cannot be read: then `error` says why. */
  readonly version: number | null;
  /** Null when some file's statistics do not say how many rows it has. */
  readonly rows: number | null;
  readonly files: number | null;
  readonly bytes: number | null;
  readonly error: string | null;
  readonly [column: string]: unknown;
}

export async function summarizeTables(lake: DeltaLakeManager): Promise<TableSummary[]> {
  const summaries: TableSummary[] = [];
  for (const name of await lake.listTables()) {
    const table = formatTableName(name);
    try {
      summaries.push({ table, ...sizes(await lake.tableIn(name).snapshot()), error: null });
    } catch (error) {
      // A damaged table does not hide the others.
      if (!(error instanceof DeltaError)) throw error;
      summaries.push({ table, version: null, rows: null, files: null, bytes: null, error: error.message });
    }
  }
  return summaries;
}

/** A table's size by its log, without reading data. */
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
